package console_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/askspoke/spoke/infra/fixture"
	"github.com/askspoke/spoke/infra/pgtest"
	"github.com/askspoke/spoke/observability/health"
	"github.com/askspoke/spoke/services/console/consoletest"
	"github.com/askspoke/spoke/services/console/live"
	"github.com/askspoke/spoke/services/console/web"
	"github.com/askspoke/spoke/tenancy/admin"
	"github.com/askspoke/spoke/tenancy/operator"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// Whatever ends a session, or the viewer's right to the page, ends the stream within a tick or two, and none begins.
func TestLiveEnds(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*consoletest.World, *consoletest.Browser, admin.Administrator) error{
		"removed": func(w *consoletest.World, _ *consoletest.Browser, a admin.Administrator) error {
			return w.Admins.Remove(context.Background(), a.Tenant, a.ID)
		},
		"sessions ended": func(w *consoletest.World, _ *consoletest.Browser, a admin.Administrator) error {
			return w.Admins.EndSessions(context.Background(), a.Tenant, a.ID, w.Clock.Now())
		},
		"session gone": func(w *consoletest.World, _ *consoletest.Browser, _ admin.Administrator) error {
			_, err := w.DB.ExecContext(context.Background(), `DELETE FROM `+tenantdb.Control.Table("sessions"))
			return err
		},
		"after hours": func(w *consoletest.World, _ *consoletest.Browser, _ admin.Administrator) error {
			w.Clock.Pass(web.SessionLife)
			return nil
		},
		"tenant deleted": func(w *consoletest.World, _ *consoletest.Browser, a admin.Administrator) error {
			_, err := w.Tenants.Delete(context.Background(), a.Tenant, time.Hour)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := consoletest.NewWorld(t)
			b := w.As(t, admin.Admin)
			a, err := w.Admins.ByEmail(t.Context(), w.Acme.ID, "admin@acme.example")
			consoletest.Must(t, err)
			e := b.Watch(t)
			e.Until([]string{"overview-state"})
			consoletest.Must(t, end(w, b, a))
			w.Sender(w.Acme).Sends(t, 4711, "User", health.Create, health.Accepted)
			if last := e.End(); last != "event: ended\ndata: ended\n" {
				t.Errorf("the last event is %q", last)
			}
			status := http.StatusUnauthorized
			if name == "tenant deleted" {
				status = http.StatusGone
			}
			b.Refused(t, "/live/overview", status)
		})
	}
}

// Nobody watches without a right to the page.
func TestLiveRefused(t *testing.T) {
	t.Parallel()
	w := consoletest.NewWorld(t)
	w.Stranger(t).Refused(t, "/live/overview", http.StatusUnauthorized)
	w.As(t, admin.Viewer).Refused(t, "/live/nothing", http.StatusNotFound)
	w.WithLink(t, operator.ForProvisioning).
		Refused(t, "/live/overview", http.StatusForbidden)
	acme, other := w.As(t, admin.Owner), w.AsAt(t, w.Globex, admin.Owner)
	other.Host = acme.Host
	other.Refused(t, "/live/overview", http.StatusUnauthorized)
	if got := acme.Send(t, http.MethodHead, "/live/overview", nil, nil); got.Status != http.StatusOK {
		t.Errorf("HEAD: %d", got.Status)
	}
	for range 6 {
		acme.Watch(t)
	}
	acme.Refused(t, "/live/overview", http.StatusTooManyRequests)
	w.As(t, admin.Owner).Watch(t) // another session
}

// A page that is open does not keep its session alive: nobody may sit before it.
func TestLiveKeepsNoSession(t *testing.T) {
	t.Parallel()
	w := consoletest.NewWorld(t)
	b := w.As(t, admin.Viewer)
	expiry := func() (at time.Time) {
		consoletest.Must(t, w.DB.GetContext(t.Context(), &at, `SELECT expires_at FROM `+tenantdb.Control.Table("sessions")))
		return at
	}
	before := expiry()
	e := b.Watch(t)
	reads := w.Streams().Reads
	fixture.Eventually(t, "it is read", func() bool { return w.Streams().Reads > reads+2 })
	e.Leave()
	if after := expiry(); !after.Equal(before) {
		t.Errorf("the session lasts until %s, not %s", after, before)
	}
	fixture.Eventually(t, "the viewer is gone", func() bool { return w.Streams().Feeds == 0 })
	b.Get(t, "/").Is(t, http.StatusOK)
	if after := expiry(); !after.After(before) {
		t.Errorf("the session of a page that was opened lasts until %s as before", after)
	}
}

// Postgres goes away and comes back: the viewer is told, keeps what he has, and then has what is new.
func TestLiveAway(t *testing.T) {
	t.Parallel()
	db, _ := pgtest.Tenants(t, 0)
	proxy := pgtest.NewProxy(t, pgtest.Address(t, db))
	w := consoletest.Over(t, pgtest.Open(t, proxy.URL, tenantdb.Options{}))
	e := w.As(t, admin.Viewer).Watch(t)
	e.Until([]string{"overview-state"})
	proxy.Away()
	event := e.Until([]string{"live-status", "Not live since"})
	if strings.Contains(event, "overview-") {
		t.Errorf("what cannot be read is sent: %s", event)
	}
	proxy.Back()
	w.Sender(w.Acme).Sends(t, 3, "User", health.Read, health.Accepted)
	e.Until([]string{"3 requests so far"})
	if log := w.Log.String(); strings.Count(log, "page not read for its viewers") != 1 {
		t.Errorf("the log: %s", log)
	}
}

// A hundred viewers cost one reader.
func TestLiveHundred(t *testing.T) {
	t.Parallel()
	w := consoletest.NewWorld(t)
	var viewers []*consoletest.Watched
	for range 20 {
		b := w.As(t, admin.Viewer)
		for range 5 {
			viewers = append(viewers, b.Watch(t))
		}
	}
	p := w.Sender(w.Acme)
	began, before := time.Now(), w.Streams()
	if before.Streams != 100 || before.Feeds != 1 {
		t.Errorf("%+v", before)
	}
	p.Sends(t, 3, "User", health.Read, health.Accepted)
	for _, e := range viewers { // each has it waiting
		e.Until([]string{"3 requests so far"})
	}
	if n, most := w.Streams().Reads-before.Reads, int64(time.Since(began)/time.Second)+2; n > most {
		t.Errorf("%d reads in %s", n, time.Since(began))
	}
	for _, e := range viewers {
		e.Leave()
	}
	fixture.Eventually(t, "nobody is read for", func() bool { return w.Streams() == live.Stats{Reads: w.Streams().Reads} })
}

// A process that stops ends its streams, and does not wait for them.
func TestLiveDrains(t *testing.T) {
	t.Parallel()
	w := consoletest.NewWorld(t)
	b := w.As(t, admin.Viewer)
	e := b.Watch(t)
	e.Until([]string{"overview-state"})
	ctx, stop := context.WithCancel(t.Context())
	stop()
	consoletest.Must(t, w.Run(ctx))
	if last := e.End(); strings.Contains(last, "event: ended") {
		t.Errorf("the last event is %q", last)
	}
	b.Refused(t, "/live/overview", http.StatusServiceUnavailable)
	b.Get(t, "/").Is(t, http.StatusOK)
}
