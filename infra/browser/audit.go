//go:build unix

package browser

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// AxeVariable names the environment variable with the path of axe.min.js, when it is not where AxePath says.
const AxeVariable = "SPOKE_AXE"

// AxePath is where axe.min.js is in the module, once the console's third-party files have been installed.
const AxePath = "services/console/asset/node_modules/axe-core/axe.min.js"

// A Violation is a rule of accessibility that the page breaks.
type Violation struct {
	Rule   string `json:"id"`
	Impact string // "minor", "moderate", "serious" or "critical"
	Help   string
	URL    string `json:"helpUrl"` // of the rule's explanation
	Nodes  []Node
}

// A Node is an element that breaks a rule.
type Node struct {
	HTML    string
	Summary string `json:"failureSummary"` // what to change
}

// Audit fails the test, which goes on, for each rule of axe-core's that the page breaks, however little.
func Audit(t testing.TB, b *Browser) {
	t.Helper()
	for _, v := range b.Violations() {
		var nodes strings.Builder
		for _, n := range v.Nodes {
			fmt.Fprintf(&nodes, "\n  %s\n    %s", n.HTML, strings.ReplaceAll(n.Summary, "\n", "\n    "))
		}
		t.Errorf("accessibility of %s: %s (%s, %s): %s%s", b.URL(), v.Rule, v.Impact, v.URL, v.Help, nodes.String())
	}
}

// Violations returns all rules of axe-core's that the page breaks as it is shown now, however little. The page must run
// scripts; its policy is no matter.
func (b *Browser) Violations() []Violation {
	b.t.Helper()
	source, err := axe()
	if err != nil {
		b.fatalf("audit: %v", err)
	}
	const run = `axe.run(document, {resultTypes: ['violations']}).then(r => r.violations)`
	// What is on its way from one colour to another has no contrast.
	b.until("wait for the page's colours", func(ctx context.Context) (string, error) {
		return chromedp.Run(ctx, chromedp.Evaluate[string](`document.getAnimations().some(a => a instanceof CSSTransition && a.playState === 'running') ? 'they are changing' : ''`))
	})
	if ask[bool](b, "audit", `typeof axe === 'undefined'`) { // it is long, and a page is looked at several times
		ask[bool](b, "audit", "(() => {"+source+"\n})(); true")
	}
	return ask[[]Violation](b, "audit", run, chromedp.EvalAwaitPromise)
}

// axe returns the source of axe-core.
func axe() (string, error) {
	path := os.Getenv(AxeVariable)
	if path == "" {
		root, err := moduleRoot()
		if err != nil {
			return "", err
		}
		path = filepath.Join(root, filepath.FromSlash(AxePath))
	}
	source, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("no axe-core: ./task assets installs it: %w", err)
	}
	return string(source), nil
}

// moduleRoot returns the directory with go.mod, at or above the current one, which is a test's package.
func moduleRoot() (string, error) {
	directory, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("find the module: %w", err)
	}
	for {
		if _, err := os.Stat(filepath.Join(directory, "go.mod")); err == nil {
			return directory, nil
		}
		above := filepath.Dir(directory)
		if above == directory {
			return "", errors.New("find the module: no go.mod at or above the test's directory")
		}
		directory = above
	}
}
