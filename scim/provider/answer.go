package provider

import (
	"encoding/json"
	"net/http"
	"strconv"

	"github.com/askspoke/spoke/scim"
	"github.com/askspoke/spoke/scim/resource"
)

// ListSchema is the URN of the list message (RFC 7644 section 3.4.2).
const ListSchema = "urn:ietf:params:scim:api:messages:2.0:ListResponse"

// Error is the answer that refuses a request: the error message of RFC 7644 section 3.12, whose status is a string.
func Error(e *scim.Error) Response {
	body, err := json.Marshal(struct {
		Schemas []string       `json:"schemas"`
		Status  string         `json:"status"`
		Type    scim.ErrorType `json:"scimType,omitempty"`
		Detail  string         `json:"detail,omitempty"`
	}{[]string{scim.ErrorSchema}, strconv.Itoa(e.Status), e.Type, e.Detail})
	if err != nil {
		panic("encode a struct of strings: " + err.Error())
	}
	return Response{Status: e.Status, Body: body}
}

// document answers with one resource, as far as the client chose its attributes. A bulk answers without.
func (c *call) document(status int, d resource.Document, p resource.Projection) (Response, error) {
	if c.part != nil {
		return Response{Status: status, Location: d.Location(c.t, c.Base), ETag: d.ETag()}, nil
	}
	if d.Large {
		return c.streamDocument(status, p)
	}
	body, err := p.AppendTo(make([]byte, 0, len(d.Body)+len(d.Relation)+256), d, c.t, c.Base)
	if err != nil {
		return Response{}, err
	}
	location := d.Location(c.t, c.Base)
	return Response{Status: status, Location: location, ContentLocation: location, ETag: d.ETag(), Body: body}, nil
}

// changed answers a write with the resource that it led to.
func (c *call) changed(status int, d resource.Document, p resource.Projection, changed bool) (Response, error) {
	response, err := c.document(status, d, p)
	response.Changed = changed
	return response, err
}

// projection reads the attributes that the client chose.
func (c *call) projection() (resource.Projection, error) {
	return resource.NewProjection(c.t, c.request.Query["attributes"], c.request.Query["excludedAttributes"])
}

func (c *call) read(p resource.Projection) Read {
	return Read{Base: c.Base, Relation: c.part == nil && p.Relation(c.t), Most: elementsInMemory}
}

// noContent answers that all went well and there is nothing to read.
func noContent(changed bool) Response {
	return Response{Status: http.StatusNoContent, Changed: changed}
}

// appendListHead writes a list message up to its first resource; "]}" ends it. A startIndex of 0 and a nextCursor of ""
// are left out.
func appendListHead(b []byte, total, startIndex, items int, nextCursor string) []byte {
	b = append(b, `{"schemas":["`+ListSchema+`"],"totalResults":`...)
	b = strconv.AppendInt(b, int64(total), 10)
	if startIndex > 0 {
		b = append(b, `,"startIndex":`...)
		b = strconv.AppendInt(b, int64(startIndex), 10)
	}
	b = append(b, `,"itemsPerPage":`...)
	b = strconv.AppendInt(b, int64(items), 10)
	if nextCursor != "" {
		b = append(b, `,"nextCursor":"`...)
		b = append(append(b, nextCursor...), '"')
	}
	return append(b, `,"Resources":[`...)
}
