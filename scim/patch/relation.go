package patch

import (
	"github.com/askspoke/spoke/scim"
	"github.com/askspoke/spoke/scim/filter"
	"github.com/askspoke/spoke/scim/schema"
)

// Edit is one change of the relation: the members of a group.
//
//   - Add: Values are added.
//   - Replace: Values are the whole new list; All is set.
//   - Remove with All: every member goes. With Where: those that it matches. Else: those in Values and no others.
//   - Add and Replace with Where: the members that it matches are to have the sub-attributes Given, or to go where Given
//     is nil. What a member says of itself is immutable, so nothing comes of it but an error, or a new member.
type Edit struct {
	Op     Op
	Values []string // ids, as sent: they may repeat
	// Where chooses members by more than their ids (filter.MatchElement). See Resolve.
	Where filter.Node
	All   bool
	Given map[string]any
	Path  string // of an Add or a Replace with Where, as the client wrote it
	Place int    // of that operation in the request, from 0
}

// relate notes an operation on the relation.
func (e *editor) relate(op Op, target Target, value any) error {
	a := target.Ref.Attribute
	if target.Ref.Sub != nil && (target.Where == nil || op == Remove) {
		return errMember(a.Name)
	}
	if target.Where != nil && op != Remove {
		return e.relateChosen(op, target, value)
	}
	if value == "" && op != Remove && e.lenient.Allow(scim.EmptyAsClear) {
		value = nil
	}
	switch {
	case target.Where != nil: // a remove
		e.removeWhere(target.Where)
		return nil
	case op == Remove && value == nil:
		e.edits = append(e.edits, Edit{Op: Remove, All: true})
		return nil
	}
	list, ok := value.([]any)
	if !ok && value != nil {
		if op == Replace && !e.lenient.Allow(scim.ObjectAsList) {
			return scim.BadRequest(scim.InvalidValue, "%s is multi-valued: send a list.", a.Name).Breaks(scim.RuleAttributeList).About(a.Name)
		}
		list = []any{value}
	}
	ids, err := e.ids(target.Ref, list)
	if err != nil {
		return err
	}
	if len(ids) > 0 || op == Replace {
		e.edits = append(e.edits, Edit{Op: op, Values: ids, All: op == Replace})
	}
	return nil
}

func errMember(relation string) error {
	return scim.BadRequest(scim.Mutability, "An element of %s cannot be changed (RFC 7643 section 8.7.1): remove it, and add another.", relation).Breaks(scim.RuleMembersImmutable).About(relation)
}

// relateChosen notes what chosen elements are to say. Whether there are any is not known here.
func (e *editor) relateChosen(op Op, target Target, value any) error {
	ref := target.Ref
	if ref.Sub != nil {
		value = map[string]any{ref.Sub.Name: value}
		ref.Sub = nil
	}
	clears := value == nil || value == "" && e.lenient.Allow(scim.EmptyAsClear)
	given, err := e.given(ref, value)
	if err != nil {
		return err
	}
	if given == nil && !clears { // an empty list clears nothing
		given = map[string]any{}
	}
	e.edits = append(e.edits, Edit{Op: op, Where: target.Where, Given: given, Path: target.text, Place: e.place})
	return nil
}

// ids returns the value of each element. One without it is refused rather than passed over: a list that is shorter
// than it was meant to be would remove members.
func (e *editor) ids(ref schema.Ref, list []any) ([]string, error) {
	ids := make([]string, 0, len(list))
	for _, item := range list {
		if item == nil {
			return nil, nameless(ref)
		}
		element, err := ref.Element(item, e.lenient)
		if err != nil {
			return nil, err
		}
		fields, _ := element.(map[string]any)
		id, _ := fields["value"].(string)
		if id == "" {
			return nil, nameless(ref)
		}
		ids = append(ids, id)
	}
	return ids, nil
}

// nameless is the error for an element that says nothing of who it is.
func nameless(ref schema.Ref) error {
	return scim.BadRequest(scim.InvalidValue, "Each element of %s needs a value: the id of the resource.", ref).Breaks(scim.RuleMembersValue).About(ref.String())
}

func (e *editor) removeWhere(where filter.Node) {
	if ids, ok := idsOf(where, nil); ok {
		e.edits = append(e.edits, Edit{Op: Remove, Values: ids})
		return
	}
	e.edits = append(e.edits, Edit{Op: Remove, Where: where})
}

// idsOf returns the ids that a filter of the form value eq "a" or value eq "b" names.
func idsOf(where filter.Node, ids []string) ([]string, bool) {
	switch n := where.(type) {
	case filter.Test:
		id, ok := n.Value.(string)
		return append(ids, id), ok && n.Op == filter.Equal && n.Ref.Sub != nil && n.Ref.Sub.Name == "value"
	case filter.Any:
		for _, node := range n {
			var ok bool
			if ids, ok = idsOf(node, ids); !ok {
				return nil, false
			}
		}
		return ids, len(n) > 0
	default:
		return nil, false
	}
}
