package console

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/askspoke/spoke/infra/pgtest"
	"github.com/askspoke/spoke/observability/health"
	"github.com/askspoke/spoke/services/console/live"
	"github.com/askspoke/spoke/tenancy/admin"
	"github.com/askspoke/spoke/tenancy/operator"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// Whatever ends a session, or the viewer's right to the page, ends the stream within a tick or two, and none begins.
func TestLiveEnds(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*world, *browser, admin.Administrator) error{
		"removed": func(w *world, _ *browser, a admin.Administrator) error {
			return w.Admins.Remove(w.ctx(), a.Tenant, a.ID)
		},
		"sessions ended": func(w *world, _ *browser, a admin.Administrator) error {
			return w.Admins.EndSessions(w.ctx(), a.Tenant, a.ID, w.clock.now())
		},
		"session gone": func(w *world, _ *browser, _ admin.Administrator) error {
			_, err := w.DB.ExecContext(w.ctx(), `DELETE FROM `+tenantdb.Control.Table("sessions"))
			return err
		},
		"after hours": func(w *world, _ *browser, _ admin.Administrator) error { w.clock.pass(sessionLife); return nil },
		"tenant deleted": func(w *world, _ *browser, a admin.Administrator) error {
			_, err := w.Tenants.Delete(w.ctx(), a.Tenant, time.Hour)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			b := w.as(t, admin.Admin)
			a, err := w.Admins.ByEmail(t.Context(), w.acme.ID, "admin@acme.example")
			must(t, err)
			e := b.watch(t)
			e.until([]string{"overview-state"})
			must(t, end(w, b, a))
			w.provider(w.acme).sends(t, 4711, "User", health.Create, health.Accepted)
			if last := e.end(); last != "event: ended\ndata: ended\n" {
				t.Errorf("the last event is %q", last)
			}
			status := http.StatusUnauthorized
			if name == "tenant deleted" {
				status = http.StatusGone
			}
			b.refused(t, "/live/overview", status)
		})
	}
}

func (w *world) ctx() context.Context { return context.Background() }

// Nobody watches without a right to the page.
func TestLiveRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.stranger(t).refused(t, "/live/overview", http.StatusUnauthorized)
	w.as(t, admin.Viewer).refused(t, "/live/nothing", http.StatusNotFound)
	w.withLink(t, operator.ForProvisioning).
		refused(t, "/live/overview", http.StatusForbidden)
	acme, other := w.as(t, admin.Owner), w.asAt(t, w.globex, admin.Owner)
	other.host = acme.host
	other.refused(t, "/live/overview", http.StatusUnauthorized)
	if got := acme.send(t, http.MethodHead, "/live/overview", nil, nil); got.status != http.StatusOK {
		t.Errorf("HEAD: %d", got.status)
	}
	for range 6 {
		acme.watch(t)
	}
	acme.refused(t, "/live/overview", http.StatusTooManyRequests)
	w.as(t, admin.Owner).watch(t) // another session
}

// A page that is open does not keep its session alive: nobody may sit before it.
func TestLiveKeepsNoSession(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.as(t, admin.Viewer)
	expiry := func() (at time.Time) {
		must(t, w.DB.GetContext(t.Context(), &at, `SELECT expires_at FROM `+tenantdb.Control.Table("sessions")))
		return at
	}
	before := expiry()
	e := b.watch(t)
	reads := w.live.Stats().Reads
	eventually(t, "nothing is read", func() bool { return w.live.Stats().Reads > reads+2 })
	e.leave()
	if after := expiry(); !after.Equal(before) {
		t.Errorf("the session lasts until %s, not %s", after, before)
	}
	eventually(t, "the viewer is still there", func() bool { return w.live.Stats().Feeds == 0 })
	b.get(t, "/").is(t, http.StatusOK)
	if after := expiry(); !after.After(before) {
		t.Errorf("the session of a page that was opened lasts until %s as before", after)
	}
}

// Postgres goes away and comes back: the viewer is told, keeps what he has, and then has what is new.
func TestLiveAway(t *testing.T) {
	t.Parallel()
	db, _ := pgtest.Tenants(t, 0)
	proxy := pgtest.NewProxy(t, pgtest.Address(t, db))
	w := over(t, pgtest.Open(t, proxy.URL, tenantdb.Options{}))
	e := w.as(t, admin.Viewer).watch(t)
	e.until([]string{"overview-state"})
	proxy.Away()
	event := e.until([]string{"live-status", "Not live since"})
	if strings.Contains(event, "overview-") {
		t.Errorf("what cannot be read is sent: %s", event)
	}
	proxy.Back()
	w.provider(w.acme).sends(t, 3, "User", health.Read, health.Accepted)
	e.until([]string{"3 requests so far"})
	if log := w.log.String(); strings.Count(log, "page not read for its viewers") != 1 {
		t.Errorf("the log: %s", log)
	}
}

// A hundred viewers cost one reader.
func TestLiveHundred(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var viewers []*watched
	for range 20 {
		b := w.as(t, admin.Viewer)
		for range 5 {
			viewers = append(viewers, b.watch(t))
		}
	}
	p := w.provider(w.acme)
	began, before := time.Now(), w.live.Stats()
	if before.Streams != 100 || before.Feeds != 1 {
		t.Errorf("%+v", before)
	}
	p.sends(t, 3, "User", health.Read, health.Accepted)
	for _, e := range viewers { // each has it waiting
		e.until([]string{"3 requests so far"})
	}
	if n, most := w.live.Stats().Reads-before.Reads, int64(time.Since(began)/time.Second)+2; n > most {
		t.Errorf("%d reads in %s", n, time.Since(began))
	}
	for _, e := range viewers {
		e.leave()
	}
	eventually(t, "it is read for nobody", func() bool { return w.live.Stats() == live.Stats{Reads: w.live.Stats().Reads} })
}

// A process that stops ends its streams, and does not wait for them.
func TestLiveDrains(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.as(t, admin.Viewer)
	e := b.watch(t)
	e.until([]string{"overview-state"})
	ctx, stop := context.WithCancel(t.Context())
	stop()
	must(t, w.Run(ctx))
	if last := e.end(); strings.Contains(last, "event: ended") {
		t.Errorf("the last event is %q", last)
	}
	b.refused(t, "/live/overview", http.StatusServiceUnavailable)
	b.get(t, "/").is(t, http.StatusOK)
}
