package directory

import (
	"slices"

	"github.com/askspoke/spoke/scim/filter"
	"github.com/askspoke/spoke/scim/schema"
)

// fixed tells that the list's statement has one of a few texts, and that one plan serves all its arguments: the first
// page of everything, what has a given value of one indexed column, and what one look into the search form finds.
func (l *listing) fixed() bool {
	switch n := l.query.Filter.(type) {
	case nil:
		return l.first() && l.query.Sort == nil
	case filter.Test:
		if l.one() || l.first() && l.key == nil && names(n, indexed) {
			return true
		}
	}
	return l.first() && l.key == nil && l.isOneLook(l.query.Filter)
}

// isOneLook tells whether a filter becomes one look into the search form, for a text among others: what is asked of truth
// values alone is met by so many resources that the index may not be the best way to them.
func (l *listing) isOneLook(node filter.Node) bool {
	var whole map[string]any
	for _, n := range flat(filter.All{node}) {
		held, ok := l.held(n)
		if !ok {
			return false
		}
		if whole, ok = merged(whole, held); !ok {
			return false
		}
	}
	return hasText(whole)
}

// hasText tells whether there is a string somewhere in a JSON value.
func hasText(value any) bool {
	switch v := value.(type) {
	case string:
		return true
	case map[string]any:
		for _, inner := range v {
			if hasText(inner) {
				return true
			}
		}
	case []any:
		return slices.ContainsFunc(v, hasText)
	}
	return false
}

// indexed tells whether the attribute has a column of its own that few rows have the same value of.
func indexed(ref schema.Ref) bool {
	return ref.Attribute.Name == "externalId" || ref.Attribute.Name == "displayName"
}
