package provider

import (
	"strings"

	"github.com/askspoke/spoke/scim"
	"github.com/askspoke/spoke/scim/schema"
)

// descends reads sortOrder (RFC 7644 section 3.4.2.3), which has no case.
func (c *call) descends() (bool, error) {
	order := c.request.Query.Get("sortOrder")
	switch {
	case order == "", strings.EqualFold(order, "ascending"):
		return false, nil
	case strings.EqualFold(order, "descending"):
		return true, nil
	}
	return false, scim.BadRequest(scim.InvalidValue, `sortOrder is either "ascending" or "descending", not %q.`, schema.Shorten(order)).Breaks(scim.RuleListSort)
}

// sort reads sortBy for a resource type. It is nil where there is none; defined is false for a name that no schema of the
// type defines. A complex attribute is sorted by its value, if it has one. invalidPath would be for PATCH alone (table 9).
func (c *call) sort(t *schema.ResourceType) (sort *Sort, defined bool, err error) {
	descending, err := c.descends()
	by := c.request.Query.Get("sortBy")
	if err != nil || by == "" {
		return nil, true, err
	}
	ref, defined := t.Resolve(by, c.lenient)
	if !defined {
		return nil, false, nil
	}
	if a := ref.Attribute; a != nil && ref.Sub == nil && a.Type == schema.Complex {
		ref.Sub = a.Sub("value")
	}
	leaf := ref.Leaf()
	switch {
	case leaf == nil:
		err = scim.BadRequest(scim.InvalidValue, "sortBy names the schema %s as a whole: name one of its attributes.", ref).Breaks(scim.RuleListSort).About(ref.String())
	case !ref.Extension && ref.Attribute.Name == t.Relation:
		err = scim.BadRequest(scim.InvalidValue, "sortBy names %s, which cannot be sorted by: it belongs to other resources.", ref.Attribute.Name).Breaks(scim.RuleListSort).About(ref.String())
	case ref.Attribute.Returned == schema.Never || leaf.Returned == schema.Never:
		err = scim.BadRequest(scim.InvalidValue, "sortBy names %s, which is never returned and therefore cannot be sorted by.", ref).Breaks(scim.RuleListSort).About(ref.String())
	case leaf.Type == schema.Complex:
		err = scim.BadRequest(scim.InvalidValue, "sortBy names %s, which is complex: name one of its sub-attributes, such as %[1]s.%s.", ref, leaf.SubAttributes[0].Name).Breaks(scim.RuleListSort).About(ref.String())
	}
	return &Sort{Ref: ref, Descending: descending}, true, err
}

// errSortBy refuses a sortBy that means nothing. To ignore it would be a list in another order than asked for.
func (c *call) errSortBy(what string) error {
	return scim.BadRequest(scim.InvalidValue, "sortBy names the attribute %q, which no schema of %s defines. Correct the name or its schema URN.",
		schema.Shorten(c.request.Query.Get("sortBy")), what).Breaks(scim.RuleListSort).About(schema.Shorten(c.request.Query.Get("sortBy")))
}
