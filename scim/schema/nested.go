package schema

import (
	"maps"
	"strings"

	"github.com/askspoke/spoke/scim"
)

// Nested returns the body of a create or a replace with each value where the schemas have it: what the body names by a
// path, as PATCH does, is put into the object that the path leads to. "manager" goes below the URN of its extension, under
// scim.UnqualifiedExtension; "name.givenName", and the URN of a schema with a colon and a name, under scim.PathKeys, and
// so does what is in an object under the URN of the core. What is there already wins. A name that leads to no single value stays, and is an unknown attribute. The body is not modified.
func (t *ResourceType) Nested(body map[string]any, lenient *scim.Leniency) map[string]any {
	body = t.opened(body, lenient)
	out := body
	for _, key := range sortedKeys(body) {
		if t.Schema.Attribute(key) != nil || sameName(key, schemasAttribute.Name) {
			continue
		}
		ref, ok := t.Resolve(key, lenient)
		if !ok || ref.Attribute == nil || ref.Sub != nil && ref.Attribute.MultiValued {
			continue
		}
		if strings.ContainsAny(key, ".:") && !lenient.Allow(scim.PathKeys) {
			continue
		}
		moved := maps.Clone(out)
		delete(moved, key)
		if place(moved, ref, body[key]) {
			out = moved
		}
	}
	return out
}

// opened returns the body with what is in an object under the URN of the core beside it, as attributes of the resource.
func (t *ResourceType) opened(body map[string]any, lenient *scim.Leniency) map[string]any {
	key := spelled(body, t.Schema.ID)
	core, ok := body[key].(map[string]any)
	if !ok || !lenient.Allow(scim.PathKeys) {
		return body
	}
	out := maps.Clone(body)
	delete(out, key)
	for _, name := range sortedKeys(core) {
		if at := spelled(out, name); out[at] == nil {
			out[at] = core[name]
		}
	}
	return out
}

// place puts a value where ref leads, unless there is one. It returns false where the way is no object.
func place(body map[string]any, ref Ref, value any) bool {
	fields, name, ok := body, ref.Attribute.Name, true
	if ref.Extension {
		fields, ok = inside(fields, ref.Schema.ID)
	}
	if ok && ref.Sub != nil {
		fields, ok = inside(fields, name)
		name = ref.Sub.Name
	}
	if !ok {
		return false
	}
	if key := spelled(fields, name); fields[key] == nil {
		fields[key] = value
	}
	return true
}

// inside returns a copy of the object that a member is, an empty one where it is absent, and puts it in the member's place.
func inside(fields map[string]any, name string) (map[string]any, bool) {
	key := spelled(fields, name)
	object, ok := fields[key].(map[string]any)
	if !ok && fields[key] != nil {
		return nil, false
	}
	opened := make(map[string]any, len(object)+1)
	maps.Copy(opened, object)
	fields[key] = opened
	return opened, true
}

// spelled returns the name as the object spells it, or the name itself.
func spelled(fields map[string]any, name string) string {
	for key := range fields {
		if sameName(key, name) {
			return key
		}
	}
	return name
}
