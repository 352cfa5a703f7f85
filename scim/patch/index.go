package patch

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/askspoke/spoke/scim/schema"
)

// index finds elements of a multi-valued attribute that are the same value: of the same value and type, of the same
// value where the one that is looked for says no type, or else the same as a whole. Text is compared as the attribute
// compares it (schema.Attribute.Comparable), and primary false is primary absent.
type index struct {
	attribute *schema.Attribute
	places    map[string]int
}

// index returns the places of the elements, the first of each kind.
func (l *elements) index() index {
	x := index{attribute: l.ref.Attribute, places: make(map[string]int, 2*len(l.list))}
	for i, item := range l.list {
		x.add(i, item)
	}
	return x
}

func (x index) add(place int, item any) {
	for _, key := range x.keys(item) {
		if _, taken := x.places[key]; !taken {
			x.places[key] = place
		}
	}
}

// find returns the place of the element that a value repeats.
func (x index) find(item any) (place int, found bool) {
	place, found = x.places[x.sought(item)]
	return place, found
}

// covers tells whether an element repeats a value that was kept under its sought key.
func (x index) covers(item any) bool {
	for _, key := range x.keys(item) {
		if _, found := x.places[key]; found {
			return true
		}
	}
	return false
}

// sought is the key under which a value finds its like.
func (x index) sought(item any) string {
	keys := x.keys(item)
	if fields, _ := item.(map[string]any); len(keys) > 1 && fields["type"] == nil {
		return keys[1]
	}
	return keys[0]
}

// keys are the keys that an element is found by: of value and type, and of its value; or of the whole.
func (x index) keys(item any) []string {
	fields, _ := item.(map[string]any)
	value := fields["value"]
	if value == nil {
		return []string{wholeKey(x.attribute, item)}
	}
	byValue := "value " + comparison(x.attribute.Sub("value"), value)
	return []string{byValue + " type " + comparison(x.attribute.Sub("type"), fields["type"]), byValue}
}

// wholeKey is equal for elements that are the same in comparison form.
func wholeKey(a *schema.Attribute, item any) string {
	fields, ok := item.(map[string]any)
	if !ok {
		return comparison(a, item)
	}
	var b strings.Builder
	for i := range a.SubAttributes {
		sub := &a.SubAttributes[i]
		value := fields[sub.Name]
		if value == nil || sub.Name == "primary" && value == false {
			continue
		}
		b.WriteString(sub.Name)
		b.WriteByte('=')
		b.WriteString(comparison(sub, value))
		b.WriteByte(' ')
	}
	return b.String()
}

// comparison is the comparison form of a stored value, as text that ends where it seems to.
func comparison(a *schema.Attribute, value any) string {
	switch v := value.(type) {
	case nil:
		return ""
	case string:
		return strconv.Quote(a.Comparable(v))
	case []any, map[string]any:
		text, _ := json.Marshal(v) // canonical values always encode
		return string(text)
	default:
		return fmt.Sprint(v)
	}
}
