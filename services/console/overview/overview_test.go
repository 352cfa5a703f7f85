package overview_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/askspoke/spoke/infra/pgtest"
	"github.com/askspoke/spoke/observability/health"
	"github.com/askspoke/spoke/services/console/consoletest"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/activity"
	"github.com/askspoke/spoke/tenancy/admin"
	"github.com/askspoke/spoke/tenancy/directory"
	"github.com/askspoke/spoke/tenancy/guard"
	"github.com/askspoke/spoke/tenancy/journal"
	"github.com/askspoke/spoke/tenancy/status"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// A tenant that has nothing is led to what it needs first, and then to waiting.
func TestOverviewStart(t *testing.T) {
	t.Parallel()
	w := consoletest.NewWorld(t)
	b := w.As(t, admin.Viewer)
	page := b.Get(t, "/").Is(t, http.StatusOK).Has(t, "Nothing is connected yet", "Connect an identity provider")
	if !strings.Contains(page.Body, `href="/settings/integrations"`) || !strings.Contains(page.Body, `id="overview-state" class="card" aria-labelledby="overview-state-title" hidden`) {
		t.Errorf("the page leads nowhere:\n%s", page.Body)
	}
	_, _, err := w.Tokens.Mint(t.Context(), w.Acme.ID, "Entra", time.Time{})
	consoletest.Must(t, err)
	b.Get(t, "/").Is(t, http.StatusOK).Has(t, "Waiting for the first request")
	w.Sender(w.Globex).Sends(t, 1, "User", health.Create, health.Accepted)
	b.Get(t, "/").Is(t, http.StatusOK).Has(t, "Waiting for the first request")
	w.Sender(w.Acme).Sends(t, 1, "User", health.Read, health.Accepted)
	page = b.Get(t, "/").Is(t, http.StatusOK).Has(t, "The connection was tested", "Connection test under way")
	if strings.Contains(page.Text(), "Waiting for the first request There is") || strings.Contains(page.Body, " hidden>\n  <div class=\"head\"><h2 id=\"overview-state") {
		t.Error("what to do first is shown still")
	}
}

// What is known of a tenant at work is on the page, a second after it happened and without a worker.
func TestOverview(t *testing.T) {
	t.Parallel()
	w := consoletest.NewWorld(t)
	p := w.Sender(w.Acme)
	_, _, err := w.Tokens.Mint(t.Context(), w.Acme.ID, "Entra's", w.Clock.Now().Add(3*24*time.Hour))
	consoletest.Must(t, err)
	_, _, err = w.Tokens.Mint(t.Context(), w.Acme.ID, "Yearly", w.Clock.Now().Add(300*24*time.Hour))
	consoletest.Must(t, err)
	w.Users(t, w.Acme, 12)
	p.Sends(t, 20, "User", health.Read, health.Accepted)
	p.Sends(t, 1000, "User", health.Create, health.Accepted)
	p.Sends(t, 400, "User", health.Create, health.Refused)
	p.Sends(t, 7, "", health.Authenticate, health.Unauthorized)
	p.IsRefused(t, journal.Refusal{Rule: "r", Method: "PATCH", Path: "/Users/<b>", Detail: "<script>alert(1)</script> has no such attribute", Hint: "Map it"})
	p.IsRefused(t, journal.Refusal{Method: "POST", Path: "/Users", Detail: strings.Repeat("ä", 5000), Body: json.RawMessage(`{"secret":"kept"}`)})
	page := w.As(t, admin.Viewer).Get(t, "/").Is(t, http.StatusOK).Has(t,
		"At risk", "400 of 1,400 changes failed in this cycle", "Entra quarantines", "Initial sync under way", "1,427 requests so far", "400 changes failed",
		"12", "11 active", "Last request", "PATCH /Users/<b>", "<script>alert(1)</script> has no such attribute", "Map it", "POST /Users",
		"Entra's", "Make another token", "No cycle has ended yet", "All 1,020 407 0 0", "1,000 created",
	)
	if !strings.Contains(page.Body, `data-summary="1,427 requests: accepted 1,020, refused 407."`) {
		t.Error("the chart is not summed up")
	}
	for _, not := range []string{"<script>alert", "kept", "Yearly", strings.Repeat("ä", 300), "Nothing is connected"} {
		if strings.Contains(page.Body, not) {
			t.Errorf("the page has %.20q", not)
		}
	}
	if !strings.Contains(page.Body, "<progress aria-labelledby=\"overview-cycle\"></progress>") {
		t.Error("a cycle that nobody can tell the end of has no bar without one")
	}
	w.As(t, admin.Viewer).Get(t, "/").Is(t, http.StatusOK)
	other := w.AsAt(t, w.Globex, admin.Owner).Get(t, "/").Is(t, http.StatusOK).Has(t, "Nothing is connected yet")
	if strings.Contains(other.Body, "alert(1)") || strings.Contains(other.Text(), "1,427") {
		t.Error("another tenant's page tells of it")
	}
}

// A list that is read to the half is a progress with a value, and deletions that are held are told.
func TestOverviewProgress(t *testing.T) {
	t.Parallel()
	w := consoletest.NewWorld(t)
	p := w.Sender(w.Acme)
	for range 20 {
		p.Recorder.Count(activity.Request{
			Tenant: w.Acme.ID, Kind: activity.Kind{Resource: "User", Action: health.Read, Outcome: health.Accepted}, Position: 100, Total: 200,
		})
	}
	p.Sends(t, 1, "User", health.Create, health.Accepted)
	schema := tenantdb.SchemaFor(w.Acme.ID)
	w.Users(t, w.Acme, 30)
	var ids []string
	consoletest.Must(t, w.DB.SelectContext(t.Context(), &ids, `SELECT id FROM `+schema.Table("users")))
	held := 0
	for _, id := range ids {
		err := w.Guard.Check(t.Context(), schema, tenancy.Guard{Window: time.Hour, Count: 1, Minimum: 1, Percent: 50}, guard.Attempt{ResourceType: "User", ResourceID: id, Action: journal.ActionDelete, At: w.Clock.Now()})
		if guard.Refused(err) {
			held++
			continue
		}
		consoletest.Must(t, err)
		entry, err := journal.NewID()
		consoletest.Must(t, err)
		_, err = w.DB.ExecContext(t.Context(), `INSERT INTO `+schema.Table("journal")+` (id, at, action, resource_type, resource_id, version, actor, request_id, detail)
			VALUES ($1, $2, 'delete', 'User', $3, 1, '', '', '{}')`, entry, w.Clock.Now(), id)
		consoletest.Must(t, err)
	}
	if held == 0 {
		t.Fatal("nothing is held")
	}
	page := w.As(t, admin.Viewer).Get(t, "/").Is(t, http.StatusOK).Has(t,
		"Deletions are held", fmt.Sprintf("%d wait", held), "See them, and decide", "50 %", "100 of 200 entries read")
	if !strings.Contains(page.Body, `max="100" value="50"`) || !strings.Contains(page.Body, `href="/guard"`) {
		t.Errorf("%s", page.Body)
	}
}

// A suspended tenant says so, and is not told to connect anything.
func TestOverviewSuspended(t *testing.T) {
	t.Parallel()
	w := consoletest.NewWorld(t)
	consoletest.Must(t, w.Tenants.SetState(t.Context(), w.Acme.ID, tenancy.StateSuspended))
	w.As(t, admin.Viewer).Get(t, "/").Is(t, http.StatusOK).Has(t, "Paused", "The tenant is suspended")
}

// What the page costs does not grow with the directory: a large one is not counted, but the worker's count is shown with
// what came since.
func TestOverviewLarge(t *testing.T) {
	t.Parallel()
	counted := func(n int) (*consoletest.World, *pgtest.Counter) {
		db, _ := pgtest.Tenants(t, 0)
		through, counter := pgtest.Counted(t, pgtest.Address(t, db))
		w := consoletest.Over(t, through)
		w.Users(t, w.Acme, n)
		return w, counter
	}
	small, smallCount := counted(3)
	large, largeCount := counted(directory.SmallUpTo + 500)
	consoletest.Must(t, large.Status.Ensure(t.Context(), large.Clock.Now()))
	size := large.Clock.Now()
	consoletest.Must(t, large.Status.SaveSize(t.Context(), large.Acme.ID, status.Size{Users: directory.SmallUpTo + 500, ActiveUsers: directory.SmallUpTo + 499, Groups: 2}, size))
	large.Clock.Pass(2 * time.Minute)
	p := large.Sender(large.Acme)
	p.Sends(t, 10, "User", health.Create, health.Accepted)
	p.Sends(t, 3, "User", health.Disable, health.Accepted)
	p.Sends(t, 5, "User", health.Delete, health.Refused)
	p.Sends(t, 1, "Group", health.Delete, health.Accepted)
	cost := func(w *consoletest.World, counter *pgtest.Counter) int64 {
		b := w.As(t, admin.Viewer)
		b.Get(t, "/").Is(t, http.StatusOK)
		before := counter.Load()
		b.Get(t, "/").Is(t, http.StatusOK)
		return counter.Load() - before
	}
	if a, b := cost(small, smallCount), cost(large, largeCount); b > a+1 || a > 20 {
		t.Errorf("a page of a small directory is %d statements, of a large one %d", a, b)
	}
	large.As(t, admin.Viewer).Get(t, "/").Has(t, "about 1,510", "about 1,506 active", "about 1")
	large.Clock.Pass(100 * time.Minute) // the worker counts no more
	large.As(t, admin.Viewer).Get(t, "/").Has(t, "about 1,500", "The health of this tenant was not judged yet")
}

// Without Postgres the page says so.
func TestOverviewAway(t *testing.T) {
	t.Parallel()
	db, _ := pgtest.Tenants(t, 0)
	proxy := pgtest.NewProxy(t, pgtest.Address(t, db))
	w := consoletest.Over(t, pgtest.Open(t, proxy.URL, tenantdb.Options{}))
	b := w.As(t, admin.Viewer)
	b.Get(t, "/").Is(t, http.StatusOK)
	proxy.Away()
	b.Get(t, "/").Is(t, http.StatusServiceUnavailable).Has(t, "Spoke cannot reach its database just now")
	proxy.Back()
	b.Get(t, "/").Is(t, http.StatusOK)
}
