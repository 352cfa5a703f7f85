//go:build unix

package browser

import (
	"context"
	"os"
	"path/filepath"

	"github.com/chromedp/cdproto/browser"
)

// A Download is a file that the page had the browser save.
type Download struct {
	Name    string // as the browser would call it
	URL     string
	Content []byte
}

type download struct {
	id, name, url string
	state         browser.DownloadProgressState
}

// hearDownload takes an event of any tab's downloads.
func (t *tab) hearDownload(event any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch e := event.(type) {
	case *browser.EventDownloadWillBegin:
		if string(e.FrameID) == t.frame {
			t.begun = append(t.begun, &download{id: e.GUID, name: e.SuggestedFilename, url: e.URL})
		}
	case *browser.EventDownloadProgress:
		for _, d := range t.begun {
			if d.id == e.GUID {
				d.state = e.State
			}
		}
	}
}

// Download returns the next file that has been saved, once it has.
func (b *Browser) Download() (file Download) {
	b.t.Helper()
	b.until("wait for a download", func(context.Context) (string, error) {
		b.tab.mu.Lock()
		defer b.tab.mu.Unlock()
		if b.tab.taken == len(b.tab.begun) {
			return "none has begun", nil
		}
		next := b.tab.begun[b.tab.taken]
		if next.state != browser.DownloadProgressStateCompleted {
			return next.url + " is " + string(next.state), nil
		}
		content, err := os.ReadFile(filepath.Join(b.tab.downloads, next.id))
		if err != nil {
			return "", err
		}
		b.tab.taken++
		file = Download{Name: next.name, URL: next.url, Content: content}
		return "", nil
	})
	return file
}
