package patch

import (
	"github.com/askspoke/spoke/scim"
	"github.com/askspoke/spoke/scim/filter"
	"github.com/askspoke/spoke/scim/schema"
)

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

// Resolve returns the edits with each Where replaced by the ids that it matches: of the stored elements of the type's
// relation (as Document.Relation lists them) and of those that an edit before it added, of which only the value is known.
// The error is a 400 that names the operation by its place: mutability where a member would change, noTarget where none is
// there to be changed (RFC 7644 section 3.5.2.3). Under scim.CreateOnNoMatch the member that the path names is added then.
func Resolve(t *schema.ResourceType, edits []Edit, stored []any, lenient *scim.Leniency) ([]Edit, error) {
	resolved := make([]Edit, len(edits))
	candidates, gone := stored[:len(stored):len(stored)], make(map[string]bool)
	for i, edit := range edits {
		if edit.Where != nil {
			chosen := matches(edit.Where, candidates, gone)
			if edit.Op == Remove {
				edit = Edit{Op: Remove, Values: idsIn(chosen)}
			} else {
				var err error
				if edit, err = (chosenEdit{edit, t.Schema.Attribute(t.Relation), lenient}).of(chosen); err != nil {
					return nil, at(edits[i].Place, err)
				}
			}
		}
		if edit.All {
			candidates = nil
		}
		for _, id := range edit.Values {
			if gone[id] = edit.Op == Remove; !gone[id] {
				candidates = append(candidates, map[string]any{"value": id})
			}
		}
		resolved[i] = edit
	}
	return resolved, nil
}

// matches returns the elements that are still there and meet the condition.
func matches(where filter.Node, elements []any, gone map[string]bool) []map[string]any {
	var chosen []map[string]any
	for _, element := range elements {
		fields, _ := element.(map[string]any)
		if id, ok := fields["value"].(string); ok && !gone[id] && filter.MatchElement(where, element) {
			chosen = append(chosen, fields)
		}
	}
	return chosen
}

func idsIn(elements []map[string]any) []string {
	var ids []string
	for _, fields := range elements {
		id, _ := fields["value"].(string)
		ids = append(ids, id)
	}
	return ids
}

// chosenEdit is an Add or a Replace of the elements that its Where chooses.
type chosenEdit struct {
	Edit
	relation *schema.Attribute
	lenient  *scim.Leniency
}

// of returns the edit without its Where, for the elements that it chooses.
func (c chosenEdit) of(chosen []map[string]any) (Edit, error) {
	if len(chosen) == 0 {
		return c.create()
	}
	if c.Given == nil {
		return Edit{Op: Remove, Values: idsIn(chosen)}, nil
	}
	for _, fields := range chosen {
		for name, value := range c.Given {
			old, known := fields[name]
			if (known || name == "value") && !c.relation.Sub(name).Same(old, value) {
				return Edit{}, errMember(c.relation.Name)
			}
		}
	}
	return Edit{Op: Add}, nil // they say so already
}

// create adds the member that the path names.
func (c chosenEdit) create() (Edit, error) {
	ids, ok := idsOf(c.Where, nil)
	id, said := c.Given["value"]
	possible := ok && len(ids) == 1 && (!said || id == ids[0]) || !assigns(c.Given)
	switch {
	case !possible || !c.lenient.Allow(scim.CreateOnNoMatch):
		return Edit{}, scim.BadRequest(scim.NoTarget, "The path %q finds no value of %s.", schema.Shorten(c.Path), c.relation.Name)
	case !assigns(c.Given):
		return Edit{Op: Add}, nil // to clear what is not there changes nothing
	}
	return Edit{Op: Add, Values: ids}, nil
}
