// Package integration is the pages Integrations: the SCIM card, tokens and OAuth clients with their rotation, the guides, and
// the test panel that shows live what arrives from a provider.
//
// Invariants: a secret is shown by the answer that made it and by no other; a form makes what it makes once, however often it
// is sent.
package integration

import (
	"embed"

	"github.com/askspoke/spoke/services/console/web"
	"github.com/askspoke/spoke/tenancy/directory"
	"github.com/askspoke/spoke/tenancy/lifecycle"
	"github.com/askspoke/spoke/tenancy/oauth"
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
	Clients   *oauth.Store
	Directory *directory.Directory
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
	return web.Part{Routes: s.routes(), Topics: append(s.panelTopics(), s.rotations()), Templates: templates}
}
