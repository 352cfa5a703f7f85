package resource

import (
	"strings"

	"github.com/askspoke/spoke/scim"
	"github.com/askspoke/spoke/scim/schema"
)

// Projection is the choice of attributes that a client asked for with attributes or excludedAttributes (RFC 7644
// section 3.9). The zero value chooses what is returned by default.
type Projection struct {
	only  bool            // paths are what is wanted, else what is not
	paths map[string]bool // canonical paths; nil: no choice was made
}

// NewProjection reads the two parameters. Names that no schema defines are ignored; naming both parameters is a 400
// invalidValue, because they exclude each other.
func NewProjection(t *schema.ResourceType, attributes, excluded []string) (Projection, error) {
	attributes, excluded = names(attributes), names(excluded)
	if len(attributes) > 0 && len(excluded) > 0 {
		return Projection{}, scim.BadRequest(scim.InvalidValue, "attributes and excludedAttributes exclude each other: send one of them.")
	}
	p := Projection{only: len(attributes) > 0}
	if len(attributes)+len(excluded) == 0 {
		return p, nil
	}
	p.paths = make(map[string]bool)
	for _, name := range append(attributes, excluded...) {
		if ref, ok := t.Resolve(name, scim.Auto()); ok {
			p.paths[ref.String()] = true
		}
	}
	return p, nil
}

func names(lists []string) []string {
	var out []string
	for _, list := range lists {
		for name := range strings.SplitSeq(list, ",") {
			if name = strings.TrimSpace(name); name != "" {
				out = append(out, name)
			}
		}
	}
	return out
}

// Chosen tells whether the client made a choice at all, so that a PATCH must answer with the resource (RFC 7644
// section 3.5.2).
func (p Projection) Chosen() bool { return p.paths != nil }

// Relation tells whether the answer needs the relation: false lets a store leave the rows alone.
func (p Projection) Relation(t *schema.ResourceType) bool {
	if p.paths == nil {
		return true
	}
	if !p.only {
		return !p.paths[t.Relation]
	}
	for path := range p.paths {
		if name, _, _ := strings.Cut(path, "."); name == t.Relation {
			return true
		}
	}
	return false
}

// AppendTo writes the chosen attributes of the document. The document was read with its relation where p.Relation
// says so.
func (p Projection) AppendTo(b []byte, d Document, t *schema.ResourceType, base string) ([]byte, error) {
	if p.verbatim(t) {
		return d.AppendTo(b, t, base), nil
	}
	whole, err := d.Whole(t, base)
	if err != nil {
		return nil, err
	}
	return appendObject(b, t, p.Apply(t, whole)), nil
}

// verbatim tells whether the choice is met by the stored text as it is.
func (p Projection) verbatim(t *schema.ResourceType) bool {
	return p.paths == nil || !p.only && (len(p.paths) == 0 || len(p.paths) == 1 && p.paths[t.Relation])
}

// Apply returns the chosen attributes of a whole object. What is always returned stays, what is never returned goes.
func (p Projection) Apply(t *schema.ResourceType, whole map[string]any) map[string]any {
	out := map[string]any{"schemas": whole["schemas"]}
	p.fields(out, whole, t.Schema.Attributes, "", false)
	for _, e := range t.Extensions {
		fields, ok := whole[e.Schema.ID].(map[string]any)
		if !ok || !p.only && p.paths[e.Schema.ID] {
			continue
		}
		chosen := make(map[string]any, len(fields))
		p.fields(chosen, fields, e.Schema.Attributes, e.Schema.ID+":", p.only && p.paths[e.Schema.ID])
		if len(chosen) > 0 {
			out[e.Schema.ID] = chosen
		}
	}
	return out
}

func (p Projection) fields(out, in map[string]any, attributes []schema.Attribute, prefix string, all bool) {
	for i := range attributes {
		a := &attributes[i]
		value, ok := in[a.Name]
		if !ok || a.Returned == schema.Never {
			continue
		}
		path := prefix + a.Name
		switch {
		case a.Returned == schema.Always:
			out[a.Name] = value
		case p.only && (all || p.paths[path]), !p.only && !p.paths[path] && a.Returned != schema.OnRequest:
			if !p.only {
				value = p.subs(value, a, path)
			}
			out[a.Name] = value
		case p.only:
			if value = p.subs(value, a, path); value != nil {
				out[a.Name] = value
			}
		}
	}
}

// subs returns the chosen sub-attributes of a complex value, or of each element of a list; nil where none is left.
func (p Projection) subs(value any, a *schema.Attribute, path string) any {
	switch v := value.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for i := range a.SubAttributes {
			sub := &a.SubAttributes[i]
			item, ok := v[sub.Name]
			if ok && p.only == p.paths[path+"."+sub.Name] {
				out[sub.Name] = item
			}
		}
		if len(out) == 0 {
			return nil
		}
		return out
	case []any:
		out := make([]any, 0, len(v))
		for _, item := range v {
			if item = p.subs(item, a, path); item != nil {
				out = append(out, item)
			}
		}
		if len(out) == 0 {
			return nil
		}
		return out
	default:
		if p.only {
			return nil
		}
		return value
	}
}
