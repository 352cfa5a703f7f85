package patch

import (
	"reflect"
	"slices"

	"github.com/askspoke/spoke/scim"
	"github.com/askspoke/spoke/scim/schema"
)

// elements is the evolving list of a multi-valued attribute. The list is a copy, its elements are shared until they are
// changed.
type elements struct {
	*editor
	op     Op
	target Target
	ref    schema.Ref // the attribute itself
	list   []any
	// chosen marks the elements that the operation made primary, by their place.
	chosen map[int]bool
}

// multi does an operation on a multi-valued attribute other than the relation: on all of it, on the elements that a
// filter chooses, or on a sub-attribute of them.
func (e *editor) multi(op Op, target Target, value any) error {
	ref := target.Ref
	ref.Sub = nil
	old, _ := e.get(ref).([]any)
	if err := e.spend(len(old) * (1 + len(target.text)/64)); err != nil {
		return err
	}
	l := &elements{editor: e, op: op, target: target, ref: ref, list: slices.Clone(old), chosen: make(map[int]bool)}
	var err error
	switch {
	case target.Ref.Sub != nil:
		err = l.subs(value)
	case target.Where != nil:
		err = l.matching(value)
	case op == Add:
		err = l.add(value)
	case op == Remove && value != nil:
		err = l.removeListed(value)
	case op == Remove:
		l.list = nil
	default:
		err = l.replace(value)
	}
	if err != nil {
		return err
	}
	return l.store(old)
}

// store keeps the list where it differs, with one primary element at most and without repetition.
func (l *elements) store(old []any) error {
	if len(l.list) == 0 {
		return l.set(l.op, l.ref, nil)
	}
	if reflect.DeepEqual(l.list, old) {
		return nil
	}
	if err := l.onePrimary(); err != nil {
		return err
	}
	return l.set(l.op, l.ref, l.ref.Attribute.Distinct(l.list))
}

// onePrimary leaves the element primary that the operation made so (RFC 7644 section 3.5.2).
func (l *elements) onePrimary() error {
	first := -1
	for i := range l.list {
		if !l.chosen[i] {
			continue
		}
		if first < 0 {
			first = i
		} else if !reflect.DeepEqual(l.list[i], l.list[first]) && !l.lenient.Allow(scim.ManyPrimaries) {
			return scim.BadRequest(scim.InvalidValue, "%s would have more than one primary value.", l.ref).Breaks(scim.RuleAttributePrimary).About(l.ref.String())
		}
	}
	for i, item := range l.list {
		if first >= 0 && i != first && isPrimary(item) {
			changed := clone(item.(map[string]any))
			changed["primary"] = false
			l.list[i] = changed
		}
	}
	return nil
}

func isPrimary(item any) bool {
	fields, _ := item.(map[string]any)
	return fields["primary"] == true
}
