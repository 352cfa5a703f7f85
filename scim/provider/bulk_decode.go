package provider

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/askspoke/spoke/scim"
	"github.com/askspoke/spoke/scim/resource"
	"github.com/askspoke/spoke/scim/schema"
)

// The messages of RFC 7644 section 3.7.
const (
	BulkRequestSchema  = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
	BulkResponseSchema = "urn:ietf:params:scim:api:messages:2.0:BulkResponse"
)

// bulkRequest is the message. The bodies of its operations are as the client sent them.
type bulkRequest struct {
	failOnErrors int // 0: whatever fails, the rest is tried
	operations   []*bulkOperation
	byBulkID     map[string]*bulkOperation // the creations
}

// bulkOperation is one operation of a bulk and what became of it.
type bulkOperation struct {
	method, bulkID, path string
	rawPath              string         // as the client sent it
	condition            string         // the version that the resource must have; "" for any
	data                 map[string]any // nil: none
	t                    *schema.ResourceType
	id                   string      // in the path
	newID                string      // that the new resource gets
	broken               *scim.Error // what is wrong with the operation by itself
	needs                []*bulkOperation
	unit                 *unit

	done, changed bool
	status        int
	version       string
	err           *scim.Error
}

// creates tells that the operation is a creation with nothing wrong so far.
func (o *bulkOperation) creates() bool {
	return o.broken == nil && o.method == http.MethodPost && o.id == ""
}

// decodeBulk reads the message. What is wrong with the message is wrong for all of it; what is wrong with one operation
// is left to its turn.
func (c *call) decodeBulk() (bulkRequest, error) {
	var request bulkRequest
	body, err := resource.Decode(c.request.Body, c.lenient)
	if err != nil {
		return request, err
	}
	if !listed(body, BulkRequestSchema) && !c.lenient.Allow(scim.MissingSchemas) {
		return request, scim.BadRequest(scim.InvalidValue, "schemas must name %s.", BulkRequestSchema).Breaks(scim.RuleBodySchemas).About("schemas")
	}
	if request.failOnErrors, err = failOnErrors(body); err != nil {
		return request, err
	}
	value, _ := member(body, "Operations")
	list, ok := value.([]any)
	switch {
	case !ok || len(list) == 0:
		return request, scim.BadRequest(scim.InvalidSyntax, "Operations must be a list of at least one operation.").Breaks(scim.RuleBulkMessage)
	case len(list) > MaxBulkOperations:
		return request, &scim.Error{
			Status: http.StatusRequestEntityTooLarge, Rule: scim.RuleBulkSize,
			Detail: "The bulk request has " + strconv.Itoa(len(list)) + " operations, more than maxOperations (" + strconv.Itoa(MaxBulkOperations) + "). Send them in several requests.",
		}
	}
	request.operations, request.byBulkID = make([]*bulkOperation, len(list)), make(map[string]*bulkOperation)
	for i, item := range list {
		fields, ok := item.(map[string]any)
		if !ok {
			return request, scim.BadRequest(scim.InvalidSyntax, "Operation %d must be an object with method, path and data.", i+1).Breaks(scim.RuleBulkMessage)
		}
		op := c.decodeOperation(fields)
		request.operations[i] = op
		if op.method != http.MethodPost || op.bulkID == "" {
			continue
		}
		if request.byBulkID[op.bulkID] != nil {
			return request, scim.BadRequest(scim.InvalidValue, "Two operations have the bulkId %q. Give each its own.", schema.Shorten(op.bulkID)).Breaks(scim.RuleBulkMessage)
		}
		request.byBulkID[op.bulkID] = op
	}
	return request, nil
}

func failOnErrors(body map[string]any) (int, error) {
	value, _ := member(body, "failOnErrors")
	if value == nil {
		return 0, nil
	}
	number, _ := value.(json.Number)
	n, err := strconv.ParseInt(number.String(), 10, 32)
	if err != nil || n < 1 {
		return 0, scim.BadRequest(scim.InvalidValue, "failOnErrors must be a whole number from 1 on: after so many errors the rest is not tried. Leave it out to have all tried.").Breaks(scim.RuleBulkMessage)
	}
	return int(n), nil
}

// decodeOperation reads one operation. Its names have no case.
func (c *call) decodeOperation(fields map[string]any) *bulkOperation {
	op := &bulkOperation{}
	text := func(name string) string {
		value, _ := member(fields, name)
		s, ok := value.(string)
		if !ok && value != nil {
			op.breaks(scim.BadRequest(scim.InvalidSyntax, "%s must be a string.", name).Breaks(scim.RuleBulkOperation))
		}
		return s
	}
	op.method, op.bulkID, op.condition = text("method"), text("bulkId"), text("version")
	op.rawPath = text("path")
	if upper := strings.ToUpper(op.method); slices.Contains(bulkMethods, upper) && (upper == op.method || c.lenient.Allow(scim.OperationCase)) {
		op.method = upper
	} else {
		op.breaks(scim.BadRequest(scim.InvalidValue, "method must be one of POST, PUT, PATCH and DELETE, not %q.", schema.Shorten(op.method)).Breaks(scim.RuleBulkOperation))
	}
	c.decodePath(op, op.rawPath)
	data, _ := member(fields, "data")
	var ok bool
	switch op.data, ok = data.(map[string]any); {
	case op.method == http.MethodDelete:
		op.data = nil
	case data == nil:
		op.breaks(scim.BadRequest(scim.InvalidValue, "The operation needs data: the body that the request would have by itself.").Breaks(scim.RuleBulkOperation))
	case !ok:
		op.breaks(scim.BadRequest(scim.InvalidSyntax, "data must be an object.").Breaks(scim.RuleBulkOperation))
	}
	if run, route, allow := c.route(op.method, op.path); op.broken == nil && run == nil {
		op.breaks(notAllowed(route, op.method, allow))
	}
	if op.method == http.MethodPost && op.bulkID == "" {
		op.breaks(scim.BadRequest(scim.InvalidValue, "A POST in a bulk request needs a bulkId: a name of its own that the answer repeats.").Breaks(scim.RuleBulkOperation))
	}
	if op.creates() {
		op.newID = c.newID()
	}
	return op
}

var bulkMethods = []string{http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete}

// breaks notes what is wrong with an operation; what was found first is told.
func (o *bulkOperation) breaks(err *scim.Error) {
	if o.broken == nil {
		o.broken = err
	}
}

// decodePath reads the path, which must name a resource type or a resource: an operation cannot be a search, a look at
// the schemas, or another bulk.
func (c *call) decodePath(op *bulkOperation, raw string) {
	path, err := url.PathUnescape(raw)
	if err != nil || strings.ContainsRune(path, 0) || strings.ContainsAny(raw, "?#") {
		op.breaks(scim.BadRequest(scim.InvalidValue, "The path %q is no path below the base: it looks like /Users or /Users/2819c223, without a host or a query.", schema.Shorten(raw)).Breaks(scim.RuleBulkOperation))
		return
	}
	op.path = cleanPath(path)
	head, id, _ := strings.Cut(op.path[1:], "/")
	// What is refused gets the status that the request would have by itself (RFC 7644 section 3.7.3).
	op.t = c.typeAt("/" + head)
	_, known := c.endpoint(op.path)
	run, route, allow := c.route(op.method, op.path)
	switch {
	case raw == "":
		op.breaks(scim.BadRequest(scim.InvalidValue, "The operation needs a path, such as /Users or /Users/2819c223.").Breaks(scim.RuleBulkOperation))
	case op.t == nil && !known:
		op.breaks(scim.NotFound("There is no endpoint %s here. The operations of a bulk change /Users and /Groups.", schema.Shorten(raw)).Breaks(scim.RuleRequestEndpoint))
	case op.t == nil && strings.EqualFold(op.path, mePath):
		op.breaks(errMe())
	case run == nil && (op.t == nil || strings.EqualFold(id, searchPath[1:])):
		op.t = nil
		op.breaks(notAllowed(route, op.method, allow))
	case op.t == nil || strings.EqualFold(id, searchPath[1:]):
		op.t = nil
		op.breaks(scim.BadRequest(scim.InvalidValue, "An operation of a bulk cannot be a request to %s: it creates, changes or deletes a User or a Group.", schema.Shorten(raw)).Breaks(scim.RuleBulkOperation))
	default:
		op.id = id
	}
}
