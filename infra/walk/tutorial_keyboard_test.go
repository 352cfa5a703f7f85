//go:build unix

package walk

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/askspoke/spoke/infra/browser"
	"github.com/askspoke/spoke/infra/guard"
	"github.com/askspoke/spoke/tenancy/admin"
)

// Step 2 of the tutorial with Tab, Enter and the arrows alone: Settings > Integrations > SCIM > Connect > Enable SCIM, and
// the token is copied. What changes is heard, and nothing that changes by itself takes the keyboard away.
func TestTutorialByKeyboard(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	id := s.tenant(t, "acme", "Acme Inc.")
	b := browser.New(t)
	s.signIn(t, b, "acme", id, admin.Owner)
	goes(t, b, "Integrations", 30)
	where(t, b, "/settings/integrations")
	skips(t, b)
	goes(t, b, "Connect SCIM", 1)
	where(t, b, "/settings/integrations/scim")
	skips(t, b)
	tabs(t, b, "Identity provider", 2) // after the way back up
	b.Press("ArrowDown")
	if chosen := b.Value("Identity provider"); chosen != "okta" {
		t.Errorf("the arrow has chosen %q", chosen)
	}
	goes(t, b, "Enable SCIM", 1)
	b.WaitFor("Copy it now")
	if at := b.Focused(); at != "SCIM is enabled" {
		t.Errorf("after it was enabled the keyboard is at %q", at)
	}
	heard := listens(b)
	tabs(t, b, "Copy API Token", 1)
	token := b.CopiedBy(func() { b.Press("Enter") })
	heard(t, "Copied API Token")
	if at := b.Focused(); at != "Copied API Token" && at != "Copy API Token" {
		t.Errorf("after copying the keyboard is at %q", at)
	}
	tabs(t, b, "Copy Tenant URL", 1)
	if url := b.CopiedBy(func() { b.Press("Enter") }); url != s.Origin("acme")+"/scim/v2" {
		t.Errorf("%q is copied", url)
	}
	heard(t, "Copied Tenant URL")
	goes(t, b, "Wait for the first request", 5)
	where(t, b, "/settings/integrations/scim/test?provider=okta")
	b.WaitFor("text:Live")
	skips(t, b)
	tabs(t, b, "Show", 3)
	heard = hears(b, "#main [aria-live]")
	e := &entra{&pasted{http: s.HTTP, url: s.Origin("acme") + "/scim/v2", token: token}}
	e.testConnection(t)
	heard(t, "(passed)")
	if at := b.Focused(); at != "Show" {
		t.Errorf("what changed by itself has taken the keyboard to %q", at)
	}
	quiet(t, b)
	s.searches(t, b, e)
}

// searches looks for a user by the keyboard: the field keeps it, and what is found is told in short.
func (s *stage) searches(t *testing.T, b *browser.Browser, e *entra) {
	t.Helper()
	for _, name := range []string{"ann", "ben"} {
		e.createUser(t, person{given: name, family: "Lee", mail: name + "@acme.test"})
	}
	b.Open(s.Origin("acme") + "/users")
	skips(t, b)
	tabs(t, b, "Search", 1)
	heard := listens(b)
	b.Press("a", "n", "n")
	heard(t, "1 user shown")
	if at := b.Focused(); at != "Search" {
		t.Errorf("the search has taken the keyboard to %q", at)
	}
	b.Press("x")
	heard(t, "No user shown")
	quiet(t, b)
}

// skips leaves out what is at the beginning of each page.
func skips(t *testing.T, b *browser.Browser) {
	t.Helper()
	tabs(t, b, "Skip to the page", 1)
	b.Press("Enter")
}

// tabs comes to what has a name, within so many steps.
func tabs(t *testing.T, b *browser.Browser, name string, within int) {
	t.Helper()
	var passed []string
	for range within {
		b.Press("Tab")
		at := b.Focused()
		if at == name {
			return
		}
		passed = append(passed, at)
	}
	t.Fatalf("at %s the keyboard comes to %q, and not to %q", b.URL(), passed, name)
}

// goes comes to what has a name, and uses it.
func goes(t *testing.T, b *browser.Browser, name string, within int) {
	t.Helper()
	tabs(t, b, name, within)
	b.Press("Enter")
}

// listens hears what is said of what a person has done; hears, what a part of the page says that changes. What they return
// waits until a text was heard.
func listens(b *browser.Browser) (heard func(t *testing.T, text string)) {
	return hears(b, "body > [role=status]")
}

func hears(b *browser.Browser, where string) (heard func(t *testing.T, text string)) {
	browser.Evaluate[bool](b, `window.said = [], window.ear?.disconnect(), window.ear = new MutationObserver(list => {
			for (const m of list) said.push(m.target.textContent, ...Array.from(m.addedNodes, n => n.textContent))
		}), ear.observe(document.querySelector('`+where+`'), {childList: true, characterData: true, subtree: true}), true`)
	return func(t *testing.T, text string) {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		for {
			all := browser.Evaluate[[]string](b, `said`)
			if slices.ContainsFunc(all, func(said string) bool { return strings.Contains(said, text) }) {
				return
			}
			if guard.Pause(ctx) != nil {
				t.Fatalf("a screen reader hears %q, and not %q", all, text)
			}
		}
	}
}
