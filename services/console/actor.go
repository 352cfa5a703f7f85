package console

import (
	"slices"
	"strings"

	"github.com/askspoke/spoke/tenancy/operator"
)

// actors are the names of who can have changed something, by what the journal calls them.
type actors struct {
	names map[string]string
	order []string // the tokens, the OAuth clients, the administrators
}

// actors reads the names of a tenant's tokens, OAuth clients and administrators: those that are gone as well, as far as
// they are kept.
func (s *Server) actors(x *exchange) (actors, error) {
	a := actors{names: make(map[string]string)}
	tokens, err := s.Tokens.List(x.context(), x.tenant.ID)
	if err != nil {
		return a, err
	}
	for _, t := range tokens {
		a.add(t.ID, "Token “"+t.Name+"”")
	}
	clients, err := s.Clients.Clients(x.context(), x.tenant.ID)
	if err != nil {
		return a, err
	}
	for _, c := range clients {
		a.add(c.ID, "OAuth client “"+c.Name+"”")
	}
	people, err := s.Admins.List(x.context(), x.tenant.ID)
	if err != nil {
		return a, err
	}
	for _, p := range people {
		a.add(p.Actor(), p.Email)
	}
	return a, nil
}

func (a *actors) add(id, name string) {
	a.names[id] = name
	a.order = append(a.order, id)
}

// name is who it was, for people.
func (a actors) name(actor string) string {
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
	case isUUID(actor):
		return "A token that is not kept any more"
	}
	return actor
}

// choices are they, for a form.
func (a actors) choices() []choice {
	list := make([]choice, 0, len(a.order))
	for _, id := range a.order {
		list = append(list, choice{id, a.names[id]})
	}
	return slices.Clip(list)
}
