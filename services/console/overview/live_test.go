package overview_test

import (
	"strings"
	"testing"

	"github.com/askspoke/spoke/observability/health"
	"github.com/askspoke/spoke/services/console/consoletest"
	"github.com/askspoke/spoke/services/console/overview"
	"github.com/askspoke/spoke/tenancy/admin"
	"github.com/askspoke/spoke/tenancy/journal"
)

// What the provider sends is on the page of who watches it: the first request, a change, a refusal. Another tenant's is not,
// and what has not changed is not sent again.
func TestLiveOverview(t *testing.T) {
	t.Parallel()
	w := consoletest.NewWorld(t)
	w.Sender(w.Globex).Sends(t, 777, "User", health.Create, health.Accepted)
	e := w.As(t, admin.Viewer).Watch(t)
	first := e.Until([]string{`hx-target="#overview-start"`, "Nothing is connected yet"}, "777")
	for _, part := range overview.Parts {
		if !strings.Contains(first, `<hx-partial hx-target="#`+part+`" hx-swap="outerMorph"><`) || !strings.Contains(first, ` id="`+part+`"`) {
			t.Errorf("there is no part %s", part)
		}
	}
	p := w.Sender(w.Acme)
	p.Sends(t, 3, "User", health.Read, health.Accepted)
	changed := e.Until([]string{"Connection test", "3 requests so far", "The connection was tested"}, "777")
	if strings.Contains(changed, `"#overview-refusals" hx-swap="outerMorph"><section id="overview-refusals" class="card" aria-labelledby="overview-refusals-title" hidden`) {
		t.Error("the empty page is still shown")
	}
	p.Sends(t, 1, "User", health.Create, health.Accepted)
	w.Users(t, w.Acme, 1)
	changed = e.Until([]string{"Initial sync"}, "777")
	if strings.Contains(changed, "overview-refusals") || strings.Contains(changed, "overview-month") {
		t.Errorf("what has not changed is sent again: %s", changed)
	}
	p.IsRefused(t, journal.Refusal{Method: "POST", Path: "/Users", Detail: "userName is <missing>"})
	e.Until([]string{"overview-refusals", "userName is &lt;missing&gt;"}, "777", "<missing>")
}
