// Package schema defines SCIM schemas: the attributes of a resource type with their characteristics (RFC 7643
// section 7), the documents of User, Group and their extensions, names resolved without regard to case, and the
// validation that turns what a client sent into the canonical form that is stored.
//
// It does not know operations, filters or stores. Schemas and resource types are read-only once built and are safe for
// concurrent use.
package schema

// Type is the data type of an attribute (RFC 7643 section 2.3).
type Type string

// The data types of RFC 7643 section 2.3.
const (
	String    Type = "string"
	Boolean   Type = "boolean"
	Decimal   Type = "decimal"
	Integer   Type = "integer"
	DateTime  Type = "dateTime"
	Binary    Type = "binary"
	Reference Type = "reference"
	Complex   Type = "complex"
)

// Mutability tells when an attribute may be written (RFC 7643 section 7).
type Mutability string

// The mutabilities of RFC 7643 section 7.
const (
	ReadOnly  Mutability = "readOnly"
	ReadWrite Mutability = "readWrite"
	Immutable Mutability = "immutable"
	WriteOnly Mutability = "writeOnly"
)

// Returned tells when an attribute is in an answer (RFC 7643 section 7).
type Returned string

// The returned characteristics of RFC 7643 section 7.
const (
	Always    Returned = "always"
	Never     Returned = "never"
	ByDefault Returned = "default"
	OnRequest Returned = "request"
)

// Uniqueness tells among which resources a value is unique (RFC 7643 section 7).
type Uniqueness string

// The uniqueness characteristics of RFC 7643 section 7.
const (
	NotUnique    Uniqueness = "none"
	ServerUnique Uniqueness = "server"
	GlobalUnique Uniqueness = "global"
)

// Attribute is one attribute definition. Its JSON is the one of RFC 7643 section 7, every characteristic written out.
type Attribute struct {
	Name            string      `json:"name"`
	Type            Type        `json:"type"`
	SubAttributes   []Attribute `json:"subAttributes,omitempty"`
	MultiValued     bool        `json:"multiValued"`
	Description     string      `json:"description"`
	Required        bool        `json:"required"`
	CanonicalValues []string    `json:"canonicalValues,omitempty"`
	CaseExact       bool        `json:"caseExact"`
	Mutability      Mutability  `json:"mutability"`
	Returned        Returned    `json:"returned"`
	Uniqueness      Uniqueness  `json:"uniqueness"`
	ReferenceTypes  []string    `json:"referenceTypes,omitempty"`
}

// Sub returns the sub-attribute of that name in any case, or nil.
func (a *Attribute) Sub(name string) *Attribute { return find(a.SubAttributes, name) }

// Schema is one schema document (RFC 7643 section 7).
type Schema struct {
	ID          string      `json:"id"`
	Name        string      `json:"name"`
	Description string      `json:"description"`
	Attributes  []Attribute `json:"attributes"`
}

// Attribute returns the attribute of that name in any case, or nil.
func (s *Schema) Attribute(name string) *Attribute { return find(s.Attributes, name) }

func find(attributes []Attribute, name string) *Attribute {
	for i := range attributes {
		if sameName(attributes[i].Name, name) {
			return &attributes[i]
		}
	}
	return nil
}

// sameName compares attribute names and URNs, which are ASCII and have no case (RFC 7643 section 2.1). It does not
// fold Unicode: KELVIN SIGN is not a k in a name.
func sameName(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range len(a) {
		x, y := a[i], b[i]
		if x != y && (x|0x20 != y|0x20 || x|0x20 < 'a' || x|0x20 > 'z') {
			return false
		}
	}
	return true
}
