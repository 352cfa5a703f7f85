// Package setting is the small pages of settings: Hosts, Schema extensions, Notifications, Plan and usage, General.
//
// A page of settings that grows to more than a few files becomes a package of its own.
package setting

import (
	"embed"
	"slices"

	"github.com/askspoke/spoke/billing"
	"github.com/askspoke/spoke/services/console/web"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/directory"
	"github.com/askspoke/spoke/tenancy/hostclaim"
	"github.com/askspoke/spoke/tenancy/lifecycle"
	"github.com/askspoke/spoke/tenancy/outbox"
	"github.com/askspoke/spoke/tenancy/status"
	"github.com/askspoke/spoke/tenancy/tenantdb"
	"github.com/askspoke/spoke/tenancy/token"
)

//go:embed template/*.html
var templates embed.FS

// Stores are what the pages are over.
type Stores struct {
	DB        *tenantdb.DB
	Tenants   *lifecycle.Manager
	Tokens    *token.Store
	Directory *directory.Directory
	Hosts     *hostclaim.Store
	Status    *status.Store
	Plans     billing.Catalogue
	Outbox    *outbox.Store // nil: no mail is sent
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
	return web.Part{
		Routes:    slices.Concat(s.extensionRoutes(), s.hostRoutes(), s.notificationRoutes(), s.planRoutes(), s.generalRoutes()),
		Templates: templates,
	}
}

// store is the tenant's directory.
func (s *Pages) store(x *web.Exchange) directory.Store {
	return s.Directory.Store(tenantdb.SchemaFor(x.Tenant.ID), x.Tenant.Settings.UniqueGroupNames)
}

// fresh is the tenant as Postgres has it, with its version, for who changes it.
func (s *Pages) fresh(x *web.Exchange) (tenancy.Tenant, error) {
	return s.Tenants.ByID(x.Context(), x.Tenant.ID)
}
