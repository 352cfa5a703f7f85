package gateway

import (
	"net/http"

	"github.com/askspoke/spoke/scim"
	"github.com/askspoke/spoke/scim/schema"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/token"
)

// permit returns what asks a client's scopes. A stranger reaches nothing that asks, and has none.
func permit(has tenancy.Scopes) func(*schema.ResourceType, bool) error {
	return func(t *schema.ResourceType, write bool) error {
		need := scopeOf(t, write)
		if need != tenancy.NoScopes && has.Has(need) {
			return nil
		}
		act := "read"
		if write {
			act = "change"
		}
		name := need.String()
		if write { // a scope that writes also reads
			name = (need | scopeOf(t, false)).String()
		}
		return &scim.Error{
			Status: http.StatusForbidden, Rule: scim.RuleAuthScope,
			Detail: "The token may not " + act + " " + t.Name + " resources: it does not have the scope " + name + ". Give the identity provider a token with that scope, or do not provision " + t.Name + " resources.",
		}
	}
}

// scopeOf returns the scope that a resource type needs, NoScopes for one that no scope permits.
func scopeOf(t *schema.ResourceType, write bool) tenancy.Scopes {
	switch {
	case t.Name == "User" && write:
		return tenancy.WriteUsers
	case t.Name == "User":
		return tenancy.ReadUsers
	case t.Name == "Group" && write:
		return tenancy.WriteGroups
	case t.Name == "Group":
		return tenancy.ReadGroups
	}
	return tenancy.NoScopes
}

// errAddress refuses a token that is right and came from an address that it does not permit. It tells the caller his own
// address and not the permitted ones: an administrator knows those, and a thief need not.
func errAddress(e *token.AddressError) *scim.Error {
	from := "an unknown address"
	if e.Address.IsValid() {
		from = "the address " + e.Address.String()
	}
	return &scim.Error{
		Status: http.StatusForbidden, Rule: scim.RuleAuthAddress,
		Detail: "The token may not be used from " + from + ". Add it to the addresses that the token permits, or send the request from one of them.",
	}
}
