package directory

import (
	"strings"

	"github.com/askspoke/spoke/scim/schema"
)

// column is one column of a resource's row with what is written to it.
type column struct {
	name, cast string
	value      any
}

// columns returns what the row of a resource holds of its object. The document is first.
func (s Store) columns(t *schema.ResourceType, object map[string]any, body []byte) ([]column, error) {
	search, err := searchForm(t, object)
	if err != nil {
		return nil, err
	}
	display := text(object, "displayName")
	shown := display
	if display != nil && *display == "" {
		shown = nil
	}
	columns := []column{
		{"document", "text::json", string(body)},
		{"search", "jsonb", search},
		{"external_id", "text", text(object, "externalId")},
		{"display", "text", shown},
		{"display_name", "text", folded(display)},
	}
	if !isGroup(t) {
		return append(columns, column{"user_name", "text", folded(text(object, "userName"))}), nil
	}
	unique := folded(display)
	if !s.uniqueGroupNames {
		unique = nil
	}
	return append(columns, column{"unique_name", "text", unique}), nil
}

// text returns a string attribute, nil where it is absent.
func text(object map[string]any, name string) *string {
	if v, ok := object[name].(string); ok {
		return &v
	}
	return nil
}

func folded(s *string) *string {
	if s == nil {
		return nil
	}
	v := schema.Fold(*s)
	return &v
}

// inserted returns the names and the values of columns as an INSERT has them.
func inserted(columns []column, args *arguments) (names, values string) {
	var n, v strings.Builder
	for i, c := range columns {
		if i > 0 {
			n.WriteString(", ")
			v.WriteString(", ")
		}
		n.WriteString(c.name)
		v.WriteString(args.add(c.value) + "::" + c.cast)
	}
	return n.String(), v.String()
}

// assigned returns the columns as the SET of an UPDATE has them.
func assigned(columns []column, args *arguments) string {
	var b strings.Builder
	for _, c := range columns {
		b.WriteString(", " + c.name + " = " + args.add(c.value) + "::" + c.cast)
	}
	return b.String()
}
