package console

import (
	"strings"
	"testing"

	"github.com/askspoke/spoke/observability/health"
	"github.com/askspoke/spoke/tenancy/admin"
	"github.com/askspoke/spoke/tenancy/journal"
)

// What the provider sends is on the page of who watches it: the first request, a change, a refusal. Another tenant's is not,
// and what has not changed is not sent again.
func TestLiveOverview(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.provider(w.globex).sends(t, 777, "User", health.Create, health.Accepted)
	e := w.as(t, admin.Viewer).watch(t)
	first := e.until([]string{`hx-target="#overview-start"`, "Nothing is connected yet"}, "777")
	for _, part := range overviewParts {
		if !strings.Contains(first, `<hx-partial hx-target="#`+part+`" hx-swap="outerMorph"><`) || !strings.Contains(first, ` id="`+part+`"`) {
			t.Errorf("there is no part %s", part)
		}
	}
	p := w.provider(w.acme)
	p.sends(t, 3, "User", health.Read, health.Accepted)
	changed := e.until([]string{"Connection test", "3 requests so far", "The connection was tested"}, "777")
	if strings.Contains(changed, `"#overview-refusals" hx-swap="outerMorph"><section id="overview-refusals" class="card" aria-labelledby="overview-refusals-title" hidden`) {
		t.Error("the empty page is still shown")
	}
	p.sends(t, 1, "User", health.Create, health.Accepted)
	w.users(t, w.acme, 1)
	changed = e.until([]string{"Initial sync"}, "777")
	if strings.Contains(changed, "overview-refusals") || strings.Contains(changed, "overview-month") {
		t.Errorf("what has not changed is sent again: %s", changed)
	}
	p.isRefused(t, journal.Refusal{Method: "POST", Path: "/Users", Detail: "userName is <missing>"})
	e.until([]string{"overview-refusals", "userName is &lt;missing&gt;"}, "777", "<missing>")
}
