//go:build unix

package walk

import (
	"cmp"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"github.com/askspoke/spoke/infra/browser"
	"github.com/askspoke/spoke/tenancy/admin"
)

// screenshots is where the pictures of the README go; ./task screenshots says so.
var screenshots = flag.String("screenshots", "", "a directory for pictures of pages; empty: they are made, checked and not kept")

// gallery is where pictures of all pages go that are looked at, for a person to look at them too.
var gallery = flag.String("gallery", "", "a directory for pictures of every page, wide and narrow; empty: none are made")

// visit is a page of the walk.
type visit struct{ path, title string }

// everywhere are the pages that the navigation of a tenant's console leads to, and those that are one step further.
var everywhere = []visit{
	{"/", "Overview"},
	{"/users", "Users"},
	{"/groups", "Groups"},
	{"/settings/integrations", "Integrations"},
	{"/settings/integrations/scim", "SCIM"},
	{"/settings/integrations/scim/test", "Test panel"},
	{"/settings/integrations/scim/guides/entra", "Microsoft Entra ID"},
	{"/settings/integrations/scim/guides/okta", "Okta"},
	{"/settings/sign-on", "Single sign-on"},
	{"/settings/sign-on/new?provider=entra", "Single sign-on with Microsoft Entra ID"},
	{"/settings/hosts", "Hosts"},
	{"/settings/extensions", "Schema extensions"},
	{"/settings/notifications", "Notifications"},
	{"/settings/administrators", "Administrators"},
	{"/log", "Provisioning log"},
	{"/log?outcome=refused", "Provisioning log"},
	{"/log?from=then", "Provisioning log"},
	{"/guard", "Deletion guard"},
	{"/guard/deleted", ""},
	{"/settings/plan", "Plan and usage"},
	{"/settings/general", "General"},
}

// TestPages looks at every page, of a tenant with data and of one without, and of the operator.
//
//nolint:tparallel // its parts share a tenant, which some of them change
func TestPages(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	acme := s.acme(t)
	s.neighbours(t)
	vellum := s.tenant(t, "vellum", "Vellum Press")
	s.judged(t, "acme", "guard_held")

	b := browser.New(t)
	s.signIn(t, b, "acme", acme.id, admin.Owner)
	t.Run("pictures", func(t *testing.T) { s.pictures(t, b) })
	t.Run("with data", func(t *testing.T) {
		s.inspect(t, b, "acme", everywhere...)
		entry := s.first(b, "/log?outcome=refused", "table.log")
		s.inspect(t, b, "acme",
			visit{s.first(b, "/users", "#results tbody"), ""}, visit{s.first(b, "/groups", "#results tbody"), ""}, visit{"/users?q=nobody", "Users"},
			visit{s.first(b, "/settings/integrations/scim", ".wide"), "Microsoft Entra ID"}, visit{entry, "Refused"}, visit{entry + "/replay", "Send again"},
			visit{s.first(b, "/log?outcome=accepted", "table.log"), ""}, visit{s.first(b, "/guard", ".card"), "Held deletions"},
			visit{s.first(b, "/settings/administrators", ".wide"), "owner@acme.test"},
		)
	})
	t.Run("without data", func(t *testing.T) {
		b := browser.New(t)
		s.signIn(t, b, "vellum", vellum, admin.Owner)
		s.inspect(t, b, "vellum", everywhere...)
	})
	t.Run("by keyboard", func(t *testing.T) {
		b := browser.New(t)
		s.signIn(t, b, "vellum", vellum, admin.Viewer)
		s.keyboard(t, b, "vellum", "/", "/settings/general")
		s.signIn(t, b, "acme", acme.id, admin.Admin)
		s.keyboard(t, b, "acme", "/", "/settings/integrations/scim", "/users", "/log", "/settings/administrators")
		b.Open(s.Origin("acme") + "/settings/integrations/scim")
		b.Within(".wide").Click("Microsoft Entra ID")
		confirm(t, b, "Revoke the token", "Revoke it")
	})
	t.Run("in forced colours", func(t *testing.T) {
		b.Emulate(browser.Device{ForcedColours: true, ReducedMotion: true})
		for _, path := range []string{"/", "/log", "/settings/integrations/scim"} {
			b.Open(s.Origin("acme") + path)
			reaches(t, b) // where the keyboard is must be seen without a shadow
		}
		b.Emulate(browser.Device{})
	})
	t.Run("on paper", func(t *testing.T) { s.paper(t, b) })
	t.Run("without JavaScript", func(t *testing.T) { s.plain(t, "vellum", vellum) })
	t.Run("for a viewer", func(t *testing.T) {
		b := browser.New(t)
		s.signIn(t, b, "acme", acme.id, admin.Viewer)
		s.inspect(t, b, "acme", everywhere[3], everywhere[4], everywhere[13])
	})
	t.Run("for a stranger", func(t *testing.T) {
		b := browser.New(t)
		s.inspect(t, b, "acme", visit{"/sign-in", "Sign in"}, visit{"/sign-in?ended=1", "Sign in"}, visit{"/setup/spl_wrong", ""})
		b.Open(s.Origin("nobody") + "/")
		browser.Audit(t, b)
	})
	t.Run("for an operator", func(t *testing.T) {
		b := browser.New(t)
		s.inspect(t, b, "console", visit{"/sign-in", "Sign in"})
		s.signInOperator(t, b)
		s.inspect(t, b, "console", visit{"/", "Tenants"}, visit{"/tenants/acme", "acme"}, visit{"/tenants/vellum", "vellum"}, visit{"/onboard", "Onboard a tenant"}, visit{"/audit", "Audit log"})
	})
}

// paper prints a guide: what it says is there, and what can only be clicked is not.
func (s *stage) paper(t *testing.T, b *browser.Browser) {
	t.Helper()
	b.Emulate(browser.Device{Print: true, Dark: true, ReducedMotion: true})
	b.Open(s.Origin("acme") + "/settings/integrations/scim/guides/entra")
	for _, text := range []string{"Connect Microsoft Entra ID", s.Origin("acme") + "/scim/v2", "Assign and start"} {
		b.WaitFor(text)
	}
	for _, not := range []string{"css:nav.side", "css:button", "css:header.top", "Sign out"} {
		if b.Shows(not) {
			t.Errorf("%s is printed", not)
		}
	}
	if ink := browser.Evaluate[string](b, `getComputedStyle(document.querySelector('main p:not(:has(a))')).color + ' on ' + getComputedStyle(document.documentElement).backgroundColor`); !strings.HasSuffix(ink, "on rgb(255, 255, 255)") {
		t.Errorf("it is printed as %s", ink)
	}
	fits(t, b)
	b.Emulate(browser.Device{})
}

// first returns the path of the first link in a part of a page.
func (s *stage) first(b *browser.Browser, page, within string) string {
	b.Open(s.Origin("acme") + page)
	return browser.Evaluate[string](b, "document.querySelector("+strconv.Quote(within)+").querySelector('a[href]').pathname")
}

// inspect opens pages and looks at each.
func (s *stage) inspect(t *testing.T, b *browser.Browser, label string, pages ...visit) {
	t.Helper()
	for _, page := range pages {
		b.Emulate(browser.Device{ReducedMotion: true}) // before it draws
		b.Open(s.Origin(label) + page.path)
		look(t, b, page.title)
	}
}

// narrow is the narrowest screen that a page must do with, which is also a wide one at a zoom of 400 % (WCAG 2.2, 1.4.10).
const narrow = 320

// look looks at the page that the tab shows: wide and in the light, narrow and in the dark.
func look(t *testing.T, b *browser.Browser, title string) {
	t.Helper()
	at := strings.TrimPrefix(b.URL(), "http://")
	if got := b.Title(); !strings.HasPrefix(got, title) {
		t.Errorf("%s has the title %q, not %q", at, got, title)
	}
	if n := browser.Evaluate[int](b, `document.querySelectorAll('h1').length`); n != 1 {
		t.Errorf("%s has %d main headings", at, n)
	}
	b.Emulate(browser.Device{ReducedMotion: true})                          // what is on its way from one colour to another has no contrast
	b.Emulate(browser.Device{Width: 640, Height: 400, ReducedMotion: true}) // a zoom of 200 %
	fits(t, b)
	for _, d := range []browser.Device{{ReducedMotion: true}, {Width: narrow, Height: 640, Dark: true, ReducedMotion: true}} {
		b.Emulate(d)
		browser.Audit(t, b)
		fits(t, b)
		hang(t, b, d)
	}
	if b.Status() < 400 {
		quiet(t, b)
	} else {
		b.Console()
	}
	// Back to the light before anything may move again: a colour that is still on its way would be what the next look sees.
	b.Emulate(browser.Device{ReducedMotion: true})
	browser.Evaluate[string](b, `getComputedStyle(document.body).color`)
	b.Emulate(browser.Device{})
}

// hang puts a picture of the page into the gallery, where there is one.
func hang(t *testing.T, b *browser.Browser, d browser.Device) {
	t.Helper()
	if *gallery == "" {
		return
	}
	width, words := cmp.Or(d.Width, 1280), strings.FieldsFunc(t.Name()+" "+b.Text("h1"), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	before, err := filepath.Glob(filepath.Join(*gallery, "*.png"))
	must(t, err)
	b.Screenshot(filepath.Join(*gallery, fmt.Sprintf("%03d-%.90s-%d.png", len(before), strings.Join(words, "-"), width)), width, 0, d.Dark)
}

// most is how many bytes a picture may have: the README shows them to who has just come.
const most = 150 << 10

// pictures makes those of the README.
func (s *stage) pictures(t *testing.T, b *browser.Browser) {
	directory := *screenshots
	if directory == "" {
		directory = t.TempDir()
	}
	picture := func(b *browser.Browser, name string, height int, dark bool) {
		t.Helper()
		path := filepath.Join(directory, name+".png")
		b.Screenshot(path, 1280, height, dark)
		info, err := os.Stat(path)
		must(t, err)
		if info.Size() > most {
			t.Errorf("%s has %d bytes, more than %d", name, info.Size(), most)
		}
	}
	open := func(b *browser.Browser, label, path string) {
		t.Helper()
		b.Open(s.Origin(label) + path)
		browser.Evaluate[bool](b, `document.activeElement.blur() || true`)
	}
	open(b, "acme", "/")
	b.WaitFor("text:Live")
	b.WaitFor("css:.chart canvas")
	picture(b, "overview", 1000, false)
	b.Emulate(browser.Device{Dark: true, ReducedMotion: true}) // before it draws
	open(b, "acme", "/")
	b.WaitFor("text:Live")
	b.WaitFor("css:.chart canvas")
	picture(b, "overview-dark", 1000, true)
	b.Emulate(browser.Device{})
	open(b, "acme", "/settings/integrations/scim/test?provider=entra")
	b.WaitFor("text:Live")
	picture(b, "test-panel", 800, false)
	open(b, "acme", s.first(b, "/log?outcome=refused", "table.log"))
	picture(b, "log-entry", 860, false)
	open(b, "acme", s.first(b, "/guard", ".card"))
	picture(b, "guard", 860, false)
	o := browser.New(t)
	s.signInOperator(t, o)
	open(o, "console", "/")
	picture(o, "tenants", 760, false)
}
