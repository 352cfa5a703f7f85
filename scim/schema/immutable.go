package schema

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/askspoke/spoke/scim"
)

// KeepImmutable makes a canonical object that replaces another keep what is immutable (RFC 7644 section 3.5.1): a value
// that is set stays where the object says none, and another one is a 400 mutability that names the attribute. Text is
// compared as its attribute compares it, and lists without regard to their order.
//
// A sub-attribute that is immutable belongs to its value: it goes where the whole value goes. An element of a list is the
// same one where value is the same, and type where the object says one.
func (t *ResourceType) KeepImmutable(before, object map[string]any) error {
	if err := keepImmutable(t.Schema.Attributes, "", before, object); err != nil {
		return err
	}
	for _, e := range t.Extensions {
		old, _ := before[e.Schema.ID].(map[string]any)
		given, _ := object[e.Schema.ID].(map[string]any)
		fields := make(map[string]any, len(given)+1)
		maps.Copy(fields, given)
		if err := keepImmutable(e.Schema.Attributes, e.Schema.ID+":", old, fields); err != nil {
			return err
		}
		if len(fields) > 0 {
			object[e.Schema.ID] = fields
		}
	}
	return nil
}

// KeepImmutable returns the canonical value that replaces another one of the attribute that ref names, with what is
// immutable in its sub-attributes as it was.
func (r Ref) KeepImmutable(old, value any) (any, error) {
	return r.Attribute.keepParts(r.String()+".", old, value)
}

func keepImmutable(attributes []Attribute, prefix string, before, object map[string]any) error {
	for i := range attributes {
		a := &attributes[i]
		old, given := before[a.Name], object[a.Name]
		switch {
		case old == nil:
		case a.Mutability != Immutable:
			kept, err := a.keepParts(prefix+a.Name+".", old, given)
			if err != nil {
				return err
			}
			if kept != nil {
				object[a.Name] = kept
			}
		case given != nil && !a.Same(old, given):
			return scim.BadRequest(scim.Mutability, "%s is immutable: it has a value, which cannot be changed.", prefix+a.Name).Breaks(scim.RuleAttributeImmutable).About(prefix + a.Name)
		default:
			object[a.Name] = old
		}
	}
	return nil
}

// keepParts keeps the immutable sub-attributes of a value, or of each element of a list that was there.
func (a *Attribute) keepParts(prefix string, old, given any) (any, error) {
	if !slices.ContainsFunc(a.SubAttributes, func(sub Attribute) bool { return sub.Mutability == Immutable }) {
		return given, nil
	}
	switch v := given.(type) {
	case map[string]any:
		fields, _ := old.(map[string]any)
		kept := maps.Clone(v)
		return kept, keepImmutable(a.SubAttributes, prefix, fields, kept)
	case []any:
		was := a.byIdentity(old)
		out := make([]any, len(v))
		for i, item := range v {
			fields, _ := item.(map[string]any)
			kept, err := a.keepParts(prefix, was[a.identity(fields, fields["type"] != nil)], item)
			if err != nil {
				return nil, err
			}
			out[i] = kept
		}
		return out, nil
	default:
		return given, nil
	}
}

// byIdentity returns the elements of a list under the names by which another list may mean them.
func (a *Attribute) byIdentity(list any) map[string]map[string]any {
	items, _ := list.([]any)
	elements := make(map[string]map[string]any, 2*len(items))
	for _, item := range items {
		fields, _ := item.(map[string]any)
		if fields["value"] == nil {
			continue
		}
		elements[a.identity(fields, true)] = fields
		if name := a.identity(fields, false); elements[name] == nil {
			elements[name] = fields
		}
	}
	return elements
}

func (a *Attribute) identity(fields map[string]any, withType bool) string {
	name := a.part("value", fields)
	if withType {
		name += " " + a.part("type", fields)
	}
	return name
}

func (a *Attribute) part(name string, fields map[string]any) string {
	if sub := a.Sub(name); sub != nil && fields[name] != nil {
		return sub.key(fields[name])
	}
	return ""
}

// Same tells whether two canonical values of the attribute mean the same: text is compared as the attribute compares it,
// and lists without regard to their order.
func (a *Attribute) Same(x, y any) bool { return a.key(x) == a.key(y) }

// key is a text that is the same for canonical values that mean the same.
func (a *Attribute) key(value any) string {
	switch v := value.(type) {
	case string:
		return strconv.Quote(a.Comparable(v))
	case map[string]any:
		var b strings.Builder
		for i := range a.SubAttributes {
			sub := &a.SubAttributes[i]
			if item := v[sub.Name]; item != nil && (sub.Name != "primary" || item != false) {
				b.WriteString(sub.Name + "=" + sub.key(item) + " ")
			}
		}
		return b.String()
	case []any:
		keys := make([]string, len(v))
		for i, item := range v {
			keys[i] = a.key(item)
		}
		slices.Sort(keys)
		return strings.Join(keys, ",")
	default:
		text, _ := json.Marshal(v) // a boolean or a number
		return string(text)
	}
}
