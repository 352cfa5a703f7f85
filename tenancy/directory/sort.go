package directory

import (
	"encoding/json"
	"strconv"
	"time"

	"github.com/askspoke/spoke/scim/provider"
	"github.com/askspoke/spoke/scim/resource"
	"github.com/askspoke/spoke/scim/schema"
)

// sortKey is what a list is ordered by before the time of creation.
type sortKey struct {
	expression string // of the row t
	kind       string // its SQL type
	column     bool   // it is made of columns, not of the search form
	nullable   bool
	descending bool
	dateTime   bool                              // the text is a time in timeForm
	instant    func(resource.Document) time.Time // of a timestamptz: the same, read from the document
}

// sortLength is how many characters of a text decide about its place (provider.Sort).
const sortLength = schema.MaxIdentifier

// sortKey returns the key of an order, or nil where the resources cannot be told apart by it: of a relation, of what is
// the same for all, and of what holds no value of its own.
func (c *compiler) sortKey(sort provider.Sort) *sortKey {
	key := c.sortValue(sort.Ref)
	if key != nil {
		key.descending = sort.Descending
	}
	return key
}

func (c *compiler) sortValue(ref schema.Ref) *sortKey {
	leaf, a := ref.Leaf(), ref.Attribute
	if leaf != nil && leaf.Type == schema.Complex && ref.Sub == nil {
		leaf = leaf.Sub("value")
	}
	switch {
	case leaf == nil || leaf.Type == schema.Complex:
		return nil
	case ref.Extension || !hasColumn(c.t, a.Name):
		return c.searchedKey(ref, leaf)
	}
	switch a.Name {
	case "id":
		return &sortKey{expression: `t.id`, kind: `uuid`, column: true}
	case "meta":
		return metaKey(leaf.Name)
	case "userName":
		return &sortKey{expression: `t.user_name`, kind: `text`, column: true}
	case "displayName":
		return &sortKey{expression: `t.display_name`, kind: `text`, column: true, nullable: !isGroup(c.t)}
	case "externalId":
		return &sortKey{expression: `t.external_id`, kind: `text`, column: true, nullable: true}
	}
	return nil
}

func metaKey(name string) *sortKey {
	switch name {
	case "created":
		return &sortKey{
			expression: `t.created`, kind: `timestamptz`, column: true,
			instant: func(d resource.Document) time.Time { return d.Created },
		}
	case "lastModified":
		return &sortKey{
			expression: `t.modified`, kind: `timestamptz`, column: true,
			instant: func(d resource.Document) time.Time { return d.Modified },
		}
	case "version":
		return &sortKey{expression: `('W/"' || t.version || '"') COLLATE "C"`, kind: `text`, column: true}
	case "location": // begins alike for all
		return &sortKey{expression: `t.id`, kind: `uuid`, column: true}
	}
	return nil
}

// searchedKey is a value in the search form.
func (c *compiler) searchedKey(ref schema.Ref, leaf *schema.Attribute) *sortKey {
	value := `t.search`
	if ref.Extension {
		value = c.field(value, ref.Schema.ID)
	}
	value = c.chosen(c.field(value, ref.Attribute.Name), ref.Attribute)
	if ref.Attribute.Type == schema.Complex {
		value = c.chosen(c.field(value, leaf.Name), leaf)
	}
	when := func(kind, then string) string {
		return `CASE jsonb_typeof(` + value + `) WHEN '` + kind + `' THEN ` + then + ` END`
	}
	switch leaf.Type {
	case schema.Boolean:
		return &sortKey{expression: when(`boolean`, value+`::boolean`), kind: `boolean`, nullable: true}
	case schema.Integer, schema.Decimal:
		return &sortKey{expression: when(`number`, value+`::numeric`), kind: `numeric`, nullable: true}
	}
	text := `left(` + value + ` #>> '{}', ` + strconv.Itoa(sortLength) + `)`
	return &sortKey{
		expression: `(` + when(`string`, text) + `) COLLATE "C"`, kind: `text`, nullable: true, dateTime: leaf.Type == schema.DateTime,
	}
}

func (c *compiler) field(object, name string) string {
	return `(` + object + ` -> ` + c.add(name) + `::text)`
}

// chosen returns the value of an attribute that stands for it in an order: of a list the primary element, else the first.
func (c *compiler) chosen(value string, a *schema.Attribute) string {
	if !a.MultiValued {
		return value
	}
	first, primary := `(`+value+` -> 0)`, a.Sub("primary")
	if primary == nil {
		return first
	}
	name, _ := json.Marshal(primary.Name) // a string always encodes
	path := `strict $[*] ? (@.` + string(name) + ` == true)`
	return `COALESCE(jsonb_path_query_first(` + value + `, ` + c.add(path) + `::jsonpath, '{}', true), ` + first + `)`
}

// text is the key as it is read from the statement.
func (k *sortKey) text(key string) string {
	if k == nil || k.instant != nil {
		return `NULL::text`
	}
	return `(` + key + `)::text`
}
