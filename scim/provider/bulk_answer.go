package provider

import (
	"cmp"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/askspoke/spoke/scim"
	"github.com/askspoke/spoke/scim/schema"
)

// bulkResult is one operation in the answer. status is a string, as in the text and most figures of RFC 7644 section 3.7.
type bulkResult struct {
	Location string          `json:"location,omitempty"`
	Method   string          `json:"method,omitempty"`
	BulkID   string          `json:"bulkId,omitempty"`
	Version  string          `json:"version,omitempty"`
	Status   string          `json:"status"`
	Response json.RawMessage `json:"response,omitempty"`
}

// response lists the operations that were processed, in the order of the request. Those that were not since nobody
// could are listed as failed; those that were not since the client wanted no more after so many errors are left out.
func (b *bulk) response() Response {
	var r Response
	results := make([]bulkResult, 0, len(b.operations))
	stopped := b.failOnErrors > 0 && b.budget() <= 0
	for _, op := range b.operations {
		if !op.done {
			if stopped {
				continue
			}
			op.err = &scim.Error{
				Status: http.StatusServiceUnavailable, Rule: scim.RuleBulkNotTried,
				Detail: "The operation was not tried: the server failed on those before it, or had no more time. Send it again.",
			}
			op.status = op.err.Status
		}
		results = append(results, b.result(op))
		r.Changed = r.Changed || op.changed
		r.Operations = append(r.Operations, op.outcome())
	}
	body, err := json.Marshal(struct {
		Schemas    []string     `json:"schemas"`
		Operations []bulkResult `json:"Operations"`
	}{[]string{BulkResponseSchema}, results})
	if err != nil {
		panic("encode structs of strings: " + err.Error())
	}
	r.Status, r.Body = http.StatusOK, body
	return r
}

func (b *bulk) result(op *bulkOperation) bulkResult {
	result := bulkResult{
		Location: b.location(op), Method: schema.Shorten(op.method), BulkID: op.bulkID, Version: op.version,
	}
	answer := Response{Status: op.status}
	if op.err != nil {
		answer = Error(op.err)
	}
	result.Status, result.Response = strconv.Itoa(answer.Status), answer.Body
	return result
}

// location is the URI of the operation's resource: "" where a creation failed, or no resource was named.
func (b *bulk) location(op *bulkOperation) string {
	id := op.id
	if op.method == http.MethodPost {
		if id = op.newID; op.err != nil {
			return ""
		}
	}
	if op.t == nil || id == "" || strings.HasPrefix(id, bulkIDPrefix) {
		return ""
	}
	return b.Base + op.t.Endpoint + "/" + url.PathEscape(id)
}

// outcome is what who counts reads of it.
func (o *bulkOperation) outcome() Operation {
	outcome := Operation{Status: o.status, Changed: o.changed, Error: o.err}
	if o.err != nil {
		outcome.Path, outcome.Data = cmp.Or(o.path, o.rawPath), o.data
	}
	if slices.Contains(bulkMethods, o.method) {
		outcome.Method = o.method
	}
	if o.t != nil {
		outcome.Route = o.t.Endpoint
		if o.id != "" {
			outcome.Route += "/{id}"
		}
	}
	return outcome
}
