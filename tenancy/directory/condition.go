package directory

import (
	"strings"

	"github.com/askspoke/spoke/scim/filter"
	"github.com/askspoke/spoke/scim/schema"
)

// condition returns a filter as an expression over the row t. It may be NULL, which means false: that survives AND and
// OR, and Not is written as IS NOT TRUE. So comparisons stay bare, and an index serves them.
func (c *compiler) condition(node filter.Node) string { return c.node(node, nil) }

type compiler struct {
	*arguments
	store   Store
	t       *schema.ResourceType
	base    string
	aliases int
}

// node compiles a tree whose comparisons test compiles, of one element; nil: they are of the row.
func (c *compiler) node(node filter.Node, test func(filter.Test) string) string {
	switch n := node.(type) {
	case filter.All:
		if test == nil {
			return c.all(n)
		}
		return c.join(n, test, ` AND `, `true`)
	case filter.Any:
		return c.join(n, test, ` OR `, `false`)
	case filter.Not:
		return `(` + c.node(n.Node, test) + `) IS NOT TRUE`
	case filter.Some:
		return c.some(n)
	case filter.Test:
		if test == nil {
			return c.test(n)
		}
		return test(n)
	}
	return `false`
}

func (c *compiler) join(nodes []filter.Node, test func(filter.Test) string, word, none string) string {
	parts := make([]string, len(nodes))
	for i, n := range nodes {
		parts[i] = c.node(n, test)
	}
	return joined(parts, word, none)
}

func joined(parts []string, word, none string) string {
	if len(parts) == 0 {
		return none
	}
	return `(` + strings.Join(parts, word) + `)`
}

// test compiles a comparison of the resource.
func (c *compiler) test(n filter.Test) string {
	a := n.Ref.Attribute
	if a == nil || n.Ref.Extension || !hasColumn(c.t, a.Name) {
		return c.searched(n)
	}
	switch a.Name {
	case "id":
		return c.id(`t.id`, n)
	case "meta":
		return c.meta(n)
	case "userName":
		return c.column(`t.user_name`, n)
	case "externalId":
		return c.column(`t.external_id`, n)
	case "displayName":
		return c.column(`t.display_name`, n)
	default:
		return c.related(func(row func(filter.Test) string) string { return row(n) })
	}
}

// some compiles a condition on one element.
func (c *compiler) some(n filter.Some) string {
	a := n.Ref.Attribute
	switch {
	case !n.Ref.Extension && a.Name == c.t.Relation:
		return c.related(func(row func(filter.Test) string) string { return c.node(n.Where, row) })
	case !n.Ref.Extension && a.Name == "meta": // every resource has it
		return c.node(n.Where, nil)
	}
	if held, ok := c.held(n); ok {
		return c.contains(held)
	}
	if !a.MultiValued { // its only element is the attribute itself
		there := c.descend(`t.search`, steps(n.Ref), func(value string) string { return value + ` IS NOT NULL` })
		return `(` + there + ` AND ` + c.node(n.Where, nil) + `)`
	}
	one := c.descend(`t.search`, steps(n.Ref), func(element string) string {
		return c.node(n.Where, func(inner filter.Test) string {
			return c.descend(element, subStep(inner.Ref), func(value string) string { return c.value(value, inner) })
		})
	})
	if held, ok := c.heldPart(n); ok {
		return `(` + c.contains(held) + ` AND ` + one + `)`
	}
	return one
}
