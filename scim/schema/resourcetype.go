package schema

import (
	"strings"

	"github.com/askspoke/spoke/scim"
)

// Extension is a schema that adds attributes to a resource type, under its own URN.
type Extension struct {
	Schema   *Schema
	Required bool
	// Closed says that it is being removed: what has data under it keeps it, and nothing else may begin to have.
	Closed bool
}

// ResourceType is an endpoint and the schemas of its resources (RFC 7643 section 6).
type ResourceType struct {
	Name        string // also its id: "User"
	Endpoint    string // "/Users"
	Description string
	Schema      *Schema
	Extensions  []Extension
	// Relation names the attribute whose elements are rows of their own, because other resources decide them or because
	// they are many: "groups" of a User, "members" of a Group. It is no part of the stored document.
	Relation string
}

// schemasAttribute is the attribute "schemas", which every resource has and no schema document lists (RFC 7643 section 3).
var schemasAttribute = Attribute{
	Name: "schemas", Type: Reference, MultiValued: true, Required: true, CaseExact: false,
	Mutability: ReadWrite, Returned: Always, Uniqueness: NotUnique, ReferenceTypes: []string{"uri"},
	Description: "The URNs of the schemas that the resource uses.",
}

// Ref is an attribute as a path, a filter or a projection names it. Attribute is nil where the path names a whole
// extension, and Sub is nil where it names no sub-attribute.
type Ref struct {
	Schema    *Schema // the schema that defines it
	Extension bool    // Schema extends the resource type: the value lies in an object under the schema's URN
	Attribute *Attribute
	Sub       *Attribute
}

// Leaf is the attribute that holds the value: the sub-attribute where there is one. It is nil for an extension.
func (r Ref) Leaf() *Attribute {
	if r.Sub != nil {
		return r.Sub
	}
	return r.Attribute
}

// String is the canonical path: "name.givenName", "urn:…:User:manager.value".
func (r Ref) String() string {
	var b strings.Builder
	if r.Extension {
		b.WriteString(r.Schema.ID)
		if r.Attribute == nil {
			return b.String()
		}
		b.WriteByte(':')
	}
	b.WriteString(r.Attribute.Name)
	if r.Sub != nil {
		b.WriteByte('.')
		b.WriteString(r.Sub.Name)
	}
	return b.String()
}

// Resolve finds the attribute that a path names: [URN ":"] name ["." sub], in any case. The URN is found as the
// longest known one that the path starts with, because URNs hold colons and dots of their own. A bare name that the
// core schema lacks is looked for in the extensions under scim.UnqualifiedExtension. ok is false for a name that no
// schema of the resource type defines.
func (t *ResourceType) Resolve(path string, lenient *scim.Leniency) (ref Ref, ok bool) {
	if s, extension, rest, found := t.splitURN(path); found {
		if rest == "" {
			return Ref{Schema: s, Extension: extension}, extension
		}
		return within(s, extension, rest)
	}
	if ref, ok = within(t.Schema, false, path); ok {
		return ref, true
	}
	for _, e := range t.Extensions {
		if ref, ok = within(e.Schema, true, path); ok && lenient.Allow(scim.UnqualifiedExtension) {
			return ref, true
		}
	}
	return Ref{}, false
}

// splitURN returns the longest schema URN that starts the path, and what follows its colon.
func (t *ResourceType) splitURN(path string) (s *Schema, extension bool, rest string, found bool) {
	longest := -1
	try := func(candidate *Schema, isExtension bool) {
		n := len(candidate.ID)
		if n <= longest || len(path) < n || !sameName(path[:n], candidate.ID) {
			return
		}
		if len(path) > n && path[n] != ':' {
			return
		}
		longest, s, extension, found = n, candidate, isExtension, true
		rest = strings.TrimPrefix(path[n:], ":")
	}
	try(t.Schema, false)
	for _, e := range t.Extensions {
		try(e.Schema, true)
	}
	return s, extension, rest, found
}

func within(s *Schema, extension bool, path string) (Ref, bool) {
	name, subName, dotted := strings.Cut(path, ".")
	a := s.Attribute(name)
	if a == nil && !extension && sameName(name, schemasAttribute.Name) {
		a = &schemasAttribute
	}
	if a == nil {
		return Ref{}, false
	}
	ref := Ref{Schema: s, Extension: extension, Attribute: a}
	if dotted {
		if ref.Sub = a.Sub(subName); ref.Sub == nil {
			return Ref{}, false
		}
	}
	return ref, true
}

// IsCore tells whether the text is the URN of the core schema, in any case.
func (t *ResourceType) IsCore(urn string) bool { return sameName(urn, t.Schema.ID) }

// ExtensionByURN returns the extension of that URN in any case, or nil.
func (t *ResourceType) ExtensionByURN(urn string) *Schema {
	for _, e := range t.Extensions {
		if sameName(e.Schema.ID, urn) {
			return e.Schema
		}
	}
	return nil
}

// ReturnsOnRequest tells whether something of the resource type is returned on request alone (RFC 7643 section 7).
func (t *ResourceType) ReturnsOnRequest() bool {
	for _, e := range t.Extensions {
		if returnsOnRequest(e.Schema.Attributes) {
			return true
		}
	}
	return returnsOnRequest(t.Schema.Attributes)
}

func returnsOnRequest(attributes []Attribute) bool {
	for i := range attributes {
		if attributes[i].Returned == OnRequest || returnsOnRequest(attributes[i].SubAttributes) {
			return true
		}
	}
	return false
}
