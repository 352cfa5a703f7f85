package patch

import "github.com/askspoke/spoke/scim/filter"

// Delta is what edits of a relation come to: Add and Remove share no id and repeat none. With Replace, Add is the whole
// new list and Remove is empty.
type Delta struct {
	Replace     bool
	Add, Remove []string
}

// Fold returns what edits come to when they are applied in order, in time that depends on them alone. Those with Where
// are to be resolved first (Resolve); ok is false where there is one.
func Fold(edits []Edit) (delta Delta, ok bool) {
	present := make(map[string]bool) // the ids that were named since all went: whether they are in
	var order []string
	note := func(ids []string, in bool) {
		for _, id := range ids {
			if _, known := present[id]; !known {
				order = append(order, id)
			}
			present[id] = in
		}
	}
	for _, edit := range edits {
		if edit.Where != nil {
			return Delta{}, false
		}
		if edit.All {
			delta.Replace, order = true, nil
			clear(present)
		}
		note(edit.Values, edit.Op != Remove)
	}
	for _, id := range order {
		if present[id] {
			delta.Add = append(delta.Add, id)
		} else if !delta.Replace {
			delta.Remove = append(delta.Remove, id)
		}
	}
	return delta, true
}

// Resolve returns the edits with each Where replaced by the ids that it matches: of the stored elements (as
// Document.Relation lists them) and of those that an edit before it added, of which only the value is known.
func Resolve(edits []Edit, stored []any) []Edit {
	resolved := make([]Edit, len(edits))
	candidates := stored[:len(stored):len(stored)]
	for i, edit := range edits {
		if edit.Where != nil {
			edit.Values, edit.Where = matches(edit.Where, candidates), nil
		}
		if edit.All {
			candidates = nil
		}
		if edit.Op != Remove {
			for _, id := range edit.Values {
				candidates = append(candidates, map[string]any{"value": id})
			}
		}
		resolved[i] = edit
	}
	return resolved
}

func matches(where filter.Node, elements []any) []string {
	var ids []string
	for _, element := range elements {
		fields, _ := element.(map[string]any)
		if id, ok := fields["value"].(string); ok && filter.MatchElement(where, element) {
			ids = append(ids, id)
		}
	}
	return ids
}
