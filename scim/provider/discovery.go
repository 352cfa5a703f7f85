package provider

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/askspoke/spoke/scim"
	"github.com/askspoke/spoke/scim/schema"
)

// discovery is one of the endpoints of RFC 7644 section 4. one is nil where there is a single document.
type discovery struct {
	path string
	all  operation
	one  operation
}

var discoveries = [...]discovery{
	{"/ServiceProviderConfig", (*call).serviceProviderConfig, nil},
	{"/ResourceTypes", (*call).resourceTypes, (*call).resourceType},
	{"/Schemas", (*call).schemas, (*call).schema},
}

type meta struct {
	ResourceType string `json:"resourceType"`
	Location     string `json:"location"`
}

// serviceProviderConfig says what this provider supports, and nothing that it does not (RFC 7643 section 5).
func (c *call) serviceProviderConfig() (Response, error) {
	type supported struct {
		Supported bool `json:"supported"`
	}
	type bulk struct {
		Supported      bool `json:"supported"`
		MaxOperations  int  `json:"maxOperations"`
		MaxPayloadSize int  `json:"maxPayloadSize"`
	}
	type filters struct {
		Supported  bool `json:"supported"`
		MaxResults int  `json:"maxResults"`
	}
	type pagination struct {
		Cursor          bool   `json:"cursor"`
		Index           bool   `json:"index"`
		DefaultMethod   string `json:"defaultPaginationMethod"`
		DefaultPageSize int    `json:"defaultPageSize"`
		MaxPageSize     int    `json:"maxPageSize"`
		CursorTimeout   int    `json:"cursorTimeout,omitempty"` // seconds
	}
	pages := pagination{Index: true, DefaultMethod: "index", DefaultPageSize: DefaultCount, MaxPageSize: MaxCount}
	if c.supportsCursors() {
		pages.Cursor, pages.CursorTimeout = true, int(CursorTimeout/time.Second)
	}
	type scheme struct {
		Type        string `json:"type"`
		Name        string `json:"name"`
		Description string `json:"description"`
		SpecURI     string `json:"specUri"`
		Primary     bool   `json:"primary"`
	}
	own := meta{"ServiceProviderConfig", c.Base + "/ServiceProviderConfig"}
	schemes := []scheme{{
		Type: "oauthbearertoken", Name: "OAuth Bearer Token", Primary: true,
		Description: "The secret token of the tenant, sent as a bearer token.",
		SpecURI:     "https://www.rfc-editor.org/rfc/rfc6750",
	}}
	if c.TokenURL != "" {
		schemes = append(schemes, scheme{
			Type: "oauth2", Name: "OAuth 2.0 Client Credentials",
			Description: "An access token from " + c.TokenURL + ", sent as a bearer token.",
			SpecURI:     "https://www.rfc-editor.org/rfc/rfc6749#section-4.4",
		})
	}
	return c.discover(own.Location, struct {
		Schemas        []string   `json:"schemas"`
		Patch          supported  `json:"patch"`
		Bulk           bulk       `json:"bulk"`
		Filter         filters    `json:"filter"`
		ChangePassword supported  `json:"changePassword"`
		Sort           supported  `json:"sort"`
		ETag           supported  `json:"etag"`
		Pagination     pagination `json:"pagination"`
		Authentication []scheme   `json:"authenticationSchemes"`
		Meta           meta       `json:"meta"`
	}{
		Schemas:        []string{"urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"},
		Patch:          supported{true},
		Sort:           supported{true},
		ETag:           supported{true},
		Pagination:     pages,
		Bulk:           bulk{true, MaxBulkOperations, MaxBulkSize},
		Filter:         filters{true, MaxCount},
		Authentication: schemes,
		Meta:           own,
	})
}

type extensionDocument struct {
	Schema   string `json:"schema"`
	Required bool   `json:"required"`
}

type resourceTypeDocument struct {
	Schemas     []string            `json:"schemas"`
	ID          string              `json:"id"`
	Name        string              `json:"name"`
	Endpoint    string              `json:"endpoint"`
	Description string              `json:"description"`
	Schema      string              `json:"schema"`
	Extensions  []extensionDocument `json:"schemaExtensions"`
	Meta        meta                `json:"meta"`
}

func (c *call) resourceTypeOf(t *schema.ResourceType) resourceTypeDocument {
	document := resourceTypeDocument{
		Schemas: []string{"urn:ietf:params:scim:schemas:core:2.0:ResourceType"},
		ID:      t.Name, Name: t.Name, Endpoint: t.Endpoint, Description: t.Description, Schema: t.Schema.ID,
		Extensions: []extensionDocument{},
		Meta:       meta{"ResourceType", c.Base + "/ResourceTypes/" + t.Name},
	}
	for _, e := range t.Extensions {
		document.Extensions = append(document.Extensions, extensionDocument{e.Schema.ID, e.Required})
	}
	return document
}

func (c *call) resourceTypes() (Response, error) {
	types, err := c.readable()
	if err != nil {
		return Response{}, err
	}
	var all []resourceTypeDocument
	for _, t := range types {
		all = append(all, c.resourceTypeOf(t))
	}
	return discoverAll(c, all)
}

func (c *call) resourceType() (Response, error) {
	types, err := c.readable()
	if err != nil {
		return Response{}, err
	}
	for _, t := range types {
		if strings.EqualFold(t.Name, c.id) {
			document := c.resourceTypeOf(t)
			return c.discover(document.Meta.Location, document)
		}
	}
	return Response{}, scim.NotFound("There is no resource type %q.", schema.Shorten(c.id)).Breaks(scim.RuleRequestResource)
}

type schemaDocument struct {
	Schemas []string `json:"schemas"`
	*schema.Schema
	Meta meta `json:"meta"`
}

func (c *call) schemaOf(s *schema.Schema) schemaDocument {
	return schemaDocument{
		[]string{"urn:ietf:params:scim:schemas:core:2.0:Schema"}, s, meta{"Schema", c.Base + "/Schemas/" + s.ID},
	}
}

// allSchemas lists the schemas of the resource types. The schemas of messages are not among them: no resource has them.
func (c *call) allSchemas() ([]schemaDocument, error) {
	types, err := c.readable()
	var all []schemaDocument
	for _, t := range types {
		all = append(all, c.schemaOf(t.Schema))
		for _, e := range t.Extensions {
			all = append(all, c.schemaOf(e.Schema))
		}
	}
	return all, err
}

func (c *call) schemas() (Response, error) {
	all, err := c.allSchemas()
	if err != nil {
		return Response{}, err
	}
	return discoverAll(c, all)
}

func (c *call) schema() (Response, error) {
	all, err := c.allSchemas()
	if err != nil {
		return Response{}, err
	}
	for _, s := range all {
		if strings.EqualFold(s.ID, c.id) {
			return c.discover(s.Meta.Location, s)
		}
	}
	return Response{}, scim.NotFound("There is no schema %q.", schema.Shorten(c.id)).Breaks(scim.RuleRequestResource)
}

// discoverAll answers with a list. Paging and sorting are ignored, and a filter is refused (RFC 7644 section 4).
func discoverAll[T any](c *call, all []T) (Response, error) {
	return c.discover("", struct {
		Schemas      []string `json:"schemas"`
		TotalResults int      `json:"totalResults"`
		StartIndex   int      `json:"startIndex"`
		ItemsPerPage int      `json:"itemsPerPage"`
		Resources    []T      `json:"Resources"`
	}{[]string{ListSchema}, len(all), 1, len(all), all})
}

// discover answers with a document. location is the URI of the one that is a resource, "" for a list.
func (c *call) discover(location string, document any) (Response, error) {
	if c.request.Query.Has("filter") {
		return Response{}, &scim.Error{
			Status: http.StatusForbidden, Rule: scim.RuleDiscoveryFilter,
			Detail: "The discovery endpoints take no filter. Read the whole document instead.",
		}
	}
	body, err := json.Marshal(document)
	if err != nil {
		return Response{}, err
	}
	return Response{Status: http.StatusOK, ContentLocation: location, Body: body}, nil
}
