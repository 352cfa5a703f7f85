package filter

import (
	"strings"

	"github.com/askspoke/spoke/scim"
	"github.com/askspoke/spoke/scim/schema"
)

// Bind resolves the names of a filter by a resource type and reads its values as the attributes' types want them. It
// refuses what the RFC refuses (an order of booleans, a text comparison of numbers), what no schema defines, and
// attributes that are never returned, because a filter would tell their values. The error is a 400 invalidFilter.
//
// The meaning it gives where the RFC is silent: "ne" is the negation of "eq", so it is true of an absent attribute, and
// of a multi-valued one when no element is equal. "eq null" is "not (pr)". A complex attribute compares by its value
// sub-attribute: manager eq "x". "pr" of a whole extension asks for any of its attributes. An element of a multi-valued
// attribute that does not say primary has it false, though "primary pr" asks whether it says so.
func Bind(e Expr, t *schema.ResourceType, lenient *scim.Leniency) (Node, error) {
	return binder{t: t, lenient: lenient}.node(e)
}

// BindElement binds the expression between the brackets of a value path, whose names are sub-attributes of what ref
// names: the path filter of a PATCH (RFC 7644 section 3.5.2). MatchElement evaluates the result.
func BindElement(e Expr, ref schema.Ref, lenient *scim.Leniency) (Node, error) {
	if err := hasElements(ref); err != nil {
		return nil, err
	}
	return binder{element: &ref, lenient: lenient}.node(e)
}

// binder resolves names within a resource type or, where element is set, within one element of it.
type binder struct {
	t       *schema.ResourceType
	element *schema.Ref
	lenient *scim.Leniency
	root    bool // names that the type does not define have no value, and are no mistake
}

func (b binder) node(e Expr) (Node, error) {
	switch e := e.(type) {
	case And:
		list, err := b.list(e)
		return All(list), err
	case Or:
		list, err := b.list(e)
		return Any(list), err
	case Negation:
		n, err := b.node(e.Expr)
		return Not{n}, err
	case ValuePath:
		return b.valuePath(e)
	case Comparison:
		return b.comparison(e)
	default:
		return nil, refuse("The filter is empty.").Breaks(scim.RuleFilterSyntax)
	}
}

func (b binder) list(list []Expr) ([]Node, error) {
	nodes := make([]Node, len(list))
	for i, e := range list {
		n, err := b.node(e)
		if err != nil {
			return nil, err
		}
		nodes[i] = n
	}
	return nodes, nil
}

func (b binder) valuePath(e ValuePath) (Node, error) {
	if b.element != nil {
		return nil, refuse("The filter has brackets inside the brackets of %s.", b.element).Breaks(scim.RuleFilterSyntax).About(b.element.String())
	}
	ref, defined, err := b.resolve(e.Path)
	if err != nil {
		return nil, err
	}
	if !defined {
		return constant(false), nil
	}
	if err := hasElements(ref); err != nil {
		return nil, err
	}
	where, err := binder{t: b.t, element: &ref, lenient: b.lenient, root: b.root}.node(e.Where)
	return Some{ref, where}, err
}

// hasElements refuses a value path on what is neither complex nor multi-valued.
func hasElements(ref schema.Ref) error {
	a := ref.Attribute
	if a == nil || ref.Sub != nil || a.Type != schema.Complex && !a.MultiValued {
		return refuse("The filter has brackets after %s, which has no elements with sub-attributes.", ref).Breaks(scim.RuleFilterAttribute).About(ref.String())
	}
	return nil
}

// resolve finds the attribute that a path names. defined is false, without an error, only where root is set.
func (b binder) resolve(path string) (ref schema.Ref, defined bool, err error) {
	if b.element != nil {
		ref = *b.element
		if ref.Sub = ref.Attribute.Sub(path); ref.Sub == nil && !isElementItself(ref.Attribute, path) {
			if b.root {
				return ref, false, nil
			}
			return ref, false, refuse("The filter names %q in the brackets of %s, which has no such sub-attribute.", schema.Shorten(path), ref).Breaks(scim.RuleFilterAttribute).About(ref.String() + "." + schema.Shorten(path))
		}
	} else {
		if ref, defined = b.t.Resolve(path, b.lenient); !defined {
			if b.root {
				return ref, false, nil
			}
			return ref, false, refuse("The filter names the attribute %q, which no schema of %s defines. Correct the name or its schema URN.", schema.Shorten(path), b.t.Name).Breaks(scim.RuleFilterAttribute).About(schema.Shorten(path))
		}
	}
	if isSecret(ref) {
		return ref, true, refuse("The filter names %s, which is never returned and therefore cannot be searched.", ref).Breaks(scim.RuleFilterSecret).About(ref.String())
	}
	return ref, true, nil
}

// isElementItself tells whether the path names the element of a multi-valued attribute without sub-attributes: such an
// element is its own value (RFC 7643 section 2.4).
func isElementItself(a *schema.Attribute, path string) bool {
	return a.Type != schema.Complex && strings.EqualFold(path, "value")
}

func isSecret(ref schema.Ref) bool {
	return ref.Attribute != nil && (ref.Attribute.Returned == schema.Never || ref.Leaf().Returned == schema.Never)
}

func refuse(format string, args ...any) *scim.Error {
	return scim.BadRequest(scim.InvalidFilter, format, args...)
}
