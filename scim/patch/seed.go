package patch

import (
	"encoding/json"

	"github.com/askspoke/spoke/scim"
	"github.com/askspoke/spoke/scim/filter"
	"github.com/askspoke/spoke/scim/schema"
)

// choose binds the filter in brackets.
func (p *Target) choose(attribute, brackets string, lenient *scim.Leniency) error {
	expression, err := filter.Parse(attribute+brackets, lenient)
	if err != nil {
		return err
	}
	chosen, ok := expression.(filter.ValuePath)
	if !ok {
		return malformed(p.text)
	}
	if p.Where, err = filter.BindElement(chosen.Where, p.Ref, lenient); err != nil {
		return err
	}
	p.seed = make(map[string]any)
	p.sow(chosen.Where)
	return nil
}

// sow takes from the filter what an element must hold to meet it: the eq terms that must all be true, spelled as the
// client spells them.
func (p *Target) sow(e filter.Expr) {
	switch e := e.(type) {
	case filter.And:
		for _, term := range e {
			p.sow(term)
		}
	case filter.Comparison:
		place := p.Ref
		place.Sub = p.Ref.Attribute.Sub(e.Path)
		if e.Op != filter.Equal || e.Value == nil || place.Sub == nil || place.Sub.Mutability == schema.ReadOnly {
			return
		}
		// Bind has accepted the value, so it is converted with every tolerance; what still is no value sows nothing.
		if v, err := place.Value(typed(e.Value, place.Sub), scim.Auto()); err == nil && v != nil {
			p.seed[place.Sub.Name] = v
		}
	}
}

// typed reads a number as text and text as a number where the attribute wants that: package filter does so too.
func typed(value any, a *schema.Attribute) any {
	number := a.Type == schema.Integer || a.Type == schema.Decimal
	switch v := value.(type) {
	case json.Number:
		if !number {
			return v.String()
		}
	case string:
		if number {
			return json.Number(v)
		}
	}
	return value
}
