package provider_test

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRoute(t *testing.T) {
	t.Parallel()
	s := inMemory(t)
	id := s.create("/Users", `{"userName":"ada"}`)
	type outcome struct {
		Status       int
		Route, Allow string
	}
	const all, some = "GET, HEAD, POST", "GET, HEAD, PUT, PATCH, DELETE"
	for request, want := range map[[2]string]outcome{
		{"GET", "/Users"}:                         {200, "/Users", ""},
		{"HEAD", "/Users"}:                        {200, "/Users", ""},
		{"GET", "/users"}:                         {200, "/Users", ""},
		{"GET", "/Users/" + id}:                   {200, "/Users/{id}", ""},
		{"HEAD", "/Users/" + id}:                  {200, "/Users/{id}", ""},
		{"HEAD", "/Users/x"}:                      {404, "/Users/{id}", ""},
		{"GET", "/Users/x/y"}:                     {404, "/Users/{id}", ""},
		{"DELETE", "/Users"}:                      {405, "/Users", all},
		{"PUT", "/Groups"}:                        {405, "/Groups", all},
		{"PATCH", "/Groups"}:                      {405, "/Groups", all},
		{"OPTIONS", "/Groups"}:                    {405, "/Groups", all},
		{"POST", "/Users/" + id}:                  {405, "/Users/{id}", some},
		{"OPTIONS", "/Users/" + id}:               {405, "/Users/{id}", some},
		{"FROB", "/Groups/x"}:                     {405, "/Groups/{id}", some},
		{"get", "/Users"}:                         {405, "/Users", all},
		{"GET", "/Users/.search"}:                 {405, "/Users/.search", "POST"},
		{"POST", "/Users/.search"}:                {400, "/Users/.search", ""}, // without a body
		{"POST", "/users/.Search"}:                {400, "/Users/.search", ""},
		{"POST", "/Groups/.search"}:               {400, "/Groups/.search", ""},
		{"POST", "/.search"}:                      {400, "/.search", ""},
		{"GET", "/.search"}:                       {405, "/.search", "POST"},
		{"POST", "/.search/x"}:                    {404, "", ""},
		{"POST", "/Users/.search/x"}:              {405, "/Users/{id}", some},
		{"POST", "/Schemas/.search"}:              {405, "/Schemas/{id}", "GET, HEAD"},
		{"POST", "/Bulk"}:                         {400, "/Bulk", ""},
		{"GET", "/bulk"}:                          {405, "/Bulk", "POST"},
		{"GET", "/Me"}:                            {501, "/Me", ""},
		{"PATCH", "/me"}:                          {501, "/Me", ""},
		{"GET", "/Me/x"}:                          {404, "", ""},
		{"GET", "/"}:                              {200, "/", ""},
		{"HEAD", "/"}:                             {200, "/", ""},
		{"POST", "/"}:                             {405, "/", "GET, HEAD"},
		{"DELETE", "/"}:                           {405, "/", "GET, HEAD"},
		{"GET", "/Nothing"}:                       {404, "", ""},
		{"POST", "/ServiceProviderConfig"}:        {405, "/ServiceProviderConfig", "GET, HEAD"},
		{"GET", "/ServiceProviderConfig/x"}:       {404, "", ""},
		{"HEAD", "/Schemas"}:                      {200, "/Schemas", ""},
		{"DELETE", "/Schemas"}:                    {405, "/Schemas", "GET, HEAD"},
		{"PUT", "/Schemas/" + enterpriseSchema}:   {405, "/Schemas/{id}", "GET, HEAD"},
		{"GET", "/Schemas/" + enterpriseSchema}:   {200, "/Schemas/{id}", ""},
		{"GET", "/ResourceTypes/user"}:            {200, "/ResourceTypes/{id}", ""},
		{"PATCH", "/ResourceTypes/User"}:          {405, "/ResourceTypes/{id}", "GET, HEAD"},
		{"GET", "/ResourceTypes/Device"}:          {404, "/ResourceTypes/{id}", ""},
		{"GET", "/Schemas/urn:example:something"}: {404, "/Schemas/{id}", ""},
	} {
		a := s.do(request[0], request[1], "")
		if diff := cmp.Diff(want, outcome{a.Status, a.Route, a.Allow}); diff != "" {
			t.Errorf("%s %s (-want +got):\n%s%s", request[0], request[1], diff, a.Body)
		}
		if e := scimError(a.err); a.Status >= 400 && (e == nil || e.Detail == "") {
			t.Errorf("%s %s: the error says nothing: %v", request[0], request[1], a.err)
		}
	}
}

// TestHead is a GET: what is sent of it is for the transport to decide.
func TestHead(t *testing.T) {
	t.Parallel()
	s := inMemory(t)
	id := s.create("/Users", `{"userName":"ada"}`)
	get, head := s.do(http.MethodGet, "/Users/"+id, ""), s.do(http.MethodHead, "/Users/"+id, "")
	if diff := cmp.Diff(get.Response, head.Response); diff != "" {
		t.Errorf("(-GET +HEAD):\n%s", diff)
	}
}
