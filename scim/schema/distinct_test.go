package schema

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What is compared follows the attribute: its case, its sub-attributes, and that it has none.
func TestDistinct(t *testing.T) {
	t.Parallel()
	text := func(exact bool) *Attribute {
		return &Attribute{Name: "tags", Type: String, MultiValued: true, CaseExact: exact}
	}
	doors := &Attribute{Name: "doors", Type: Complex, MultiValued: true, SubAttributes: []Attribute{
		{Name: "value", Type: String}, {Name: "floor", Type: Integer}, {Name: "primary", Type: Boolean},
	}}
	object := func(value string, floor json.Number) map[string]any {
		return map[string]any{"value": value, "floor": floor}
	}
	for name, test := range map[string]struct {
		attribute  *Attribute
		list, want []any
	}{
		"text":                 {text(false), []any{"a", "b", "A", "a"}, []any{"a", "b"}},
		"text with case":       {text(true), []any{"a", "b", "A", "a"}, []any{"a", "b", "A"}},
		"numbers":              {&Attribute{Name: "floors", Type: Integer, MultiValued: true}, []any{json.Number("1"), json.Number("1"), json.Number("2")}, []any{json.Number("1"), json.Number("2")}},
		"values without types": {doors, []any{object("North", "1"), object("North", "2"), object("north", "1")}, []any{object("North", "1"), object("North", "2")}},
		"one":                  {text(false), []any{"a"}, []any{"a"}},
	} {
		before, _ := json.Marshal(test.list)
		if diff := cmp.Diff(test.want, test.attribute.Distinct(test.list)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if after, _ := json.Marshal(test.list); string(after) != string(before) {
			t.Errorf("%s: the list was modified: %s", name, after)
		}
	}
}
