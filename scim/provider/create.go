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
	_, object, members, err := c.decode()
	if err != nil {
		return Response{}, err
	}
	c.setDefaults(object)
	draft := Draft{ID: c.newID(), At: c.now(), Object: object, Members: members}
	if err = c.finish(object, draft.ID); err != nil {
		return Response{}, err
	}
	draft.Body = resource.Encode(c.t, object)
	d, err := c.Store.Create(c.ctx, c.t, draft, c.read(p))
	if err != nil {
		return Response{}, c.storeError(err)
	}
	return c.changed(http.StatusCreated, d, p, true)
}
