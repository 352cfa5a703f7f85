//go:build unix

package console_test

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/askspoke/spoke/services/console/consoletest"

	chromium "github.com/askspoke/spoke/infra/browser"
	"github.com/askspoke/spoke/tenancy/admin"
)

// filtered are the times that the page's address has, and what its fields show.
type filtered struct{ From, To, FromShown, ToShown string }

func filteredIn(t *testing.T, b *chromium.Browser) filtered {
	t.Helper()
	at, err := url.Parse(b.URL())
	consoletest.Must(t, err)
	return filtered{
		at.Query().Get("from"), at.Query().Get("to"), chromium.Evaluate[string](b, `document.querySelector('[name=from]').value`),
		chromium.Evaluate[string](b, `document.querySelector('[name=to]').value`),
	}
}

const listed = `[...document.querySelectorAll('main table a')].map(a => a.pathname).join()`

// The log is filtered in the viewer's zone, and its address has instants: the same ones for who looks from elsewhere, and
// without JavaScript, where they are in UTC. The export has what the page has.
func TestLogIsFilteredInTheViewersZone(t *testing.T) {
	t.Parallel()
	w := consoletest.NewWorld(t)
	p := w.IDP(t, w.Acme)
	noon := w.Clock.Now().UTC().Truncate(24 * time.Hour).Add(-12 * time.Hour)
	before, within := p.RefusedAt(t, noon.Add(-time.Minute)), p.RefusedAt(t, noon.Add(time.Minute))
	p.RefusedAt(t, noon.Add(time.Hour))
	session := w.As(t, admin.Viewer)
	b, origin := chromiumOf(t, session)
	b.Emulate(chromium.Device{TimeZone: "Asia/Tokyo"})
	b.Open(origin + "/log")
	tokyo := noon.In(time.FixedZone("Tokyo", 9*60*60))
	const field = "2006-01-02T15:04"
	b.Fill("From (Asia/Tokyo)", tokyo.Format(field))
	b.Fill("To (Asia/Tokyo)", tokyo.Add(time.Hour).Format(field))
	b.Click("Filter")
	want := filtered{noon.Format(time.RFC3339), noon.Add(time.Hour).Format(time.RFC3339), tokyo.Format(field), tokyo.Add(time.Hour).Format(field)}
	if diff := cmp.Diff(want, filteredIn(t, b)); diff != "" {
		t.Error(diff)
	}
	if got := chromium.Evaluate[string](b, listed); got != "/log/"+within {
		t.Errorf("the page has %q, not %s", got, within)
	}
	export, err := url.Parse(chromium.Evaluate[string](b, `document.querySelector('a[download][href*=ndjson]').href`))
	consoletest.Must(t, err)
	if got := session.Get(t, export.RequestURI()).Is(t, http.StatusOK); strings.Count(got.Body, `"outcome":"refused"`) != 1 || !strings.Contains(got.Body, within) {
		t.Errorf("the export has\n%s", got.Body)
	}
	chromium.Audit(t, b)

	// What was not changed stays what it was; what is emptied is no filter.
	shared := b.URL()
	b.Fill("From (Asia/Tokyo)", "")
	b.Click("Filter")
	if got := filteredIn(t, b); got.From != "" || got.FromShown != "" || got.To != want.To {
		t.Errorf("%+v", got)
	}
	if got := chromium.Evaluate[string](b, listed); got != "/log/"+within+",/log/"+before {
		t.Errorf("without a beginning the page has %q", got)
	}

	// The link that was shared, and one whose plus is written as people write it, from New York.
	b.Emulate(chromium.Device{TimeZone: "America/New_York"})
	b.Open(shared)
	york, err := time.LoadLocation("America/New_York")
	consoletest.Must(t, err)
	want.FromShown, want.ToShown = noon.In(york).Format(field), noon.Add(time.Hour).In(york).Format(field)
	if diff := cmp.Diff(want, filteredIn(t, b)); diff != "" || chromium.Evaluate[string](b, listed) != "/log/"+within {
		t.Error(diff)
	}
	b.Open(origin + "/log?from=" + tokyo.Format(time.RFC3339) + "&to=" + noon.Add(61*time.Minute+30*time.Second).Format("2006-01-02+15:04:05"))
	exact := noon.Add(61*time.Minute + 30*time.Second)
	if got := filteredIn(t, b); got.FromShown != want.FromShown || got.ToShown != exact.In(york).Format("2006-01-02T15:04:05") {
		t.Errorf("%+v", got)
	}
	b.Click("Filter")
	if got := filteredIn(t, b); got.From != want.From || got.To != exact.Format(time.RFC3339) {
		t.Errorf("%+v", got)
	}

	// A time that is none stays as it was written.
	b.Open(origin + "/log?from=yesterday&to=2026")
	b.WaitFor("Write a time as 2026-03-01 12:00, in UTC.")
	if diff := cmp.Diff(filtered{"yesterday", "2026", "yesterday", "2026"}, filteredIn(t, b)); diff != "" || !b.Shows("From (UTC)") {
		t.Error(diff)
	}

	b.WithoutJavaScript()
	b.Open(shared)
	want.FromShown, want.ToShown = noon.Format("2006-01-02 15:04"), noon.Add(time.Hour).Format("2006-01-02 15:04")
	page := session.Get(t, strings.TrimPrefix(shared, origin)).Is(t, http.StatusOK)
	values := regexp.MustCompile(`name="(from|to)"[^>]* value="([^"]*)"`).FindAllStringSubmatch(page.Body, -1)
	if len(values) != 2 || html.UnescapeString(values[0][2]) != want.FromShown || html.UnescapeString(values[1][2]) != want.ToShown {
		t.Errorf("without JavaScript: %q", values)
	}
	b.Fill("From (UTC)", noon.Add(-time.Hour).Format("2006-01-02 15:04"))
	b.Click("Filter")
	b.WaitFor("Refused")
	if got := chromium.Evaluate[string](b, listed); got != "/log/"+within+",/log/"+before {
		t.Errorf("without JavaScript the page has %q", got)
	}
	for _, e := range b.Console() {
		if !strings.Contains(e.Text, "422") {
			t.Errorf("the browser complains: %+v", e)
		}
	}
}

// Where clocks go forward or back, the page says which time is meant: of two the one that misses nothing, and it stays that
// one when the form is sent again.
func TestLogFilterWhenClocksChange(t *testing.T) {
	t.Parallel()
	w := consoletest.NewWorld(t)
	b, origin := chromiumOf(t, w.As(t, admin.Viewer))
	b.Emulate(chromium.Device{TimeZone: "Europe/Berlin"})
	b.Open(origin + "/log")
	b.Fill("From (Europe/Berlin)", "2026-03-29T02:30")
	b.WaitFor("There is no such time that day, since clocks go forward: 03:30 is meant.")
	b.Fill("To (Europe/Berlin)", "2026-10-25T02:30")
	b.WaitFor("There are two such times that day, since clocks go back: the second is meant, 01:30 in UTC.")
	b.Click("Filter")
	want := filtered{"2026-03-29T01:30:00Z", "2026-10-25T01:30:00Z", "2026-03-29T03:30", "2026-10-25T02:30"}
	if diff := cmp.Diff(want, filteredIn(t, b)); diff != "" {
		t.Error(diff)
	}
	b.Fill("From (Europe/Berlin)", "2026-10-25T02:30")
	b.WaitFor("There are two such times that day, since clocks go back: the first is meant, 00:30 in UTC.")
	for range 2 {
		b.Click("Filter")
		want = filtered{"2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z", "2026-10-25T02:30", "2026-10-25T02:30"}
		if diff := cmp.Diff(want, filteredIn(t, b)); diff != "" {
			t.Error(diff)
		}
	}
	b.Emulate(chromium.Device{TimeZone: "Australia/Lord_Howe"}) // whose clocks go by half an hour
	b.Open(origin + "/log")
	b.Fill("From (Australia/Lord Howe)", "2026-04-05T01:45")
	b.WaitFor("the first is meant, 14:45 in UTC.")
	b.Fill("To (Australia/Lord Howe)", "2026-04-05T01:45")
	b.WaitFor("the second is meant, 15:15 in UTC.")
}

// On a narrow screen the filters are folded until somebody wants them, or has set one, also without JavaScript. Where there is
// room they are always there.
func TestLogFiltersAreFolded(t *testing.T) {
	t.Parallel()
	w := consoletest.NewWorld(t)
	w.IDP(t, w.Acme).RefusedAt(t, w.Clock.Now())
	for _, scripts := range []bool{true, false} {
		b, origin := chromiumOf(t, w.As(t, admin.Viewer))
		if !scripts {
			b.WithoutJavaScript()
		}
		const fields, summary = "css:form.filters", "css:details.fold > summary"
		shows := func(what string, want bool) {
			t.Helper()
			if b.Shows(what) != want {
				t.Errorf("%s at %s (scripts: %v) is shown: %v", what, b.URL(), scripts, !want)
			}
		}
		b.Emulate(chromium.Device{Width: 390, Height: 844})
		b.Open(origin + "/log")
		shows(fields, false)
		if top := chromium.Evaluate[float64](b, `document.querySelector('table.log').getBoundingClientRect().top`); top > 422 {
			t.Errorf("the log begins at %v of 844 pixels", top)
		}
		b.Click("Filters")
		shows(fields, true)
		b.Fill("Outcome", "Accepted")
		b.Click("Filter")
		b.WaitFor("Nothing matches")
		shows(fields, true)
		b.Click("Clear")
		b.WaitFor("Refused")
		shows(fields, false)
		b.Open(origin + "/log?from=then")
		shows(fields, true) // it says what is wrong
		b.Emulate(chromium.Device{})
		b.Open(origin + "/log")
		shows(fields, true)
		shows(summary, false)
		b.Fill("Outcome", "Refused")
		b.Click("Filter")
		b.WaitFor("Refused")
		chromium.Evaluate[bool](b, `document.querySelector('details.fold').open = false, true`)
		shows(fields, true)
	}
}
