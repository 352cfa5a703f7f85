package directory

import (
	"github.com/askspoke/spoke/scim/filter"
	"github.com/askspoke/spoke/scim/schema"
)

// names tells whether a filter compares one of some attributes by eq, so that what matches has its value.
func names(node filter.Node, some func(schema.Ref) bool) bool {
	switch n := node.(type) {
	case filter.Test:
		return n.Op == filter.Equal && n.Ref.Attribute != nil && !n.Ref.Extension && some(n.Ref)
	case filter.Some:
		return names(n.Where, some)
	case filter.All:
		for _, part := range n {
			if names(part, some) {
				return true
			}
		}
	}
	return false
}

// unique tells whether at most one resource has a given value of the attribute.
func unique(ref schema.Ref) bool {
	return ref.Attribute.Name == "userName" || ref.Attribute.Name == "id"
}

// identifying tells whether few resources have a given value of the attribute: providers match accounts by it.
func identifying(ref schema.Ref) bool {
	switch ref.Attribute.Name {
	case "externalId", "displayName":
		return true
	case "emails":
		return ref.Sub != nil && ref.Sub.Name == "value"
	}
	return false
}
