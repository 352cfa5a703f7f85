package provider

import "net/http"

// get answers with one resource (RFC 7644 section 3.4.1).
func (c *call) get() (Response, error) {
	p, err := c.projection()
	if err != nil {
		return Response{}, err
	}
	d, err := c.Store.Get(c.ctx, c.t, c.id, c.read(p))
	if err != nil {
		return Response{}, c.storeError(err)
	}
	return c.document(http.StatusOK, d, p)
}

// delete removes one resource (RFC 7644 section 3.6).
func (c *call) delete() (Response, error) {
	if err := c.Store.Delete(c.ctx, c.t, Deletion{ID: c.id, At: c.now()}); err != nil {
		return Response{}, c.storeError(err)
	}
	return noContent(true), nil
}
