package provider

import (
	"errors"
	"net/http"
	"strconv"

	"github.com/askspoke/spoke/scim"
	"github.com/askspoke/spoke/scim/filter"
	"github.com/askspoke/spoke/scim/schema"
)

// list answers a query over one resource type (RFC 7644 section 3.4.2). No match is an empty list, never a 404.
// sortBy is ignored: ServiceProviderConfig does not announce sorting.
func (c *call) list() (Response, error) {
	p, err := c.projection()
	if err != nil {
		return Response{}, err
	}
	query := Query{Read: c.read(p)}
	startIndex, err := c.integer("startIndex", 1)
	if err != nil {
		return Response{}, err
	}
	startIndex = max(startIndex, 1)
	query.Offset = startIndex - 1
	if query.Limit, err = c.integer("count", DefaultCount); err != nil {
		return Response{}, err
	}
	query.Limit = min(max(query.Limit, 0), MaxCount)
	if query.Filter, err = c.filter(); err != nil {
		return Response{}, err
	}
	page, err := c.Store.List(c.ctx, c.t, query)
	if err != nil {
		return Response{}, err
	}
	body := appendListHead(make([]byte, 0, 256+1024*len(page.Documents)), page.Total, startIndex, len(page.Documents))
	for i, d := range page.Documents {
		if i > 0 {
			body = append(body, ',')
		}
		if body, err = p.AppendTo(body, d, c.t, c.Base); err != nil {
			return Response{}, err
		}
	}
	return Response{Status: http.StatusOK, Body: append(body, "]}"...)}, nil
}

func (c *call) filter() (filter.Node, error) {
	text := c.request.Query.Get("filter")
	if text == "" {
		return nil, nil
	}
	expression, err := filter.Parse(text, c.lenient)
	if err != nil {
		return nil, err
	}
	return filter.Bind(expression, c.t, c.lenient)
}

// integer reads a whole number; one that is too large for the machine is as good as the largest.
func (c *call) integer(name string, absent int) (int, error) {
	text := c.request.Query.Get(name)
	if text == "" {
		return absent, nil
	}
	n, err := strconv.ParseInt(text, 10, 32)
	if err != nil && !errors.Is(err, strconv.ErrRange) {
		return 0, scim.BadRequest(scim.InvalidValue, "%s must be a whole number, not %q.", name, schema.Shorten(text))
	}
	return int(n), nil
}
