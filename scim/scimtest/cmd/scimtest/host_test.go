package main

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"
)

// hosts remembers the Host of each request.
type hosts struct {
	mu   sync.Mutex
	seen map[string]int
	next http.Handler
}

func (h *hosts) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	h.seen[r.Host]++
	h.mu.Unlock()
	h.next.ServeHTTP(w, r)
}

// A provider that tells its tenants apart by the Host is reached at its own URL, below localhost, on a machine whose
// resolver does not know such names, and by its address with the name as the header.
func TestHost(t *testing.T) {
	t.Parallel()
	behind, err := url.Parse(serve(t))
	if err != nil {
		t.Fatal(err)
	}
	h := &hosts{seen: map[string]int{}, next: forward(t, behind.Host)}
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	address := strings.TrimPrefix(server.URL, "http://")
	_, port, _ := strings.Cut(address, ":")
	for name, args := range map[string][]string{
		"acme.localhost:" + port: {"-url", "http://acme.localhost:" + port + "/scim/v2"},
		"beta.example:8080":      {"-url", server.URL + "/scim/v2", "-header", "Host: beta.example:8080"},
	} {
		var out, problems bytes.Buffer
		if status := run(t.Context(), append(args, "-run", "^POST answers 201"), &out, &problems); status != conforms {
			t.Errorf("%v: exit status %d: %s%s", args, status, out.String(), problems.String())
		}
		h.mu.Lock()
		if h.seen[name] == 0 || len(h.seen) != 1 {
			t.Errorf("%v: the provider read the hosts %v, want %s alone", args, h.seen, name)
		}
		clear(h.seen)
		h.mu.Unlock()
	}
}

// forward sends requests on to the address.
func forward(t *testing.T, address string) http.Handler {
	t.Helper()
	return &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.Out.URL.Scheme, r.Out.URL.Host, r.Out.Host = "http", address, address
	}}
}
