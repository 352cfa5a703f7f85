package schema

import "maps"

// Distinct returns a canonical list of the attribute with one element of those that are the same: of equal type and value
// where elements have both (RFC 7643 section 2.4), else equal as a whole, whether primary or not. Text is compared as the
// attribute compares it. The first of them stays in its place and takes from the others what it does not say; it is primary
// where one of them is. Neither the list nor its elements are modified.
func (a *Attribute) Distinct(list []any) []any {
	if len(list) < 2 {
		return list
	}
	out, places := make([]any, 0, len(list)), make(map[string]int, len(list))
	for _, item := range list {
		key := a.distinction(item)
		i, repeated := places[key]
		if !repeated {
			places[key] = len(out)
			out = append(out, item)
			continue
		}
		if fields, ok := item.(map[string]any); ok {
			first, _ := out[i].(map[string]any)
			out[i] = completed(first, fields)
		}
	}
	return out
}

// distinction is what Distinct keeps once.
func (a *Attribute) distinction(item any) string {
	fields, ok := item.(map[string]any)
	switch {
	case !ok:
		return a.key(item)
	case fields["value"] != nil && a.Sub("value") != nil && a.Sub("type") != nil:
		return a.identity(fields, true)
	case fields["primary"] == nil:
		return "whole " + a.key(fields)
	}
	rest := maps.Clone(fields)
	delete(rest, "primary")
	return "whole " + a.key(rest)
}

func completed(first, other map[string]any) map[string]any {
	out := maps.Clone(first)
	for name, value := range other {
		if _, said := out[name]; !said || name == "primary" && value == true {
			out[name] = value
		}
	}
	return out
}

// Distinct returns a canonical object with each list as Attribute.Distinct returns it. The object is not modified.
func (t *ResourceType) Distinct(object map[string]any) map[string]any {
	out := distinct(t.Schema.Attributes, object)
	for _, e := range t.Extensions {
		if fields, ok := object[e.Schema.ID].(map[string]any); ok {
			out[e.Schema.ID] = distinct(e.Schema.Attributes, fields)
		}
	}
	return out
}

func distinct(attributes []Attribute, fields map[string]any) map[string]any {
	out := maps.Clone(fields)
	for i := range attributes {
		a := &attributes[i]
		if list, ok := fields[a.Name].([]any); ok && a.MultiValued {
			out[a.Name] = a.Distinct(list)
		}
	}
	return out
}
