// Package people is the pages Users and Groups: lists with a search, and one resource with its attributes, memberships and
// history.
//
// It changes nothing: the identity provider does.
package people

import (
	"embed"

	"github.com/askspoke/spoke/services/console/actor"
	"github.com/askspoke/spoke/services/console/web"
	"github.com/askspoke/spoke/tenancy/directory"
	"github.com/askspoke/spoke/tenancy/status"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

//go:embed template/*.html
var templates embed.FS

// Stores are what the pages are over.
type Stores struct {
	DB        *tenantdb.DB
	Directory *directory.Directory
	Status    *status.Store
	Actors    *actor.Book
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
