package resource

import (
	"strings"

	"github.com/askspoke/spoke/scim"
	"github.com/askspoke/spoke/scim/schema"
)

// Projection is the choice of attributes that a client asked for with attributes or excludedAttributes (RFC 7644
// section 3.9). The zero value chooses what is returned by default.
type Projection struct {
	only     bool            // paths are what is wanted, else what is not
	paths    map[string]bool // canonical paths; nil: no choice was made
	complete bool            // by default all that is stored is returned: nothing of the type is returned on request
	written  map[string]bool // canonical paths of attributes that the request wrote
}

// NewProjection reads the two parameters. The URN of a schema, the core's too, stands for its attributes that are returned
// by default. Names that no schema defines are ignored; naming both parameters is a 400
// invalidValue, because they exclude each other.
func NewProjection(t *schema.ResourceType, attributes, excluded []string) (Projection, error) {
	attributes, excluded = names(attributes), names(excluded)
	if len(attributes) > 0 && len(excluded) > 0 {
		return Projection{}, scim.BadRequest(scim.InvalidValue, "attributes and excludedAttributes exclude each other: send one of them.").Breaks(scim.RuleListAttributes)
	}
	p := Projection{only: len(attributes) > 0, complete: !t.ReturnsOnRequest()}
	if len(attributes)+len(excluded) == 0 {
		return p, nil
	}
	p.paths = make(map[string]bool)
	for _, name := range append(attributes, excluded...) {
		if t.IsCore(name) {
			p.chooseCore(t)
		} else if ref, ok := t.Resolve(name, scim.Auto()); ok {
			p.paths[ref.String()] = true
		}
	}
	return p, nil
}

// chooseCore chooses what the core schema has, but for what is to be named itself: it is returned on request.
func (p Projection) chooseCore(t *schema.ResourceType) {
	for i := range t.Schema.Attributes {
		if a := &t.Schema.Attributes[i]; !p.only || a.Returned == schema.ByDefault {
			p.paths[a.Name] = true
		}
	}
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

// Wrote returns the choice for the answer to a write of these attributes (canonical paths without sub-attributes): what is
// returned on request is in it too (RFC 7643 section 7), unless the client asked for others.
func (p Projection) Wrote(paths []string) Projection {
	if p.complete || p.only {
		return p
	}
	p.written = make(map[string]bool, len(paths))
	for _, path := range paths {
		p.written[path] = true
	}
	return p
}

// verbatim tells whether the choice is met by the stored text as it is.
func (p Projection) verbatim(t *schema.ResourceType) bool {
	if !p.complete {
		return false
	}
	return p.paths == nil || !p.only && (len(p.paths) == 0 || len(p.paths) == 1 && p.paths[t.Relation])
}

// Apply returns the chosen attributes of a whole object. What is always returned stays, what is never returned goes, and
// what is returned on request is there only where the client named it or wrote it.
func (p Projection) Apply(t *schema.ResourceType, whole map[string]any) map[string]any {
	out := map[string]any{"schemas": whole["schemas"]}
	p.fields(out, whole, t.Schema.Attributes, part{})
	for _, e := range t.Extensions {
		fields, ok := whole[e.Schema.ID].(map[string]any)
		if !ok {
			continue
		}
		named := p.paths[e.Schema.ID]
		chosen := make(map[string]any, len(fields))
		p.fields(chosen, fields, e.Schema.Attributes, part{prefix: e.Schema.ID + ":", asked: p.only && named, excluded: !p.only && named})
		if len(chosen) > 0 {
			out[e.Schema.ID] = chosen
		}
	}
	return out
}

// part is an object within a resource: an extension, or a value of a complex attribute.
type part struct {
	prefix   string // of the paths in it
	asked    bool   // the client asked for all of it
	excluded bool   // the client wants none of it
	written  bool   // the client wrote it
}

func (p Projection) fields(out, in map[string]any, attributes []schema.Attribute, of part) {
	for i := range attributes {
		a := &attributes[i]
		value, ok := in[a.Name]
		if !ok || a.Returned == schema.Never {
			continue
		}
		path := of.prefix + a.Name
		asked, inside := p.chooses(a, path, of)
		if !asked && !inside {
			continue
		}
		if value = p.parts(value, a, part{prefix: path + ".", asked: asked, written: of.written || p.written[path]}); value != nil {
			out[a.Name] = value
		}
	}
}

// chooses tells whether an attribute is in the answer: as it is by default, or only those of its sub-attributes that the
// client named.
func (p Projection) chooses(a *schema.Attribute, path string, of part) (whole, inside bool) {
	named, byDefault := p.paths[path], a.Returned == schema.ByDefault
	switch {
	case a.Returned == schema.Always:
		return true, false
	case p.only:
		return named || of.asked && byDefault, p.namesPartOf(path)
	default:
		return !named && !of.excluded && (byDefault || of.written || p.written[path]), false
	}
}

// namesPartOf tells whether the client named a sub-attribute of an attribute.
func (p Projection) namesPartOf(path string) bool {
	for name := range p.paths {
		if len(name) > len(path) && name[len(path)] == '.' && name[:len(path)] == path {
			return true
		}
	}
	return false
}

// parts returns the chosen sub-attributes of a complex value, or of each element of a list; nil where none is left. A
// value without sub-attributes is chosen as it is.
func (p Projection) parts(value any, a *schema.Attribute, of part) any {
	if len(a.SubAttributes) == 0 {
		return value
	}
	switch v := value.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		p.fields(out, v, a.SubAttributes, of)
		if len(out) == 0 {
			return nil
		}
		return out
	case []any:
		out := make([]any, 0, len(v))
		for _, item := range v {
			if item = p.parts(item, a, of); item != nil {
				out = append(out, item)
			}
		}
		if len(out) == 0 {
			return nil
		}
		return out
	default:
		return value
	}
}
