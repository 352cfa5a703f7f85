//go:build unix

package browser

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// FailedVariable names the environment variable with the directory for pictures of pages at which a test failed.
const FailedVariable = "SPOKE_SCREENSHOTS_FAILED"

// Screenshot writes a picture of the page (PNG) of a width, in the light or the dark. A height of zero is the whole page's.
// The tab is the device again then that it was.
func (b *Browser) Screenshot(path string, width, height int, dark bool) {
	b.t.Helper()
	b.settle()
	ctx, cancel := b.deadline()
	defer cancel()
	before := b.tab.device
	d := before
	d.Width, d.Height, d.Dark, d.ReducedMotion = width, height, dark, true
	err := b.tab.apply(ctx, d)
	if err == nil && height == 0 {
		d.Height, err = chromedp.Run(ctx, chromedp.Evaluate[int](`document.documentElement.scrollHeight`))
		if err == nil {
			err = b.tab.apply(ctx, d)
		}
	}
	b.until("wait for the page's fonts", func(ctx context.Context) (string, error) {
		return chromedp.Run(ctx, chromedp.Evaluate[string](`document.fonts.status === 'loaded' ? '' : 'they are loading'`))
	})
	if err == nil {
		err = picture(ctx, path)
	}
	if err != nil {
		b.fatalf("take a screenshot: %v", err)
	}
	if err := b.tab.apply(ctx, before); err != nil {
		b.fatalf("take a screenshot: %v", err)
	}
}

// picture writes what the tab shows.
func picture(ctx context.Context, path string) error {
	shot, err := chromedp.Call(ctx, page.CaptureScreenshot, page.CaptureScreenshotParams{Format: page.CaptureScreenshotFormatPng})
	if err != nil {
		return fmt.Errorf("capture the page: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return fmt.Errorf("make a directory: %w", err)
	}
	if err := os.WriteFile(path, shot.Data, 0o600); err != nil {
		return fmt.Errorf("write a screenshot: %w", err)
	}
	return nil
}

// fatalf fails the test, with what the page shows.
func (b *Browser) fatalf(format string, args ...any) {
	b.t.Helper()
	b.report()
	b.t.Fatalf(format, args...)
}

// report logs what the page shows, once for each test.
func (b *Browser) report() {
	b.t.Helper()
	b.tab.mu.Lock()
	reported, entries := b.tab.reported, b.tab.entries
	b.tab.reported = true
	b.tab.mu.Unlock()
	if reported {
		return
	}
	ctx, cancel := context.WithTimeout(b.tab.ctx, 20*time.Second)
	defer cancel()
	const all = `location.href + "\n" + document.title + "\n" + (document.body?.innerText ?? "").slice(0, 4000)`
	text, err := chromedp.Run(ctx, chromedp.Evaluate[string](all))
	if err != nil {
		text = fmt.Sprintf("(no answer: %v; Chromium: %v)", err, b.tab.shared.process.Err())
	}
	b.t.Logf("the page when the test failed:\n%s", text)
	for _, e := range entries {
		b.t.Logf("its console: %s: %s %s", e.Kind, e.Text, e.URL)
	}
	directory := os.Getenv(FailedVariable)
	if directory == "" {
		return
	}
	path := filepath.Join(directory, strings.Map(inFileName, b.t.Name())+".png")
	if err := picture(ctx, path); err != nil {
		b.t.Logf("no screenshot: %v", err)
		return
	}
	b.t.Logf("its screenshot is %s", path)
}

func inFileName(r rune) rune {
	if r == '-' || r == '_' || r == '.' || r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' {
		return r
	}
	return '-'
}
