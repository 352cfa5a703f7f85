package people

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/askspoke/spoke/scim/schema"
	"github.com/askspoke/spoke/services/console/place"
)

// factGroup is attributes of a resource that belong together.
type factGroup struct {
	Title string
	URN   string // of the extension that they are of; "": the core schema
	Facts []fact
}

// fact is an attribute that the resource has.
type fact struct {
	Label  string
	Path   string // as SCIM names it
	Values []factValue
}

// factValue is a value, or one of several. Notes are what stands beside it, such as its type.
type factValue struct {
	Text  string
	Cut   int    // how many characters are left out at the end
	Link  string // a page of this console
	Notes []string
}

// maxShown is how many characters are shown of a value.
const maxShown = 500

// describe returns what a resource holds, in the order of its schemas, for people, but for what each page says above: id,
// externalId and meta. What no schema defines comes last.
func describe(t *schema.ResourceType, object map[string]any) []factGroup {
	rest := maps.Clone(object)
	for _, name := range []string{"schemas", "meta", "id", "externalId", t.Relation} {
		delete(rest, name)
	}
	groups := []factGroup{{Title: "Attributes", Facts: facts(t.Schema.Attributes, "", rest)}}
	for _, e := range t.Extensions {
		fields, ok := rest[e.Schema.ID].(map[string]any)
		if !ok {
			continue
		}
		delete(rest, e.Schema.ID)
		fields = maps.Clone(fields)
		g := factGroup{Title: spelledOut(e.Schema.Name), URN: e.Schema.ID, Facts: facts(e.Schema.Attributes, e.Schema.ID+":", fields)}
		g.Facts = append(g.Facts, unknownFacts(e.Schema.ID+":", fields)...)
		groups = append(groups, g)
	}
	if left := unknownFacts("", rest); len(left) > 0 {
		groups = append(groups, factGroup{Title: "Without a schema", Facts: left})
	}
	return slices.DeleteFunc(groups, func(g factGroup) bool { return len(g.Facts) == 0 })
}

// facts takes the attributes out of fields.
func facts(attributes []schema.Attribute, prefix string, fields map[string]any) (list []fact) {
	for i := range attributes {
		a := &attributes[i]
		value, ok := fields[a.Name]
		delete(fields, a.Name)
		if !ok || value == nil || a.Returned == schema.Never {
			continue
		}
		if object, single := value.(map[string]any); single && a.Type == schema.Complex && a.Sub("value") == nil {
			inner := maps.Clone(object)
			list = append(list, facts(a.SubAttributes, prefix+a.Name+".", inner)...)
			list = append(list, unknownFacts(prefix+a.Name+".", inner)...)
			continue
		}
		f := fact{Label: spelledOut(a.Name), Path: prefix + a.Name}
		items, several := value.([]any)
		if !several {
			items = []any{value}
		}
		for _, item := range items {
			f.Values = append(f.Values, valueOf(a, item))
		}
		list = append(list, f)
	}
	return list
}

// unknownFacts are what no attribute defines, in the order of the names.
func unknownFacts(prefix string, fields map[string]any) (list []fact) {
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if fields[name] != nil {
			list = append(list, fact{Label: name, Path: prefix + name, Values: []factValue{shortened(plain(fields[name]))}})
		}
	}
	return list
}

// valueOf is one value: of a complex one what it is known by, with the rest beside it.
func valueOf(a *schema.Attribute, value any) factValue {
	object, ok := value.(map[string]any)
	if !ok {
		return shortened(plain(value))
	}
	inner := maps.Clone(object)
	var main string
	for _, name := range []string{"value", "formatted", "display", "displayName"} {
		if sub := a.Sub(name); inner[name] != nil && (sub == nil || sub.Returned != schema.Never) {
			main = plain(inner[name])
			delete(inner, name)
			break
		}
	}
	v := shortened(main)
	for i := range a.SubAttributes {
		sub := &a.SubAttributes[i]
		part, ok := inner[sub.Name]
		delete(inner, sub.Name)
		if !ok || part == nil || sub.Returned == schema.Never {
			continue
		}
		v.Notes = append(v.Notes, note(sub.Name, part))
	}
	for _, name := range slices.Sorted(maps.Keys(inner)) {
		v.Notes = append(v.Notes, note(name, inner[name]))
	}
	if a.Name == "manager" && canonicalID(main) {
		v.Link = place.Users + "/" + main
	}
	v.Notes = slices.DeleteFunc(v.Notes, func(n string) bool { return n == "" })
	return v
}

// note is a part of a value that stands beside it.
func note(name string, part any) string {
	switch {
	case name == "type":
		return shortened(plain(part)).Text
	case name == "primary" && part == true:
		return "primary"
	case name == "primary", name == "$ref":
		return ""
	}
	return spelledOut(name) + ": " + shortened(plain(part)).Text
}

// plain is a value as text.
func plain(value any) string {
	switch v := value.(type) {
	case string:
		return v
	case bool:
		if v {
			return "yes"
		}
		return "no"
	case json.Number:
		return v.String()
	}
	text, err := json.Marshal(value)
	if err != nil {
		return fmt.Sprint(value)
	}
	return string(text)
}

// shortened is a text of at most maxShown characters.
func shortened(text string) factValue {
	n := utf8.RuneCountInString(text)
	if n <= maxShown {
		return factValue{Text: text}
	}
	return factValue{Text: string([]rune(text)[:maxShown]), Cut: n - maxShown}
}

// spelledOut is a name of SCIM's in words: givenName → Given name. One that has words already stays.
func spelledOut(name string) string {
	if strings.Contains(name, " ") {
		return name
	}
	var b strings.Builder
	runes := []rune(strings.TrimPrefix(name, "$"))
	for i, r := range runes {
		switch {
		case i == 0:
			b.WriteRune(unicode.ToUpper(r))
		case unicode.IsUpper(r) && (unicode.IsLower(runes[i-1]) || i+1 < len(runes) && unicode.IsLower(runes[i+1])):
			b.WriteByte(' ')
			if i+1 < len(runes) && unicode.IsUpper(runes[i+1]) {
				b.WriteRune(r)
			} else {
				b.WriteRune(unicode.ToLower(r))
			}
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
