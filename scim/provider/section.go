package provider

import (
	"strings"

	"github.com/askspoke/spoke/scim"
	"github.com/askspoke/spoke/scim/filter"
	"github.com/askspoke/spoke/scim/resource"
	"github.com/askspoke/spoke/scim/schema"
)

// section is the part of a list that has the resources of one type.
type section struct {
	t          *schema.ResourceType
	projection resource.Projection
	query      Query // but for its place
	never      bool  // nothing of the type meets the filter
}

// section reads a query over one type: the names that it uses are the type's.
func (c *call) section() (section, error) {
	s, err := c.newSection(c.t)
	if err != nil {
		return s, err
	}
	expression, err := c.filter()
	if err == nil && expression != nil {
		s.query.Filter, err = filter.Bind(expression, c.t, c.lenient)
		s.query.Filter = c.references(s.query.Filter, c.t)
	}
	if err != nil {
		return s, err
	}
	sort, defined, err := c.sort(c.t)
	if !defined {
		err = c.errSortBy(c.t.Name)
	}
	s.query.Sort = sort
	return s, err
}

// sections reads a query over all types (RFC 7644 section 3.4.2.1). An attribute that a type does not define has no
// value there. The list is ordered by type first, and within each by sortBy where the type defines it.
func (c *call) sections() ([]section, error) {
	expression, err := c.filter()
	if err != nil {
		return nil, err
	}
	all := make([]section, 0, len(c.Types))
	sortable := false
	types, err := c.readable()
	if err != nil {
		return nil, err
	}
	for _, t := range types {
		s, err := c.newSection(t)
		if err != nil {
			return nil, err
		}
		if expression != nil {
			if s.query.Filter, s.never, err = filter.BindRoot(expression, t, c.lenient); err != nil {
				return nil, err
			}
			s.query.Filter = c.references(s.query.Filter, t)
		}
		sort, defined, err := c.sort(t)
		if err != nil {
			return nil, err
		}
		s.query.Sort, sortable = sort, sortable || defined
		all = append(all, s)
	}
	if !sortable {
		return nil, c.errSortBy("any resource type")
	}
	return all, nil
}

func (c *call) newSection(t *schema.ResourceType) (section, error) {
	p, err := resource.NewProjection(t, c.request.Query["attributes"], c.request.Query["excludedAttributes"])
	return section{t: t, projection: p, query: Query{Read: Read{Base: c.Base, Relation: p.Relation(t)}}}, err
}

// filter parses the filter, nil where there is none. An empty one is refused: a client that looks for nobody must not find
// everybody.
func (c *call) filter() (filter.Expr, error) {
	if !c.request.Query.Has("filter") {
		return nil, nil
	}
	text := c.request.Query.Get("filter")
	if strings.TrimSpace(text) == "" {
		return nil, scim.BadRequest(scim.InvalidFilter, "The filter is empty. Say what to look for, or leave filter out to list all.").Breaks(scim.RuleFilterSyntax)
	}
	return filter.Parse(text, c.lenient)
}

// page reads the resources of the type from a place, or with limit 0 counts them.
func (s section) page(c *call, offset int, after *Position, limit int) (Page, error) {
	if s.never {
		return Page{}, nil
	}
	s.query.Offset, s.query.After, s.query.Limit = offset, after, limit
	return c.reader.List(c.ctx, s.t, s.query)
}
