// Package hostname turns what a client says about the host it wants into the name of a tenant's host.
//
// It asks no database and knows no tenant: package registry does that with the answer.
//
// Invariants: a normalized host is lower-case ASCII without port and trailing dot, and normalizing it again changes
// nothing; forwarding headers count only when the connection comes from an address the operator has listed.
package hostname

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"golang.org/x/net/idna"
)

// ErrInvalid is what Normalize's errors wrap. It is the client's mistake: 400, or 404 like any unknown host.
var ErrInvalid = errors.New("host is invalid")

// The bounds of a host's name (RFC 1035 §2.3.4) and of what is looked at before: the name, a dot, a port.
const (
	maxHost  = 253
	maxLabel = 63
	maxInput = maxHost + 1 + len(":65535")
)

// Normalize returns the host in the value of a Host header (RFC 9110 §7.2: host and optional port): lower-case, without
// port or trailing dot, an internationalised name in its ASCII form, an IPv6 literal in brackets in its canonical
// form. The error wraps ErrInvalid.
func Normalize(hostHeader string) (string, error) {
	host, err := normalize(hostHeader)
	if err != nil {
		return "", fmt.Errorf("%w: %.80q %w", ErrInvalid, hostHeader, err)
	}
	return host, nil
}

func normalize(s string) (string, error) {
	switch {
	case s == "":
		return "", errors.New("is empty")
	case len(s) > maxInput:
		return "", errors.New("is too long")
	case strings.HasPrefix(s, "["):
		return literal(s)
	}
	host, port, hasPort := strings.Cut(s, ":")
	if hasPort && !validPort(port) {
		return "", errors.New("has no valid port")
	}
	host = strings.TrimSuffix(host, ".")
	if !isASCII(host) {
		ascii, err := idna.Lookup.ToASCII(host)
		if err != nil {
			return "", errors.New("is no valid internationalised name")
		}
		host = ascii
	}
	host = strings.ToLower(host)
	return host, checkLabels(host)
}

// literal returns the canonical form of [IPv6] with an optional port. A zone is local to a machine and refused.
func literal(s string) (string, error) {
	inner, rest, ok := strings.Cut(s[1:], "]")
	if !ok || (rest != "" && (rest[0] != ':' || !validPort(rest[1:]))) {
		return "", errors.New("is no IPv6 literal")
	}
	address, err := netip.ParseAddr(inner)
	if err != nil || !address.Is6() || address.Zone() != "" {
		return "", errors.New("is no IPv6 literal")
	}
	return "[" + address.String() + "]", nil
}

// validPort accepts the empty port too, which RFC 3986 §3.2.3 allows.
func validPort(s string) bool {
	if s == "" {
		return true
	}
	if len(s) > 5 || strings.TrimLeft(s, "0123456789") != "" {
		return false
	}
	n, err := strconv.Atoi(s)
	return err == nil && n <= 65535
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// checkLabels checks letters, digits and hyphens (RFC 1123 §2.1). A label with the xn-- mark must decode, so that no two
// spellings name one host.
func checkLabels(host string) error {
	if len(host) > maxHost {
		return errors.New("is too long")
	}
	for label := range strings.SplitSeq(host, ".") {
		switch {
		case label == "":
			return errors.New("has an empty label")
		case len(label) > maxLabel:
			return errors.New("has a label that is too long")
		case label[0] == '-' || label[len(label)-1] == '-':
			return errors.New("has a label with a hyphen at its edge")
		}
		for i := range len(label) {
			if c := label[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
				return errors.New("has a character that is not allowed")
			}
		}
		if strings.HasPrefix(label, "xn--") {
			if again, err := idna.Lookup.ToASCII(label); err != nil || again != label {
				return errors.New("has a malformed internationalised label")
			}
		}
	}
	return nil
}
