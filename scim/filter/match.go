package filter

import "github.com/askspoke/spoke/scim/schema"

// Match tells whether a resource of the type meets the filter. The object is canonical and whole: with id, schemas,
// meta and the relation as attributes (resource.Document.Whole). A nil filter is met by everything.
func Match(n Node, _ *schema.ResourceType, object map[string]any) bool {
	return scope{object: object}.meets(n)
}

// MatchElement tells whether one element of a complex or multi-valued attribute meets what BindElement returned, or the
// Some that Bind made of the attribute's value path.
func MatchElement(n Node, element any) bool {
	return scope{element: element, inside: true}.meets(n)
}

// scope is where names are looked up: a resource, or one element of it.
type scope struct {
	object  map[string]any
	element any
	inside  bool
}

func (s scope) meets(n Node) bool {
	switch n := n.(type) {
	case All:
		for _, item := range n {
			if !s.meets(item) {
				return false
			}
		}
		return true
	case Any:
		for _, item := range n {
			if s.meets(item) {
				return true
			}
		}
		return false
	case Not:
		return !s.meets(n.Node)
	case Some:
		return anyOf(s.value(n.Ref), func(element any) bool { return MatchElement(n.Where, element) })
	case Test:
		return s.test(n)
	default:
		return true
	}
}

func (s scope) test(t Test) bool {
	if s.inside || t.Ref.Sub == nil {
		return anyOf(s.value(t.Ref), t.holds)
	}
	return anyOf(s.value(t.Ref), func(element any) bool {
		fields, _ := element.(map[string]any)
		return anyOf(fields[t.Ref.Sub.Name], t.holds)
	})
}

// value returns what the resource holds for the attribute, or the element for its sub-attribute.
func (s scope) value(ref schema.Ref) any {
	fields := s.object
	switch {
	case s.inside && ref.Sub == nil:
		return s.element
	case s.inside:
		fields, _ = s.element.(map[string]any)
		return fields[ref.Sub.Name]
	case ref.Extension:
		fields, _ = fields[ref.Schema.ID].(map[string]any)
	}
	return fields[ref.Attribute.Name]
}

// anyOf asks a value, or each element of a list.
func anyOf(value any, meets func(any) bool) bool {
	list, ok := value.([]any)
	if !ok {
		return value != nil && meets(value)
	}
	for _, item := range list {
		if item != nil && meets(item) {
			return true
		}
	}
	return false
}
