//go:build unix

package browser

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/askspoke/spoke/infra/guard"
)

// Patience is how long an action waits for what it needs, unless the test says otherwise: a machine that runs many tests
// is slow.
const Patience = time.Minute

// A Browser is a tab of one test. It is for one goroutine, the test's.
type Browser struct {
	// Patience is how long an action waits for what it needs, and each WaitFor.
	Patience time.Duration

	t     testing.TB
	tab   *tab
	scope string // a selector of the part of the page that is looked at, or empty
}

// A tab is what a Browser and those within it have in common.
type tab struct {
	shared    *shared
	ctx       context.Context
	frame     string // the main frame's id
	device    Device
	downloads string // the directory of downloads

	mu       sync.Mutex // what Chromium's events write
	entries  []Entry
	requests map[string]string // URL by the id of a request under way
	loading  bool
	visits   int
	status   int
	accept   bool // dialogs
	begun    []*download
	taken    int // of begun
	reported bool
}

// New returns a browser with an empty tab and no cookies. It is closed when the test ends. A server that waits for its
// requests at its end, as httptest's does, is started before: a page with a stream of events keeps one open.
func New(t testing.TB) *Browser {
	t.Helper()
	s, err := theOne()
	if err != nil {
		t.Fatalf("no browser for tests: %v", err)
	}
	ctx, _ := chromedp.NewContext(s.ctx, chromedp.WithNewBrowserContext())
	b := &Browser{Patience: Patience, t: t, tab: &tab{shared: s, ctx: ctx, requests: map[string]string{}}}
	t.Cleanup(func() {
		if t.Failed() {
			b.report()
		}
		_ = chromedp.Cancel(ctx) // what the test did to it is not an error
	})
	stop := context.AfterFunc(s.ctx, func() { _ = chromedp.Cancel(ctx) })
	t.Cleanup(func() { stop() })
	b.start()
	return b
}

// start opens the tab and listens to it.
func (b *Browser) start() {
	b.t.Helper()
	b.tab.downloads = b.t.TempDir()
	watchdog := time.AfterFunc(b.Patience, func() { _ = chromedp.Cancel(b.tab.ctx) })
	err := errors.Join(chromedp.Do(b.tab.ctx), chromedp.Listen(b.tab.ctx, b.tab.hear))
	if !watchdog.Stop() || err != nil {
		b.t.Fatalf("open a tab: %v (Chromium: %v)", err, b.tab.shared.process.Err())
	}
	b.tab.frame = string(chromedp.FromContext(b.tab.ctx).Target.TargetID)
	ctx, cancel := b.deadline()
	defer cancel()
	if err := errors.Join(b.tab.enable(ctx), b.tab.apply(ctx, Device{})); err != nil {
		b.t.Fatalf("prepare a tab: %v", err)
	}
}

// Context is chromedp's, for what this package has no word for.
func (b *Browser) Context() context.Context { return b.tab.ctx }

// Within returns the same browser, looking at one part of the page: the first element that a CSS selector matches.
func (b *Browser) Within(selector string) *Browser {
	within := *b
	within.scope = selector
	if b.scope != "" {
		within.scope = b.scope + " " + selector
	}
	return &within
}

// deadline returns the context of one action.
func (b *Browser) deadline() (context.Context, context.CancelFunc) {
	return context.WithTimeout(b.tab.ctx, b.Patience)
}

// until asks again and again until the answer is yes, an empty text; the last no, or error, is what the test fails with.
// An error is not the end, since a page that goes away answers with one, but an exception is: a selector is none.
func (b *Browser) until(doing string, ask func(ctx context.Context) (no string, err error)) {
	b.t.Helper()
	ctx, cancel := b.deadline()
	defer cancel()
	no := "nothing was answered"
	for {
		answer, err := ask(ctx)
		var exception *chromedp.ExceptionError
		switch {
		case errors.As(err, &exception):
			b.fatalf("%s: %v", doing, err)
		case err == nil && answer == "":
			return
		case err == nil:
			no = answer
		case ctx.Err() == nil:
			no = err.Error()
		}
		if gone := b.tab.shared.process.Err(); gone != nil {
			b.fatalf("%s: %v", doing, gone)
		}
		if guard.Pause(ctx) != nil {
			b.fatalf("%s: %s (waited %v)", doing, no, b.Patience)
		}
	}
}
