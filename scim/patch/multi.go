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
		err = l.append(value)
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
	return l.set(l.op, l.ref, l.distinct())
}

// append adds values that are not there yet. One value needs no list around it (RFC 7644 section 3.5.2.1).
func (l *elements) append(value any) error {
	if _, ok := value.([]any); !ok && value != nil {
		value = []any{value}
	}
	v, err := l.ref.Value(value, l.lenient)
	if err != nil {
		return err
	}
	given, _ := v.([]any)
	if err := l.spend(len(given)); err != nil {
		return err
	}
	places := l.index()
	for _, item := range given {
		i, found := places.find(item)
		if !found {
			i = len(l.list)
			l.list = append(l.list, item)
			places.add(i, item)
		} else if err := l.complete(i, item); err != nil {
			return err
		}
		l.chosen[i] = l.chosen[i] || isPrimary(item)
	}
	return nil
}

// complete gives an element the sub-attributes in which a value that is the same, sent again, differs from it.
func (l *elements) complete(i int, item any) error {
	old, ok := l.list[i].(map[string]any)
	given, _ := item.(map[string]any)
	if !ok {
		return nil
	}
	fields := make(map[string]any, len(given))
	for name, value := range given {
		sub := l.ref.Attribute.Sub(name)
		if name == "primary" && value == false && old[name] == nil {
			continue
		}
		if comparison(sub, value) != comparison(sub, old[name]) {
			fields[name] = value
		}
	}
	changed, err := change(l.op, l.ref, old, fields)
	if err == nil {
		l.list[i] = changed
	}
	return err
}

// replace takes the values instead of all that were there.
func (l *elements) replace(value any) error {
	v, err := l.ref.Value(value, l.lenient)
	if err != nil {
		return err
	}
	l.list, _ = v.([]any)
	return l.spend(len(l.list))
}

// removeListed takes away the values that are listed and no others: Entra ID, JumpCloud and authentik send a remove
// with a value, which the RFC does not know. An empty list removes nothing.
func (l *elements) removeListed(value any) error {
	list, ok := value.([]any)
	if !ok {
		list = []any{value}
	}
	if err := l.spend(len(list)); err != nil {
		return err
	}
	listed := index{attribute: l.ref.Attribute, places: make(map[string]int)}
	for _, item := range list {
		v, err := l.ref.Element(item, l.lenient)
		if err != nil {
			return err
		}
		if v != nil {
			listed.places[listed.sought(v)] = 0
		}
	}
	l.list = slices.DeleteFunc(l.list, listed.covers)
	return nil
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
			return scim.BadRequest(scim.InvalidValue, "%s would have more than one primary value.", l.ref)
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

// distinct returns the list without elements that repeat one before them.
func (l *elements) distinct() []any {
	seen := make(map[string]bool, len(l.list))
	return slices.DeleteFunc(l.list, func(item any) bool {
		key := wholeKey(l.ref.Attribute, item)
		repeats := seen[key]
		seen[key] = true
		return repeats
	})
}

func isPrimary(item any) bool {
	fields, _ := item.(map[string]any)
	return fields["primary"] == true
}
