package issuer

import (
	"errors"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
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

// Nothing on this machine is reached for a tenant, by whatever name, and for the operator only where the issuer itself leads,
// by no redirect.
func TestNoRequestForgery(t *testing.T) {
	t.Parallel()
	address, hits := trap(t, http.NotFoundHandler())
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	strict := New(Config{Size: 10})
	for _, host := range []string{"127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "0.0.0.0", "127.1"} {
		if _, err := strict.Find(t.Context(), "https://"+host+":"+port, "", "ES256"); !errors.Is(err, ErrUnavailable) {
			t.Errorf("%s: %v", host, err)
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
	loose := New(Config{Own: true, Size: 100})
	for pattern := range behaviour {
		if keys, err := loose.Find(t.Context(), origin+strings.TrimSuffix(pattern, "/"), "", "ES256"); !errors.Is(err, ErrUnavailable) {
			t.Errorf("%s: %v, %v", pattern, keys, err)
		}
	}
	if hits.Load() != 0 {
		t.Errorf("%d connections", hits.Load())
	}
}
