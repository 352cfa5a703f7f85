//go:build unix

package browser_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/askspoke/spoke/infra/browser"
)

const form = `<form method="post" action="/echo" enctype="multipart/form-data">
	<label>Name <input id="name" name="name" value="before"></label> <p id="keys"></p> <p id="said"></p>
	<label for="about">About</label> <textarea id="about" name="about"></textarea>
	<label>Role <select name="role"><option value="v">Viewer</option><option value="o">Owner</option></select></label>
	<label>Day <input type="date" name="day"></label>
	<label><input type="checkbox" name="keep" value="yes"> Keep it</label>
	<label>File <input type="file" name="file"></label>
	<label>Short <input maxlength="3"></label>
	<button>Save</button> <button disabled>Save as</button></form>`

func TestForm(t *testing.T) {
	t.Parallel()
	b := browser.New(t)
	b.Open(site(t, map[string]string{"/": page("Form", form)}))
	file := filepath.Join(t.TempDir(), "metadata.xml")
	if err := os.WriteFile(file, []byte("<x/>"), 0o600); err != nil {
		t.Fatal(err)
	}
	b.Fill("Name", "Al")
	if keys := b.Text("#keys"); keys != "A l" {
		t.Errorf("the page saw the keys %q", keys)
	}
	b.Fill("About", "é ́\nx") // a combining character, which is no key
	b.WaitFor("Changed")
	b.Fill("Role", "Owner")
	b.Fill("Day", "2026-01-31")
	b.Click("Keep it")
	b.Attach("File", file)
	if got := b.Value("Name"); got != "Al" {
		t.Errorf("Value = %q", got)
	}
	b.Click("Save")
	want := "[name: Al] [about: é ́ x] [role: o] [day: 2026-01-31] [keep: yes] file: metadata.xml"
	if got := strings.Join(strings.Fields(b.Text("#all")), " "); got != want {
		t.Errorf("the server received %q, want %q", got, want)
	}
	b.Back()
	b.Fill("#name", "")
	b.Fill("Day", "2026-02-01")
	b.Fill("Day", "")
	if got := b.Value("Day"); got != "" {
		t.Errorf("a date that was emptied is %q", got)
	}
	b.Fill("About", strings.Repeat("long ", 1000))
	b.Click("css:form button:enabled")
	if got := b.Text("#all"); !strings.HasPrefix(got, "[name: ]") || !strings.Contains(got, "[day: ]") || strings.Count(got, "long") != 1000 {
		t.Errorf("the server received %q", got)
	}
	if diff := cmp.Diff([]browser.Entry(nil), b.Console()); diff != "" {
		t.Error(diff)
	}
}

func TestPageThatChanges(t *testing.T) {
	t.Parallel()
	b := browser.New(t)
	at := site(t, map[string]string{
		"/": page("Change", `<p id="said">Nothing yet</p><p>In two
			lines</p><button id="later">Later</button> <button id="moving" class="late">Moving</button>
			<a href="/next">Next</a><p hidden>Secret</p>`),
		"/next": page("Next page", `<section><button id="under">Go</button></section><section><button>Go</button></section>
			<p id="said"></p><ul><li>One</li><li>Two</li></ul><button id="lid">Close</button>`),
	})
	b.Open(at)
	b.Click("Moving")
	b.WaitFor("Moved")
	b.Click("Later")
	b.WaitFor("Here it is")
	b.WaitGone("Moved")
	if !b.Shows("In two lines") || b.Shows("Secret") || b.Shows("#absent") || !b.Shows("#said") {
		t.Error("Shows takes something for shown that is not, or the other way")
	}
	b.Click("Next")
	if got, want := b.URL(), at+"/next"; got != want || b.Title() != "Next page" || b.Status() != 200 {
		t.Errorf("after the click it is at %s, %s, %d", got, b.Title(), b.Status())
	}
	b.Click("Close")
	b.Within("section:first-of-type").Click("Go")
	b.WaitFor("Under")
	if diff := cmp.Diff([]string{"One", "Two"}, b.Within("ul").Texts("css:li")); diff != "" {
		t.Error(diff)
	}
	b.Open(at + "/absent")
	if b.Status() != 404 {
		t.Errorf("Status = %d", b.Status())
	}
}

// A page that is never through with loading is used like another.
func TestStream(t *testing.T) {
	t.Parallel()
	at := site(t, map[string]string{
		"/": page("Live", `<p id="said"></p><button id="live">Nothing</button> <a href="/next">Next</a>`), "/next": page("Next page", ""),
	})
	b := browser.New(t)
	b.Open(at)
	b.WaitFor(`An "event"`)
	b.Press("Tab")
	if got := b.Focused(); got != `An "event"` {
		t.Errorf("the keyboard is at %q", got)
	}
	b.Click(`An "event"`)
	b.Click("Next")
	if b.Title() != "Next page" {
		t.Errorf("it is at %q", b.Title())
	}
	b.Back()
	b.WaitFor(`An "event"`)
	if diff := cmp.Diff([]browser.Entry(nil), b.Console()); diff != "" {
		t.Error(diff)
	}
}

func TestKeyboard(t *testing.T) {
	t.Parallel()
	b := browser.New(t)
	b.Open(site(t, map[string]string{"/": page("Keys", form+`<a href="/next">Next</a>`), "/next": page("Next page", "")}))
	b.Press("Tab", "Tab")
	if got := b.Focused(); got != "About" {
		t.Errorf("after two tabs the keyboard is at %q", got)
	}
	b.Press("Shift+Tab", "End", "!", "Control+a", "x")
	if got := b.Value("Name"); got != "x" {
		t.Errorf("Name has %q", got)
	}
	b.Press("Enter")
	if b.Title() != "Received" {
		t.Errorf("Enter led to %q", b.Title())
	}
}

func TestDialog(t *testing.T) {
	t.Parallel()
	b := browser.New(t)
	b.Open(site(t, map[string]string{"/": page("Dialog", `<p id="said"></p><button id="remove">Remove</button>`)}))
	b.Click("Remove")
	b.WaitFor("Kept")
	b.AcceptDialogs(true)
	b.Click("Remove")
	b.WaitFor("Removed")
	if entries := b.Console(); len(entries) != 2 || entries[0].Kind != browser.Dialog || entries[0].Text != "Remove it?" {
		t.Errorf("the console has %v", entries)
	}
}

func TestDevice(t *testing.T) {
	t.Parallel()
	b := browser.New(t)
	b.Open(site(t, map[string]string{"/": page("Device", `<p id="zone"></p><p id="motion">Motion</p><p id="wide">Wide</p><p class="big">Big</p>`)}))
	if got := b.Text("#zone"); got != "00:00:00 UTC" {
		t.Errorf("the time is %s", got)
	}
	background := func() string {
		return browser.Evaluate[string](b, `getComputedStyle(document.body).backgroundColor`)
	}
	if !b.Shows("#wide") || background() != "rgb(255, 255, 255)" {
		t.Error("it is not wide and light to begin with")
	}
	b.Emulate(browser.Device{Width: 400, Dark: true, ReducedMotion: true, TimeZone: "Asia/Tokyo"})
	b.Reload()
	if got := b.Text("#zone"); got != "09:00:00 Asia/Tokyo" || b.Shows("#wide") || background() != "rgb(17, 17, 17)" {
		t.Errorf("the time is %s, the background %s", got, background())
	}
	if !browser.Evaluate[bool](b, `matchMedia('(prefers-reduced-motion: reduce)').matches`) {
		t.Error("motion is not reduced")
	}
}

func TestWithoutJavaScript(t *testing.T) {
	t.Parallel()
	b := browser.New(t)
	b.WithoutJavaScript()
	b.Open(site(t, map[string]string{"/": page("Plain", form+`<p id="zone">Unknown</p>`)}))
	if got := b.Text("#zone"); got != "Unknown" {
		t.Errorf("a script wrote %q", got)
	}
	b.Fill("Name", "No script")
	b.Fill("Role", "Owner")
	b.Click("Save")
	b.WaitFor("text:[name: No script]")
	if !b.Shows("text:[role: o]") {
		t.Error("the role was not sent")
	}
	b.Screenshot(filepath.Join(t.TempDir(), "plain.png"), 400, 0, false)
}

func TestDownload(t *testing.T) {
	t.Parallel()
	for range 2 { // two tabs at once
		t.Run("", func(t *testing.T) {
			t.Parallel()
			b := browser.New(t)
			at := site(t, map[string]string{"/": page("Download", `<a href="/export.csv">Export</a>`)})
			b.Open(at)
			for range 2 {
				b.Click("Export")
				want := browser.Download{Name: "users.csv", URL: at + "/export.csv", Content: []byte("a,b\n")}
				if diff := cmp.Diff(want, b.Download()); diff != "" {
					t.Error(diff)
				}
			}
			if b.Title() != "Download" {
				t.Errorf("the download led to %q", b.Title())
			}
			if diff := cmp.Diff([]browser.Entry(nil), b.Console()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Each test has a clipboard for the moment, and cookies for itself.
func TestProfiles(t *testing.T) {
	t.Parallel()
	for _, host := range []string{"acme.localhost", "globex.localhost", "localhost"} {
		t.Run(host, func(t *testing.T) {
			t.Parallel()
			b := browser.New(t)
			at := site(t, map[string]string{"/": page("Copy", `<button id="copy">Copy</button>`)})
			at = strings.Replace(at, "127.0.0.1", host, 1)
			b.Open(at)
			want := "the token of " + strings.TrimPrefix(at, "http://")
			for range 3 {
				if got := b.Copied("Copy"); got != want {
					t.Errorf("it copied %q, want %q", got, want)
				}
			}
			if got := browser.Evaluate[string](b, `document.cookie`); got != "" {
				t.Errorf("a new profile has cookies: %q", got)
			}
			browser.Evaluate[string](b, `document.cookie = "a=b; domain=localhost"`)
		})
	}
}
