// Package administrator is the page Administrators: who they are, their roles, invitations, operators' visits, and what was
// changed lately.
package administrator

import (
	"embed"

	"github.com/askspoke/spoke/services/console/account"
	"github.com/askspoke/spoke/services/console/web"
	"github.com/askspoke/spoke/tenancy/admin"
	"github.com/askspoke/spoke/tenancy/operator"
	"github.com/askspoke/spoke/tenancy/outbox"
)

//go:embed template/*.html
var templates embed.FS

// Stores are what the pages are over.
type Stores struct {
	Admins    *admin.Store
	Operators *operator.Store
	Accounts  *account.Store
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
	return web.Part{Routes: s.routes(), Templates: templates}
}
