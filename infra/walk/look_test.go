//go:build unix

package walk

import (
	"strings"
	"testing"

	"github.com/askspoke/spoke/infra/browser"
)

// quiet fails the test, which goes on, for all that the browser has complained of since the last call, but for answers
// with the given statuses.
func quiet(t *testing.T, b *browser.Browser, answers ...string) {
	t.Helper()
next:
	for _, e := range b.Console() {
		for _, answer := range answers {
			if e.Kind == browser.Request && e.Text == "answered "+answer {
				continue next
			}
		}
		t.Errorf("at %s the browser complains: %s: %s %s", b.URL(), e.Kind, e.Text, e.URL)
	}
}

// fits fails the test, which goes on, when the page scrolls sideways.
func fits(t *testing.T, b *browser.Browser) {
	t.Helper()
	const widest = `(() => {
		const page = document.documentElement
		if (page.scrollWidth <= page.clientWidth) return ''
		const out = Array.from(document.querySelectorAll('body *')).filter(e => {
			const box = e.getBoundingClientRect()
			return box.width > 0 && box.right > page.clientWidth + 1 && !e.closest('.wide, pre, .skip, .visually-hidden')
		})
		return page.scrollWidth + ' pixels wide: ' + out.slice(0, 5).map(e => e.cloneNode().outerHTML).join(' ')
	})()`
	if wide := browser.Evaluate[string](b, widest); wide != "" {
		t.Errorf("%s scrolls sideways: %s", b.URL(), wide)
	}
}

// stay marks the page; stayed fails the test when another page, or the same anew, has been loaded since.
func stay(t *testing.T, b *browser.Browser) (stayed func()) {
	t.Helper()
	browser.Evaluate[bool](b, `window.stayed = true`)
	at := b.URL()
	return func() {
		t.Helper()
		if !browser.Evaluate[bool](b, `window.stayed === true`) {
			t.Errorf("%s was loaded anew, or left for %s", at, b.URL())
		}
	}
}

// where fails the test when the tab is not at a path.
func where(t *testing.T, b *browser.Browser, path string) {
	t.Helper()
	if at := b.URL(); !strings.HasSuffix(at, path) {
		t.Fatalf("the tab is at %s, not at %s", at, path)
	}
}
