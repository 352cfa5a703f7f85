package directory

import (
	"encoding/json"
	"strings"

	"github.com/askspoke/spoke/scim/filter"
	"github.com/askspoke/spoke/scim/provider"
	"github.com/askspoke/spoke/scim/schema"
)

// condition returns a filter as an expression over the row t. It may be NULL, which means false: that survives AND and
// OR, and Not is written as IS NOT TRUE. So comparisons stay bare, and an index serves them.
func (s Store) condition(t *schema.ResourceType, query provider.Query, args *arguments) string {
	c := &compiler{store: s, t: t, base: query.Base, arguments: args}
	return c.node(query.Filter, c.test)
}

type compiler struct {
	*arguments
	store   Store
	t       *schema.ResourceType
	base    string
	aliases int
}

// node compiles a tree whose comparisons test compiles: of the row, or of one element.
func (c *compiler) node(node filter.Node, test func(filter.Test) string) string {
	switch n := node.(type) {
	case filter.All:
		return c.join([]filter.Node(n), test, ` AND `, `true`)
	case filter.Any:
		return c.join([]filter.Node(n), test, ` OR `, `false`)
	case filter.Not:
		return `(` + c.node(n.Node, test) + `) IS NOT TRUE`
	case filter.Some:
		return c.some(n)
	case filter.Test:
		return test(n)
	}
	return `false`
}

func (c *compiler) join(nodes []filter.Node, test func(filter.Test) string, word, none string) string {
	if len(nodes) == 0 {
		return none
	}
	parts := make([]string, len(nodes))
	for i, n := range nodes {
		parts[i] = c.node(n, test)
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
		return c.node(n.Where, c.test)
	case !a.MultiValued: // its only element is the attribute itself
		there := c.descend(`t.search`, steps(n.Ref), func(value string) string { return value + ` IS NOT NULL` })
		return `(` + there + ` AND ` + c.node(n.Where, c.test) + `)`
	}
	if element, ok := equalities(n.Where); ok {
		return c.contains(n.Ref, []any{element})
	}
	return c.descend(`t.search`, steps(n.Ref), func(element string) string {
		return c.node(n.Where, func(inner filter.Test) string {
			return c.descend(element, subStep(inner.Ref), func(value string) string { return c.value(value, inner) })
		})
	})
}

// equalities returns the object that an element holds if and only if it meets the condition: one or more comparisons
// of different sub-attributes by eq.
func equalities(where filter.Node) (map[string]any, bool) {
	nodes, ok := where.(filter.All)
	if !ok {
		nodes = filter.All{where}
	}
	element := make(map[string]any, len(nodes))
	for _, node := range nodes {
		n, ok := node.(filter.Test)
		if !ok || n.Op != filter.Equal || n.Ref.Sub == nil || n.Ref.Sub.MultiValued {
			return nil, false
		}
		if _, twice := element[n.Ref.Sub.Name]; twice {
			return nil, false
		}
		element[n.Ref.Sub.Name] = formOf(n.Value)
	}
	return element, len(element) > 0
}

// contains compiles a look into the search form by its index: the attribute that ref names holds the value.
func (c *compiler) contains(ref schema.Ref, value any) string {
	value = map[string]any{ref.Attribute.Name: value}
	if ref.Extension {
		value = map[string]any{ref.Schema.ID: value}
	}
	text, err := json.Marshal(value)
	if err != nil { // a filter holds strings, booleans, numbers and times
		return `false`
	}
	return `t.search @> ` + c.add(string(text)) + `::jsonb`
}
