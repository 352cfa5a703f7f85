package directory

import (
	"strings"
	"time"

	"github.com/askspoke/spoke/scim/filter"
)

// order has the SQL of the operators that compare by order.
var order = map[filter.Op]string{
	filter.Equal: "=", filter.Greater: ">", filter.GreaterOrEqual: ">=", filter.Less: "<", filter.LessOrEqual: "<=",
}

// column compiles a comparison of a text column whose collation is "C".
func (c *compiler) column(column string, n filter.Test) string {
	text, ok := n.Value.(string)
	if !ok {
		return column + ` <> ''`
	}
	return c.text(column, n.Op, text)
}

var likeEscaper = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

// text compiles a comparison of a text expression, byte by byte.
func (c *compiler) text(expression string, op filter.Op, value string) string {
	switch op {
	case filter.Contains:
		value = `%` + likeEscaper.Replace(value) + `%`
	case filter.StartsWith:
		value = likeEscaper.Replace(value) + `%`
	case filter.EndsWith:
		value = `%` + likeEscaper.Replace(value)
	default:
		return expression + ` COLLATE "C" ` + order[op] + ` ` + c.add(value)
	}
	return expression + ` COLLATE "C" LIKE ` + c.add(value) + ` ESCAPE '\'`
}

// id compiles a comparison of a uuid column.
func (c *compiler) id(column string, n filter.Test) string {
	text, ok := n.Value.(string)
	switch {
	case !ok:
		return column + ` IS NOT NULL`
	case n.Op != filter.Equal:
		return c.text(column+`::text`, n.Op, text)
	case !isID(text):
		return `false`
	}
	return column + ` = ` + c.add(text) + `::uuid`
}

// meta compiles a comparison of a sub-attribute of meta, which every resource has.
func (c *compiler) meta(n filter.Test) string {
	if n.Op == filter.Present {
		return `true`
	}
	switch n.Ref.Sub.Name {
	case "created":
		return c.instant(`t.created`, n)
	case "lastModified":
		return c.instant(`t.modified`, n)
	case "version":
		return c.column(`('W/"' || t.version || '"')`, n)
	case "location":
		return c.uri(c.t.Endpoint, `t.id`, n)
	case "resourceType":
		return c.column(c.add(c.t.Name)+`::text`, n)
	}
	return `false`
}

// instant compiles a comparison of a timestamp column, which has whole milliseconds while a filter may have less.
func (c *compiler) instant(column string, n filter.Test) string {
	at, ok := n.Value.(time.Time)
	if !ok {
		return `false`
	}
	op, whole := n.Op, at.Truncate(time.Millisecond)
	if !whole.Equal(at) { // it lies between whole and the next millisecond
		switch op {
		case filter.Equal:
			return `false`
		case filter.GreaterOrEqual:
			op = filter.Greater
		case filter.Less:
			op = filter.LessOrEqual
		}
	}
	return column + ` ` + order[op] + ` ` + c.add(whole.UTC()) + `::timestamptz`
}

// uri compiles a comparison of the URI of a resource whose id is in a uuid column.
func (c *compiler) uri(endpoint, column string, n filter.Test) string {
	text, _ := n.Value.(string)
	prefix := c.base + endpoint + `/`
	if n.Op == filter.Equal {
		id, found := strings.CutPrefix(text, prefix)
		if !found || !isID(id) {
			return `false`
		}
		return column + ` = ` + c.add(id) + `::uuid`
	}
	return c.column(`(`+c.add(prefix)+`::text || `+column+`)`, n)
}
