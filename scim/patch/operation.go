// Package patch reads PATCH requests (RFC 7644 section 3.5.2) and applies them to a resource as a value.
//
// It understands the RFC and, where the request's scim.Leniency allows, the dialects that identity providers speak
// instead. It keeps no state and knows no store: the relation of a resource type (the members of a group) is not in the
// value that it changes, so changes of it are returned as edits, whose cost depends on the change and not on the group.
//
// Invariants: the object passed in is never modified; an error returns no object; what is returned is canonical, and
// deeply equal to what was passed in where the operations change nothing. Required attributes that are absent
// altogether, and the schemas attribute, are the business of schema.ResourceType.Finish.
package patch

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/askspoke/spoke/scim"
	"github.com/askspoke/spoke/scim/schema"
)

// MessageSchema is the URN of a PATCH body (RFC 7644 section 3.5.2).
const MessageSchema = "urn:ietf:params:scim:api:messages:2.0:PatchOp"

// MaxOperations is how many operations one request may hold.
const MaxOperations = 2000

// Op is what an operation does.
type Op string

// The operations of RFC 7644 section 3.5.2.
const (
	Add     Op = "add"
	Remove  Op = "remove"
	Replace Op = "replace"
)

// Operation is one change of a request. An empty Path means the resource itself. HasValue tells a null Value from an
// absent one.
type Operation struct {
	Op       Op
	Path     string
	Value    any
	HasValue bool
}

// Decode reads the body of a PATCH, as resource.Decode returned it. The names of its members have no case (RFC 7643
// section 2.1); members that no operation has are ignored. The error is a 400 that names the operation by its place,
// counted from 1; no operations at all is invalidSyntax, and more than MaxOperations are 413.
func Decode(body map[string]any, lenient *scim.Leniency) ([]Operation, error) {
	if err := checkSchemas(body, lenient); err != nil {
		return nil, err
	}
	value, _ := member(body, "operations")
	list, ok := value.([]any)
	switch {
	case !ok || len(list) == 0:
		return nil, scim.BadRequest(scim.InvalidSyntax, "Operations must be a list of at least one operation.").Breaks(scim.RulePatchOperations)
	case len(list) > MaxOperations:
		return nil, tooLarge("The request holds %d operations, at most %d are applied: send them in several requests.", len(list), MaxOperations)
	}
	ops := make([]Operation, len(list))
	for i, item := range list {
		op, err := decodeOperation(item, lenient)
		if err != nil {
			return nil, at(i, err)
		}
		ops[i] = op
	}
	return ops, nil
}

// tooLarge is 413 as for a bulk with too many operations (RFC 7644 section 3.7.4): tooMany is of queries alone (table 9).
func tooLarge(format string, args ...any) *scim.Error {
	return &scim.Error{Status: http.StatusRequestEntityTooLarge, Rule: scim.RulePatchSize, Detail: fmt.Sprintf(format, args...)}
}

func checkSchemas(body map[string]any, lenient *scim.Leniency) error {
	value, _ := member(body, "schemas")
	urns, _ := value.([]any)
	for _, urn := range urns {
		if text, ok := urn.(string); ok && strings.EqualFold(text, MessageSchema) {
			return nil
		}
	}
	if lenient.Allow(scim.MissingSchemas) {
		return nil
	}
	return scim.BadRequest(scim.InvalidValue, "schemas must name %s.", MessageSchema).Breaks(scim.RuleBodySchemas).About("schemas")
}

func decodeOperation(item any, lenient *scim.Leniency) (Operation, error) {
	object, ok := item.(map[string]any)
	if !ok {
		return Operation{}, scim.BadRequest(scim.InvalidSyntax, "An operation must be an object with op, path and value.").Breaks(scim.RulePatchOperations)
	}
	var op Operation
	var err error
	name, _ := member(object, "op")
	if op.Op, err = decodeOp(name, lenient); err != nil {
		return op, err
	}
	path, _ := member(object, "path")
	if op.Path, ok = path.(string); !ok && path != nil {
		return op, scim.BadRequest(scim.InvalidPath, "path must be a string.").Breaks(scim.RulePatchPath)
	}
	op.Value, op.HasValue = member(object, "value")
	return op, op.check()
}

func decodeOp(value any, lenient *scim.Leniency) (Op, error) {
	name, ok := value.(string)
	if !ok {
		return "", scim.BadRequest(scim.InvalidSyntax, "op must be one of add, remove and replace.").Breaks(scim.RulePatchOperations)
	}
	op := Op(strings.ToLower(name))
	if op != Add && op != Remove && op != Replace || string(op) != name && !lenient.Allow(scim.OperationCase) {
		return "", scim.BadRequest(scim.InvalidSyntax, "op must be one of add, remove and replace, not %q.", schema.Shorten(name)).Breaks(scim.RulePatchOperations)
	}
	return op, nil
}

// check refuses an operation that lacks what its op needs.
func (o Operation) check() error {
	switch {
	case o.Op != Add && o.Op != Remove && o.Op != Replace:
		return scim.BadRequest(scim.InvalidSyntax, "op must be one of add, remove and replace.").Breaks(scim.RulePatchOperations)
	case o.Op == Remove && o.Path == "":
		return scim.BadRequest(scim.NoTarget, "A remove needs a path that says what to remove.").Breaks(scim.RulePatchNoTarget)
	case o.Op != Remove && !o.HasValue:
		return scim.BadRequest(scim.InvalidValue, "The operation %s needs a value.", o.Op).Breaks(scim.RulePatchValue).About(schema.Shorten(o.Path))
	}
	return nil
}

// member returns the member of that lower-case name. resource.Decode lets no two names differ in case alone.
func member(object map[string]any, name string) (value any, ok bool) {
	for key, value := range object {
		if strings.ToLower(key) == name {
			return value, true
		}
	}
	return nil, false
}

// at says in an error's detail which operation failed.
func at(i int, err error) error {
	var e *scim.Error
	if !errors.As(err, &e) {
		return err
	}
	placed := *e
	placed.Detail = fmt.Sprintf("Operation %d: %s", i+1, e.Detail)
	return &placed
}
