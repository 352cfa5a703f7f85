package provider

import (
	"maps"
	"net/url"
	"regexp"
	"strings"

	"github.com/askspoke/spoke/scim/filter"
	"github.com/askspoke/spoke/scim/patch"
	"github.com/askspoke/spoke/scim/schema"
)

// endpoints are where the resources are that a reference may point to.
var endpoints = map[string]string{"User": "Users", "Group": "Groups"}

// version is the part of a path that names a version of the protocol (RFC 7644 section 3.13).
var version = regexp.MustCompile(`/v[0-9]+$`)

// place returns where a reference leads that leads to a resource of this provider, relative to the base: "Users/41". It is
// "" for one that leads elsewhere. References that differ in the version of the protocol alone are the same (RFC 7643
// section 2.4), so "../Users/41", as in section 8.3 there, is "Users/41".
func (c *call) place(reference string) string {
	base, err := url.Parse(c.Base + "/")
	if err != nil {
		return ""
	}
	u, err := base.Parse(reference)
	if err != nil || !strings.EqualFold(u.Host, base.Host) {
		return ""
	}
	path, id, ok := cutLast(u.Path)
	if !ok || id == "" {
		return ""
	}
	root, endpoint, _ := cutLast(path)
	if version.ReplaceAllString(root, "") != version.ReplaceAllString(strings.TrimSuffix(base.Path, "/"), "") {
		return ""
	}
	for _, known := range endpoints {
		if strings.EqualFold(known, endpoint) {
			return known + "/" + id
		}
	}
	return ""
}

// cutLast cuts the last segment off a path.
func cutLast(path string) (before, segment string, ok bool) {
	i := strings.LastIndexByte(path, '/')
	if i < 0 {
		return "", path, false
	}
	return path[:i], path[i+1:], true
}

// isPlace tells whether an attribute refers to resources of a provider alone.
func isPlace(a *schema.Attribute) bool {
	for _, t := range a.ReferenceTypes {
		if endpoints[t] == "" {
			return false
		}
	}
	return a.Type == schema.Reference && len(a.ReferenceTypes) > 0
}

// setReference gives a complex value that points to another resource (manager) the URI that its value means, whatever URI
// the client sent: relative to the base (RFC 7643 section 2.3.7), so that what is stored holds no host. A value that points
// nowhere and says nothing else is left out. A URI that leads elsewhere stays as it was sent where there is no value.
func (c *call) setReference(fields map[string]any, a *schema.Attribute) {
	ref := a.Sub("$ref")
	object, ok := fields[a.Name].(map[string]any)
	if !ok || ref == nil || a.Sub("value") == nil || !isPlace(ref) || len(ref.ReferenceTypes) != 1 {
		return
	}
	endpoint := endpoints[ref.ReferenceTypes[0]]
	id, _ := object["value"].(string)
	if uri, _ := object["$ref"].(string); id == "" && uri != "" {
		if id, ok = strings.CutPrefix(c.place(uri), endpoint+"/"); !ok {
			return
		}
	}
	object = maps.Clone(object)
	delete(object, "$ref")
	if id != "" {
		object["value"], object["$ref"] = id, endpoint+"/"+id
	}
	if fields[a.Name] = object; len(object) == 0 {
		delete(fields, a.Name)
	}
}

// identified returns the value of a relation, one element or a list, in which an element that says who it is by a
// reference alone has the id that the reference to a resource of this provider ends with. Others stay.
func (c *call) identified(value any) any {
	switch v := value.(type) {
	case []any:
		list := make([]any, len(v))
		for i, item := range v {
			list[i] = item
			if fields, ok := item.(map[string]any); ok {
				list[i] = c.identified(fields)
			}
		}
		return list
	case map[string]any:
		reference, _ := member(v, "$ref")
		text, _ := reference.(string)
		if id, _ := member(v, "value"); text == "" || id != nil && id != "" {
			return value
		}
		_, id, ok := cutLast(c.place(text))
		if !ok {
			return value
		}
		fields := maps.Clone(v)
		maps.DeleteFunc(fields, func(name string, _ any) bool { return strings.EqualFold(name, "value") })
		fields["value"] = id
		return fields
	}
	return value
}

// identifyMembers does that where a body, or the value of an operation without a path, has members. The body is not
// modified.
func (c *call) identifyMembers(body map[string]any) map[string]any {
	if !c.hasMembers() {
		return body
	}
	out := body
	for name, value := range body {
		if core, isObject := value.(map[string]any); isObject && c.t.IsCore(name) {
			out = maps.Clone(out)
			out[name] = c.identifyMembers(core)
		} else if ref, ok := c.t.Resolve(name, nil); ok && !ref.Extension && ref.Sub == nil && ref.Attribute != nil && ref.Attribute.Name == c.t.Relation {
			out = maps.Clone(out)
			out[name] = c.identified(value)
		}
	}
	return out
}

// identifyOperations does that for the values of operations on members.
func (c *call) identifyOperations(operations []patch.Operation) {
	if !c.hasMembers() {
		return
	}
	for i, o := range operations {
		if object, ok := o.Value.(map[string]any); ok && (o.Path == "" || c.t.IsCore(o.Path)) {
			operations[i].Value = c.identifyMembers(object)
		} else if c.ofMembers(o) {
			operations[i].Value = c.identified(o.Value)
		}
	}
}

// ofMembers tells whether the path of an operation is that of members, or begins with it.
func (c *call) ofMembers(o patch.Operation) bool {
	name, _, _ := strings.Cut(o.Path, "[")
	ref, ok := c.t.Resolve(name, nil)
	return ok && ref.Attribute != nil && ref.Attribute.Name == c.t.Relation
}

// references returns a filter in which references to resources of this provider are written as they are read: absolute in
// a relation, relative to the base elsewhere.
func (c *call) references(n filter.Node, t *schema.ResourceType) filter.Node {
	switch n := n.(type) {
	case filter.All:
		for i := range n {
			n[i] = c.references(n[i], t)
		}
	case filter.Any:
		for i := range n {
			n[i] = c.references(n[i], t)
		}
	case filter.Not:
		return filter.Not{Node: c.references(n.Node, t)}
	case filter.Some:
		return filter.Some{Ref: n.Ref, Where: c.references(n.Where, t)}
	case filter.Test:
		text, ok := n.Value.(string)
		if !ok || n.Op != filter.Equal || !isPlace(n.Ref.Leaf()) {
			return n
		}
		place := c.place(text)
		switch {
		case place == "":
		case !n.Ref.Extension && n.Ref.Attribute.Name == t.Relation:
			n.Value = c.Base + "/" + place
		default:
			n.Value = place
		}
		return n
	}
	return n
}
