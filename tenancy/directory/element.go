package directory

import (
	"encoding/json"
	"strconv"
	"time"

	"github.com/askspoke/spoke/scim/filter"
	"github.com/askspoke/spoke/scim/schema"
)

// step is one name on the way into a JSON value, and whether a list lies there.
type step struct {
	name string
	list bool
}

func steps(ref schema.Ref) []step {
	var way []step
	if ref.Extension {
		way = append(way, step{name: ref.Schema.ID})
	}
	if ref.Attribute != nil {
		way = append(way, step{ref.Attribute.Name, ref.Attribute.MultiValued})
	}
	return way
}

func subStep(ref schema.Ref) []step {
	if ref.Sub == nil {
		return nil
	}
	return []step{{ref.Sub.Name, ref.Sub.MultiValued}}
}

// searched compiles a comparison of an attribute in the search form.
func (c *compiler) searched(n filter.Test) string {
	if held, ok := c.held(n); ok {
		return c.contains(held)
	}
	way := append(steps(n.Ref), subStep(n.Ref)...)
	if n.Op == filter.Present {
		way[len(way)-1].list = false // a list that is there is not empty
	}
	return c.descend(`t.search`, way, func(value string) string { return c.value(value, n) })
}

// descend compiles a condition on what lies at the end of the way from the jsonb expression from: where a list lies on
// it, on one of its elements.
func (c *compiler) descend(from string, way []step, at func(string) string) string {
	if len(way) == 0 {
		return at(from)
	}
	from = `(` + from + ` -> ` + c.add(way[0].name) + `::text)`
	if !way[0].list {
		return c.descend(from, way[1:], at)
	}
	c.aliases++
	alias := `e` + strconv.Itoa(c.aliases)
	return `EXISTS (SELECT 1 FROM jsonb_array_elements(CASE jsonb_typeof(` + from + `) WHEN 'array' THEN ` + from +
		` ELSE '[]' END) AS ` + alias + ` (v) WHERE ` + c.descend(alias+`.v`, way[1:], at) + `)`
}

// value compiles a comparison of a jsonb expression.
func (c *compiler) value(expression string, n filter.Test) string {
	switch v := n.Value.(type) {
	case nil:
		return `jsonb_path_exists(` + expression + `, '` + something + `')`
	case bool:
		return expression + ` = ` + c.add(strconv.FormatBool(v)) + `::jsonb`
	case json.Number:
		return `CASE jsonb_typeof(` + expression + `) WHEN 'number' THEN (` + expression + `)::numeric ` + order[n.Op] + ` ` +
			c.add(numberForm(v).String()) + `::numeric END`
	case time.Time:
		return c.text(`(`+expression+` #>> '{}')`, n.Op, v.UTC().Format(timeForm))
	case string:
		return c.text(`(`+expression+` #>> '{}')`, n.Op, v)
	}
	return `false`
}

// something finds what makes a value present (RFC 7644 table 3, pr): anything in it that is not an empty text.
const something = `$.** ? (@.type() == "boolean" || @.type() == "number" || @.type() == "string" && @ != "")`

// formOf returns a filter's value as the search form has it.
func formOf(value any) any {
	switch v := value.(type) {
	case time.Time:
		return v.UTC().Format(timeForm)
	case json.Number:
		return numberForm(v)
	}
	return value
}
