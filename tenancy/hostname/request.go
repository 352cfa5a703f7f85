package hostname

import (
	"net/http"
	"net/netip"
	"strings"
)

// FromRequest returns the normalized host that the client asked for: the Host header or, when the connection comes from
// an address in trusted, X-Forwarded-Host. Where that header has several values, repeated or joined by commas, the last
// counts: the proxy next to us wrote it, while those before it may be the client's invention.
func FromRequest(r *http.Request, trusted []netip.Prefix) (string, error) {
	if contains(trusted, peer(r)) {
		if forwarded := last(r.Header.Values("X-Forwarded-Host")); forwarded != "" {
			return Normalize(forwarded)
		}
	}
	return Normalize(r.Host)
}

// ClientAddr returns the client's address: the connection's or, from a trusted proxy, the first address in
// X-Forwarded-For, read from its end, that is not itself a trusted proxy. A malformed element ends the walk, since
// nothing before it can be believed. The zero Addr means that the connection has no address (a Unix socket).
func ClientAddr(r *http.Request, trusted []netip.Prefix) netip.Addr {
	client := peer(r)
	if !contains(trusted, client) {
		return client
	}
	chain := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(chain) - 1; i >= 0; i-- {
		address, ok := parseForwarded(strings.TrimSpace(chain[i]))
		if !ok {
			return client
		}
		client = address
		if !contains(trusted, client) {
			return client
		}
	}
	return client
}

// parseForwarded reads an address with or without port, as proxies write them.
func parseForwarded(s string) (netip.Addr, bool) {
	if withPort, err := netip.ParseAddrPort(s); err == nil {
		return withPort.Addr().Unmap().WithZone(""), true
	}
	address, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(s, "["), "]"))
	return address.Unmap().WithZone(""), err == nil
}

func peer(r *http.Request) netip.Addr {
	address, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	return address.Addr().Unmap().WithZone("")
}

func contains(prefixes []netip.Prefix, address netip.Addr) bool {
	for _, p := range prefixes {
		if p.Contains(address) {
			return true
		}
	}
	return false
}

// last returns the last element of a list header.
func last(values []string) string {
	if len(values) == 0 {
		return ""
	}
	v := values[len(values)-1]
	return strings.TrimSpace(v[strings.LastIndexByte(v, ',')+1:])
}
