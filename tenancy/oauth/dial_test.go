package oauth

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
)

func TestPublic(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"8.8.8.8", "203.0.112.1", "2606:4700::1111", "::ffff:8.8.8.8", "172.32.0.1", "100.128.0.1"} {
		if !public(netip.MustParseAddr(text)) {
			t.Errorf("%s is not public", text)
		}
	}
	for _, text := range []string{
		"127.0.0.1", "127.8.9.10", "::1", "0.0.0.0", "::", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254", "fe80::1", "fe80::1%eth0",
		"fc00::1", "fd12::1", "224.0.0.1", "ff02::1", "255.255.255.255", "100.64.0.1", "192.0.2.1", "198.18.0.1", "240.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
		"::127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "2001::1", "2001:db8::1", "fec0::1",
	} {
		if public(netip.MustParseAddr(text)) {
			t.Errorf("%s is public", text)
		}
	}
	if public(netip.Addr{}) {
		t.Error("no address is public")
	}
}

// trap is a server on this machine that notes each connection.
func trap(t *testing.T, handler http.Handler) (address string, hits *atomic.Int64) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	hits = new(atomic.Int64)
	server := &http.Server{Handler: handler, ConnState: func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			hits.Add(1)
		}
	}}
	done := make(chan struct{})
	go func() { server.Serve(listener); close(done) }()
	t.Cleanup(func() { server.Close(); <-done })
	return listener.Addr().String(), hits
}

// Without PrivateIssuers nothing on this machine is reached, by whatever name, and with it only where the issuer itself
// leads, by no redirect.
func TestNoRequestForgery(t *testing.T) {
	t.Parallel()
	address, hits := trap(t, http.NotFoundHandler())
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	strict := newIssuers(Config{Issuers: 10, Now: time.Now})
	for _, host := range []string{"127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "0.0.0.0", "127.1"} {
		if _, err := strict.keys(t.Context(), "https://"+host+":"+port, ""); err == nil {
			t.Errorf("%s was asked", host)
		}
	}
	if hits.Load() != 0 {
		t.Errorf("%d connections", hits.Load())
	}

	var origin string
	behaviour := map[string]http.HandlerFunc{
		"/redirects/": func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "http://"+address, http.StatusFound) },
		"/another/": func(w http.ResponseWriter, _ *http.Request) {
			w.Write([]byte(`{"issuer":"https://elsewhere.example","jwks_uri":"http://` + address + `"}`))
		},
		"/file/": func(w http.ResponseWriter, _ *http.Request) {
			w.Write([]byte(`{"issuer":"` + origin + `/file","jwks_uri":"file:///etc/passwd"}`))
		},
		"/none/": func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte(`{"issuer":"` + origin + `/none"}`)) },
		"/html/": func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte(`<html>`)) },
		"/large/": func(w http.ResponseWriter, _ *http.Request) {
			w.Write([]byte(`{"x":"` + strings.Repeat("x", 2<<20) + `"}`))
		},
		"/broken/": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) },
		"/credentials/": func(w http.ResponseWriter, _ *http.Request) {
			w.Write([]byte(`{"issuer":"` + origin + `/credentials","jwks_uri":"http://u:p@` + address + `"}`))
		},
		"/too-many/keys": func(w http.ResponseWriter, _ *http.Request) {
			w.Write([]byte(`{"keys":[` + strings.Repeat(`{"kty":"x"},`, 101) + `{}]}`))
		},
		"/too-many/": func(w http.ResponseWriter, _ *http.Request) {
			w.Write([]byte(`{"issuer":"` + origin + `/too-many","jwks_uri":"` + origin + `/too-many/keys"}`))
		},
	}
	mux := http.NewServeMux()
	for pattern, handler := range behaviour {
		mux.HandleFunc(pattern, handler)
	}
	served, _ := trap(t, mux)
	origin = "http://" + served
	loose := newIssuers(Config{Issuers: 100, Now: time.Now, PrivateIssuers: true})
	for pattern := range behaviour {
		if keys, err := loose.keys(t.Context(), origin+strings.TrimSuffix(pattern, "/"), ""); err == nil {
			t.Errorf("%s: %v", pattern, keys)
		}
	}
	if hits.Load() != 0 {
		t.Errorf("%d connections", hits.Load())
	}
}

// An issuer is asked once an hour, for a key that it did not have once a minute, and when it does not answer, its keys
// count for a day.
func TestIssuerIsAskedSeldom(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	var origin string
	asked, down, kid := 0, false, "one"
	mux := http.NewServeMux()
	mux.HandleFunc("/.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		asked++
		if down {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		w.Write([]byte(`{"issuer":"` + origin + `","jwks_uri":"` + origin + `/keys"}`))
	})
	mux.HandleFunc("/keys", func(w http.ResponseWriter, _ *http.Request) {
		key := `{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0","kid":"` + kid + `"}`
		w.Write([]byte(`{"keys":[{"kty":"future"},{"kty":"oct","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr8","kid":"` + kid + `"},` + key + `]}`))
	})
	served, _ := trap(t, mux)
	origin = "http://" + served
	i := newIssuers(Config{Issuers: 2, Now: func() time.Time { return now }, PrivateIssuers: true})
	want := func(kid string, found int, fails bool, times int) []jose.JSONWebKey {
		t.Helper()
		keys, err := i.keys(context.Background(), origin, kid)
		if len(keys) != found || (err != nil) != fails || asked != times {
			t.Errorf("key %q: %d keys, %v, asked %d times; want %d, %t, %d", kid, len(keys), err, asked, found, fails, times)
		}
		return keys
	}
	want("one", 1, false, 1)
	want("one", 1, false, 1)
	want("", 1, false, 1)
	want("two", 0, false, 1)
	now = now.Add(59 * time.Second)
	want("two", 0, false, 1)
	kid = "two" // it rotates
	now = now.Add(time.Second)
	want("two", 1, false, 2)
	want("one", 0, false, 2)
	now = now.Add(59 * time.Minute)
	want("two", 1, false, 2)
	now = now.Add(2 * time.Minute)
	want("two", 1, false, 3)
	down = true
	now = now.Add(2 * time.Hour)
	want("two", 1, false, 4)
	want("three", 0, true, 4)
	now = now.Add(10 * time.Second)
	want("three", 0, true, 5)
	now = now.Add(22 * time.Hour)
	want("two", 0, true, 6)
	down = false
	now = now.Add(10 * time.Second)
	want("two", 1, false, 7)

	for _, other := range []string{"a", "b", "c"} { // the memory of issuers is bounded
		i.keys(context.Background(), other, "")
	}
	if len(i.known) > 2 {
		t.Errorf("%d issuers are remembered", len(i.known))
	}
}
