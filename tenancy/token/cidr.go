package token

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
)

// maxCIDRs bounds how many ranges of addresses a credential lists.
const maxCIDRs = 100

// ErrCIDRs is what CIDRError is.
var ErrCIDRs = errors.New("permitted addresses are invalid")

// CIDRError says which range is refused, and why. Its text may be shown to a client.
type CIDRError struct{ CIDR, Reason string }

// Error names the range and the reason.
func (e *CIDRError) Error() string {
	return fmt.Sprintf("permitted addresses: %.60q %s", e.CIDR, e.Reason)
}

// Is makes errors.Is(err, ErrCIDRs) true.
func (e *CIDRError) Is(target error) bool { return target == ErrCIDRs }

// AddressError says that a credential that is right was used from an address that it does not permit. It is no rejection:
// only who has the secret gets here, and it is he who can have the address permitted.
type AddressError struct{ Address netip.Addr } // the zero Addr: there was none

// Error names the address.
func (e *AddressError) Error() string { return "credential may not be used from " + e.Address.String() }

// CIDRs are the addresses from which a credential may be used; none listed is everywhere.
type CIDRs []netip.Prefix

// ParseCIDRs returns the ranges in texts such as 203.0.113.0/24, 2001:db8::/32 or a single address. The error is a
// *CIDRError.
func ParseCIDRs(texts []string) (CIDRs, error) {
	list := make([]netip.Prefix, 0, len(texts))
	for _, text := range texts {
		p, err := netip.ParsePrefix(text)
		if err != nil {
			a, err := netip.ParseAddr(text)
			if err != nil || a.Zone() != "" {
				return nil, &CIDRError{text, "is no range such as 203.0.113.0/24 or 2001:db8::/32"}
			}
			p = netip.PrefixFrom(a, a.BitLen())
		}
		list = append(list, p)
	}
	return normalizeCIDRs(list)
}

// normalizeCIDRs returns each range once, without bits behind its length, and IPv4 as IPv4 where it is written in IPv6
// (RFC 4291 section 2.5.5.2): that is how addresses of clients are compared.
func normalizeCIDRs(list []netip.Prefix) (CIDRs, error) {
	if len(list) > maxCIDRs {
		return nil, &CIDRError{list[maxCIDRs].String(), fmt.Sprintf("is one too many: %d are the most", maxCIDRs)}
	}
	var out CIDRs
	for _, p := range list {
		if !p.IsValid() {
			return nil, &CIDRError{p.String(), "is no range of addresses"}
		}
		if p.Addr().Is4In6() {
			if p.Bits() < 96 {
				return nil, &CIDRError{p.String(), "mixes IPv4 with other addresses"}
			}
			p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
		}
		if p = p.Masked(); !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	return out, nil
}

// Permit returns nil where a credential may be used from the address, and else an *AddressError.
func (c CIDRs) Permit(address netip.Addr) error {
	if len(c) == 0 {
		return nil
	}
	plain := address.Unmap().WithZone("")
	for _, p := range c {
		if p.Contains(plain) {
			return nil
		}
	}
	return &AddressError{address}
}

// Strings returns the ranges as ParseCIDRs reads them.
func (c CIDRs) Strings() []string {
	texts := make([]string, len(c))
	for i, p := range c {
		texts[i] = p.String()
	}
	return texts
}
