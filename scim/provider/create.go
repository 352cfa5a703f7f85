package provider

import (
	"net/http"

	"github.com/askspoke/spoke/scim/resource"
)

// create answers POST with the new resource (RFC 7644 section 3.3).
func (c *call) create() (Response, error) {
	p, err := c.projection()
	if err != nil {
		return Response{}, err
	}
	draft, err := c.draft()
	if err != nil {
		return Response{}, err
	}
	p = p.Wrote(resource.Paths(c.t, draft.Object))
	d, err := c.Store.Create(c.ctx, c.t, draft, c.read(p))
	if err != nil {
		return Response{}, c.storeError(err)
	}
	return c.changed(http.StatusCreated, d, p, true)
}

// draft is the resource that the body describes, ready for the store.
func (c *call) draft() (Draft, error) {
	_, object, members, err := c.decode()
	if err != nil {
		return Draft{}, err
	}
	c.setDefaults(object)
	draft := Draft{ID: c.newID(), At: c.now(), Object: object, Members: c.part.present(members)}
	if err = c.finish(nil, object, draft.ID); err != nil {
		return Draft{}, err
	}
	draft.Body = resource.Encode(c.t, object)
	return draft, nil
}
