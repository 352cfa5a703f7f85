package patch

import "slices"

// add appends values that are not there yet. One value needs no list around it (RFC 7644 section 3.5.2.1).
func (l *elements) add(value any) error {
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
	if v, err = l.ref.KeepImmutable(l.list, v); err != nil {
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
