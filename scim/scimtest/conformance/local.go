package conformance

import (
	"context"
	"net"
	"net/http"
	"net/url"
	"strings"
)

// localTransport is the transport of a session that was given no client. Names that end with .localhost are this machine
// (RFC 6761 section 6.3), as every browser and curl know: they are dialed without a resolver, many of which do not know
// them, and not sent to a proxy.
func localTransport() *http.Transport {
	transport := &http.Transport{}
	if standard, ok := http.DefaultTransport.(*http.Transport); ok {
		transport = standard.Clone()
	}
	dialer, proxy := &net.Dialer{}, transport.Proxy
	transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		host, port, err := net.SplitHostPort(address)
		if err != nil || !isLocalhost(host) {
			return dialer.DialContext(ctx, network, address)
		}
		connection, err := dialer.DialContext(ctx, network, net.JoinHostPort("127.0.0.1", port))
		if err != nil {
			if over6, err6 := dialer.DialContext(ctx, network, net.JoinHostPort("::1", port)); err6 == nil {
				return over6, nil
			}
		}
		return connection, err
	}
	transport.Proxy = func(r *http.Request) (*url.URL, error) {
		if proxy == nil || isLocalhost(r.URL.Hostname()) {
			return nil, nil
		}
		return proxy(r)
	}
	return transport
}

func isLocalhost(host string) bool {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	return host == "localhost" || strings.HasSuffix(host, ".localhost")
}
