package filter

import (
	"strings"

	"github.com/askspoke/spoke/scim"
	"github.com/askspoke/spoke/scim/schema"
)

// comparison binds one attribute expression.
func (b binder) comparison(c Comparison) (Node, error) {
	ref, defined, err := b.resolve(c.Path)
	if err != nil {
		return nil, err
	}
	if !defined {
		return undefined(c), nil
	}
	if c.Op == Present {
		return present(ref), nil
	}
	if c.Value == nil {
		return nullComparison(ref, c.Op)
	}
	if ref, err = comparand(ref); err != nil {
		return nil, err
	}
	if err := checkOperator(ref, c.Op); err != nil {
		return nil, err
	}
	value, err := b.value(ref, c.Value)
	if err != nil {
		return nil, err
	}
	if c.Op == NotEqual {
		return Not{b.test(ref, Equal, value)}, nil
	}
	return b.test(ref, c.Op, value), nil
}

// test compares by an operator that Test has. An element that does not say that it is primary is not (RFC 7643 section
// 2.4), so primary eq false asks for an element of which primary eq true does not hold.
func (b binder) test(ref schema.Ref, op Op, value any) Node {
	if value != false || !isPrimary(ref) {
		return Test{ref, op, value}
	}
	other := Not{Test{ref, Equal, true}}
	if b.element != nil {
		return other
	}
	ref.Sub = nil
	return Some{ref, other}
}

// isPrimary tells whether ref names what says of an element that it is the primary one.
func isPrimary(ref schema.Ref) bool {
	return ref.Sub != nil && ref.Attribute.MultiValued && ref.Sub.Type == schema.Boolean && strings.EqualFold(ref.Sub.Name, "primary")
}

// present is true of a whole extension when one of its attributes is there.
func present(ref schema.Ref) Node {
	if ref.Attribute != nil {
		return Test{Ref: ref, Op: Present}
	}
	list := Any{}
	for i := range ref.Schema.Attributes {
		if ref.Attribute = &ref.Schema.Attributes[i]; !isSecret(ref) {
			list = append(list, Test{Ref: ref, Op: Present})
		}
	}
	return list
}

func nullComparison(ref schema.Ref, op Op) (Node, error) {
	switch op {
	case Equal:
		return Not{present(ref)}, nil
	case NotEqual:
		return present(ref), nil
	default:
		return nil, refuse("The filter compares %s with null by %q: null can only be compared by eq and ne.", ref, op).Breaks(scim.RuleFilterOperator).About(ref.String())
	}
}

// comparand returns the attribute that holds the value to compare: a complex attribute itself holds none.
func comparand(ref schema.Ref) (schema.Ref, error) {
	if ref.Attribute == nil {
		return ref, refuse("The filter compares the schema %s as a whole: name one of its attributes.", ref).Breaks(scim.RuleFilterAttribute).About(ref.String())
	}
	leaf := ref.Leaf()
	if leaf.Type != schema.Complex {
		return ref, nil
	}
	if ref.Sub == nil {
		if value := leaf.Sub("value"); value != nil && value.Returned != schema.Never {
			ref.Sub = value
			return ref, nil
		}
	}
	example := "its sub-attributes"
	if len(leaf.SubAttributes) > 0 {
		example += ", such as " + ref.String() + "." + leaf.SubAttributes[0].Name
	}
	return ref, refuse("The filter compares %s, which is complex: name one of %s.", ref, example).Breaks(scim.RuleFilterAttribute).About(ref.String())
}

// checkOperator refuses what has no meaning for the attribute's type (RFC 7644 table 3).
func checkOperator(ref schema.Ref, op Op) error {
	kind := ref.Leaf().Type
	allowed := true
	switch op {
	case Equal, NotEqual:
	case Contains, StartsWith, EndsWith:
		allowed = kind == schema.String || kind == schema.Reference
	case Greater, GreaterOrEqual, Less, LessOrEqual:
		allowed = kind != schema.Boolean && kind != schema.Binary
	default:
		return refuse("The filter has the operator %q, which is not supported.", schema.Shorten(string(op))).Breaks(scim.RuleFilterOperator).About(ref.String())
	}
	if !allowed {
		return refuse("The filter compares %s by %q, which has no meaning for the type %s.", ref, op, kind).Breaks(scim.RuleFilterOperator).About(ref.String())
	}
	return nil
}
