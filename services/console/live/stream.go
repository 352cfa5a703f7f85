package live

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/askspoke/spoke/tenancy"
)

// Viewer is who watches a topic.
type Viewer struct {
	Tenant  tenancy.ID
	Session string // whose streams are counted together
	// Check says whether he still may: nil, an error that is ErrEnded or ErrOther, or another one where nobody can tell at the
	// moment; he is sent no more than that then, and it is asked again. It is called after each read of the topic, and must not make the
	// session last longer.
	Check func(ctx context.Context) error
}

// EventEnded is the event that is the last of a stream whose session has ended. Without it, a client should come again.
const EventEnded = "ended"

// Serve sends the topic to a viewer until he goes, his session ends or the hub drains, and returns nil then, or an error
// before anything was written: ErrTopic, ErrTooMany, ErrDraining, or Check's.
func (h *Hub) Serve(w http.ResponseWriter, r *http.Request, topic string, viewer Viewer) error {
	feed, leave, err := h.join(feedKey{topic, viewer.Tenant}, viewer.Session)
	if err != nil {
		return err
	}
	defer leave()
	if err := h.check(r.Context(), viewer); err != nil {
		return err
	}
	s := stream{control: http.NewResponseController(w), w: w, patience: h.config.Write}
	if err := s.begin(); err != nil {
		if errors.Is(err, http.ErrNotSupported) { // that is the program's fault, and no client's who went away
			return fmt.Errorf("begin stream: %w", err)
		}
		return nil
	}
	beat := time.NewTicker(h.config.Heartbeat)
	defer beat.Stop()
	v := view{}
	for {
		state, tick := feed.since(v.seen)
		err := h.check(r.Context(), viewer)
		if errors.Is(err, ErrEnded) {
			_ = s.send("event: " + EventEnded + "\ndata: " + EventEnded + "\n\n")
			return nil
		}
		if errors.Is(err, ErrOther) {
			return nil
		}
		if fragments := v.next(h, state, err); len(fragments) > 0 {
			if s.send(message(fragments)) != nil {
				return nil
			}
			beat.Reset(h.config.Heartbeat)
		}
		if !h.wait(r.Context(), &s, tick, beat.C) {
			return nil
		}
	}
}

// wait waits for the tick, and says whether the stream goes on.
func (h *Hub) wait(ctx context.Context, s *stream, tick <-chan struct{}, beat <-chan time.Time) bool {
	for {
		select {
		case <-ctx.Done():
			return false
		case <-h.ctx.Done():
			return false
		case <-tick:
			return true
		case <-beat:
			if s.send(": beat\n\n") != nil {
				return false
			}
		}
	}
}

// view is what a viewer has of a feed.
type view struct {
	seen      int64     // the version that he has
	status    string    // what he was told of how current it is
	unchecked time.Time // since when nobody can tell whether he may see it; zero: he may
}

// next returns what the viewer is sent of a state that was read before he was checked.
func (v *view) next(h *Hub, state state, checked error) []Fragment {
	var list []Fragment
	failing := state.failing
	switch {
	case checked == nil:
		v.unchecked = time.Time{}
		list, v.seen = state.changed, state.version
	case v.unchecked.IsZero():
		v.unchecked = h.config.Now()
	}
	if failing.IsZero() || !v.unchecked.IsZero() && v.unchecked.Before(failing) {
		failing = v.unchecked
	}
	if h.config.Status == nil {
		return list
	}
	if status := h.config.Status(failing); status.HTML != v.status {
		v.status = status.HTML
		list = append(list, status)
	}
	return list
}

func (h *Hub) check(ctx context.Context, viewer Viewer) error {
	ctx, cancel := context.WithTimeout(ctx, h.config.Timeout)
	defer cancel()
	return viewer.Check(ctx)
}

// message is the event that puts fragments into the page, as htmx understands it. There is no space around an element: it
// would be put into the page as well, each time.
func message(fragments []Fragment) string {
	var b strings.Builder
	for _, f := range fragments {
		text := `<hx-partial hx-target="#` + f.ID + `" hx-swap="outerMorph">` + strings.TrimSpace(newlines.Replace(f.HTML)) + `</hx-partial>`
		for line := range strings.SplitSeq(text, "\n") {
			b.WriteString("data: " + line + "\n")
		}
	}
	b.WriteString("\n")
	return b.String()
}

// newlines makes what ends a line of a stream a newline.
var newlines = strings.NewReplacer("\r\n", "\n", "\r", "\n")

// stream is an answer that is written bit by bit.
type stream struct {
	control  *http.ResponseController
	w        http.ResponseWriter
	patience time.Duration
}

// begin sends the head of the answer. The server's deadlines are for answers that end: that for reading would break the
// stream just as the one for writing.
func (s *stream) begin() error {
	if err := s.control.SetReadDeadline(time.Time{}); err != nil {
		return err
	}
	header := s.w.Header()
	header.Set("Content-Type", "text/event-stream")
	header.Set("Cache-Control", "no-store")
	header.Set("X-Accel-Buffering", "no") // a proxy must not keep it until it ends
	s.w.WriteHeader(http.StatusOK)
	return s.send(": here\n\n")
}

// send writes and flushes.
func (s *stream) send(text string) error {
	if err := s.control.SetWriteDeadline(time.Now().Add(s.patience)); err != nil {
		return err
	}
	if _, err := s.w.Write([]byte(text)); err != nil {
		return err
	}
	return s.control.Flush()
}
