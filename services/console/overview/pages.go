// Package overview is the page Overview: how a tenant's provisioning does, live, with charts of the last day and month.
//
// It judges by what package health says and the worker keeps, and keeps nothing itself.
package overview

import (
	"embed"

	"github.com/askspoke/spoke/observability/health"
	"github.com/askspoke/spoke/services/console/live"
	"github.com/askspoke/spoke/services/console/web"
	"github.com/askspoke/spoke/tenancy/activity"
	"github.com/askspoke/spoke/tenancy/directory"
	"github.com/askspoke/spoke/tenancy/guard"
	"github.com/askspoke/spoke/tenancy/lifecycle"
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
	Guard     *guard.Store
	Status    *status.Store
	Pace      health.Pace
}

// Pages are the pages.
type Pages struct {
	*web.Console
	Stores
	history *activity.History
}

// New returns the pages.
func New(c *web.Console, stores Stores) *Pages {
	return &Pages{Console: c, Stores: stores, history: activity.NewHistory(activity.HistoryConfig{DB: stores.DB, Now: c.Now})}
}

// Part is what they bring to the console.
func (s *Pages) Part() web.Part {
	return web.Part{Routes: s.routes(), Topics: []live.Topic{{Name: "overview", Open: s.watchOverview}}, Templates: templates, Leads: leads()}
}
