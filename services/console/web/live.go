package web

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/askspoke/spoke/services/console/live"
)

// How a page is made live: its parts that change are templates of their own, each one element with an id; a topic of the
// Part reads and renders them by Fragments, for the page and for the stream alike; a route of the Part streams the topic by
// Watch; and the page has {{template "live" "/live/NAME"}}, which begins the stream and shows how current the page is.

// Watch streams a topic of the viewer's tenant.
func (s *Console) Watch(topic string) func(*Exchange) error {
	return func(x *Exchange) error {
		if x.Request.Method == http.MethodHead {
			return nil
		}
		// Nothing is committed: that would be a sign of life of a person, and a page comes here by itself.
		x.streams = true
		err := s.hub.Serve(x.Writer, x.Request, topic, live.Viewer{
			Tenant: x.Tenant.ID, Session: s.sessions.Token(x.session), Check: x.Check,
		})
		if err != nil {
			x.streams = false
		}
		switch {
		case errors.Is(err, live.ErrEnded):
			return ErrSignIn.Because(err)
		case errors.Is(err, live.ErrTooMany):
			x.Header("Retry-After", "20")
			return Refuse(http.StatusTooManyRequests, "This page is open too often", "Close some of the tabs that show it: those that are open stay live.").Because(err)
		case errors.Is(err, live.ErrDraining), errors.Is(err, live.ErrOther):
			x.Header("Retry-After", "1")
			return errAway.Because(err)
		}
		return err
	}
}

// Check takes the steps to the page again, and says whether the viewer still comes to it: nil, an error that is
// live.ErrEnded, live.ErrOther where the role is another one now, or that of a database that is away. The session is not kept, so it lasts no longer for it.
func (x *Exchange) Check(ctx context.Context) error {
	copied := x.gin.Copy()
	again := &Exchange{Request: x.Request.WithContext(ctx), Writer: copied.Writer, gin: copied, console: x.console, route: x.route, Address: x.Address}
	where := x.console.resolve
	if x.Tenant.ID == "" {
		where = x.console.atOperator
	}
	for _, step := range []func(*Exchange) error{where, x.console.open, x.console.identify} {
		err := step(again)
		var r *Refusal
		switch {
		case errors.As(err, &r):
			return fmt.Errorf("%w: %w", live.ErrEnded, err)
		case err != nil:
			return err
		}
	}
	if again.Tenant.ID != x.Tenant.ID || !again.Viewer.MayUse(x.route.access) {
		return live.ErrEnded
	}
	if again.Viewer.Role != x.Viewer.Role || again.Viewer.Operator.Role != x.Viewer.Operator.Role {
		return live.ErrOther // what a page offers depends on the role
	}
	return nil
}

// liveStatus shows how current a live page is.
func (s *Console) liveStatus(failing time.Time) live.Fragment {
	list, err := s.Fragments("refusal", failing, "live-status")
	if err != nil { // it is a template of ours, and a test has rendered it
		s.Logger.Error("state of a live page", "error", err)
		return live.Fragment{ID: "live-status"}
	}
	return list[0]
}

// Fragments renders parts of a page, templates that its file defines, for those who watch it. Each is one element whose id
// is the part's name.
func (s *Console) Fragments(page string, data any, parts ...string) ([]live.Fragment, error) {
	list := make([]live.Fragment, len(parts))
	for i, part := range parts {
		var b bytes.Buffer
		if err := s.write(&b, page, part, data); err != nil {
			return nil, err
		}
		list[i] = live.Fragment{ID: part, HTML: b.String()}
	}
	return list, nil
}
