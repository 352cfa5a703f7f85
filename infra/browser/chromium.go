//go:build unix

package browser

import (
	"context"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/askspoke/spoke/infra/chromium"
)

// A shared Chromium is that of all tests of this process.
type shared struct {
	process *chromium.Process
	ctx     context.Context // chromedp's, which tabs are made of
}

// theOne starts it on the first call. Nothing stops it: it ends with the process, by whatever means that ends, and its
// profile with it. It is a process-wide value because Chromium takes seconds to start and a profile takes milliseconds.
var theOne = sync.OnceValues(func() (*shared, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute) // an installation takes long
	defer cancel()
	process, err := chromium.Start(ctx, chromium.Options{Log: os.Stderr, Domains: []string{"askspoke.test"}})
	if err != nil {
		return nil, err
	}
	allocator, _ := chromedp.NewAllocatorContext(context.Background(), attached{process})
	root, _ := chromedp.NewContext(allocator, chromedp.WithErrorf(quiet), chromedp.WithLogf(quiet))
	stop := context.AfterFunc(ctx, func() { _ = process.Stop() })
	err = chromedp.Do(root)
	if !stop() || err != nil {
		return nil, fmt.Errorf("start a browser: %w: %w", err, process.Stop())
	}
	return &shared{process: process, ctx: root}, nil
})

// quiet drops what chromedp would write into the log of no test in particular: events that it does not know.
func quiet(string, ...any) {}

// attached hands a Chromium that runs to chromedp.
type attached struct{ process *chromium.Process }

// Allocate satisfies chromedp.Allocator.
func (a attached) Allocate(ctx context.Context, o ...chromedp.BrowserOption) (*chromedp.Browser, error) {
	return chromedp.NewBrowserTransport(ctx, chromedp.NewPipeConn(a.process.Events, a.process.Commands), o...)
}

// Attaches satisfies chromedp.Attacher.
func (attached) Attaches() bool { return true }

// Wait satisfies chromedp.Allocator.
func (attached) Wait() {}
