package provider

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/askspoke/spoke/scim"
	"github.com/askspoke/spoke/scim/schema"
)

// Limits of a bulk request (RFC 7644 section 3.7.4). ServiceProviderConfig publishes both.
const (
	MaxBulkOperations = 1000
	MaxBulkSize       = 4 << 20 // bytes
)

const bulkPath = "/Bulk"

// IsBulk says whether a path, as ParsePath returns it, is that of bulks.
func IsBulk(path string) bool { return strings.EqualFold(path, bulkPath) }

// IsSearch says whether a POST to a path, as ParsePath returns it, reads only.
func IsSearch(path string) bool {
	at := max(0, len(path)-len(searchPath))
	return strings.EqualFold(path[at:], searchPath)
}

// maxBulkTime is how long a bulk may take before the rest of it is not tried any more. Servers end a connection some time
// later, and the client would not learn what was done.
const maxBulkTime = time.Minute

// maxFailures is how many operations in a row the store may fail on before the rest is not tried any more.
const maxFailures = 3

// bulk answers POST /Bulk (RFC 7644 section 3.7). The operations run in the order of the request, but for those that
// refer to one behind them: they run as soon as that one is done. Each is atomic, the whole is not.
func (c *call) bulk() (Response, error) {
	request, err := c.decodeBulk()
	if err != nil {
		return Response{}, err
	}
	b := &bulk{call: c, bulkRequest: request, deadline: c.now().Add(maxBulkTime)}
	b.plan()
	for len(b.ready) > 0 && !b.over() {
		b.step()
	}
	response := b.response()
	switch {
	case errors.Is(c.ctx.Err(), context.Canceled):
		return response, c.ctx.Err()
	case b.failed > 0 && b.failed == b.processed:
		return response, b.failure
	}
	return response, nil
}

// bulk is a bulk request on its way.
type bulk struct {
	*call
	bulkRequest
	ready                              []*unit // those that may run, the one that comes first in the request at the front
	deadline                           time.Time
	processed, refused, failed, inARow int
	failure                            error // the first failure of the store
}

// over tells that no further operation is tried: enough have failed for the client, or the store fails on all of them,
// or it takes too long, or nobody waits any more.
func (b *bulk) over() bool {
	return b.failOnErrors > 0 && b.budget() <= 0 || b.inARow >= maxFailures || b.ctx.Err() != nil || b.now().After(b.deadline)
}

// budget is how many operations may fail before the client wants no more of them to run.
func (b *bulk) budget() int {
	if b.failOnErrors == 0 {
		return len(b.operations)
	}
	return b.failOnErrors - b.refused - b.failed
}

// step runs what comes next: creations of one type that do not need each other as one batch, or one unit.
func (b *bulk) step() {
	first := b.next()
	switch op := first.operations[0]; {
	case first.circular:
		b.circle(first.operations)
	case !op.creates():
		b.perform(op)
	default:
		batch := []*bulkOperation{op}
		for len(b.ready) > 0 && len(batch) < b.budget() && b.ready[0].joins(op.t) {
			batch = append(batch, b.next().operations[0])
		}
		b.createAll(batch)
	}
}

// perform runs one operation the way that a request by itself takes.
func (b *bulk) perform(op *bulkOperation) {
	if !b.resolve(op) {
		return
	}
	run, _, _ := b.route(op.method, op.path)
	response, err := run(b.part(op))
	b.finish(op, response, err)
}

// createAll runs creations of one resource type, with one call of the store.
func (b *bulk) createAll(batch []*bulkOperation) {
	var drafts []Draft
	var calls []*call
	var drafted []*bulkOperation
	for _, op := range batch {
		if !b.resolve(op) {
			continue
		}
		c := b.part(op)
		c.t = op.t
		err := c.permit(c.t, true)
		var draft Draft
		if err == nil {
			draft, err = c.draft()
		}
		if err != nil {
			b.finish(op, Response{}, err)
			continue
		}
		drafts, calls, drafted = append(drafts, draft), append(calls, c), append(drafted, op)
	}
	if len(drafts) == 0 {
		return
	}
	for i, created := range b.Store.CreateAll(b.ctx, batch[0].t, drafts, Read{Base: b.Base}) {
		if created.Err != nil {
			b.finish(drafted[i], Response{}, calls[i].storeError(created.Err))
			continue
		}
		d := created.Document
		b.finish(drafted[i], Response{Status: http.StatusCreated, ETag: d.ETag(), Changed: true}, nil)
	}
}

// part returns the call that an operation is.
func (b *bulk) part(op *bulkOperation) *call {
	c := &call{
		Provider: b.Provider, ctx: b.ctx, lenient: b.lenient,
		request: Request{Method: op.method, Path: op.path},
		part:    &part{data: op.data, id: op.newID},
	}
	if op.method != http.MethodPost {
		c.request.IfMatch = op.condition
	}
	return c
}

// finish notes what became of an operation.
func (b *bulk) finish(op *bulkOperation, response Response, err error) {
	op.done = true
	b.processed++
	op.status, op.version, op.changed = response.Status, response.ETag, response.Changed
	if err == nil {
		b.inARow = 0
		return
	}
	var refusal *scim.Error
	if errors.As(err, &refusal) {
		b.refused++
		b.inARow = 0
	} else {
		b.failed++
		b.inARow++
		if b.failure == nil {
			b.failure = err
		}
		refusal = b.fail(err)
	}
	op.err, op.status = refusal, refusal.Status
}

func (b *bulk) fail(err error) *scim.Error {
	if b.Failure != nil {
		return b.Failure(err)
	}
	return scim.AsError(err)
}

// notAllowed is the 405 of an endpoint.
func notAllowed(route, method, allow string) *scim.Error {
	return &scim.Error{
		Status: http.StatusMethodNotAllowed, Rule: scim.RuleRequestMethod,
		Detail: "The endpoint " + route + " does not take " + schema.Shorten(method) + ". It takes " + allow + ".",
	}
}
