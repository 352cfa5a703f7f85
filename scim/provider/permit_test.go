package provider_test

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/askspoke/spoke/scim"
	"github.com/askspoke/spoke/scim/provider"
	"github.com/askspoke/spoke/scim/schema"
)

// only permits users, and to write them where write is set.
func only(name string, write bool) func(*schema.ResourceType, bool) error {
	return func(t *schema.ResourceType, writes bool) error {
		if t.Name == name && (write || !writes) {
			return nil
		}
		return &scim.Error{Status: http.StatusForbidden, Detail: "not " + t.Name}
	}
}

// Each route asks Permit before it asks the store, and what may not be read is not in lists over all types.
func TestPermit(t *testing.T) {
	t.Parallel()
	s := inMemory(t)
	serve := func(method, path, body string) (provider.Response, int) {
		t.Helper()
		response, err := s.Serve(t.Context(), provider.Request{Method: method, Path: path, Query: url.Values{}, Body: []byte(body)})
		var refusal *scim.Error
		if errors.As(err, &refusal) {
			return response, refusal.Status
		}
		if err != nil {
			t.Fatalf("%s %s: %v", method, path, err)
		}
		return response, response.Status
	}
	made, _ := serve("POST", "/Users", `{"userName":"ada"}`)
	user := strings.TrimPrefix(made.Location, base)
	made, _ = serve("POST", "/Groups", `{"displayName":"Engineers"}`)
	group := strings.TrimPrefix(made.Location, base)

	const patch = `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"add","path":"externalId","value":"1"}]}`
	const search = `{"schemas":["urn:ietf:params:scim:api:messages:2.0:SearchRequest"]}`
	type want struct{ all, reader int } // of who may read and write users, and of who may read them
	for request, want := range map[[3]string]want{
		{"GET", "/Users", ""}:                       {200, 200},
		{"GET", user, ""}:                           {200, 200},
		{"HEAD", user, ""}:                          {200, 200},
		{"POST", "/Users/.search", search}:          {200, 200},
		{"POST", "/users/.SEARCH", search}:          {200, 200},
		{"PUT", user, `{"userName":"ada"}`}:         {200, 403},
		{"PATCH", user, patch}:                      {200, 403},
		{"DELETE", "/Users/nobody", ""}:             {404, 403},
		{"DELETE", "/Users/nobody/.search", ""}:     {404, 403}, // an id, however it ends
		{"GET", "/Groups", ""}:                      {403, 403},
		{"GET", group, ""}:                          {403, 403},
		{"POST", "/Groups", `{`}:                    {403, 403},
		{"POST", "/Groups/.search", search}:         {403, 403},
		{"PUT", group, `{"displayName":"x"}`}:       {403, 403},
		{"PATCH", group, patch}:                     {403, 403},
		{"DELETE", group, ""}:                       {403, 403},
		{"GET", "/ResourceTypes/User", ""}:          {200, 200},
		{"GET", "/ResourceTypes/Group", ""}:         {404, 404},
		{"GET", "/Schemas/" + enterpriseSchema, ""}: {200, 200},
		{"GET", "/Schemas/" + schema.GroupURN, ""}:  {404, 404},
		{"GET", "/ServiceProviderConfig", ""}:       {200, 200},
		{"GET", "/Nothing", ""}:                     {404, 404},
		{"PUT", "/Users", ""}:                       {405, 405},
	} {
		for _, write := range []bool{true, false} {
			status := want.reader
			if write {
				status = want.all
			}
			s.Permit = only("User", write)
			if _, got := serve(request[0], request[1], request[2]); got != status {
				t.Errorf("%v with write %t: status %d, want %d", request, write, got, status)
			}
		}
	}

	s.Permit = only("User", false)
	for _, r := range [][3]string{{"GET", "/", ""}, {"POST", "/.search", search}, {"GET", "/ResourceTypes", ""}, {"GET", "/Schemas", ""}} {
		list, status := serve(r[0], r[1], r[2])
		if body := string(list.Body); status != 200 || strings.Contains(body, "Engineers") || strings.Contains(body, `:Group"`) || !strings.Contains(body, ":User") {
			t.Errorf("%v: %d %s", r, status, body)
		}
	}
	s.Permit = only("Nothing", false)
	for _, r := range [][3]string{{"GET", "/", ""}, {"POST", "/.search", search}, {"GET", "/Schemas", ""}, {"GET", "/ResourceTypes", ""}} {
		if _, status := serve(r[0], r[1], r[2]); status != 403 {
			t.Errorf("%v of who may read nothing: %d", r, status)
		}
	}
}

// Each operation of a bulk is asked for, in batches and in circles too, and of a circle with a refused part nothing stays.
func TestPermitBulk(t *testing.T) {
	t.Parallel()
	s := inMemory(t)
	s.Permit = only("User", true)
	response, err := s.Serve(t.Context(), provider.Request{Method: "POST", Path: "/Bulk", Query: url.Values{}, Body: []byte(`{
		"schemas":["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],"Operations":[
		{"method":"POST","path":"/Users","bulkId":"a","data":{"userName":"ada"}},
		{"method":"POST","path":"/Groups","bulkId":"b","data":{"displayName":"batch"}},
		{"method":"POST","path":"/Groups","bulkId":"c","data":{"displayName":"batch 2"}},
		{"method":"DELETE","path":"/Groups/1"},
		{"method":"PATCH","path":"/Groups/1","data":{"Operations":[{"op":"add","path":"displayName","value":"x"}]}},
		{"method":"POST","path":"/Users","bulkId":"d","data":{"userName":"grace","externalId":"bulkId:e"}},
		{"method":"POST","path":"/Groups","bulkId":"e","data":{"displayName":"circle","members":[{"value":"bulkId:d"}]}},
		{"method":"PUT","path":"/Users/bulkId:a","data":{"userName":"ada","title":"x"}}]}`)})
	if err != nil {
		t.Fatal(err)
	}
	got := make([]int, len(response.Operations))
	for i, o := range response.Operations {
		got[i] = o.Status
	}
	// The user of the circle fails because the group does.
	if diff := cmp.Diff([]int{201, 403, 403, 403, 403, 409, 403, 200}, got); diff != "" {
		t.Errorf("(-want +got):\n%s\n%s", diff, response.Body)
	}
	s.Permit = nil
	list, err := s.Serve(t.Context(), provider.Request{Method: "GET", Path: "/", Query: url.Values{}})
	if err != nil || !strings.Contains(string(list.Body), `"totalResults":1,`) {
		t.Errorf("%v: %s", err, list.Body)
	}
}
