//go:build unix

package browser_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/askspoke/spoke/infra/browser"
)

func TestAudit(t *testing.T) {
	t.Parallel()
	b := browser.New(t)
	at := site(t, map[string]string{
		"/":    page("Good", form),
		"/bad": page("Bad", `<input name="unlabelled"><p id="skip"><img src="/icon.svg"></p><h4>Deep</h4><h5></h5>`),
	})
	b.Open(at)
	browser.Audit(t, b)
	b.Emulate(browser.Device{Dark: true, Width: 400})
	browser.Audit(t, b)

	b.Open(at + "/bad")
	var rules []string
	for _, v := range b.Violations() {
		rules = append(rules, v.Rule+" "+v.Impact)
	}
	slices.Sort(rules)
	if diff := cmp.Diff([]string{"empty-heading minor", "heading-order moderate", "image-alt critical", "label critical"}, rules); diff != "" {
		t.Error(diff)
	}
	said := failing(t, func(t testing.TB) { browser.Audit(t, b) })
	for _, want := range []string{at + "/bad: label (critical, https://", `<input name="unlabelled">`, "Fix any of the following"} {
		if !strings.Contains(said, want) {
			t.Errorf("it says %q, without %q", said, want)
		}
	}
	if !strings.Contains(said, "heading-order (moderate") || !strings.Contains(said, "empty-heading (minor") {
		t.Errorf("it says %q", said)
	}
	if diff := cmp.Diff([]browser.Entry(nil), b.Console()); diff != "" {
		t.Errorf("an audit shows in the page's console: %s", diff)
	}
}
