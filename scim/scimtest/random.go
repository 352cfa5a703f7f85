package scimtest

import (
	"fmt"
	"maps"
	"math/rand/v2"

	"github.com/askspoke/spoke/scim/schema"
)

// RandomObject returns a canonical and finished object of the type, without an id and without the relation. About half
// of the attributes have a value, in elements of one to three; names are few, so that they are often taken.
func RandomObject(r *rand.Rand, t *schema.ResourceType) map[string]any {
	object := map[string]any{}
	fill(r, object, writable(t, t.Schema))
	for _, e := range t.Extensions {
		fields := map[string]any{}
		if r.IntN(2) == 0 {
			fill(r, fields, writable(t, e.Schema))
		}
		if len(fields) > 0 {
			object[e.Schema.ID] = fields
		}
	}
	finish(t, object)
	return object
}

// RandomChange returns a copy of a canonical object in which some attributes have another value, or none. Now and then
// it differs in nothing.
func RandomChange(r *rand.Rand, t *schema.ResourceType, object map[string]any) map[string]any {
	changed := maps.Clone(object)
	for range r.IntN(4) {
		s := t.Schema
		if n := r.IntN(len(t.Extensions) + 1); n > 0 {
			s = t.Extensions[n-1].Schema
		}
		fields := changed
		if s != t.Schema {
			old, _ := object[s.ID].(map[string]any)
			fields = maps.Clone(old)
			if fields == nil {
				fields = map[string]any{}
			}
			changed[s.ID] = fields
		}
		attributes := writable(t, s)
		a := attributes[r.IntN(len(attributes))]
		delete(fields, a.Name)
		fill(r, fields, []*schema.Attribute{a})
	}
	finish(t, changed)
	return changed
}

// finish cannot fail here: what is required is there and short.
func finish(t *schema.ResourceType, object map[string]any) {
	if err := t.Finish(object); err != nil {
		panic(fmt.Sprintf("finish a random %s: %v", t.Name, err))
	}
}

// writable lists the attributes that a stored object can hold.
func writable(t *schema.ResourceType, s *schema.Schema) []*schema.Attribute {
	var list []*schema.Attribute
	for i := range s.Attributes {
		a := &s.Attributes[i]
		if a.Mutability != schema.ReadOnly && a.Returned != schema.Never && (s != t.Schema || a.Name != t.Relation) {
			list = append(list, a)
		}
	}
	return list
}

func fill(r *rand.Rand, fields map[string]any, attributes []*schema.Attribute) {
	for _, a := range attributes {
		switch {
		case a.Uniqueness == schema.ServerUnique:
			fields[a.Name] = randomName(r)
		case r.IntN(2) == 0:
		case a.MultiValued:
			list := make([]any, 1+r.IntN(3))
			for i := range list {
				list[i] = randomValue(r, a)
			}
			fields[a.Name] = list
		default:
			fields[a.Name] = randomValue(r, a)
		}
	}
}
