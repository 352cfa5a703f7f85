// Package signin is how people come to a tenant's console and leave it: mailed links, set-up links, single sign-on by OpenID
// Connect and SAML, recovery codes, and an operator's visit.
//
// It does not say who somebody is once a session has begun (package account does, at each request), nor set single sign-on up
// (package signonsetting does).
//
// Invariants: nobody learns from an answer whether an address is an administrator's; what showed who somebody is, is used
// up, and only where they may come in; an answer to a sign-in counts in the browser that began it alone, and where its own
// provider was told to answer; what is mailed leads to the tenant's own host.
package signin

import (
	"embed"
	"slices"

	"github.com/askspoke/spoke/services/console/account"
	"github.com/askspoke/spoke/services/console/web"
	"github.com/askspoke/spoke/tenancy/admin"
	"github.com/askspoke/spoke/tenancy/operator"
	"github.com/askspoke/spoke/tenancy/outbox"
	"github.com/askspoke/spoke/tenancy/signon"
	"github.com/askspoke/spoke/tenancy/signon/saml"
)

//go:embed template/*.html
var templates embed.FS

// Stores are what the pages are over.
type Stores struct {
	Admins    *admin.Store
	Operators *operator.Store
	SignOn    *signon.Store
	SAML      *saml.Store
	Outbox    *outbox.Store // nil: no mail is sent
	Accounts  *account.Store
}

// Pages are the pages.
type Pages struct {
	*web.Console
	Stores
}

// New returns the pages.
func New(c *web.Console, stores Stores) *Pages { return &Pages{Console: c, Stores: stores} }

// Part is what they bring to the console.
func (s *Pages) Part() web.Part {
	return web.Part{Routes: slices.Concat(s.signInRoutes(), s.samlRoutes(), s.visitRoutes()), Templates: templates}
}
