package provider

import (
	"net/http"
	"strings"

	"github.com/askspoke/spoke/scim"
	"github.com/askspoke/spoke/scim/schema"
)

// Paths that are no resource's (RFC 7644 sections 3.4.3 and 3.11).
const (
	searchPath = "/.search"
	mePath     = "/Me"
)

type operation func(*call) (Response, error)

// endpoint is what one path takes, by method.
type endpoint struct {
	route   string
	methods []method
}

type method struct {
	name string
	op   operation
}

// route finds the operation. op is nil where the path is unknown (route is "") or does not take the method (allow
// lists the ones it takes). Names of endpoints have no case here: clients are configured by hand.
func (p *Provider) route(name, path string) (op operation, route, allow string) {
	e, ok := p.endpoint(path)
	if !ok {
		return nil, "", ""
	}
	if name == http.MethodHead {
		name = http.MethodGet
	}
	var names []string
	for _, m := range e.methods {
		if m.name == name {
			return m.op, e.route, ""
		}
		if names = append(names, m.name); m.name == http.MethodGet {
			names = append(names, http.MethodHead)
		}
	}
	return nil, e.route, strings.Join(names, ", ")
}

func (p *Provider) endpoint(path string) (endpoint, bool) {
	head, id, hasID := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	if head = "/" + head; head == "/" && !hasID {
		return endpoint{"/", []method{{http.MethodGet, (*call).listRoot}}}, true
	}
	if t := p.typeAt(head); t != nil {
		return resourceEndpoint(t, id, hasID)
	}
	for _, d := range discoveries {
		if !strings.EqualFold(head, d.path) || hasID && d.one == nil {
			continue
		}
		if hasID {
			return endpoint{d.path + "/{id}", []method{{http.MethodGet, with(nil, id, d.one)}}}, true
		}
		return endpoint{d.path, []method{{http.MethodGet, d.all}}}, true
	}
	if strings.EqualFold(head, bulkPath) && !hasID {
		return endpoint{bulkPath, []method{{http.MethodPost, (*call).bulk}}}, true
	}
	switch {
	case hasID:
	case strings.EqualFold(head, searchPath):
		return endpoint{searchPath, []method{{http.MethodPost, (*call).searchRoot}}}, true
	case strings.EqualFold(head, mePath):
		return endpoint{mePath, []method{
			{http.MethodGet, me}, {http.MethodPost, me}, {http.MethodPut, me}, {http.MethodPatch, me}, {http.MethodDelete, me},
		}}, true
	}
	return endpoint{}, false
}

// typeAt returns the resource type of an endpoint, nil where there is none.
func (p *Provider) typeAt(endpoint string) *schema.ResourceType {
	for _, t := range p.Types {
		if strings.EqualFold(endpoint, t.Endpoint) {
			return t
		}
	}
	return nil
}

func resourceEndpoint(t *schema.ResourceType, id string, hasID bool) (endpoint, bool) {
	switch {
	case !hasID:
		return endpoint{t.Endpoint, []method{
			{http.MethodGet, permitted(t, "", false, (*call).list)}, {http.MethodPost, permitted(t, "", true, (*call).create)},
		}}, true
	case strings.EqualFold("/"+id, searchPath):
		return endpoint{t.Endpoint + searchPath, []method{{http.MethodPost, permitted(t, "", false, (*call).searchType)}}}, true
	}
	return endpoint{t.Endpoint + "/{id}", []method{
		{http.MethodGet, permitted(t, id, false, (*call).get)},
		{http.MethodPut, permitted(t, id, true, (*call).replace)},
		{http.MethodPatch, permitted(t, id, true, (*call).patch)},
		{http.MethodDelete, permitted(t, id, true, (*call).delete)},
	}}, true
}

func with(t *schema.ResourceType, id string, op operation) operation {
	return func(c *call) (Response, error) {
		c.t, c.id = t, id
		return op(c)
	}
}

// me answers for the alias of who is signed in (RFC 7644 section 3.11).
func me(*call) (Response, error) { return Response{}, errMe() }

func errMe() *scim.Error {
	return &scim.Error{
		Status: http.StatusNotImplemented, Rule: scim.RuleRequestMe,
		Detail: "There is no /Me here: the token belongs to an identity provider, and not to a user who could be meant. Find the user by a filter on /Users.",
	}
}
