package schema

import (
	"encoding/json"
	"slices"
	"strings"
)

// attributeDocument is an attribute as a document has it. What is absent has a default.
type attributeDocument struct {
	Name            string            `json:"name"`
	Type            string            `json:"type"`
	SubAttributes   []json.RawMessage `json:"subAttributes"`
	MultiValued     bool              `json:"multiValued"`
	Description     string            `json:"description"`
	Required        bool              `json:"required"`
	CanonicalValues []string          `json:"canonicalValues"`
	CaseExact       *bool             `json:"caseExact"`
	Mutability      string            `json:"mutability"`
	Returned        string            `json:"returned"`
	Uniqueness      string            `json:"uniqueness"`
	ReferenceTypes  []string          `json:"referenceTypes"`
}

// The keywords of RFC 7643 section 7, the default first.
var (
	types        = []Type{String, Boolean, Decimal, Integer, DateTime, Binary, Reference, Complex}
	mutabilities = []Mutability{ReadWrite, ReadOnly, Immutable, WriteOnly}
	returns      = []Returned{ByDefault, Always, Never, OnRequest}
	uniquenesses = []Uniqueness{NotUnique, ServerUnique, GlobalUnique}
	// referenceTypes are the resource types of this server, and what RFC 7643 section 7 has for other URIs.
	referenceTypes = []string{"User", "Group", "external", "uri"}
)

// keyword returns the word of the list that text is in any case, the first one for "".
func keyword[T ~string](p *documentParser, where, member, text string, list []T) T {
	if text == "" {
		return list[0]
	}
	for _, word := range list {
		if sameName(string(word), text) {
			return word
		}
	}
	p.wrong(where, "%s cannot be %q: it is one of %s", member, Shorten(text), words(list))
	return list[0]
}

func words[T ~string](list []T) string {
	out := make([]string, len(list))
	for i, word := range list {
		out[i] = string(word)
	}
	return strings.Join(out, ", ")
}

// attribute reads one attribute. parent is nil for one that is no sub-attribute.
func (p *documentParser) attribute(d attributeDocument, parent *Attribute, path, where string) Attribute {
	a := Attribute{
		Name: d.Name, Description: d.Description, MultiValued: d.MultiValued, Required: d.Required,
		CanonicalValues: d.CanonicalValues, ReferenceTypes: d.ReferenceTypes,
		Type:       keyword(p, where, "type", d.Type, types),
		Mutability: keyword(p, where, "mutability", d.Mutability, mutabilities),
		Returned:   keyword(p, where, "returned", d.Returned, returns),
		Uniqueness: keyword(p, where, "uniqueness", d.Uniqueness, uniquenesses),
	}
	// Binary values and references have case (RFC 7643 sections 2.3.6 and 2.3.7).
	a.CaseExact = a.Type == Binary || a.Type == Reference
	if d.CaseExact != nil {
		a.CaseExact = *d.CaseExact
	}
	p.text(where+": description", a.Description)
	p.name(&a, parent, where)
	p.kept(&a, where)
	p.canonicalValues(&a, where)
	p.references(&a, where)
	p.subAttributes(&a, d.SubAttributes, parent, path, where)
	return a
}

// name checks the name by RFC 7643 section 2.1: ATTRNAME. Figure 1 there leaves out $ref, which section 2.4 defines.
func (p *documentParser) name(a *Attribute, parent *Attribute, where string) {
	name := a.Name
	switch {
	case name == "":
		p.wrong(where, "name is missing")
	case len(name) > maxNameLength:
		p.wrong(where, "the name has more than %d bytes", maxNameLength)
	case name == "$ref":
		if parent == nil || a.Type != Reference {
			p.wrong(where, "$ref is the name of a sub-attribute of type reference alone")
		}
	case !isLetter(name[0]) || strings.ContainsFunc(name, func(r rune) bool { return !isNameRune(r) }):
		p.wrong(where, "the name must begin with a letter A to Z and go on with letters, digits, - and _")
	case parent == nil && (sameName(name, "id") || sameName(name, "schemas") || sameName(name, "meta")):
		p.wrong(where, "every resource has an attribute of this name already (RFC 7643 section 3.1): choose another")
	}
	if sameName(name, "primary") && parent != nil && a.Type != Boolean {
		p.wrong(where, "a sub-attribute primary is boolean (RFC 7643 section 2.4)")
	}
}

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

func isNameRune(r rune) bool {
	return r < 0x80 && (isLetter(byte(r)) || '0' <= r && r <= '9' || r == '-' || r == '_' || r == '$')
}

// kept refuses the characteristics that this server would have to break.
func (p *documentParser) kept(a *Attribute, where string) {
	if a.Required {
		p.wrong(where, "required must be false: the resources that exist have no value for it, and could not be changed any more")
	}
	if a.Uniqueness != NotUnique {
		p.wrong(where, "uniqueness must be none: Spoke keeps userName and a group's displayName unique, and has no index for others")
	}
	switch a.Mutability {
	case ReadOnly:
		p.wrong(where, "mutability cannot be readOnly: Spoke has no value of its own for it, so nobody could ever set one; make it readWrite or immutable")
	case WriteOnly:
		p.wrong(where, "mutability cannot be writeOnly: Spoke keeps nothing that it may not return")
	}
	if a.Returned == Never {
		p.wrong(where, "returned cannot be never: Spoke keeps nothing that it may not return")
	}
}

func (p *documentParser) canonicalValues(a *Attribute, where string) {
	if len(a.CanonicalValues) == 0 {
		a.CanonicalValues = nil
		return
	}
	if a.Type != String && a.Type != Reference {
		p.wrong(where, "canonicalValues are for attributes of type string")
	}
	for i, v := range a.CanonicalValues {
		p.text(where+": canonicalValues", v)
		if v == "" || slices.Contains(a.CanonicalValues[:i], v) {
			p.wrong(where, "canonicalValues has %q twice, or empty", Shorten(v))
		}
	}
}

func (p *documentParser) references(a *Attribute, where string) {
	switch {
	case a.Type != Reference && len(a.ReferenceTypes) > 0:
		p.wrong(where, "referenceTypes are for attributes of type reference")
	case a.Type == Reference && len(a.ReferenceTypes) == 0:
		p.wrong(where, "referenceTypes is missing: say what it refers to, any of %s", words(referenceTypes))
	}
	if len(a.ReferenceTypes) == 0 {
		a.ReferenceTypes = nil
	}
	for i, t := range a.ReferenceTypes {
		a.ReferenceTypes[i] = keyword(p, where, "referenceTypes", t, referenceTypes)
		if t == "" || slices.Contains(a.ReferenceTypes[:i], a.ReferenceTypes[i]) {
			p.wrong(where, "referenceTypes has %q twice, or empty", Shorten(t))
		}
	}
}

func (p *documentParser) subAttributes(a *Attribute, raw []json.RawMessage, parent *Attribute, path, where string) {
	switch {
	case parent != nil && a.Type == Complex:
		p.wrong(where, "a complex attribute cannot hold another one (RFC 7643 section 2.3.8): give it another type")
		return
	case a.Type != Complex && len(raw) > 0:
		p.wrong(where, "subAttributes are for attributes of type complex")
		return
	case a.Type == Complex && len(raw) == 0:
		p.wrong(where, "subAttributes is missing: a complex attribute has at least one")
		return
	}
	if parent != nil && a.MultiValued {
		p.wrong(where, "a sub-attribute has one value: make the attribute that holds it multi-valued")
	}
	if parent != nil && a.Returned == Always {
		p.wrong(where, "a sub-attribute is returned with its attribute: make it default")
	}
	if a.Type == Complex {
		a.SubAttributes = p.list(raw, a, path+a.Name+".")
	}
}
