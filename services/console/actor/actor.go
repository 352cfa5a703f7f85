// Package actor names who can have changed something, as people know them: the journal and the stores keep ids.
//
// Invariant: whoever is not kept any more has a name all the same.
package actor

import (
	"context"
	"iter"
	"strings"

	"github.com/askspoke/spoke/services/console/word"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/admin"
	"github.com/askspoke/spoke/tenancy/oauth"
	"github.com/askspoke/spoke/tenancy/operator"
	"github.com/askspoke/spoke/tenancy/token"
)

// Names are the names of who can have changed something, by what the journal calls them.
type Names struct {
	names map[string]string
	order []string // the tokens, the OAuth clients, the administrators
}

// Book is where the names are.
type Book struct {
	Tokens  *token.Store
	Clients *oauth.Store
	Admins  *admin.Store
}

// Names reads the names of a tenant's tokens, OAuth clients and administrators: those that are gone as well, as far as
// they are kept.
func (s *Book) Names(ctx context.Context, tenant tenancy.ID) (Names, error) {
	a := Names{names: make(map[string]string)}
	tokens, err := s.Tokens.List(ctx, tenant)
	if err != nil {
		return a, err
	}
	for _, t := range tokens {
		a.add(t.ID, "Token “"+t.Name+"”")
	}
	clients, err := s.Clients.Clients(ctx, tenant)
	if err != nil {
		return a, err
	}
	for _, c := range clients {
		a.add(c.ID, "OAuth client “"+c.Name+"”")
	}
	people, err := s.Admins.List(ctx, tenant)
	if err != nil {
		return a, err
	}
	for _, p := range people {
		a.add(p.Actor(), p.Email)
	}
	return a, nil
}

func (a *Names) add(id, name string) {
	a.names[id] = name
	a.order = append(a.order, id)
}

// Name is who it was, for people.
func (a Names) Name(actor string) string {
	if name, ok := a.names[actor]; ok {
		return name
	}
	kind, _, _ := strings.Cut(actor, ":")
	switch {
	case actor == "":
		return "Nobody known"
	case kind == "admin":
		return "An administrator who was removed"
	case kind == "key", kind == "oidc", kind == operator.Shell, actor == operator.Shell:
		return "The operator of the service"
	case kind == "link":
		return "Who came by a set-up link"
	case word.IsUUID(actor):
		return "A token that is not kept any more"
	}
	return actor
}

// All are the ids and names of those who are kept: the tokens, the OAuth clients, the administrators.
func (a Names) All() iter.Seq2[string, string] {
	return func(yield func(id, name string) bool) {
		for _, id := range a.order {
			if !yield(id, a.names[id]) {
				return
			}
		}
	}
}

// Name is the name of one of them, "" for nobody. That it cannot be found out is no reason not to show a page.
func (s *Book) Name(ctx context.Context, tenant tenancy.ID, actor string) string {
	who, err := s.Names(ctx, tenant)
	if err != nil || actor == "" {
		return actor
	}
	return who.Name(actor)
}
