package dialect

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

const sample = `{
	"id": "1", "userName": "ada", "active": true, "age": 36, "height": 1.7, "name": {"givenName": "Ada"},
	"emails": [{"type": "home", "value": "h"}, {"type": "work", "value": "w", "primary": true}],
	"members": [{"value": "2"}, {"value": "1"}], "roles": [],
	"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"manager": {"value": "5"}, "department": "d"}
}`

// Each expectation, once met and once not.
func TestExpectations(t *testing.T) {
	t.Parallel()
	a := answer{status: 200, header: http.Header{"Etag": {`W/"1"`}}}
	if err := json.Unmarshal([]byte(sample), &a.body); err != nil {
		t.Fatal(err)
	}
	const enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
	for _, tc := range []struct{ met, unmet string }{
		{`userName = "ada"`, `userName = "Ada"`},
		{`userName = "*"`, `title = "*"`},
		{`userName != "x"`, `userName != "ada"`},
		{`title != "x"`, `active != true`},
		{`active = true`, `active = "true"`},
		{`name.givenName = "Ada"`, `name.GivenName = "Ada"`},
		{`name = {"givenName": "Ada"}`, `name = {"givenName": "Ada", "familyName": "x"}`},
		{`emails[1].value = "w"`, `emails[2].value = "w"`},
		{`emails[type eq "work"].value = "w"`, `emails[type eq "other"].value = "w"`},
		{`emails[type eq "work" and primary eq true].value = "w"`, `emails[type eq "home" and primary eq true].value present`},
		{`emails[-1] absent`, `emails[x] present`},
		{enterprise + `:manager.value = "5"`, enterprise + `:manager = "5"`},
		{enterprise + ` = {"manager": "*", "department": "d"}`, enterprise + ` absent`},
		{`urn:other:department absent`, enterprise + `:colour present`},
		{`members = [{"value": "1"}, {"value": "2"}]`, `members = [{"value": "1"}, {"value": "3"}]`},
		{`emails has {"type": "work"}`, `emails has {"type": "other"}`},
		{`emails lacks {"type": "other"}`, `emails lacks {"value": "h"}`},
		{`emails count 2`, `emails count 1`},
		{`userName is string`, `userName is list`},
		{`age is integer`, `height is integer`},
		{`age is number`, `active is number`},
		{`height is number`, `roles is object`},
		{`active is boolean`, `name is boolean`},
		{`roles is list`, `emails is object`},
		{`name is object`, `title is string`},
		{`userName present`, `title present`},
		{`title absent`, `roles absent`},
		{`userName contains da`, `userName contains x`},
		{`body present`, `body absent`},
		{`header ETag = W/"1"`, `header ETag = W/"2"`},
		{`header ETag present`, `header ETag absent`},
		{`header Location absent`, `header Location present`},
		{`header ETag contains W/`, `header ETag contains x`},
		{`header ETag != x`, `header ETag != W/"1"`},
	} {
		for _, line := range []struct {
			text string
			met  bool
		}{{tc.met, true}, {tc.unmet, false}} {
			c, err := (&parser{name: "x", lines: []string{line.text}}).check()
			if err != nil {
				t.Fatal(err)
			}
			if wrong := c.meets(a, c.operand); (wrong == "") != line.met {
				t.Errorf("%s: met %v, want %v: %s", line.text, wrong == "", line.met, wrong)
			}
		}
	}
}

// Each rule about every answer can fail.
func TestBreaches(t *testing.T) {
	t.Parallel()
	const resource = `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"id":"1","meta":{"resourceType":"User","created":"c","lastModified":"m","location":"l","version":"v"}`
	const refusal = `{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"status":"%","detail":"d"}`
	scimType := []string{"Content-Type", "application/scim+json"}
	for _, tc := range []struct {
		name, method, target string
		status               int
		header               []string
		body, want           string
	}{
		{"a resource", "GET", "/Users/1", 200, scimType, resource + "}", ""},
		{"a deletion", "DELETE", "/Users/1", 204, nil, "", ""},
		{"a refusal", "GET", "/Users/1", 404, scimType, strings.Replace(refusal, "%", "404", 1), ""},
		{"another type", "GET", "/Users/1", 200, []string{"Content-Type", "application/json"}, resource + "}", "Content-Type"},
		{"a redirection", "PUT", "/Users/1", 307, nil, "", "redirection"},
		{"422", "POST", "/Users", 422, scimType, strings.Replace(refusal, "%", "422", 1), "422"},
		{"500", "POST", "/Users", 500, scimType, strings.Replace(refusal, "%", "500", 1), "failed"},
		{"401 without a challenge", "GET", "/Users", 401, scimType, strings.Replace(refusal, "%", "401", 1), "WWW-Authenticate"},
		{"405 without Allow", "GET", "/Users", 405, scimType, strings.Replace(refusal, "%", "405", 1), "Allow"},
		{"a status that is a number", "GET", "/Users", 404, scimType, strings.Replace(refusal, `"%"`, "404", 1), "no SCIM error"},
		{"a refusal without a body", "GET", "/Users", 404, nil, "", "no SCIM error"},
		{"201 without Location", "POST", "/Users", 201, scimType, resource + "}", "Location"},
		{"no version", "GET", "/Users/1", 200, scimType, strings.Replace(resource, `,"version":"v"`, "", 1) + "}", "meta.version"},
		{"null", "GET", "/Users/1", 200, scimType, resource + `,"title":null}`, "null"},
		{"an empty list", "GET", "/Users/1", 200, scimType, resource + `,"groups":[]}`, "empty"},
		{"an empty text", "GET", "/Users/1", 200, scimType, resource + `,"title":""}`, "empty"},
		{"the password", "GET", "/Users/1", 200, scimType, resource + `,"password":"x"}`, "password"},
		{"a list that counts wrongly", "GET", "/Users", 200, scimType, `{"totalResults":1,"itemsPerPage":5,"Resources":[{"id":"1"}]}`, "itemsPerPage"},
		{"a list of null", "GET", "/Users", 200, scimType, `{"totalResults":0,"itemsPerPage":0,"Resources":null}`, "Resources"},
		{"a list with null in it", "GET", "/Users", 200, scimType, `{"totalResults":1,"itemsPerPage":1,"Resources":[{"id":null}]}`, "null"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			a := answer{status: tc.status, header: http.Header{}, text: tc.body}
			for i := 0; i+1 < len(tc.header); i += 2 {
				a.header.Set(tc.header[i], tc.header[i+1])
			}
			if tc.body != "" {
				if err := json.Unmarshal([]byte(tc.body), &a.body); err != nil {
					t.Fatal(err)
				}
			}
			got := strings.Join(a.breaches(tc.method, tc.target), "; ")
			if (got == "") != (tc.want == "") || !strings.Contains(got, tc.want) {
				t.Errorf("want a breach about %q, got %q", tc.want, got)
			}
		})
	}
}
