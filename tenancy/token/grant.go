package token

import (
	"fmt"

	"github.com/lib/pq"

	"github.com/askspoke/spoke/tenancy"
)

// Grant is what a credential may do, and from where.
type Grant struct {
	Scopes tenancy.Scopes
	CIDRs  CIDRs
}

// NewGrant returns a grant whose CIDRs are in their normal form. NoScopes are taken for all of SCIM: who says nothing
// of them restricts nothing. The error is a *CIDRError.
func NewGrant(scopes tenancy.Scopes, cidrs CIDRs) (Grant, error) {
	if scopes == tenancy.NoScopes {
		scopes = tenancy.AllScopes
	}
	normal, err := normalizeCIDRs(cidrs)
	return Grant{scopes, normal}, err
}

// Stored returns the columns scopes and cidrs of a grant. AllScopes are the empty list: SCIM may have more in future.
func (g Grant) Stored() (scopes, cidrs pq.StringArray) {
	scopes, cidrs = pq.StringArray{}, g.CIDRs.Strings()
	if g.Scopes != tenancy.AllScopes {
		scopes = g.Scopes.Names()
	}
	return scopes, cidrs
}

// ReadGrant returns the grant that is stored. A scope that this program does not know is none, and addresses that it
// cannot read are an error: neither gives more than was granted.
func ReadGrant(scopes, cidrs pq.StringArray) (Grant, error) {
	g := Grant{Scopes: tenancy.AllScopes}
	if len(scopes) > 0 {
		g.Scopes = tenancy.NoScopes
		for _, name := range scopes {
			if s, err := tenancy.ParseScopes([]string{name}); err == nil {
				g.Scopes |= s
			}
		}
	}
	var err error
	if g.CIDRs, err = ParseCIDRs(cidrs); err != nil {
		return Grant{}, fmt.Errorf("read permitted addresses: %w", err)
	}
	return g, nil
}
