//go:build unix

package browser

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/chromedp/cdproto/audits"
	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// A Kind says who complains.
type Kind string

// The kinds.
const (
	Error     Kind = "error"     // the page called console.error, or the browser wrote an error or a warning of its own
	Exception Kind = "exception" // a script threw what nothing caught
	Policy    Kind = "policy"    // the Content-Security-Policy forbade something
	Request   Kind = "request"   // a request had no answer, or one of 400 or more
	Dialog    Kind = "dialog"    // the page asked with alert, confirm or prompt, or before it was left
)

// An Entry is one complaint.
type Entry struct {
	Kind Kind
	Text string
	URL  string // of the request, of what was forbidden, or of the script; may be empty
}

// Console returns the complaints since the last call, the oldest first.
func (b *Browser) Console() []Entry {
	b.t.Helper()
	b.settle()
	b.tab.mu.Lock()
	defer b.tab.mu.Unlock()
	entries := b.tab.entries
	b.tab.entries = nil
	return entries
}

// AcceptDialogs says how the page's own dialogs are answered from now on: with no, unless this says yes. Each is in Console.
func (b *Browser) AcceptDialogs(yes bool) {
	b.tab.mu.Lock()
	defer b.tab.mu.Unlock()
	b.tab.accept = yes
}

// enable has Chromium say what chromedp does not have it say by itself.
func (t *tab) enable(ctx context.Context) error {
	_, audited := chromedp.Call(ctx, audits.Enable, cdp.Empty{})
	// A tab that is not in front would have no focus.
	_, focused := chromedp.Call(ctx, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true})
	listened := chromedp.ListenBrowser(t.ctx, t.hearDownload)
	_, allowed := chromedp.CallBrowser(ctx, browser.SetDownloadBehavior, browser.SetDownloadBehaviorParams{
		Behavior: browser.SetDownloadBehaviorBehaviorAllowAndName, BrowserContextID: chromedp.FromContext(t.ctx).BrowserContextID,
		DownloadPath: t.downloads, EventsEnabled: new(true),
	})
	return errors.Join(audited, focused, listened, allowed)
}

// hear takes an event of the tab's, in the order in which Chromium sends them.
func (t *tab) hear(event any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch e := event.(type) {
	case *page.EventFrameRequestedNavigation:
		if string(e.FrameID) == t.frame && e.Disposition == page.ClientNavigationDispositionCurrentTab {
			t.loading = true
		}
	case *page.EventFrameStartedLoading:
		t.loading = t.loading || string(e.FrameID) == t.frame
	case *page.EventFrameStoppedLoading:
		t.loading = t.loading && string(e.FrameID) != t.frame
	case *page.EventFrameNavigated:
		if string(e.Frame.ID) == t.frame {
			t.visits++
		}
	case *page.EventNavigatedWithinDocument:
		if string(e.FrameID) == t.frame {
			t.visits++
		}
	case *page.EventJavascriptDialogOpening:
		t.complain(Dialog, e.URL, "%s", e.Message)
		go t.answer(t.accept) // an event's receiver must not wait for an answer
	case *audits.EventIssueAdded:
		if d := e.Issue.Details; d != nil && d.ContentSecurityPolicyIssueDetails != nil {
			t.complainOfPolicy(d.ContentSecurityPolicyIssueDetails)
		}
	case *runtime.EventExceptionThrown:
		t.complainOfException(e.ExceptionDetails)
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError {
			t.complain(Error, "", "%s", consoleText(e.Args))
		}
	case *log.EventEntryAdded:
		t.hearLog(e.Entry)
	case *network.EventRequestWillBeSent, *network.EventResponseReceived, *network.EventLoadingFailed:
		t.hearRequest(event)
	}
}

// visited returns how many pages, and states of a page with a URL of their own, there have been.
func (t *tab) visited() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.visits
}

func (t *tab) complain(kind Kind, url, format string, args ...any) {
	t.entries = append(t.entries, Entry{Kind: kind, Text: fmt.Sprintf(format, args...), URL: url})
}

func (t *tab) complainOfPolicy(d *audits.ContentSecurityPolicyIssueDetails) {
	where := d.BlockedURL
	if where == "" && d.SourceCodeLocation != nil {
		where = d.SourceCodeLocation.URL
	}
	t.complain(Policy, where, "%s: %s", d.ViolatedDirective, d.ContentSecurityPolicyViolationType)
}

func (t *tab) complainOfException(d *runtime.ExceptionDetails) {
	text := d.Text
	if d.Exception != nil {
		text += " " + consoleText([]*runtime.RemoteObject{d.Exception})
	}
	t.complain(Exception, d.URL, "%s", text)
}

// hearLog takes what the browser wrote, but for what other events say better.
func (t *tab) hearLog(e *log.Entry) {
	said := e.Source == log.EntrySourceNetwork || strings.Contains(e.Text, "Content Security Policy")
	if !said && slices.Contains([]log.EntryLevel{log.EntryLevelError, log.EntryLevelWarning}, e.Level) {
		t.complain(Error, e.URL, "%s", e.Text)
	}
}

// hearRequest takes what became of a request. One that the page or the next page calls off is no complaint, nor is one
// that the policy forbade, which has said so.
func (t *tab) hearRequest(event any) {
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		t.requests[string(e.RequestID)] = e.Request.URL
	case *network.EventResponseReceived:
		if e.Type == network.ResourceTypeDocument && string(e.FrameID) == t.frame {
			t.status = int(e.Response.Status)
		}
		if e.Response.Status >= 400 {
			t.complain(Request, e.Response.URL, "answered %d", e.Response.Status)
		}
	case *network.EventLoadingFailed:
		if !e.Canceled && e.ErrorText != "net::ERR_ABORTED" && e.BlockedReason != network.BlockedReasonCsp {
			t.complain(Request, t.requests[string(e.RequestID)], "%s", e.ErrorText)
		}
	}
}

// answer closes a dialog.
func (t *tab) answer(accept bool) {
	ctx, cancel := context.WithTimeout(t.ctx, Patience)
	defer cancel()
	_, _ = chromedp.Call(ctx, page.HandleJavaScriptDialog, page.HandleJavaScriptDialogParams{Accept: accept})
}

// consoleText returns what arguments of console.error say.
func consoleText(args []*runtime.RemoteObject) string {
	texts := make([]string, len(args))
	for i, arg := range args {
		texts[i] = arg.Description
		if texts[i] == "" {
			texts[i] = plain(arg.Value)
		}
	}
	return strings.Join(texts, " ")
}

// plain returns a JSON string's text, and any other value as it is written.
func plain(value []byte) string {
	var text string
	if json.Unmarshal(value, &text) != nil {
		return string(value)
	}
	return text
}
