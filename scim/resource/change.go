package resource

import (
	"reflect"

	"github.com/askspoke/spoke/scim/schema"
)

// Change is one attribute that differs between two states of a resource. Old or New is nil where it was or is absent.
type Change struct {
	Path string `json:"path"`
	Old  any    `json:"old,omitempty"`
	New  any    `json:"new,omitempty"`
}

// Changes lists the attributes that differ, in the order of the schemas: a core attribute by its name, one of an
// extension by its URN and name. It ignores schemas, id, meta and the relation. No change means that the two states
// are the same to a client.
func Changes(t *schema.ResourceType, old, changed map[string]any) []Change {
	var out []Change
	compare := func(attributes []schema.Attribute, prefix string, a, b map[string]any) {
		for i := range attributes {
			name := attributes[i].Name
			if prefix == "" && (name == "id" || name == "meta" || name == t.Relation) {
				continue
			}
			if !reflect.DeepEqual(a[name], b[name]) {
				out = append(out, Change{Path: prefix + name, Old: a[name], New: b[name]})
			}
		}
	}
	compare(t.Schema.Attributes, "", old, changed)
	for _, e := range t.Extensions {
		a, _ := old[e.Schema.ID].(map[string]any)
		b, _ := changed[e.Schema.ID].(map[string]any)
		compare(e.Schema.Attributes, e.Schema.ID+":", a, b)
	}
	return out
}

// Paths lists the attributes that a canonical object has, by the names that Change gives them.
func Paths(t *schema.ResourceType, object map[string]any) []string {
	var paths []string
	for _, change := range Changes(t, nil, object) {
		paths = append(paths, change.Path)
	}
	return paths
}
