//go:build unix

package browser

import (
	"context"

	"github.com/chromedp/chromedp"
)

// Navigate opens a URL that may have no answer.
func Navigate(b *Browser, url string) error { return b.navigate(chromedp.Navigate(url)) }

// Until waits for what a test sees itself.
func Until(b *Browser, doing string, ok func() bool) {
	b.until(doing, func(context.Context) (string, error) {
		if !ok() {
			return "it is not so", nil
		}
		return "", nil
	})
}
