// Package deletionguard is the page Deletion guard: when it holds, deletions that it holds, to approve or reject, and what was
// deleted, to restore.
//
// What a decision means is package tenancy/guard's.
package deletionguard

import (
	"embed"

	"github.com/askspoke/spoke/services/console/actor"
	"github.com/askspoke/spoke/services/console/web"
	"github.com/askspoke/spoke/tenancy/directory"
	"github.com/askspoke/spoke/tenancy/guard"
	"github.com/askspoke/spoke/tenancy/lifecycle"
	"github.com/askspoke/spoke/tenancy/status"
)

//go:embed template/*.html
var templates embed.FS

// Stores are what the pages are over.
type Stores struct {
	Directory *directory.Directory
	Guard     *guard.Store
	Status    *status.Store
	Tenants   *lifecycle.Manager
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
