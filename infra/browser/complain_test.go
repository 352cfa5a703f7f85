//go:build unix

package browser_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/askspoke/spoke/infra/browser"
)

// complaints waits for some, and returns them without where they came from.
func complaints(t *testing.T, b *browser.Browser, n int) []browser.Entry {
	t.Helper()
	var all []browser.Entry
	browser.Until(b, "wait for complaints", func() bool {
		all = append(all, b.Console()...)
		return len(all) >= n
	})
	return all
}

func TestConsole(t *testing.T) {
	t.Parallel()
	b := browser.New(t)
	at := site(t, map[string]string{"/": page("Complaints", `<p id="said" style="color: red">Said</p><button id="complain">Complain</button>
		<button id="inject">Inject</button> <button id="fetch">Fetch</button><script>alert("inline")</script>`)})
	b.Open(at)
	elsewhere := cmpopts.IgnoreFields(browser.Entry{}, "URL")
	sorted := cmpopts.SortSlices(func(a, b browser.Entry) bool { return a.Text < b.Text })
	check := func(want ...browser.Entry) {
		t.Helper()
		if diff := cmp.Diff(want, complaints(t, b, len(want)), elsewhere, sorted); diff != "" {
			t.Error(diff)
		}
	}
	check(browser.Entry{Kind: browser.Policy, Text: "style-src-attr: kInlineViolation"},
		browser.Entry{Kind: browser.Policy, Text: "script-src-elem: kInlineViolation"})
	b.Click("Fetch")
	b.WaitFor("Missing: 404")
	check(browser.Entry{Kind: browser.Request, Text: "answered 404"})
	b.Click("Complain")
	entries := complaints(t, b, 2)
	if entries[0].Kind != browser.Error || !strings.HasPrefix(entries[0].Text, "a 1 Error: b") {
		t.Errorf("console.error was heard as %v", entries[0])
	}
	if entries[1].Kind != browser.Exception || !strings.Contains(entries[1].Text, "thrown") {
		t.Errorf("the exception was heard as %v", entries[1])
	}
	b.Click("Inject")
	want := browser.Entry{Kind: browser.Policy, Text: "img-src: kURLViolation", URL: "http://other.localhost/pixel.png"}
	if diff := cmp.Diff([]browser.Entry{want}, complaints(t, b, 1)); diff != "" {
		t.Error(diff)
	}
}

// Nothing but the loopback interface is reached, whatever page says so.
func TestReachesNothingElse(t *testing.T) {
	t.Parallel()
	b := browser.New(t)
	at := site(t, map[string]string{"/": page("Here", "")})
	port := at[strings.LastIndex(at, ":"):]
	for _, host := range []string{"localhost", "acme.localhost", "askspoke.test", "acme.askspoke.test"} {
		b.Open("http://" + host + port)
		if b.Title() != "Here" {
			t.Errorf("%s is %q", host, b.Title())
		}
	}
	for _, url := range []string{"http://example.com", "http://192.0.2.1", "http://[2001:db8::1]", "http://127.0.0.2" + port, "http://askspoke.test.example"} {
		err := browser.Navigate(b, url)
		var load *chromedp.LoadError
		if !errors.As(err, &load) || load.ErrorText != "net::ERR_NAME_NOT_RESOLVED" {
			t.Errorf("%s: err = %v, want that it has no address", url, err)
		}
	}
}
