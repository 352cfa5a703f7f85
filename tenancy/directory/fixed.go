package directory

import (
	"github.com/askspoke/spoke/scim/filter"
	"github.com/askspoke/spoke/scim/schema"
)

// fixed tells that the list's statement has one of a few texts, and that one plan serves all its arguments: the first
// page of everything, and what has a given value of one indexed column.
func (l *listing) fixed() bool {
	switch n := l.query.Filter.(type) {
	case nil:
		return l.first() && l.query.Sort == nil
	case filter.Test:
		return l.first() && (l.one() || l.key == nil && names(n, indexed))
	}
	return false
}

// indexed tells whether the attribute has a column of its own that few rows have the same value of.
func indexed(ref schema.Ref) bool {
	return ref.Attribute.Name == "externalId" || ref.Attribute.Name == "displayName"
}
