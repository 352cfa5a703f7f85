package patch

import (
	"maps"
	"reflect"
	"slices"

	"github.com/askspoke/spoke/scim"
	"github.com/askspoke/spoke/scim/schema"
)

// maxWork bounds how many elements of multi-valued attributes one request may look at, at some microseconds each, so
// that many operations on long lists cannot occupy a server. A hundred operations on 1,000 roles are less than half.
const maxWork = 250_000

// Result is what operations lead to.
type Result struct {
	// Object is the changed resource: canonical, and sharing with the one that was passed in what did not change.
	Object map[string]any
	// Relation lists, in order, the changes of the resource type's relation, which is no part of the object.
	Relation []Edit
	// Written are the canonical paths of the attributes that the operations name, changed or not, without sub-attributes.
	// They may repeat.
	Written []string
}

// Apply applies the operations in order, each to what the one before led to, all or none (RFC 7644 section 3.5.2). The
// object is canonical, as resource.Document.Object returns it, and is not modified. The error is a 400 that names the
// operation by its place, or 413 where they would look at more than 250,000 elements of multi-valued attributes.
func Apply(t *schema.ResourceType, object map[string]any, ops []Operation, lenient *scim.Leniency) (Result, error) {
	e := &editor{t: t, object: make(map[string]any, len(object)+1), lenient: lenient}
	maps.Copy(e.object, object)
	for i, op := range ops {
		e.place = i
		if err := e.apply(op); err != nil {
			return Result{}, at(i, err)
		}
	}
	return Result{Object: e.object, Relation: e.edits, Written: e.written}, nil
}

// editor holds the evolving resource. The top-level map is its own; everything below may be shared with the caller and
// is copied before it is changed.
type editor struct {
	t       *schema.ResourceType
	object  map[string]any
	edits   []Edit
	written []string
	lenient *scim.Leniency
	work    int
	place   int // of the operation that is being applied
}

func (e *editor) apply(op Operation) error {
	if err := op.check(); err != nil {
		return err
	}
	if op.Path == "" {
		object, ok := op.Value.(map[string]any)
		if !ok {
			return scim.BadRequest(scim.InvalidValue, "Without a path, value must be an object that holds attributes of the resource.").Breaks(scim.RulePatchValue)
		}
		return e.members(op.Op, "", object)
	}
	if e.t.IsCore(op.Path) && op.Op != Remove && e.lenient.Allow(scim.PathKeys) {
		return e.core(op.Op, op.Value)
	}
	target, err := ParsePath(e.t, op.Path, e.lenient)
	if err != nil {
		return err
	}
	if op.Op == Remove && op.HasValue && op.Value == nil && target.isWhole(e.t.Relation) && !readOnly(target.Ref) {
		// A program that meant an empty list writes null as easily as one that meant all.
		return scim.BadRequest(scim.InvalidValue, "The value is null. To remove some of %[1]s, list them; to remove all, leave value out.", e.t.Relation).Breaks(scim.RulePatchValue).About(e.t.Relation)
	}
	return e.write(op.Op, target, op.Value)
}

// isWhole tells whether the path names that attribute of the core schema, and no part of it.
func (p Target) isWhole(name string) bool {
	return !p.Ref.Extension && p.Ref.Attribute != nil && p.Ref.Attribute.Name == name && p.Ref.Sub == nil && p.Where == nil
}

// write does one operation at one target.
func (e *editor) write(op Op, target Target, value any) error {
	ref := target.Ref
	if ref.Attribute == nil {
		return e.extension(op, ref, value)
	}
	e.written = append(e.written, schema.Ref{Schema: ref.Schema, Extension: ref.Extension, Attribute: ref.Attribute}.String())
	switch {
	case readOnly(ref):
		return scim.BadRequest(scim.Mutability, "%s is read-only: the server sets it.", ref).Breaks(scim.RuleAttributeReadOnly).About(ref.String())
	case isSchemas(ref):
		return e.schemas(op, target, value)
	case !ref.Extension && ref.Attribute.Name == e.t.Relation:
		return e.relate(op, target, value)
	case ref.Attribute.MultiValued:
		return e.multi(op, target, value)
	case ref.Sub != nil:
		return e.sub(op, ref, value)
	case ref.Attribute.Type == schema.Complex && op != Remove:
		return e.complex(op, ref, value)
	default:
		return e.single(op, ref, value)
	}
}

// schemas refuses what no resource can have there. What is accepted has no effect: Finish computes it.
func (e *editor) schemas(op Op, target Target, value any) error {
	if op == Remove {
		return required(op, target.Ref.Attribute, true, target.Ref)
	}
	if _, ok := value.([]any); !ok && value != nil && op == Add {
		value = []any{value}
	}
	return e.t.CheckSchemas(value, op == Replace && target.Where == nil, e.lenient)
}

// isSchemas tells whether ref is the attribute schemas.
func isSchemas(ref schema.Ref) bool {
	return !ref.Extension && ref.Attribute != nil && ref.Attribute.Name == "schemas"
}

// get returns the stored value of an attribute, nil where it is absent.
func (e *editor) get(ref schema.Ref) any {
	fields := e.object
	if ref.Extension {
		fields, _ = e.object[ref.Schema.ID].(map[string]any)
	}
	return fields[ref.Attribute.Name]
}

// set stores the canonical value of an attribute, nil for none, where its characteristics allow that.
func (e *editor) set(op Op, ref schema.Ref, value any) error {
	a, old := ref.Attribute, e.get(ref)
	whole := schema.Ref{Schema: ref.Schema, Extension: ref.Extension, Attribute: a}
	if err := required(op, a, value == nil || value == "", whole); err != nil {
		return err
	}
	if reflect.DeepEqual(old, value) || a.Returned == schema.Never {
		return nil
	}
	if a.Mutability == schema.Immutable && old != nil {
		if a.Same(old, value) {
			return nil
		}
		return scim.BadRequest(scim.Mutability, "%s is immutable: it has a value, which cannot be changed.", whole).Breaks(scim.RuleAttributeImmutable).About(whole.String())
	}
	if !ref.Extension {
		put(e.object, a.Name, value)
		return nil
	}
	fields, _ := e.object[ref.Schema.ID].(map[string]any)
	fields = clone(fields)
	put(fields, a.Name, value)
	if len(fields) == 0 {
		delete(e.object, ref.Schema.ID)
	} else {
		e.object[ref.Schema.ID] = fields
	}
	return nil
}

// required refuses to take the value of a required attribute: a remove with mutability (RFC 7644 section 3.5.2.2), an
// empty value with invalidValue.
func required(op Op, a *schema.Attribute, gone bool, ref schema.Ref) error {
	switch {
	case !a.Required || !gone:
		return nil
	case op == Remove:
		return scim.BadRequest(scim.Mutability, "%s is required: it can be replaced, not removed.", ref).Breaks(scim.RulePatchRequired).About(ref.String())
	default:
		return scim.BadRequest(scim.InvalidValue, "%s is required and must not be empty.", ref).Breaks(scim.RuleAttributeRequired).About(ref.String())
	}
}

// spend accounts for elements that are looked at.
func (e *editor) spend(elements int) error {
	if e.work += elements; e.work > maxWork {
		return tooLarge("The operations concern too many values in all: send them in several requests.")
	}
	return nil
}

func put(fields map[string]any, name string, value any) {
	if value == nil {
		delete(fields, name)
	} else {
		fields[name] = value
	}
}

// clone returns a copy that can be written to, also of a nil map.
func clone(fields map[string]any) map[string]any {
	out := make(map[string]any, len(fields)+1)
	maps.Copy(out, fields)
	return out
}

func sortedKeys(fields map[string]any) []string { return slices.Sorted(maps.Keys(fields)) }
