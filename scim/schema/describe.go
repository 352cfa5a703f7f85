package schema

import "strings"

// Describe gives the schema, and each of its attributes, a description where it has none: a published schema has one
// (RFC 7643 section 7), and who wrote the document left it out. It says no more than the names do.
func (s *Schema) Describe() {
	if blank(s.Description) {
		s.Description = "The extension " + Shorten(s.Name) + "."
	}
	describe(s.Attributes, "")
}

func describe(attributes []Attribute, parent string) {
	for i := range attributes {
		a := &attributes[i]
		switch {
		case !blank(a.Description):
		case parent == "":
			a.Description = "The attribute " + a.Name + "."
		default:
			a.Description = "The sub-attribute " + a.Name + " of " + parent + "."
		}
		describe(a.SubAttributes, a.Name)
	}
}

func blank(text string) bool { return strings.TrimSpace(text) == "" }
