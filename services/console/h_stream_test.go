package console

import (
	"bufio"
	"context"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// watched is a page's stream as a browser reads it.
type watched struct {
	t     *testing.T
	lines *bufio.Reader
	leave context.CancelFunc
}

// watch begins the overview's stream, which the server gives.
func (b *browser) watch(t *testing.T) *watched {
	t.Helper()
	ctx, leave := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(leave)
	response := b.ask(ctx, t, "/live/overview")
	t.Cleanup(func() { response.Body.Close() })
	if response.StatusCode != http.StatusOK || response.Header.Get("Content-Type") != "text/event-stream" || response.Header.Get("Cache-Control") != "no-store" {
		t.Fatalf("%s, %v", response.Status, response.Header)
	}
	return &watched{t, bufio.NewReader(response.Body), leave}
}

// refused is a stream that the server does not give.
func (b *browser) refused(t *testing.T, path string, status int) {
	t.Helper()
	response := b.ask(t.Context(), t, path)
	response.Body.Close()
	if response.StatusCode != status || response.Header.Get("Content-Type") == "text/event-stream" {
		t.Errorf("%s: %s, %v, want %d", path, response.Status, response.Header, status)
	}
}

// next returns the next event, and false at the end.
func (w *watched) next() (string, bool) {
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

// until reads until an event has all the texts, and returns it. It fails where one has what it must not.
func (w *watched) until(texts []string, not ...string) string {
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

// end reads to the end and returns the last event.
func (w *watched) end() (last string) {
	for {
		event, ok := w.next()
		if !ok {
			return last
		}
		last = event
	}
}

// events is a stream as a browser reads it.
type events struct{ lines *bufio.Scanner }

// stream opens a page's stream, which ends with the test.
func (b *browser) stream(t *testing.T, path string) *events {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	t.Cleanup(cancel)
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+b.host+path, nil)
	must(t, err)
	request.Header.Set("Hx-Request", "true")
	response, err := b.client.Do(request)
	must(t, err)
	t.Cleanup(func() { response.Body.Close() })
	if response.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s", path, response.Status)
	}
	lines := bufio.NewScanner(response.Body)
	lines.Buffer(nil, 1<<20)
	return &events{lines}
}

// shows reads until an event has all of the texts.
func (e *events) shows(t *testing.T, texts ...string) {
	t.Helper()
	event := ""
	for e.lines.Scan() {
		line := e.lines.Text()
		if line != "" {
			event += strings.TrimPrefix(line, "data: ") + "\n"
			continue
		}
		if !slices.ContainsFunc(texts, func(text string) bool { return !strings.Contains(answered{body: event}.text(), text) }) {
			return
		}
		event = ""
	}
	t.Fatalf("the stream ended before %q", texts)
}

// seenPath is where a part asks for itself.
var seenPath = regexp.MustCompile(`hx-get="([^"]*)"`)
