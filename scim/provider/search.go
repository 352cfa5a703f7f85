package provider

import (
	"encoding/json"

	"github.com/askspoke/spoke/scim"
	"github.com/askspoke/spoke/scim/resource"
)

// SearchSchema is the URN of a search request (RFC 7644 section 3.4.3).
const SearchSchema = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"

// searchMembers are what a search request may say besides its schemas, each with what it must be. They are named as the
// parameters of a URL.
var searchMembers = [...]struct {
	name string
	read func(name string, value any, lenient *scim.Leniency) ([]string, error)
}{
	{"attributes", searchNames},
	{"excludedAttributes", searchNames},
	{"filter", searchText},
	{"sortBy", searchText},
	{"sortOrder", searchText},
	{"startIndex", searchNumber},
	{"count", searchNumber},
	{"cursor", searchText},
}

// searchType answers POST /Users/.search and the like, and searchRoot POST /.search (RFC 7644 section 3.4.3): lists whose
// parameters are in the body and in no log. Those of the URL mean nothing.
func (c *call) searchType() (Response, error) {
	if err := c.decodeSearch(); err != nil {
		return Response{}, err
	}
	return c.list()
}

func (c *call) searchRoot() (Response, error) {
	if err := c.decodeSearch(); err != nil {
		return Response{}, err
	}
	return c.listRoot()
}

// decodeSearch takes the parameters from the body.
func (c *call) decodeSearch() error {
	body, err := resource.Decode(c.request.Body, c.lenient)
	if err != nil {
		return err
	}
	if err = c.checkSearchSchemas(body); err != nil {
		return err
	}
	query := make(map[string][]string, len(searchMembers))
	known := 0
	for _, m := range searchMembers {
		value, there := member(body, m.name)
		if !there {
			continue
		}
		known++
		if value == nil {
			continue // null is absence
		}
		if query[m.name], err = m.read(m.name, value, c.lenient); err != nil {
			return err
		}
	}
	if mentions(body, "schemas") {
		known++
	}
	if known < len(body) && !c.lenient.Allow(scim.UnknownAttribute) {
		return scim.BadRequest(scim.InvalidSyntax, "A search request has schemas, attributes, excludedAttributes, filter, sortBy, sortOrder, startIndex, count and cursor. Remove what else the body has.").Breaks(scim.RuleSearchMessage)
	}
	c.request.Query = query
	return nil
}

func (c *call) checkSearchSchemas(body map[string]any) error {
	schemas, there := member(body, "schemas")
	if _, isList := schemas.([]any); there && schemas != nil && !isList {
		return scim.BadRequest(scim.InvalidValue, "schemas must be a list of schema URNs.").Breaks(scim.RuleBodySchemas).About("schemas")
	}
	if !listed(body, SearchSchema) && !c.lenient.Allow(scim.MissingSchemas) {
		return scim.BadRequest(scim.InvalidValue, "schemas must name %s.", SearchSchema).Breaks(scim.RuleBodySchemas).About("schemas")
	}
	return nil
}

// searchNames reads a list of attribute names, or under scim.ObjectAsList one text of them, as in a URL.
func searchNames(name string, value any, lenient *scim.Leniency) ([]string, error) {
	if text, ok := value.(string); ok && lenient.Allow(scim.ObjectAsList) {
		return []string{text}, nil
	}
	list, ok := value.([]any)
	names := make([]string, 0, len(list))
	for _, item := range list {
		text, isText := item.(string)
		ok = ok && isText
		names = append(names, text)
	}
	if !ok {
		return nil, scim.BadRequest(scim.InvalidValue, "%s must be a list of attribute names.", name).Breaks(scim.RuleSearchMessage)
	}
	return names, nil
}

func searchText(name string, value any, _ *scim.Leniency) ([]string, error) {
	text, ok := value.(string)
	if !ok {
		return nil, scim.BadRequest(scim.InvalidValue, "%s must be a string.", name).Breaks(scim.RuleSearchMessage)
	}
	return []string{text}, nil
}

// searchNumber reads a JSON number; that it is a whole one is checked where it is used.
func searchNumber(name string, value any, _ *scim.Leniency) ([]string, error) {
	number, ok := value.(json.Number)
	if !ok {
		return nil, scim.BadRequest(scim.InvalidValue, "%s must be a whole number, without quotes.", name).Breaks(scim.RuleSearchMessage)
	}
	return []string{number.String()}, nil
}
