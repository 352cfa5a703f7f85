// Package operatorconsole is the operator's host: the tenants by their health, their onboarding, set-up links and visits, and the
// audit log.
//
// Invariant: an operator comes to a tenant's pages by a visit alone, which its administrators see and end.
package operatorconsole

import (
	"embed"
	"slices"

	"github.com/askspoke/spoke/billing"
	"github.com/askspoke/spoke/services/console/web"
	"github.com/askspoke/spoke/tenancy/admin"
	"github.com/askspoke/spoke/tenancy/lifecycle"
	"github.com/askspoke/spoke/tenancy/operator"
	"github.com/askspoke/spoke/tenancy/status"
	"github.com/askspoke/spoke/tenancy/token"
)

//go:embed template/*.html
var templates embed.FS

// Stores are what the pages are over.
type Stores struct {
	Tenants   *lifecycle.Manager
	Admins    *admin.Store
	Operators *operator.Store
	Tokens    *token.Store
	Status    *status.Store
	Plans     billing.Catalogue
	// SignOn is how operators sign in besides links. Nil: they do not.
	OperatorSignOn *operator.SignOn
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
	return web.Part{Operator: slices.Concat(s.operatorSignInRoutes(), s.operatorTenantRoutes()), Templates: templates}
}
