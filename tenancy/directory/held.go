package directory

import (
	"encoding/json"
	"maps"
	"reflect"

	"github.com/askspoke/spoke/scim/filter"
	"github.com/askspoke/spoke/scim/schema"
)

// all compiles conditions on the row that must all be met. Comparisons by eq become one look into the search form, in
// which the index intersects them: it begins with the rarest.
func (c *compiler) all(nodes []filter.Node) string {
	var (
		parts []string
		whole map[string]any
	)
	for _, n := range flat(nodes) {
		held, ok := c.held(n)
		if !ok {
			parts = append(parts, c.node(n, nil))
			continue
		}
		if both, ok := merged(whole, held); ok {
			whole = both
		} else { // title eq "a" and title eq "b"
			parts = append(parts, c.contains(held))
		}
	}
	if whole != nil {
		parts = append(parts, c.contains(whole))
	}
	return joined(parts, ` AND `, `true`)
}

// flat returns the nodes with those of an and within it.
func flat(nodes []filter.Node) []filter.Node {
	var list []filter.Node
	for _, n := range nodes {
		if inner, ok := n.(filter.All); ok {
			list = append(list, flat(inner)...)
		} else {
			list = append(list, n)
		}
	}
	return list
}

// held returns the JSON that the search form contains if and only if the row meets the condition; ok is false where
// there is none.
func (c *compiler) held(node filter.Node) (held map[string]any, ok bool) {
	switch n := node.(type) {
	case filter.Test:
		a := n.Ref.Attribute
		if n.Op != filter.Equal || a == nil || !n.Ref.Extension && hasColumn(c.t, a.Name) {
			return nil, false
		}
		value := inList(n.Ref.Leaf(), formOf(n.Value))
		if n.Ref.Sub != nil {
			value = inList(a, map[string]any{n.Ref.Sub.Name: value})
		}
		return inRow(n.Ref, value), true
	case filter.Some:
		a := n.Ref.Attribute
		if !n.Ref.Extension && hasColumn(c.t, a.Name) {
			return nil, false
		}
		element, ok := equalities(n.Where)
		return inRow(n.Ref, inList(a, element)), ok
	}
	return nil, false
}

// heldPart returns the JSON that the search form contains at least where the row meets the condition: the comparisons by
// eq among those that an element must all meet. By it the index finds the rows of which the rest is asked, as of
// emails[value eq "x" and primary eq false].
func (c *compiler) heldPart(n filter.Some) (held map[string]any, ok bool) {
	nodes, _ := n.Where.(filter.All)
	element := make(map[string]any, len(nodes))
	for _, node := range flat(nodes) {
		if one, ok := equalities(node); ok {
			maps.Copy(element, one) // of two values of one name either must be there
		}
	}
	return inRow(n.Ref, inList(n.Ref.Attribute, element)), len(element) > 0
}

// equalities returns the object that an element holds if and only if it meets the condition: one or more comparisons
// of different sub-attributes by eq.
func equalities(where filter.Node) (map[string]any, bool) {
	nodes, ok := where.(filter.All)
	if !ok {
		nodes = filter.All{where}
	}
	element := make(map[string]any, len(nodes))
	for _, node := range nodes {
		n, ok := node.(filter.Test)
		if !ok || n.Op != filter.Equal || n.Ref.Sub == nil || n.Ref.Sub.MultiValued {
			return nil, false
		}
		if _, twice := element[n.Ref.Sub.Name]; twice {
			return nil, false
		}
		element[n.Ref.Sub.Name] = formOf(n.Value)
	}
	return element, len(element) > 0
}

// merged returns the object that contains exactly what contains both; ok is false where a name has two values.
func merged(a, b map[string]any) (both map[string]any, ok bool) {
	both = maps.Clone(a)
	if both == nil {
		both = make(map[string]any, len(b))
	}
	for name, value := range b {
		old, twice := both[name]
		if !twice {
			both[name] = value
			continue
		}
		switch v := value.(type) {
		case map[string]any:
			inner, isObject := old.(map[string]any)
			if !isObject {
				return nil, false
			}
			if both[name], ok = merged(inner, v); !ok {
				return nil, false
			}
		case []any: // each element is looked for by itself
			list, isList := old.([]any)
			if !isList {
				return nil, false
			}
			both[name] = append(list[:len(list):len(list)], v...)
		default:
			if !reflect.DeepEqual(old, value) {
				return nil, false
			}
		}
	}
	return both, true
}

// inRow is the value where the attribute that ref names lies in a row.
func inRow(ref schema.Ref, value any) map[string]any {
	row := map[string]any{ref.Attribute.Name: value}
	if ref.Extension {
		row = map[string]any{ref.Schema.ID: row}
	}
	return row
}

func inList(a *schema.Attribute, value any) any {
	if a.MultiValued {
		return []any{value}
	}
	return value
}

// contains compiles a look into the search form by its index.
func (c *compiler) contains(held map[string]any) string {
	text, err := json.Marshal(held)
	if err != nil { // a filter holds strings, booleans, numbers and times
		return `false`
	}
	return `t.search @> ` + c.add(string(text)) + `::jsonb`
}
