// Package provisionlog is the page Provisioning log: what identity providers changed and what was refused, one entry with what
// was before and after, an export, and the replay of a request.
//
// It reads the journal and writes nothing to it; what a replayed request does, the gateway does.
package provisionlog

import (
	"context"
	"embed"

	"github.com/askspoke/spoke/tenancy/journal"

	"github.com/askspoke/spoke/services/console/actor"
	"github.com/askspoke/spoke/services/console/web"
	"github.com/askspoke/spoke/tenancy"
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
	Exports   *journal.Exports // those of the process
	// Replay sends a request again, as the gateway would have it from a client. Nil: nothing is sent again.
	Replay func(context.Context, tenancy.Tenant, Replay) (Replayed, error)
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
