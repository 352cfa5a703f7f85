package patch

import (
	"github.com/askspoke/spoke/scim"
	"github.com/askspoke/spoke/scim/filter"
	"github.com/askspoke/spoke/scim/schema"
)

// matching does an operation on whole elements: emails[type eq "work"]. A remove that finds none changes nothing.
func (l *elements) matching(value any) error {
	fields, item, err := l.element(value)
	if err != nil {
		return err
	}
	kept, found := l.list[:0:0], false
	for _, old := range l.list {
		if !filter.MatchElement(l.target.Where, old) {
			kept = append(kept, old)
			continue
		}
		found = true
		changed, err := l.rewrite(old, fields, item)
		if err != nil {
			return err
		}
		if changed != nil {
			l.chosen[len(kept)] = isPrimary(changed)
			kept = append(kept, changed)
		}
	}
	l.list = kept
	if found || l.op == Remove {
		return nil
	}
	return l.create(fields, item)
}

// element returns what a value sets: sub-attributes, or an element without sub-attributes; neither where it means
// absence.
func (l *elements) element(value any) (fields map[string]any, item any, err error) {
	switch {
	case l.op == Remove:
		return nil, nil, nil
	case l.ref.Attribute.Type == schema.Complex:
		fields, err = l.given(l.ref, value)
	default:
		item, err = l.ref.Element(value, l.lenient)
	}
	return fields, item, err
}

// rewrite returns what an element becomes, nil where it goes. An add merges into it; a replace takes its place (RFC
// 7644 section 3.5.2.3), but keeps what the path says of it, so that the same path finds it again.
func (l *elements) rewrite(old any, fields map[string]any, item any) (any, error) {
	if fields == nil {
		return item, nil
	}
	base, _ := old.(map[string]any)
	if l.op == Replace {
		if !assigns(fields) {
			return nil, nil
		}
		base = l.target.seed
	}
	changed, err := change(l.op, l.ref, base, fields)
	if changed == nil || err != nil {
		return nil, err
	}
	if l.op == Replace {
		return l.ref.KeepImmutable(old, changed)
	}
	return changed, nil
}

// subs does an operation on a sub-attribute of the elements that the path chooses, of all where it has no filter.
func (l *elements) subs(value any) error {
	sub := l.target.Ref.Sub
	fields := map[string]any{sub.Name: nil}
	if l.op != Remove {
		var err error
		if fields, err = l.given(l.ref, map[string]any{sub.Name: value}); err != nil {
			return err
		}
	}
	kept, found := l.list[:0:0], false
	for _, old := range l.list {
		if l.target.Where != nil && !filter.MatchElement(l.target.Where, old) {
			kept = append(kept, old)
			continue
		}
		found = true
		base, _ := old.(map[string]any)
		changed, err := change(l.op, l.target.Ref, base, fields)
		if err != nil {
			return err
		}
		if changed != nil {
			l.chosen[len(kept)] = isPrimary(changed)
			kept = append(kept, changed)
		}
	}
	l.list = kept
	if found || l.op == Remove {
		return nil
	}
	return l.create(fields, nil)
}

// create makes the element that a path does not find: Entra ID sets emails[type eq "work"].value of a user without a
// work address. It holds what the filter asks for, and is primary where it is the only one. To clear what is not there
// changes nothing. Without scim.CreateOnNoMatch there is no target (RFC 7644 section 3.5.2.3).
func (l *elements) create(fields map[string]any, item any) error {
	made := clone(l.target.seed)
	possible := l.meets(made)
	for name, value := range fields {
		put(made, name, value)
	}
	absent := item == nil && !assigns(fields)
	if item == nil {
		item = made
	}
	possible = absent || possible || l.meets(item)
	if !possible || !l.lenient.Allow(scim.CreateOnNoMatch) {
		return scim.BadRequest(scim.NoTarget, "The path %q finds no value of %s.", schema.Shorten(l.target.text), l.ref).Breaks(scim.RulePatchNoTarget).About(l.target.Ref.String())
	}
	if absent {
		return nil
	}
	if _, said := made["primary"]; !said && len(l.list) == 0 && l.ref.Attribute.Sub("primary") != nil {
		made["primary"] = true
	}
	l.chosen[len(l.list)] = isPrimary(item)
	l.list = append(l.list, item)
	return nil
}

// meets tells whether an element is one that the path chooses.
func (l *elements) meets(item any) bool {
	return l.target.Where == nil || filter.MatchElement(l.target.Where, item)
}

func assigns(fields map[string]any) bool {
	for _, value := range fields {
		if value != nil {
			return true
		}
	}
	return false
}
