package dialect

import (
	"fmt"
	"strings"
	"testing"
)

// Trap 18: /Schemas says what is true, in full: externalId in both types, the canonical values that the gallery's
// validation flattens, none for the type of a role, no null, and every characteristic of every attribute.
func schemasHonest(t *testing.T, target Target) {
	s := begin(t, target, `
== all schemas
GET /Schemas
=> 200
Resources[id eq "urn:ietf:params:scim:schemas:core:2.0:User"].attributes has {"name": "externalId", "caseExact": true}
Resources[id eq "urn:ietf:params:scim:schemas:core:2.0:User"].attributes has {"name": "userName", "required": true, "uniqueness": "server", "caseExact": false}
Resources[id eq "urn:ietf:params:scim:schemas:core:2.0:User"].attributes has {"name": "password", "mutability": "writeOnly", "returned": "never"}
Resources[id eq "urn:ietf:params:scim:schemas:core:2.0:User"].attributes[name eq "emails"].subAttributes[name eq "type"].canonicalValues has "work"
Resources[id eq "urn:ietf:params:scim:schemas:core:2.0:User"].attributes[name eq "phoneNumbers"].subAttributes[name eq "type"].canonicalValues has "fax"
Resources[id eq "urn:ietf:params:scim:schemas:core:2.0:User"].attributes[name eq "addresses"].subAttributes[name eq "type"].canonicalValues has "work"
Resources[id eq "urn:ietf:params:scim:schemas:core:2.0:User"].attributes[name eq "roles"].subAttributes[name eq "type"].canonicalValues absent
Resources[id eq "urn:ietf:params:scim:schemas:core:2.0:Group"].attributes has {"name": "externalId"}
Resources[id eq "urn:ietf:params:scim:schemas:core:2.0:Group"].attributes has {"name": "displayName", "required": true}
Resources[id eq "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"].attributes[name eq "manager"].subAttributes has {"name": "displayName", "mutability": "readOnly"}
Resources[id eq "urn:ietf:params:scim:schemas:extension:SpokeCustom:2.0:User"].attributes has {"name": "startDate", "returned": "default"}
save schemas
`)
	resources, _ := lookup(s.saved["schemas"], "Resources")
	list, _ := resources.([]any)
	if len(list) < 4 {
		t.Fatalf("%d schemas, want User, Group and two extensions at least", len(list))
	}
	for _, item := range list {
		fields, _ := item.(map[string]any)
		id, _ := fields["id"].(string)
		if strings.Contains(id, ":messages:") {
			t.Errorf("%s is the schema of a message, which no resource has", id)
		}
		attributes, _ := fields["attributes"].([]any)
		for _, a := range attributes {
			characterised(t, id, a, false)
		}
	}
}

// characterised checks that an attribute of a schema document says all that RFC 7643 section 7 lists.
func characterised(t *testing.T, path string, attribute any, isSub bool) {
	t.Helper()
	fields, _ := attribute.(map[string]any)
	path += fmt.Sprintf(":%v", fields["name"])
	for _, name := range []string{"name", "type", "multiValued", "description", "required", "mutability", "returned"} {
		if fields[name] == nil || fields[name] == "" {
			t.Errorf("%s has no %s", path, name)
		}
	}
	if fields["type"] == "complex" && isSub {
		t.Errorf("%s is complex within a complex attribute", path)
	}
	if fields["type"] == "string" && (fields["caseExact"] == nil || fields["uniqueness"] == nil) {
		t.Errorf("%s has no caseExact or no uniqueness", path)
	}
	if fields["type"] == "reference" && fields["referenceTypes"] == nil {
		t.Errorf("%s has no referenceTypes", path)
	}
	for name, value := range fields {
		if value == nil {
			t.Errorf("%s: %s is null", path, name)
		}
	}
	subs, _ := fields["subAttributes"].([]any)
	if fields["type"] == "complex" && len(subs) == 0 {
		t.Errorf("%s is complex and has no sub-attributes", path)
	}
	for _, sub := range subs {
		characterised(t, path, sub, true)
	}
}

// Trap 25: each discovery document can be read by itself, a filter on them is refused, and ServiceProviderConfig claims
// nothing that fails.
func discovery(t *testing.T, target Target) {
	s := begin(t, target, `
== what is supported
GET /ServiceProviderConfig
=> 200
schemas = ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"]
patch.supported = true
filter.supported = true
filter.maxResults is integer
bulk.supported is boolean
bulk.maxOperations is integer
bulk.maxPayloadSize is integer
sort.supported is boolean
etag.supported is boolean
changePassword.supported is boolean
authenticationSchemes[0].type is string
authenticationSchemes[0].name is string
authenticationSchemes[0].description is string
meta.resourceType = "ServiceProviderConfig"
meta.location = "{{base}}/ServiceProviderConfig"
save config

== the types
GET /ResourceTypes
=> 200
Resources has {"id": "User", "endpoint": "/Users"}
Resources has {"id": "Group", "endpoint": "/Groups"}

== one type
GET /ResourceTypes/User
=> 200
id = "User"
schema = "urn:ietf:params:scim:schemas:core:2.0:User"
schemaExtensions has {"schema": "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User", "required": false}
meta.resourceType = "ResourceType"
meta.location = "{{base}}/ResourceTypes/User"

== the other type
GET /ResourceTypes/Group
=> 200
schema = "urn:ietf:params:scim:schemas:core:2.0:Group"

== no such type
GET /ResourceTypes/Person
=> 404

== one schema
GET /Schemas/urn:ietf:params:scim:schemas:core:2.0:User
=> 200
id = "urn:ietf:params:scim:schemas:core:2.0:User"
meta.resourceType = "Schema"

== percent-encoded, and in another case
GET /Schemas/URN%3Aietf%3Aparams%3Ascim%3Aschemas%3Aextension%3Aenterprise%3A2.0%3AUSER
=> 200
id = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"

== no such schema
GET /Schemas/urn:example:none
=> 404

== a filter
GET /ServiceProviderConfig?filter=patch.supported eq true
=> 403

== a filter
GET /ResourceTypes?filter=id eq "User"
=> 403

== a filter
GET /Schemas?filter=id eq "x"
=> 403

== paging is ignored
GET /Schemas?startIndex=2&count=1&sortBy=id
=> 200
startIndex = 1
Resources has {"id": "urn:ietf:params:scim:schemas:core:2.0:User"}
`)
	config := s.saved["config"]
	s.claims(config, "bulk", "POST", "/Bulk", `{"schemas":["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],"Operations":[{"method":"POST","path":"/Users","bulkId":"1","data":{"userName":"ada"}}]}`)
	if got, _ := lookup(config, "bulk.maxOperations"); got == float64(0) {
		if supported, _ := lookup(config, "bulk.supported"); supported == true {
			t.Error("bulk is supported with 0 operations at most: authentik takes that as the size of its chunks")
		}
	}
	if cursor, _ := lookup(config, "pagination.cursor"); cursor == true {
		s.request("GET", "/Users?cursor&count=1", "", 200)
	}
	if sort, _ := lookup(config, "sort.supported"); sort == true {
		s.request("GET", "/Users?sortBy=userName&sortOrder=descending", "", 200)
	}
}

// claims checks that a feature works if it is announced, and that it is 501 or 404 if it is not.
func (s *scene) claims(config any, feature, method, path, body string) {
	s.t.Helper()
	if supported, _ := lookup(config, feature+".supported"); supported == true {
		s.request(method, path, body, 200)
		return
	}
	a, err := s.send(step{method: method, target: path, body: body, headers: []field{{"Content-Type", "application/scim+json"}}})
	if err != nil || a.status != 501 && a.status != 404 {
		s.t.Errorf("%s is not announced, and %s %s: status %d, want 501 or 404: %v", feature, method, path, a.status, err)
	}
}
