package consoletest

import (
	"bufio"
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// patience is how long a stream is read at most, from its beginning: a test that waits in vain ends by it, and none is too slow.
const patience = 5 * time.Minute

// Watched is a page's stream as a browser reads it.
type Watched struct {
	t     *testing.T
	lines *bufio.Reader
	Leave context.CancelFunc
}

// Watch begins the overview's stream, which the server gives.
func (b *Browser) Watch(t *testing.T) *Watched {
	t.Helper()
	ctx, leave := context.WithTimeout(t.Context(), patience)
	t.Cleanup(leave)
	response := b.ask(ctx, t, "/live/overview")
	t.Cleanup(func() { response.Body.Close() })
	if response.StatusCode != http.StatusOK || response.Header.Get("Content-Type") != "text/event-stream" || response.Header.Get("Cache-Control") != "no-store" {
		t.Fatalf("%s, %v", response.Status, response.Header)
	}
	return &Watched{t, bufio.NewReader(response.Body), leave}
}

// Refused is a stream that the server does not give.
func (b *Browser) Refused(t *testing.T, path string, status int) {
	t.Helper()
	response := b.ask(t.Context(), t, path)
	response.Body.Close()
	if response.StatusCode != status || response.Header.Get("Content-Type") == "text/event-stream" {
		t.Errorf("%s: %s, %v, want %d", path, response.Status, response.Header, status)
	}
}

// next returns the next event, and false at the end.
func (w *Watched) next() (string, bool) {
	var b strings.Builder
	for {
		line, err := w.lines.ReadString('\n')
		if err != nil {
			return b.String(), false
		}
		if line == "\n" {
			return b.String(), true
		}
		b.WriteString(line)
	}
}

// Until reads until an event has all the texts, and returns it. It fails where one has what it must not.
func (w *Watched) Until(texts []string, not ...string) string {
	w.t.Helper()
	for {
		event, ok := w.next()
		if !ok {
			w.t.Fatalf("the stream ended before %q: %q", texts, event)
		}
		for _, n := range not {
			if strings.Contains(event, n) {
				w.t.Fatalf("before %q came %q in %s", texts, n, event)
			}
		}
		missing := false
		for _, text := range texts {
			missing = missing || !strings.Contains(event, text)
		}
		if !missing {
			return event
		}
	}
}

// End reads to the end and returns the last event.
func (w *Watched) End() (last string) {
	for {
		event, ok := w.next()
		if !ok {
			return last
		}
		last = event
	}
}

// Events is a stream as a browser reads it.
type Events struct{ lines *bufio.Scanner }

// Stream opens a page's stream, which ends with the test.
func (b *Browser) Stream(t *testing.T, path string) *Events {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+b.Host+path, nil)
	Must(t, err)
	request.Header.Set("Hx-Request", "true")
	response, err := b.Client.Do(request)
	Must(t, err)
	t.Cleanup(func() { response.Body.Close() })
	if response.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s", path, response.Status)
	}
	lines := bufio.NewScanner(response.Body)
	lines.Buffer(nil, 1<<20)
	return &Events{lines}
}

// Shows reads until an event has all of the texts, and returns its HTML.
func (e *Events) Shows(t *testing.T, texts ...string) string {
	t.Helper()
	event := ""
	for e.lines.Scan() {
		line := e.lines.Text()
		if line != "" {
			event += strings.TrimPrefix(line, "data: ") + "\n"
			continue
		}
		if !slices.ContainsFunc(texts, func(text string) bool { return !strings.Contains(Answer{Body: event}.Text(), text) }) {
			return event
		}
		event = ""
	}
	t.Fatalf("the stream ended before %q", texts)
	return ""
}

// End reads to the end, and returns what came last.
func (e *Events) End() (last string) {
	for e.lines.Scan() {
		if line := e.lines.Text(); line != "" {
			last = line
		}
	}
	return last
}
