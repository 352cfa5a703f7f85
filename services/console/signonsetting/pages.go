// Package signonsetting is the page Single sign-on: connections to OpenID and SAML providers, their test, whether they are
// offered or required, and recovery codes.
//
// It lets nobody in: package signin does, and a connection's test goes its way, so that what was tested is what happens.
//
// Invariants: what changes how people sign in is for an owner alone, and so are recovery codes; who came by a set-up link
// changes the drafts alone that were made by the same link.
package signonsetting

import (
	"embed"
	"slices"

	"github.com/askspoke/spoke/services/console/account"
	"github.com/askspoke/spoke/services/console/actor"
	"github.com/askspoke/spoke/services/console/signin"
	"github.com/askspoke/spoke/services/console/web"
	"github.com/askspoke/spoke/tenancy/admin"
	"github.com/askspoke/spoke/tenancy/signon"
	"github.com/askspoke/spoke/tenancy/signon/saml"
)

//go:embed template/*.html
var templates embed.FS

// Stores are what the pages are over.
type Stores struct {
	Admins   *admin.Store
	SignOn   *signon.Store
	SAML     *saml.Store
	Accounts *account.Store
	Actors   *actor.Book
	In       *signin.Pages // how people come in by a connection
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
	return web.Part{Routes: slices.Concat(s.signOnRoutes(), s.samlSettingsRoutes()), Templates: templates}
}
