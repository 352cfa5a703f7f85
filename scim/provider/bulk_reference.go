package provider

import (
	"net/http"
	"strings"

	"github.com/askspoke/spoke/scim"
	"github.com/askspoke/spoke/scim/schema"
)

// bulkIDPrefix is what a reference to a bulkId begins with (RFC 7644 section 3.7.2).
const bulkIDPrefix = "bulkId:"

// findNeeds finds the creations that an operation refers to. One that nothing has is wrong with the operation.
func (b *bulk) findNeeds(op *bulkOperation) {
	if op.broken != nil {
		return
	}
	seen := make(map[string]bool)
	op.rewrite(func(name string, _ bool) string {
		need := b.byBulkID[name]
		switch {
		case seen[name]:
		case need == nil:
			op.breaks(conflict("No POST of this request has the bulkId %q, which the operation refers to.", name))
		default:
			op.needs = append(op.needs, need)
		}
		seen[name] = true
		return bulkIDPrefix + name
	})
	if op.broken != nil {
		op.needs = nil
	}
}

// conflict is what an operation gets whose references lead nowhere (RFC 7644 section 3.7.1).
func conflict(format, name string) *scim.Error {
	e := scim.BadRequest(scim.InvalidValue, format, schema.Shorten(name)).Breaks(scim.RuleBulkReference)
	e.Status = http.StatusConflict
	return e
}

// resolve puts ids in the place of the operation's references, now that what they mean was made, or is being made with
// it. It finishes the operation and returns false where something was wrong with it or them.
func (b *bulk) resolve(op *bulkOperation) bool {
	if op.broken != nil {
		b.finish(op, Response{}, op.broken)
		return false
	}
	for _, need := range op.needs {
		if need.err != nil {
			b.finish(op, Response{}, needFailed(need))
			return false
		}
	}
	if len(op.needs) > 0 {
		op.rewrite(func(name string, uri bool) string {
			need := b.byBulkID[name]
			if uri {
				return strings.TrimPrefix(need.t.Endpoint, "/") + "/" + need.newID
			}
			return need.newID
		})
	}
	return true
}

func needFailed(need *bulkOperation) *scim.Error {
	return conflict("The operation refers to the bulkId %q, whose own operation failed. Correct that one first.", need.bulkID)
}
