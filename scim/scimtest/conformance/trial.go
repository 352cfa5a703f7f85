package conformance

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
)

// Trial is one run of one check: it sends requests, keeps what went wrong, and deletes what it created.
type Trial struct {
	*Session
	ctx      context.Context
	check    Check
	prefix   string // of every userName and displayName
	names    int
	created  []string // paths, in order
	failures []string
	exchange string // the last request and its answer
}

// What a trial ends with before its end.
type (
	stop       struct{}             // it failed
	tolerated  struct{}             // the provider accepted what it tolerates
	notOffered struct{ how string } // it cannot be played here
)

type (
	object = map[string]any
	list   = []any
)

// excerpt is how much of a body is shown, in bytes.
const excerpt = 1500

// errorf notes a failure and goes on.
func (t *Trial) errorf(format string, args ...any) {
	t.failures = append(t.failures, fmt.Sprintf(format, args...)+t.exchange)
}

// fatalf notes a failure and ends the trial.
func (t *Trial) fatalf(format string, args ...any) {
	t.errorf(format, args...)
	panic(stop{})
}

// unless ends the trial as not offered where a condition does not hold.
func (t *Trial) unless(ok bool, format string, args ...any) {
	if !ok {
		panic(notOffered{fmt.Sprintf(format, args...)})
	}
}

// do sends a request to a path below the base URI. A string is sent as it is, another body as JSON, nil is none. headers
// are names and values in turn; an empty value leaves the header out.
func (t *Trial) do(method, path string, body any, headers ...string) answer {
	var sent []byte
	switch body := body.(type) {
	case nil:
	case string:
		sent = []byte(body)
	default:
		var err error
		if sent, err = json.Marshal(body); err != nil {
			t.fatalf("encode a body: %v", err)
		}
	}
	a := t.send(t.base.String()+path, method, sent, headers)
	a.request = method + " " + path
	t.exchange = fmt.Sprintf("\n  > %s %s\n  < %s", a.request, shown(sent), a)
	if a.status == http.StatusCreated && method == http.MethodPost {
		var resource struct{ ID string }
		if json.Unmarshal(a.body, &resource) == nil && resource.ID != "" {
			t.created = append(t.created, path[:len(path)-len(query(path))]+"/"+resource.ID)
		}
	}
	return a
}

func query(path string) string {
	if i := strings.IndexByte(path, '?'); i >= 0 {
		return path[i:]
	}
	return ""
}

func shown(body []byte) string {
	if len(body) > excerpt {
		return string(body[:excerpt]) + "…"
	}
	return string(body)
}

func (t *Trial) send(uri, method string, body []byte, headers []string) answer {
	request, err := http.NewRequestWithContext(t.ctx, method, uri, bytes.NewReader(body))
	if err != nil {
		t.fatalf("%s %s: %v", method, uri, err)
	}
	for name, values := range t.header {
		request.Header[name] = values
	}
	if host := t.header.Get("Host"); host != "" { // net/http reads it here alone
		request.Host = host
	}
	if t.token != "" {
		request.Header.Set("Authorization", "Bearer "+t.token)
	}
	request.Header.Set("Accept", mediaType)
	if body != nil {
		request.Header.Set("Content-Type", mediaType)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
		if headers[i+1] == "" {
			request.Header.Del(headers[i])
		}
	}
	response, err := t.client.Do(request)
	if err != nil {
		t.fatalf("%s %s: %v", method, uri, err)
	}
	defer response.Body.Close()
	received, err := io.ReadAll(io.LimitReader(response.Body, 64<<20))
	if err != nil {
		t.fatalf("%s %s: read the answer: %v", method, uri, err)
	}
	return answer{t: t, status: response.StatusCode, header: response.Header, body: received, tls: response.TLS}
}

// clean deletes what the trial created, the newest first, and returns the paths of what the provider kept. What is gone
// already is as good as deleted.
func (t *Trial) clean() (left []string) {
	t.ctx = context.WithoutCancel(t.ctx)
	for _, path := range slices.Backward(t.created) {
		if !t.deleted(path) {
			left = append(left, path)
		}
	}
	return left
}

func (t *Trial) deleted(path string) (ok bool) {
	defer func() {
		if end := recover(); end != nil && end != (stop{}) { // a provider that is away was reported by the trial
			panic(end)
		}
	}()
	status := t.do(http.MethodDelete, path, nil).status
	return status/100 == 2 || status == http.StatusNotFound
}
