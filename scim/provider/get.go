package provider

import (
	"errors"
	"net/http"

	"github.com/askspoke/spoke/scim/resource"
)

// get answers with one resource (RFC 7644 section 3.4.1), or with 304 where the client has this version already.
func (c *call) get() (Response, error) {
	p, err := c.projection()
	if err != nil {
		return Response{}, err
	}
	d, err := c.Store.Get(c.ctx, c.t, c.id, c.read(p))
	if err != nil {
		return Response{}, c.storeError(err)
	}
	condition := c.condition()
	switch {
	case condition.match.given && !condition.match.has(d.Version):
		return Response{}, c.errPrecondition()
	case condition.none.has(d.Version):
		location := d.Location(c.t, c.Base)
		return Response{Status: http.StatusNotModified, Location: location, ContentLocation: location, ETag: d.ETag()}, nil
	}
	return c.document(http.StatusOK, d, p)
}

// getChanged answers a change with the resource as it is now, whatever the conditions of the change were.
func (c *call) getChanged(p resource.Projection, changed bool) (Response, error) {
	d, err := c.Store.Get(c.ctx, c.t, c.id, c.read(p))
	if err != nil {
		return Response{}, c.storeError(err)
	}
	return c.changed(http.StatusOK, d, p, changed)
}

// delete removes one resource (RFC 7644 section 3.6).
func (c *call) delete() (Response, error) {
	version, err := c.pin()
	if err != nil {
		return Response{}, err
	}
	err = c.Store.Delete(c.ctx, c.t, Deletion{ID: c.id, Version: version, At: c.now()})
	switch {
	case errors.Is(err, ErrVersion):
		return Response{}, c.errPrecondition()
	case err != nil:
		return Response{}, c.storeError(err)
	}
	return noContent(true), nil
}
