//go:build unix

package browser

import (
	"context"
	"sync"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// clipboard is held by the test that uses the clipboard, which the profiles of one Chromium share.
var clipboard sync.Mutex

// Copied clicks what copies something, and returns the text that is in the clipboard then. The page must be one that may
// use it: on HTTPS, or on localhost or a name below it.
func (b *Browser) Copied(target string) (text string) {
	b.t.Helper()
	return b.CopiedBy(func() { b.Click(target) })
}

// CopiedBy is Copied for what copies in another way than by a click, such as by a key. All tests share the clipboard, and one
// alone has it meanwhile.
func (b *Browser) CopiedBy(do func()) (text string) {
	b.t.Helper()
	clipboard.Lock()
	defer clipboard.Unlock()
	b.mayRead()
	b.mayWrite()
	const nothing = "(nothing was copied)"
	ask[chromedp.Void](b, "empty the clipboard", "navigator.clipboard.writeText("+quote(nothing)+")", chromedp.EvalAwaitPromise, gesture)
	do()
	b.until("wait for the clipboard", func(ctx context.Context) (_ string, err error) {
		text, err = chromedp.Run(ctx, chromedp.Evaluate[string]("navigator.clipboard.readText()", chromedp.EvalAwaitPromise, gesture))
		if text == nothing {
			return "nothing was copied", err
		}
		return "", err
	})
	return text
}

func gesture(p *runtime.EvaluateParams) { p.UserGesture = new(true) }

// mayRead lets this test's profile read it.
func (b *Browser) mayRead() {
	b.t.Helper()
	b.grant("clipboard-read")
}

// mayWrite lets this test's profile write into it where it may not. A desktop's browser lets who has clicked, which is all
// that the page is to need, so nothing else is granted there; the headless shell has nobody to ask, and refuses.
func (b *Browser) mayWrite() {
	b.t.Helper()
	const state = `navigator.permissions.query({name: 'clipboard-write'}).then(p => p.state)`
	if ask[string](b, "ask who may write into the clipboard", state, chromedp.EvalAwaitPromise) != "granted" {
		b.grant("clipboard-write")
	}
}

func (b *Browser) grant(permission string) {
	b.t.Helper()
	ctx, cancel := b.deadline()
	defer cancel()
	_, err := chromedp.CallBrowser(ctx, browser.SetPermission, browser.SetPermissionParams{
		Permission: &browser.PermissionDescriptor{Name: permission}, Setting: browser.PermissionSettingGranted,
		BrowserContextID: chromedp.FromContext(b.tab.ctx).BrowserContextID,
	})
	if err != nil {
		b.fatalf("ask for the clipboard: %v", err)
	}
}
