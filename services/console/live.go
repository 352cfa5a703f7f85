package console

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/askspoke/spoke/services/console/live"
)

// How a page is made live: its parts that change are templates of their own, each one element with an id; a topic (topics)
// reads and renders them by s.fragments, for the page and for the stream alike; a route of liveRoutes streams the topic; and
// the page has {{template "live" "/live/NAME"}}, which begins the stream and shows how current the page is.

// watch streams a topic of the viewer's tenant.
func (s *Server) watch(topic string) func(*exchange) error {
	return func(x *exchange) error {
		if x.Request.Method == http.MethodHead {
			return nil
		}
		// Nothing is committed: that would be a sign of life of a person, and a page comes here by itself.
		x.streams = true
		err := s.live.Serve(x.Writer, x.Request, topic, live.Viewer{
			Tenant: x.tenant.ID, Session: s.sessions.Token(x.session), Check: x.check,
		})
		if err != nil {
			x.streams = false
		}
		switch {
		case errors.Is(err, live.ErrEnded):
			return errSignIn.because(err)
		case errors.Is(err, live.ErrTooMany):
			x.Header("Retry-After", "20")
			return refuse(http.StatusTooManyRequests, "This page is open too often", "Close some of the tabs that show it: those that are open stay live.").because(err)
		case errors.Is(err, live.ErrDraining):
			x.Header("Retry-After", "1")
			return errAway.because(err)
		}
		return err
	}
}

// check takes the steps to the page again, and says whether the viewer still comes to it: nil, an error that is
// live.ErrEnded, or that of a database that is away. The session is not kept, so it lasts no longer for it.
func (x *exchange) check(ctx context.Context) error {
	again := &exchange{Context: x.Copy(), server: x.server, route: x.route, address: x.address}
	again.Request = x.Request.WithContext(ctx)
	where := x.server.resolve
	if x.tenant.ID == "" {
		where = x.server.atOperator
	}
	for _, step := range []func(*exchange) error{where, x.server.open, x.server.identify} {
		err := step(again)
		var r *refusal
		switch {
		case errors.As(err, &r):
			return fmt.Errorf("%w: %w", live.ErrEnded, err)
		case err != nil:
			return err
		}
	}
	if again.tenant.ID != x.tenant.ID || !again.viewer.may(x.route.access) {
		return live.ErrEnded
	}
	return nil
}

// liveStatus shows how current a live page is.
func (s *Server) liveStatus(failing time.Time) live.Fragment {
	list, err := s.fragments("overview", failing, "live-status")
	if err != nil { // it is a template of ours, and a test has rendered it
		s.Logger.Error("state of a live page", "error", err)
		return live.Fragment{ID: "live-status"}
	}
	return list[0]
}

// fragments renders parts of a page, templates that its file defines, for those who watch it. Each is one element whose id
// is the part's name.
func (s *Server) fragments(page string, data any, parts ...string) ([]live.Fragment, error) {
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
