package tenancy

import (
	"errors"
	"fmt"
	"strings"
)

// Scopes are what a client may do, as a set. The zero Scopes are nothing at all.
type Scopes uint8

// What scopes are made of. Who may write resources may read them, since every answer to a change shows them.
const (
	ReadUsers Scopes = 1 << iota
	WriteUsers
	ReadGroups
	WriteGroups
	// ReadMetrics reads the tenant's metrics, and nothing of its directory.
	ReadMetrics

	NoScopes Scopes = 0
	// AllScopes are all of SCIM: what a client has of which nobody says what it may do. ReadMetrics is given by its name
	// alone, so that no token that an identity provider has means more than on the day it was issued, and one that a
	// scraper has need not read anybody's name.
	AllScopes = ReadUsers | WriteUsers | ReadGroups | WriteGroups
)

// scopeNames are the scopes by name, the wider before the narrower.
var scopeNames = [...]struct {
	name   string
	scopes Scopes
}{
	{"users", ReadUsers | WriteUsers},
	{"users:read", ReadUsers},
	{"groups", ReadGroups | WriteGroups},
	{"groups:read", ReadGroups},
	{"metrics:read", ReadMetrics},
}

// ScopeNames returns the names of all scopes.
func ScopeNames() []string {
	names := make([]string, len(scopeNames))
	for i, s := range scopeNames {
		names[i] = s.name
	}
	return names
}

// ParseScopes returns the scopes that are named; none named are NoScopes. The error is a *ScopeError.
func ParseScopes(names []string) (Scopes, error) {
	scopes := NoScopes
next:
	for _, name := range names {
		for _, s := range scopeNames {
			if s.name == name {
				scopes |= s.scopes
				continue next
			}
		}
		return NoScopes, &ScopeError{name}
	}
	return scopes, nil
}

// Names returns the fewest names of which ParseScopes makes the scopes.
func (s Scopes) Names() []string {
	var names []string
	covered := NoScopes
	for _, n := range scopeNames {
		if s.Has(n.scopes) && !covered.Has(n.scopes) {
			names = append(names, n.name)
			covered |= n.scopes
		}
	}
	return names
}

// String returns the names with spaces between them, as OAuth writes scopes (RFC 6749 section 3.3).
func (s Scopes) String() string { return strings.Join(s.Names(), " ") }

// Has says whether s has all of other.
func (s Scopes) Has(other Scopes) bool { return s&other == other }

// ErrScope is what a ScopeError is.
var ErrScope = errors.New("scope is unknown")

// ScopeError says which scope there is not. Its text may be shown to a client.
type ScopeError struct{ Scope string }

// Error names the scope and those that there are.
func (e *ScopeError) Error() string {
	return fmt.Sprintf("there is no scope %.40q: the scopes are %s", e.Scope, strings.Join(ScopeNames(), ", "))
}

// Is makes errors.Is(err, ErrScope) true.
func (e *ScopeError) Is(target error) bool { return target == ErrScope }
