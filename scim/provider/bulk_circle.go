package provider

import (
	"context"
	"errors"
	"net/http"

	"github.com/askspoke/spoke/scim"
	"github.com/askspoke/spoke/scim/resource"
	"github.com/askspoke/spoke/scim/schema"
)

// circle makes resources that refer to each other (RFC 7644 section 3.7.1), all or none. Their ids are known before, so
// that references that need nobody behind them stand from the beginning; a group gets the members that come after it
// when they are there.
func (b *bulk) circle(operations []*bulkOperation) {
	pending := make(map[string]bool, len(operations))
	for _, op := range operations {
		pending[op.newID] = true
	}
	calls := make([]*call, len(operations))
	responses := make([]Response, len(operations))
	for i, op := range operations {
		if !b.resolve(op) {
			b.undo(operations, calls[:i])
			return
		}
		c := b.part(op)
		c.part.pending = pending
		run, _, _ := b.route(op.method, op.path)
		var err error
		if responses[i], err = run(c); err != nil {
			b.finish(op, Response{}, err)
			b.undo(operations, calls[:i])
			return
		}
		calls[i] = c
		delete(pending, op.newID)
	}
	for i, op := range operations {
		if err := calls[i].complete(&responses[i]); err != nil {
			b.finish(op, Response{}, err)
			b.undo(operations, calls)
			return
		}
	}
	for i, op := range operations {
		b.finish(op, responses[i], nil)
	}
}

// complete gives a new group the members that were not there when it was made.
func (c *call) complete(response *Response) error {
	if len(c.part.later) == 0 {
		return nil
	}
	updated, err := c.Store.Update(c.ctx, c.t, Update{ID: c.part.id, At: c.now(), Members: Members{Add: c.part.later}}, Read{Base: c.Base})
	if err == nil {
		response.ETag = resource.Document{Version: updated.Version}.ETag()
		return nil
	}
	c.id = c.part.id
	err = c.storeError(err)
	var refusal *scim.Error
	if errors.As(err, &refusal) {
		err = conflict("The references go round in a circle that cannot be made: %s", refusal.Detail).About(refusal.Attribute)
	}
	return err
}

// undo takes away what was made of a circle, and fails those of its operations that have not failed themselves.
func (b *bulk) undo(operations []*bulkOperation, made []*call) {
	var failed *bulkOperation
	for _, op := range operations {
		if op.done {
			failed = op
		}
	}
	left := make(map[string]error)
	for i := len(made) - 1; i >= 0; i-- {
		c := made[i]
		ctx := context.WithoutCancel(c.ctx) // who hangs up in the middle must not leave a half
		if err := c.Store.Delete(ctx, c.t, Deletion{ID: c.part.id, At: c.now(), Undo: true}); err != nil {
			left[c.part.id] = err
		}
	}
	for _, op := range operations {
		switch err := left[op.newID]; {
		case err != nil && op.done:
			op.err = remains(op, err)
			op.status = op.err.Status
		case err != nil:
			b.finish(op, Response{}, remains(op, err))
		case !op.done:
			b.finish(op, Response{}, needFailed(failed))
		}
	}
}

// remains says that a resource of a failed circle is still there.
func remains(op *bulkOperation, err error) *scim.Error {
	return &scim.Error{
		Status: http.StatusInternalServerError, Rule: scim.RuleBulkRemains, Err: err,
		Detail: "The " + op.t.Name + " " + schema.Shorten(op.newID) + " was created without its references, which failed, and could not be removed again. Delete it.",
	}
}
