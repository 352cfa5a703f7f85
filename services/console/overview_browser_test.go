//go:build unix

package console_test

import (
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"github.com/askspoke/spoke/infra/fixture"
	"github.com/askspoke/spoke/services/console/consoletest"

	chromium "github.com/askspoke/spoke/infra/browser"
	"github.com/askspoke/spoke/observability/health"
	"github.com/askspoke/spoke/tenancy/admin"
	"github.com/askspoke/spoke/tenancy/journal"
)

// chromiumOf returns a real browser that has the session, and the address of the host as it sees it.
func chromiumOf(t *testing.T, b *consoletest.Browser) (*chromium.Browser, string) {
	t.Helper()
	served, err := url.Parse(b.World.URL)
	consoletest.Must(t, err)
	origin := "http://" + b.Host + ":" + served.Port()
	r := chromium.New(t)
	comesInto(t, r, b, origin)
	return r, origin
}

// comesInto has a browser be in somebody's session.
func comesInto(t *testing.T, r *chromium.Browser, b *consoletest.Browser, origin string) {
	t.Helper()
	for _, cookie := range b.Client.Jar.Cookies(&url.URL{Scheme: "http", Host: b.Host, Path: "/"}) {
		_, err := chromedp.Call(r.Context(), network.SetCookie, network.SetCookieParams{Name: cookie.Name, Value: cookie.Value, URL: origin, HTTPOnly: new(true)})
		consoletest.Must(t, err)
	}
}

func until(t *testing.T, b *chromium.Browser, what, expression string) {
	t.Helper()
	fixture.Eventually(t, what, func() bool { return chromium.Evaluate[bool](b, expression) })
}

const ink = `[...document.querySelectorAll('.chart canvas')].map(c => c.toDataURL()).join()`

// In a real browser what the provider sends is on the page without a reload, charts are drawn and drawn again, nothing is
// refused by the page's policy, everybody can use it, and it is left when the session ends.
func TestOverviewInBrowser(t *testing.T) {
	t.Parallel()
	w := consoletest.NewWorld(t)
	session := w.As(t, admin.Viewer)
	b, origin := chromiumOf(t, session)
	b.Emulate(chromium.Device{ReducedMotion: true}) // colours that are on their way from one to another have no contrast
	b.Open(origin + "/")
	b.WaitFor("Nothing is connected yet")
	until(t, b, "it is live", `document.getElementById('live-status').textContent === 'Live'`)
	chromium.Evaluate[int](b, `window.same = 1`)
	p := w.Sender(w.Acme)
	p.Sends(t, 3, "User", health.Read, health.Accepted)
	b.WaitFor("Connection test under way")
	b.WaitGone("Nothing is connected yet")
	w.Users(t, w.Acme, 40)
	p.Sends(t, 1000, "User", health.Create, health.Accepted)
	p.Sends(t, 300, "User", health.Create, health.Refused)
	p.Sends(t, 20, "User", health.Update, health.Limited)
	p.IsRefused(t, journal.Refusal{Method: "PATCH", Path: "/Users/1", Detail: "<script>window.same = 'gone'</script><img src=x onerror=alert(1)>", Hint: "Map it"})
	b.WaitFor("Initial sync under way")
	b.WaitFor("<script>window.same = 'gone'</script>")
	until(t, b, "the charts are drawn again", `[...document.querySelectorAll('.plot')].every(p => p.getAttribute('aria-label').startsWith('1,323 requests: '))`)
	if n := chromium.Evaluate[int](b, `document.querySelectorAll('.chart canvas').length`); n != 2 {
		t.Errorf("%d charts", n)
	}
	b.Within(".chart").Click("As a table")
	p.Sends(t, 1, "User", health.Create, health.Accepted)
	until(t, b, "the table follows", `document.querySelector('.chart details table').innerText.includes('1,001')`)
	if !chromium.Evaluate[bool](b, `document.querySelector('.chart details').open`) {
		t.Error("the table was shut")
	}
	light := chromium.Evaluate[string](b, ink)
	chromium.Audit(t, b)
	b.Emulate(chromium.Device{Dark: true, Width: 390, ReducedMotion: true})
	until(t, b, "the charts are drawn again in the dark", `(`+ink+`) !== '`+light+`'`)
	until(t, b, "the charts fit", `[...document.querySelectorAll('.chart canvas')].every(c => c.getBoundingClientRect().right <= innerWidth)`)
	if wide := chromium.Evaluate[int](b, `document.documentElement.scrollWidth`); wide > 390 {
		t.Errorf("the page is %d pixels wide", wide)
	}
	chromium.Audit(t, b)
	if dir := os.Getenv("SPOKE_SCREENSHOTS"); dir != "" {
		b.Screenshot(filepath.Join(dir, "overview.png"), 1280, 0, false)
		b.Screenshot(filepath.Join(dir, "overview-dark.png"), 1280, 0, true)
		b.Screenshot(filepath.Join(dir, "overview-narrow.png"), 390, 0, false)
	}
	if chromium.Evaluate[int](b, `window.same`) != 1 {
		t.Error("the page was loaded again")
	}
	for _, e := range b.Console() {
		t.Errorf("the browser complains: %+v", e)
	}
	a, err := w.Admins.ByEmail(t.Context(), w.Acme.ID, "viewer@acme.example")
	consoletest.Must(t, err)
	consoletest.Must(t, w.Admins.EndSessions(t.Context(), w.Acme.ID, a.ID, w.Clock.Now().Add(time.Second)))
	fixture.Eventually(t, "the page is left", func() bool { return strings.Contains(b.URL(), "/sign-in?ended=1&next=%2F") })
}

// The page is live however late its scripts come, one after the other: htmx looks for what is live as soon as it is there
// itself.
func TestOverviewIsLiveOnASlowNetwork(t *testing.T) {
	t.Parallel()
	w := consoletest.NewWorld(t)
	served, err := url.Parse(w.URL)
	consoletest.Must(t, err)
	var scripts atomic.Int64
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(served)
		r.Out.Host = r.In.Host
		if strings.HasSuffix(r.In.URL.Path, ".js") {
			<-time.After(time.Duration(scripts.Add(1)) * 200 * time.Millisecond)
		}
	}}
	slow := httptest.NewServer(proxy)
	t.Cleanup(slow.Close)
	session := w.As(t, admin.Viewer)
	session.World.URL = slow.URL
	b, origin := chromiumOf(t, session)
	b.Open(origin + "/")
	until(t, b, "it is live", `document.getElementById('live-status').textContent === 'Live'`)
	if scripts.Load() < 3 {
		t.Errorf("%d scripts", scripts.Load())
	}
}

// Without JavaScript the page says what it knows, with the figures of the charts.
func TestOverviewWithoutJavaScript(t *testing.T) {
	t.Parallel()
	w := consoletest.NewWorld(t)
	w.Sender(w.Acme).Sends(t, 1234, "User", health.Create, health.Accepted)
	b, origin := chromiumOf(t, w.As(t, admin.Viewer))
	b.WithoutJavaScript()
	b.Open(origin + "/")
	b.WaitFor("Initial sync under way")
	b.Within(".chart").Click("As a table")
	b.WaitFor("1,234 created")
}

// Times are shown in the viewer's zone: nine hours ahead in Tokyo.
func TestTimesAreInTheViewersZone(t *testing.T) {
	t.Parallel()
	w := consoletest.NewWorld(t)
	b, origin := chromiumOf(t, w.As(t, admin.Viewer))
	b.Emulate(chromium.Device{TimeZone: "Asia/Tokyo"})
	w.Sender(w.Acme).IsRefused(t, journal.Refusal{Method: "PATCH", Path: "/Users/1", Detail: "no"})
	b.Open(origin + "/log")
	const cell = `document.querySelector('main td time:not([data-form])')`
	at, err := time.Parse(time.RFC3339, chromium.Evaluate[string](b, cell+`.dateTime`))
	consoletest.Must(t, err)
	want := at.In(time.FixedZone("Tokyo", 9*60*60)).Format("3:04")
	if got := chromium.Evaluate[string](b, cell+`.textContent`); !strings.Contains(got, want) || strings.Contains(got, "UTC") {
		t.Errorf("%s is shown as %q, want %s", at, got, want)
	}
}
