package directory

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"

	"github.com/askspoke/spoke/scim/schema"
)

// timeForm is how a dateTime is written in the search form: the order of the texts is the order of the instants.
const timeForm = "2006-01-02T15:04:05.000000000Z"

// hasColumn tells whether a core attribute is kept in columns or rows of its own and not in the search form.
func hasColumn(t *schema.ResourceType, name string) bool {
	switch name {
	case "id", "meta", "externalId", "userName", "displayName", t.Relation:
		return true
	}
	return false
}

// searchForm returns the JSON that filters look at: the object's own nesting and names, its values in comparison form.
func searchForm(t *schema.ResourceType, object map[string]any) (string, error) {
	form := make(map[string]any, len(object))
	for i := range t.Schema.Attributes {
		if a := &t.Schema.Attributes[i]; !hasColumn(t, a.Name) {
			setForm(form, a, object)
		}
	}
	if urns, ok := object["schemas"].([]any); ok {
		folded := make([]any, len(urns))
		for i, urn := range urns {
			text, _ := urn.(string)
			folded[i] = schema.Fold(text)
		}
		form["schemas"] = folded
	}
	for _, e := range t.Extensions {
		fields, ok := object[e.Schema.ID].(map[string]any)
		if !ok {
			continue
		}
		form[e.Schema.ID] = objectForm(e.Schema.Attributes, fields)
	}
	text, err := json.Marshal(form)
	if err != nil {
		return "", fmt.Errorf("encode search form: %w", err)
	}
	return string(text), nil
}

func setForm(form map[string]any, a *schema.Attribute, fields map[string]any) {
	if value := fields[a.Name]; value != nil {
		form[a.Name] = comparisonForm(a, value)
	}
}

func objectForm(attributes []schema.Attribute, fields map[string]any) map[string]any {
	form := make(map[string]any, len(fields))
	for i := range attributes {
		setForm(form, &attributes[i], fields)
	}
	return form
}

// comparisonForm is what a stored value, or an element of one, is compared as.
func comparisonForm(a *schema.Attribute, value any) any {
	switch v := value.(type) {
	case []any:
		list := make([]any, len(v))
		for i, item := range v {
			list[i] = comparisonForm(a, item)
		}
		return list
	case map[string]any:
		return objectForm(a.SubAttributes, v)
	case string:
		if a.Type == schema.DateTime {
			if at, err := schema.ParseDateTime(v); err == nil {
				return at.UTC().Format(timeForm)
			}
			return v
		}
		return a.Comparable(v)
	case json.Number:
		return numberForm(v)
	default:
		return v
	}
}

// numberForm returns a number that Postgres can hold: one too small, too great or too long for it is taken as the
// nearest double.
func numberForm(n json.Number) json.Number {
	const longest, greatest = 1000, 300
	f, err := n.Float64()
	if err == nil && f != 0 && len(n) <= longest && math.Abs(math.Log10(math.Abs(f))) < greatest {
		return n
	}
	return json.Number(strconv.FormatFloat(f, 'g', -1, 64))
}
