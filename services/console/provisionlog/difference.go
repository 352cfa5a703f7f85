package provisionlog

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/askspoke/spoke/services/console/word"
)

// difference is an attribute before and after a change, in lines of text. Nothing on a side: it was not there.
type difference struct {
	Path     string
	Old, New []string
}

// What a page shows of a change at most.
const (
	maxDifferences = 200
	maxLines       = 50
	shownJSON      = 64 << 10 // bytes of JSON
)

// differences are the attributes that an entry tells of, and how many more there are.
func differences(d logDetail, deleted bool) (list []difference, more int) {
	for _, c := range d.Changes {
		list = append(list, differ(c.Path, decoded(c.Old), decoded(c.New))...)
	}
	if document := d.document(); document != nil {
		for _, name := range slices.Sorted(maps.Keys(document)) {
			switch {
			case name == "schemas" || name == "id" || name == "meta":
			case deleted:
				list = append(list, differ(name, document[name], nil)...)
			default:
				list = append(list, differ(name, nil, document[name])...)
			}
		}
	}
	if len(list) > maxDifferences {
		return list[:maxDifferences], len(list) - maxDifferences
	}
	return list, 0
}

func decoded(text json.RawMessage) any {
	var value any
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	_ = decoder.Decode(&value) // none is nil
	return value
}

// differ compares the values of an attribute. A complex one is taken apart, a list is not: its elements have no names.
func differ(path string, old, changed any) []difference {
	before, wasObject := old.(map[string]any)
	after, isObject := changed.(map[string]any)
	if (wasObject || old == nil) && (isObject || changed == nil) && (wasObject || isObject) {
		names := maps.Clone(before)
		if names == nil {
			names = make(map[string]any)
		}
		maps.Copy(names, after)
		var list []difference
		for _, name := range slices.Sorted(maps.Keys(names)) {
			list = append(list, differ(path+separator(path)+name, before[name], after[name])...)
		}
		return list
	}
	d := difference{path, lines(old), lines(changed)}
	if slices.Equal(d.Old, d.New) {
		return nil
	}
	return []difference{d}
}

// separator is a colon behind the URN of an extension, and a dot behind an attribute.
func separator(path string) string {
	if strings.HasSuffix(path, ":User") || strings.HasSuffix(path, ":Group") {
		return ":"
	}
	return "."
}

// lines are a value for people: one for each element of a list.
func lines(value any) []string {
	list, ok := value.([]any)
	if !ok {
		list = []any{value}
	}
	if value == nil {
		return nil
	}
	out := make([]string, 0, min(len(list), maxLines)+1)
	for i, element := range list {
		if i == maxLines {
			return append(out, fmt.Sprintf("and %d more", len(list)-maxLines))
		}
		out = append(out, line(element))
	}
	return out
}

// line is one value: of a complex one its parts.
func line(value any) string {
	switch v := value.(type) {
	case nil:
		return ""
	case string:
		return word.Short(v)
	case map[string]any:
		parts := make([]string, 0, len(v))
		for _, name := range slices.Sorted(maps.Keys(v)) {
			parts = append(parts, name+": "+line(v[name]))
		}
		return word.Short(strings.Join(parts, ", "))
	case []any:
		parts := make([]string, 0, len(v))
		for _, element := range v {
			parts = append(parts, line(element))
		}
		return word.Short(strings.Join(parts, "; "))
	}
	return word.Short(fmt.Sprint(value))
}

// pretty is JSON with a line for each value; what is no JSON stays as it is. cut says that it was longer than is shown.
func pretty(text []byte) (shown string, cut bool) {
	var b bytes.Buffer
	if json.Indent(&b, text, "", "  ") != nil {
		b.Reset()
		b.Write(text)
	}
	if b.Len() > shownJSON {
		return strings.ToValidUTF8(string(b.Bytes()[:shownJSON]), ""), true
	}
	return b.String(), false
}
