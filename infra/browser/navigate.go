//go:build unix

package browser

import (
	"context"
	"fmt"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// Open goes to a URL and returns when the page and all that it needs have been loaded. An answer such as 404 is a page
// like another: see Status. The test fails when there is no answer.
func (b *Browser) Open(url string) {
	b.t.Helper()
	if err := b.navigate(chromedp.Navigate(url)); err != nil {
		b.fatalf("open %s: %v", url, err)
	}
}

// Reload loads the page anew.
func (b *Browser) Reload() {
	b.t.Helper()
	if err := b.navigate(chromedp.Reload()); err != nil {
		b.fatalf("reload: %v", err)
	}
}

// Back goes to the page before, as it was left or anew, as the browser sees fit.
func (b *Browser) Back() {
	b.t.Helper()
	b.settle()
	ctx, cancel := b.deadline()
	defer cancel()
	history, err := chromedp.Call(ctx, page.GetNavigationHistory, cdp.Empty{})
	if err != nil || history.CurrentIndex == 0 {
		b.fatalf("go back: there is no page before (%v)", err)
	}
	before := b.tab.visited()
	_, err = chromedp.Call(ctx, page.NavigateToHistoryEntry, page.NavigateToHistoryEntryParams{
		EntryID: history.Entries[history.CurrentIndex-1].ID,
	})
	if err != nil {
		b.fatalf("go back: %v", err)
	}
	b.until("go back", func(context.Context) (string, error) {
		if b.tab.visited() == before {
			return "the page stays", nil
		}
		return "", nil
	})
	b.settle()
}

func (b *Browser) navigate(action chromedp.Action[chromedp.Void]) error {
	ctx, cancel := b.deadline()
	defer cancel()
	if err := chromedp.Do(ctx, action); err != nil {
		if gone := b.tab.shared.process.Err(); gone != nil {
			return gone
		}
		return err
	}
	return nil
}

// URL returns where the tab is.
func (b *Browser) URL() string { b.t.Helper(); return ask[string](b, "the URL", `location.href`) }

// Title returns the page's title.
func (b *Browser) Title() string { b.t.Helper(); return ask[string](b, "the title", `document.title`) }

// Status returns the HTTP status of the page's answer.
func (b *Browser) Status() int {
	b.settle()
	b.tab.mu.Lock()
	defer b.tab.mu.Unlock()
	return b.tab.status
}

// Evaluate runs a JavaScript expression in the page, whatever its policy allows, and returns its value as JSON has it. A
// promise is awaited.
func Evaluate[T any](b *Browser, expression string) T {
	b.t.Helper()
	return ask[T](b, "evaluate "+expression, expression, chromedp.EvalAwaitPromise)
}

func ask[T any](b *Browser, doing, expression string, options ...chromedp.EvaluateOption) T {
	b.t.Helper()
	b.settle()
	ctx, cancel := b.deadline()
	defer cancel()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, options...))
	if err != nil {
		b.fatalf("%s: %v", doing, err)
	}
	return value
}

// settle waits until a navigation that an action has begun is through: the page's two answers in between are after the
// events of what the action had it do.
func (b *Browser) settle() {
	b.t.Helper()
	b.until("wait for the page to load", func(ctx context.Context) (string, error) {
		for range 2 {
			if err := roundTrip(ctx); err != nil {
				return "", err
			}
		}
		b.tab.mu.Lock()
		defer b.tab.mu.Unlock()
		if b.tab.loading {
			return "it is still loading", nil
		}
		return "", nil
	})
}

func roundTrip(ctx context.Context) error {
	if _, err := chromedp.Run(ctx, chromedp.Evaluate[int](`0`)); err != nil {
		return fmt.Errorf("ask the page: %w", err)
	}
	return nil
}
