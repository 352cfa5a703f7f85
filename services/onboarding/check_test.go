package onboarding_test

import (
	"bytes"
	"io"
	"mime"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
)

// checking sends requests, and checks each JSON answer of an operation by the document: its status, its headers and its body.
type checking struct{ testing.TB }

var readDocument = sync.OnceValues(func() (*openapi3.T, error) {
	spec, err := openapi3.NewLoader().LoadFromFile("openapi.yaml")
	if err != nil {
		return nil, err
	}
	return spec, nil
})

// Do sends a request.
func (c checking) Do(r *http.Request) (*http.Response, error) {
	c.Helper()
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, err
	}
	media, _, _ := mime.ParseMediaType(response.Header.Get("Content-Type"))
	route := c.routeOf(r)
	if route == nil || response.StatusCode == http.StatusNoContent || media != "application/json" && media != "application/problem+json" {
		return response, nil
	}
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	response.Body.Close()
	response.Body = io.NopCloser(bytes.NewReader(body))
	input := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{Request: r, Route: route},
		Status:                 response.StatusCode, Header: response.Header,
		Options: &openapi3filter.Options{IncludeResponseStatus: true, MultiError: true},
	}
	if err := openapi3filter.ValidateResponse(r.Context(), input.SetBodyBytes(body)); err != nil {
		c.Errorf("%s %s is not answered as the document says: %v\n%s", r.Method, r.URL, err, body)
	}
	return response, nil
}

// routeOf finds the operation of the document that a request asks for, nil for none.
func (c checking) routeOf(r *http.Request) *routers.Route {
	c.Helper()
	spec, err := readDocument()
	if err != nil {
		c.Fatal(err)
	}
	parts := strings.Split(r.URL.EscapedPath(), "/")
	var found *routers.Route
	fixed := -1
	for path, item := range spec.Paths.Map() {
		n := 0
		for i, part := range strings.Split(path, "/") {
			if n = match(n, i, part, parts); n < 0 {
				break
			}
		}
		operation := item.GetOperation(r.Method)
		if n > fixed && strings.Count(path, "/") == len(parts)-1 && operation != nil {
			found, fixed = &routers.Route{Spec: spec, Path: path, PathItem: item, Method: r.Method, Operation: operation}, n
		}
	}
	return found
}

// match counts the parts of a path that are the document's own words; -1 is another path.
func match(n, i int, part string, parts []string) int {
	switch {
	case i >= len(parts):
		return -1
	case part == parts[i]:
		return n + 1
	case strings.HasPrefix(part, "{"):
		return n
	}
	return -1
}
