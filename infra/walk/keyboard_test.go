//go:build unix

package walk

import (
	"slices"
	"strings"
	"testing"

	"github.com/askspoke/spoke/infra/browser"
)

// reachable are what a person can act on with a mouse. What is folded away is not.
const reachable = `Array.from(document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, summary'))
	.filter(e => e.checkVisibility({visibilityProperty: true}) && !e.matches(':disabled') && !(e.type === 'radio' && !e.checked))
	.map(e => e.cloneNode().outerHTML)`

// focused tells of what has the keyboard, and whether a person sees that.
const focused = `(() => {
	const e = document.activeElement, style = getComputedStyle(e)
	const visible = style.outlineStyle !== 'none' && style.outlineWidth !== '0px' || style.boxShadow !== 'none'
	return {visible, element: e.cloneNode().outerHTML}
})()`

type focus struct {
	Element string
	Visible bool
}

// keyboard uses pages without a mouse.
func (s *stage) keyboard(t *testing.T, b *browser.Browser, label string, paths ...string) {
	t.Helper()
	for _, path := range paths {
		b.Open(s.Origin(label) + path)
		b.Press("Tab")
		if name := b.Focused(); name != "Skip to the page" {
			t.Errorf("%s: the first that the keyboard reaches is %q", path, name)
		}
		b.Press("Enter")
		if id := browser.Evaluate[string](b, `document.activeElement.id`); id != "main" {
			t.Errorf("%s: the link that skips leads to %q", path, id)
		}
		b.Press("Tab")
		if !browser.Evaluate[bool](b, `document.getElementById('main').contains(document.activeElement) || document.querySelectorAll('main a[href], main button').length === 0`) {
			t.Errorf("%s: after the link that skips comes %q", path, b.Focused())
		}
		b.Open(s.Origin(label) + path) // from the beginning
		reaches(t, b)
	}
}

// reaches fails the test, which goes on, for all on the page that the keyboard does not reach from the beginning, or where
// nobody sees that it has.
func reaches(t *testing.T, b *browser.Browser) {
	t.Helper()
	at := b.URL()
	all := browser.Evaluate[[]string](b, reachable)
	var reached []string
	if browser.Evaluate[bool](b, `document.activeElement !== document.body`) { // the page has put it somewhere
		browser.Evaluate[bool](b, `document.querySelector('.skip').focus() || true`)
		reached = append(reached, browser.Evaluate[focus](b, focused).Element)
	}
	for range len(all) + 20 { // what can be scrolled is reached as well
		b.Press("Tab")
		f := browser.Evaluate[focus](b, focused)
		if strings.HasPrefix(f.Element, "<body") {
			break
		}
		if !f.Visible {
			t.Errorf("%s: nobody sees that the keyboard is at %s", at, f.Element)
		}
		reached = append(reached, f.Element)
	}
	for _, element := range all {
		if !slices.Contains(reached, element) {
			t.Errorf("%s: the keyboard does not reach %s", at, element)
		}
	}
}

// confirm opens a confirmation and leaves it, by the keyboard alone.
func confirm(t *testing.T, b *browser.Browser, button, yes string) {
	t.Helper()
	for range 60 {
		if b.Focused() == button {
			break
		}
		b.Press("Tab")
	}
	if b.Focused() != button {
		t.Fatalf("the keyboard does not come to %q", button)
	}
	b.Press("Enter")
	b.WaitFor("css:details.confirm[open]")
	b.Press("Tab")
	if b.Focused() != yes {
		t.Errorf("after %q comes %q, not %q", button, b.Focused(), yes)
	}
	b.Press("Shift+Tab", "Space")
	b.WaitGone("css:details.confirm[open]")
}
