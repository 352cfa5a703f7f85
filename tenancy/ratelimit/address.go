package ratelimit

import "net/netip"

// AddressKey returns the key of a client's address: an IPv4 address, or the /64 of an IPv6 one, since whoever has one
// address of it has them all (RFC 6177). The zero Addr, of a connection without an address, is a client like another.
func AddressKey(address netip.Addr) string {
	address = address.Unmap().WithZone("")
	if address.Is6() {
		prefix, _ := address.Prefix(64) // 64 is a length of IPv6
		return prefix.String()
	}
	return address.String()
}
