package dialect

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// meets returns what is wrong with an answer, or "".
func (c check) meets(a answer, operand string) string {
	if c.header {
		return c.meetsHeader(a, operand)
	}
	got, there := lookup(a.body, c.path)
	switch c.op {
	case "present":
		return unless(there, "is absent")
	case "absent":
		return unless(!there, "is %s", show(got))
	}
	if !there {
		return unless(c.op == "!=" || c.op == "lacks", "is absent")
	}
	switch c.op {
	case "is":
		return unless(kindOf(got) == operand || operand == "number" && kindOf(got) == "integer", "is %s", show(got))
	case "contains":
		text, ok := got.(string)
		return unless(ok && strings.Contains(text, operand), "is %s", show(got))
	case "count":
		list, ok := got.([]any)
		return unless(ok && strconv.Itoa(len(list)) == operand, "is %s", show(got))
	}
	var want any
	if err := json.Unmarshal([]byte(operand), &want); err != nil {
		return fmt.Sprintf("cannot be compared: %v: %s", err, operand)
	}
	list, _ := got.([]any)
	has := slices.ContainsFunc(list, func(item any) bool { return like(want, item) })
	switch c.op {
	case "=":
		if strings.HasSuffix(c.path, "members") || strings.HasSuffix(c.path, "groups") {
			want, got = sorted(want), sorted(got)
		}
		return unless(equal(want, got), "is %s", show(got))
	case "!=":
		return unless(!equal(want, got), "is that")
	case "has":
		return unless(has, "is %s", show(got))
	default:
		return unless(!has, "is %s", show(got))
	}
}

func (c check) meetsHeader(a answer, operand string) string {
	values := a.header.Values(c.path)
	got := strings.Join(values, ", ")
	switch c.op {
	case "present":
		return unless(len(values) > 0, "is absent")
	case "absent":
		return unless(len(values) == 0, "is %q", got)
	case "contains":
		return unless(strings.Contains(got, operand), "is %q", got)
	case "!=":
		return unless(got != operand, "is that")
	default:
		return unless(got == operand, "is %q", got)
	}
}

func unless(ok bool, format string, args ...any) string {
	if ok {
		return ""
	}
	return fmt.Sprintf(format, args...)
}

func show(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		return err.Error()
	}
	if len(text) > 1500 {
		return string(text[:1500]) + "…"
	}
	return string(text)
}

func kindOf(value any) string {
	switch v := value.(type) {
	case string:
		return "string"
	case bool:
		return "boolean"
	case float64:
		if v == math.Trunc(v) {
			return "integer"
		}
		return "number"
	case map[string]any:
		return "object"
	case []any:
		return "list"
	default:
		return "null"
	}
}

// equal compares JSON values. "*" is whatever is there, and the elements of members and groups have no order.
func equal(want, got any) bool {
	switch w := want.(type) {
	case string:
		return w == "*" || reflect.DeepEqual(want, got)
	case map[string]any:
		g, ok := got.(map[string]any)
		return ok && len(w) == len(g) && like(want, got)
	case []any:
		g, ok := got.([]any)
		if !ok || len(w) != len(g) {
			return false
		}
		for i := range w {
			if !equal(w[i], g[i]) {
				return false
			}
		}
		return true
	default:
		return reflect.DeepEqual(want, got)
	}
}

// like tells whether got has at least the members that want has.
func like(want, got any) bool {
	w, ok := want.(map[string]any)
	if !ok {
		return equal(want, got)
	}
	g, _ := got.(map[string]any)
	for name, value := range w {
		other, there := g[name]
		if name == "members" || name == "groups" {
			value, other = sorted(value), sorted(other)
		}
		if !there || !equal(value, other) {
			return false
		}
	}
	return g != nil
}

// sorted returns a list of references in the order of their values.
func sorted(value any) any {
	list, ok := value.([]any)
	if !ok {
		return value
	}
	list = slices.Clone(list)
	slices.SortFunc(list, func(a, b any) int { return strings.Compare(show(idOf(a)), show(idOf(b))) })
	return list
}

func idOf(item any) any {
	fields, _ := item.(map[string]any)
	return fields["value"]
}
