package filter

import (
	"github.com/askspoke/spoke/scim"
	"github.com/askspoke/spoke/scim/schema"
)

// BindRoot binds a filter of a query over all resource types (RFC 7644 section 3.4.2.1) by one of them. An attribute that
// the type does not define has no value there: a comparison with it is false, "ne" and "eq null" are true. What the type
// itself decides, such as meta.resourceType eq "User", is not left to the store. A nil node is met by every resource of
// the type; never tells that none meets the filter. The error is Bind's, but for names.
func BindRoot(e Expr, t *schema.ResourceType, lenient *scim.Leniency) (n Node, never bool, err error) {
	if n, err = (binder{t: t, lenient: lenient, root: true}).node(e); err != nil {
		return nil, false, err
	}
	n = fold(n, t)
	switch {
	case isConstant(n, true):
		return nil, false, nil
	case isConstant(n, false):
		return nil, true, nil
	}
	return n, false, nil
}

// constant is true or false as a node: of no nodes all are met, and none is.
func constant(truth bool) Node {
	if truth {
		return All{}
	}
	return Any{}
}

func isConstant(n Node, truth bool) bool {
	switch n := n.(type) {
	case All:
		return truth && len(n) == 0
	case Any:
		return !truth && len(n) == 0
	}
	return false
}

// undefined is a comparison with an attribute that is never there.
func undefined(c Comparison) Node {
	return constant(c.Op == NotEqual && c.Value != nil || c.Op == Equal && c.Value == nil)
}

// fold leaves out of a filter what is the same for all resources of the type. Constants do not stay inside others.
func fold(n Node, t *schema.ResourceType) Node {
	switch n := n.(type) {
	case All:
		return foldList(n, t, true, func(list []Node) Node { return All(list) })
	case Any:
		return foldList(n, t, false, func(list []Node) Node { return Any(list) })
	case Not:
		inner := fold(n.Node, t)
		for _, truth := range [...]bool{true, false} {
			if isConstant(inner, truth) {
				return constant(!truth)
			}
		}
		return Not{inner}
	case Some:
		where := fold(n.Where, nil)
		switch {
		case isConstant(where, false):
			return where
		case isConstant(where, true):
			return Test{Ref: n.Ref, Op: Present}
		}
		return Some{n.Ref, where}
	case Test:
		if t != nil && !n.Ref.Extension && n.Ref.Attribute.Name == "meta" && n.Ref.Sub != nil && n.Ref.Sub.Name == "resourceType" {
			return constant(n.holds(t.Name))
		}
	}
	return n
}

// foldList folds an and (neutral is true) or an or.
func foldList(list []Node, t *schema.ResourceType, neutral bool, join func([]Node) Node) Node {
	var kept []Node
	for _, n := range list {
		switch n = fold(n, t); {
		case isConstant(n, neutral):
		case isConstant(n, !neutral):
			return n
		default:
			kept = append(kept, n)
		}
	}
	switch len(kept) {
	case 0:
		return constant(neutral)
	case 1:
		return kept[0]
	}
	return join(kept)
}
