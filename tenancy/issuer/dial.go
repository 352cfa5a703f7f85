package issuer

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"syscall"
	"time"
)

// fetchTimeout is how long reading an issuer's keys may take.
const fetchTimeout = 5 * time.Second

// Client returns the client with which issuers, and other servers of identity providers, are asked. Those that tenants
// choose must not become their way to what only we can reach: it connects to public addresses alone, which is checked when
// a name has been resolved, and uses no proxy. With own, they are the operator's, at any address. It follows no redirect,
// takes no longer than 5 seconds, and an answer of more than 1 MiB ends in ErrTooLarge.
func Client(own bool) *http.Client {
	dialer := &net.Dialer{Timeout: fetchTimeout}
	transport := &http.Transport{
		DialContext: dialer.DialContext, TLSHandshakeTimeout: fetchTimeout, MaxIdleConns: 10, IdleConnTimeout: time.Minute,
		MaxResponseHeaderBytes: 64 << 10, ForceAttemptHTTP2: true,
	}
	if own {
		transport.Proxy = http.ProxyFromEnvironment
	} else {
		dialer.Control = publicOnly
	}
	return &http.Client{
		Timeout: fetchTimeout, Transport: bounded{transport},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// ErrTooLarge is how reading an answer ends that is larger than anything an identity provider says.
var ErrTooLarge = errors.New("the answer has more than 1 MiB")

// bounded bounds what is read of each answer: what reads it may be a library, which reads all.
type bounded struct{ *http.Transport }

// RoundTrip has the answer's body end in ErrTooLarge.
func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := b.Transport.RoundTrip(r)
	if err == nil {
		response.Body = &limited{ReadCloser: response.Body, left: maxDocument}
	}
	return response, err
}

type limited struct {
	io.ReadCloser
	left int
}

func (l *limited) Read(p []byte) (int, error) {
	n, err := l.ReadCloser.Read(p[:min(len(p), l.left+1)])
	if n > l.left {
		return l.left, ErrTooLarge
	}
	l.left -= n
	return n, err
}

func publicOnly(_, address string, _ syscall.RawConn) error {
	to, err := netip.ParseAddrPort(address)
	if err != nil || !public(to.Addr()) {
		return fmt.Errorf("%s is no public address", address)
	}
	return nil
}

// special are the ranges of addresses that netip does not know not to be public (the IANA registries of special-purpose
// addresses), and those that carry IPv4 addresses within.
var special = [...]netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("192.88.99.0/24"), netip.MustParsePrefix("198.18.0.0/15"),
	netip.MustParsePrefix("198.51.100.0/24"), netip.MustParsePrefix("203.0.113.0/24"), netip.MustParsePrefix("240.0.0.0/4"),
	netip.MustParsePrefix("::/96"), netip.MustParsePrefix("64:ff9b::/96"), netip.MustParsePrefix("64:ff9b:1::/48"),
	netip.MustParsePrefix("100::/64"), netip.MustParsePrefix("2001::/23"), netip.MustParsePrefix("2001:db8::/32"),
	netip.MustParsePrefix("2002::/16"), netip.MustParsePrefix("3fff::/20"), netip.MustParsePrefix("5f00::/16"),
	netip.MustParsePrefix("fec0::/10"),
}

// public says whether everybody can reach an address.
func public(a netip.Addr) bool {
	a = a.Unmap()
	if !a.IsGlobalUnicast() || a.IsPrivate() || a.Zone() != "" {
		return false
	}
	for _, p := range special {
		if p.Contains(a) {
			return false
		}
	}
	return true
}
