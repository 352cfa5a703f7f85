package provider

import (
	"net/http"
	"strings"

	"github.com/askspoke/spoke/scim"
	"github.com/askspoke/spoke/scim/schema"
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
		names = append(names, m.name)
	}
	return nil, e.route, strings.Join(names, ", ")
}

func (p *Provider) endpoint(path string) (endpoint, bool) {
	head, id, hasID := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	head = "/" + head
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
	for _, known := range [...]string{"/Me", "/.search"} {
		if strings.EqualFold(head, known) && !hasID {
			return endpoint{known, []method{
				{http.MethodGet, notImplemented},
				{http.MethodPost, notImplemented},
				{http.MethodPut, notImplemented},
				{http.MethodPatch, notImplemented},
				{http.MethodDelete, notImplemented},
			}}, true
		}
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
			{http.MethodGet, with(t, "", (*call).list)}, {http.MethodPost, with(t, "", (*call).create)},
		}}, true
	case id == ".search":
		return endpoint{t.Endpoint + "/.search", []method{{http.MethodPost, notImplemented}}}, true
	}
	return endpoint{t.Endpoint + "/{id}", []method{
		{http.MethodGet, with(t, id, (*call).get)},
		{http.MethodPut, with(t, id, (*call).replace)},
		{http.MethodPatch, with(t, id, (*call).patch)},
		{http.MethodDelete, with(t, id, (*call).delete)},
	}}, true
}

func with(t *schema.ResourceType, id string, op operation) operation {
	return func(c *call) (Response, error) {
		c.t, c.id = t, id
		return op(c)
	}
}

// notImplemented answers for what the protocol knows and this provider has not (RFC 7644 section 3.12, 501).
func notImplemented(c *call) (Response, error) {
	return Response{}, &scim.Error{
		Status: http.StatusNotImplemented,
		Detail: "This service provider does not support " + schema.Shorten(c.request.Path) + ". ServiceProviderConfig says what it supports.",
	}
}
