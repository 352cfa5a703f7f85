package resource

import (
	"slices"

	"github.com/askspoke/spoke/scim/schema"
)

// Open writes the chosen attributes of a document whose relation is Large, but for the relation and the brace at the end.
// Elements writes its parts behind it, and Close the rest.
func (p Projection) Open(b []byte, d Document, t *schema.ResourceType, base string) ([]byte, error) {
	d.Relation = nil
	b, err := p.AppendTo(b, d, t, base)
	if err != nil {
		return b, err
	}
	return b[:len(b)-1], nil
}

// Elements writes what the client chose of some elements of the relation: JSON objects with commas between them, as the
// store renders them. first says that none was written before.
func (p Projection) Elements(b, elements []byte, t *schema.ResourceType, first bool) ([]byte, error) {
	if !p.verbatim(t) {
		chosen, err := p.chosenElements(elements, t)
		if len(chosen) == 0 || err != nil {
			return b, err
		}
		elements = chosen
	}
	if first {
		b = append(appendString(append(b, ','), t.Relation), ":["...)
		return append(b, elements...), nil
	}
	return append(append(b, ','), elements...), nil
}

// Close ends a document that Open began. some says that elements were written.
func (p Projection) Close(b []byte, some bool) []byte {
	if some {
		b = append(b, ']')
	}
	return append(b, '}')
}

func (p Projection) chosenElements(elements []byte, t *schema.ResourceType) ([]byte, error) {
	text := slices.Concat([]byte(`{"`+t.Relation+`":[`), elements, []byte(`]}`))
	whole, err := parse(text)
	if err != nil {
		return nil, err
	}
	list := p.Apply(t, whole)[t.Relation]
	if list == nil {
		return nil, nil
	}
	text = appendValue(nil, t.Schema.Attribute(t.Relation), list)
	return text[1 : len(text)-1], nil
}
