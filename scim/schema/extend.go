package schema

import "slices"

// Extended returns a copy of the resource type with more extensions. The schemas are shared, and so must not be
// modified any more.
func (t *ResourceType) Extended(more ...Extension) *ResourceType {
	extended := *t
	extended.Extensions = append(slices.Clip(t.Extensions), more...)
	return &extended
}

// WithUniqueness returns a copy of the resource type that says another uniqueness of an attribute of its own schema.
func (t *ResourceType) WithUniqueness(name string, u Uniqueness) *ResourceType {
	changed, own := *t, *t.Schema
	own.Attributes = slices.Clone(own.Attributes)
	if a := own.Attribute(name); a != nil {
		a.Uniqueness = u
	}
	changed.Schema = &own
	return &changed
}

// CheckReplacement tells whether next can take the place of s while resources have data under it: what is stored must
// mean the same, and be compared the same. So attributes may be added, and of those that are there descriptions,
// canonicalValues, referenceTypes, mutability and returned may change; they cannot go, or change their type, plurality,
// case or spelling. The error is a *DocumentError.
func (s *Schema) CheckReplacement(next *Schema) error {
	p := &documentParser{}
	if s.ID != next.ID {
		p.wrong("id", "the schema is there as %s: spell its URN in the same way", s.ID)
	}
	p.replacement("", s.Attributes, next.Attributes)
	if len(p.problems) > 0 {
		return &DocumentError{Problems: p.problems}
	}
	return nil
}

func (p *documentParser) replacement(path string, old, next []Attribute) {
	for i := range old {
		was := &old[i]
		where := "attribute \"" + path + was.Name + "\""
		is := find(next, was.Name)
		if is == nil {
			p.wrong(where, "it is not in the new document, and resources may have data for it. Keep it; or remove the extension, which is refused while it has data")
			continue
		}
		fixed := func(member string, was, is any) {
			if was != is {
				p.wrong(where, "%s was %v and cannot become %v: what is stored would mean something else", member, was, is)
			}
		}
		fixed("name", was.Name, is.Name)
		fixed("type", was.Type, is.Type)
		fixed("multiValued", was.MultiValued, is.MultiValued)
		fixed("caseExact", was.CaseExact, is.CaseExact)
		p.replacement(path+was.Name+".", was.SubAttributes, is.SubAttributes)
	}
}
