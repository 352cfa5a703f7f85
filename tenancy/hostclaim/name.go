package hostclaim

import (
	"errors"
	"net/netip"
	"strings"

	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/hostname"
)

// recordPrefix is put before a host for the name of its TXT record. The underscore keeps it apart from hosts (RFC 8552).
const recordPrefix = "_spoke-challenge."

// maxName is how long a host may be, so that its record has a name too (RFC 1035 section 2.3.4).
const maxName = 253 - len(recordPrefix)

// normalize returns the host as it is kept. The error is a *tenancy.HostError.
func (s *Store) normalize(host string) (string, error) {
	refuse := func(reason string) (string, error) { return "", &tenancy.HostError{Host: host, Reason: reason} }
	text := strings.TrimSpace(host)
	if _, err := netip.ParseAddr(strings.Trim(text, "[]")); err == nil {
		return refuse("is an IP address: give a name")
	}
	if strings.Contains(text, ":") {
		return refuse("must have no port")
	}
	name, err := hostname.Normalize(text)
	if err != nil {
		return refuse("is no valid host name such as scim.acme.com")
	}
	last := name[strings.LastIndexByte(name, '.')+1:]
	switch {
	case last == name:
		return refuse("must have a domain, as scim.acme.com has")
	case strings.Trim(last, "0123456789") == "", strings.HasPrefix(last, "0x"): // browsers take it for an address
		return refuse("is an IP address: give a name")
	case len(name) > maxName:
		return refuse("is too long")
	}
	of, err := s.config.Bases.Name(name)
	if errors.Is(err, hostname.ErrNoTenant) || of.Slug != "" {
		return refuse("belongs to the platform, below whose domain a tenant's host follows from its slug")
	}
	return name, nil
}
