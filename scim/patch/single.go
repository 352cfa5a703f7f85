package patch

import (
	"reflect"

	"github.com/askspoke/spoke/scim"
	"github.com/askspoke/spoke/scim/schema"
)

// single replaces or clears a single-valued attribute. (A remove of a complex attribute comes here too.)
func (e *editor) single(op Op, ref schema.Ref, value any) error {
	if op == Remove {
		return e.set(op, ref, nil)
	}
	v, err := ref.Value(value, e.lenient)
	if err != nil {
		return err
	}
	return e.set(op, ref, v)
}

// sub replaces or clears a sub-attribute of a single-valued complex attribute.
func (e *editor) sub(op Op, ref schema.Ref, value any) error {
	fields := map[string]any{ref.Sub.Name: nil}
	if op != Remove {
		v, err := ref.Value(value, e.lenient)
		if err != nil {
			return err
		}
		fields[ref.Sub.Name] = v
	}
	return e.merge(op, ref, fields)
}

// complex merges the sub-attributes of a value into those that the attribute has (RFC 7644 sections 3.5.2.1 and
// 3.5.2.3); a value that means absence clears it.
func (e *editor) complex(op Op, ref schema.Ref, value any) error {
	fields, err := e.given(ref, value)
	if err != nil {
		return err
	}
	if fields == nil {
		return e.set(op, ref, nil)
	}
	return e.merge(op, ref, fields)
}

func (e *editor) merge(op Op, ref schema.Ref, fields map[string]any) error {
	old, _ := e.get(ref).(map[string]any)
	changed, err := change(op, ref, old, fields)
	if err != nil {
		return err
	}
	if changed == nil {
		return e.set(op, ref, nil)
	}
	return e.set(op, ref, changed)
}

// given returns the sub-attributes that a value of a complex attribute, or of one element of it, sets, by their
// canonical names, nil for those that it clears. It returns nil for a value that means absence. Read-only
// sub-attributes are left out: the RFC's own figures send the display of a member.
func (e *editor) given(ref schema.Ref, value any) (map[string]any, error) {
	if list, ok := value.([]any); ok && len(list) <= 1 && e.lenient.Allow(scim.ListAsObject) {
		value = nil
		if len(list) == 1 {
			value = list[0]
		}
	}
	whole := schema.Ref{Schema: ref.Schema, Extension: ref.Extension, Attribute: ref.Attribute}
	canonical, err := whole.Element(value, e.lenient)
	if err != nil {
		return nil, err
	}
	set, _ := canonical.(map[string]any)
	object, ok := value.(map[string]any)
	if !ok && set == nil {
		return nil, nil
	}
	fields := clone(set)
	for name := range object {
		sub := ref.Attribute.Sub(name)
		if sub != nil && sub.Mutability != schema.ReadOnly && set[sub.Name] == nil {
			fields[sub.Name] = nil
		}
	}
	return fields, nil
}

// change returns a copy of a complex value with sub-attributes set, or cleared where fields has nil. It returns nil
// where nothing of meaning is left. A $ref goes when the value that it points to changes.
func change(op Op, ref schema.Ref, old, fields map[string]any) (map[string]any, error) {
	changed, cleared := clone(old), false
	for i := range ref.Attribute.SubAttributes {
		sub := &ref.Attribute.SubAttributes[i]
		value, named := fields[sub.Name]
		if !named {
			continue
		}
		place := ref
		place.Sub = sub
		if err := required(op, sub, value == nil || value == "", place); err != nil {
			return nil, err
		}
		if reflect.DeepEqual(old[sub.Name], value) {
			continue
		}
		if sub.Mutability == schema.Immutable && old[sub.Name] != nil {
			if sub.Same(old[sub.Name], value) {
				continue
			}
			return nil, scim.BadRequest(scim.Mutability, "%s is immutable: it has a value, which cannot be changed.", place).Breaks(scim.RuleAttributeImmutable).About(place.String())
		}
		if _, both := fields["$ref"]; sub.Name == "value" && !both {
			delete(changed, "$ref")
		}
		put(changed, sub.Name, value)
		cleared = cleared || value == nil
	}
	if len(changed) == 0 || cleared && hollow(ref.Attribute, changed) {
		return nil, nil
	}
	return changed, nil
}

// hollow tells whether a value holds nothing but what describes a value: its type, whether it is primary, a reference.
func hollow(a *schema.Attribute, fields map[string]any) bool {
	describes := func(name string) bool { return name == "type" || name == "primary" || name == "$ref" }
	for name := range fields {
		if !describes(name) {
			return false
		}
	}
	for i := range a.SubAttributes {
		if !describes(a.SubAttributes[i].Name) {
			return true
		}
	}
	return false
}
