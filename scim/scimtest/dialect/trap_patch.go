package dialect

import "testing"

// Trap 1: op is compared without case, and no operation is dropped in silence (Polis #4070).
func opCase(t *testing.T, target Target) {
	begin(t, target, `
== a user
POST /Users

{"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "ada", "title": "x", "nickName": "n"}
=> 201
save ada

== operations as Entra ID writes them, and worse
PATCH /Users/{{ada.id}}

{"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [
  {"op": "Add", "path": "displayName", "value": "Ada"},
  {"op": "Replace", "path": "title", "value": "Countess"},
  {"op": "REMOVE", "path": "nickName"}
]}
=> 200
displayName = "Ada"
title = "Countess"
nickName absent

== the names of the members too
PATCH /Users/{{ada.id}}

{"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "operations": [{"Op": "rEPLACE", "Path": "title", "Value": "Analyst"}]}
=> 200
title = "Analyst"

== what is no operation is refused, not passed over
PATCH /Users/{{ada.id}}

{"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [{"op": "Upsert", "path": "title", "value": "x"}]}
=> 400
scimType = "invalidSyntax"
`)
}

// Trap 2: a remove with a list of members removes these alone (segment-docs #6726 and many more).
func removeListedMembers(t *testing.T, target Target) {
	begin(t, target, sixUsers+`
== a group of six
POST /Groups

{"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "Six", "members": [
  {"value": "{{user1.id}}"}, {"value": "{{user2.id}}"}, {"value": "{{user3.id}}"}, {"value": "{{user4.id}}"}, {"value": "{{user5.id}}"}, {"value": "{{user6.id}}"}]}
=> 201
save six

== one, as a list of objects
PATCH /Groups/{{six.id}}

{"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [{"op": "Remove", "path": "members", "value": [{"$ref": null, "value": "{{user1.id}}"}]}]}
=> 204

== one, as an object
PATCH /Groups/{{six.id}}

{"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [{"op": "remove", "path": "members", "value": {"value": "{{user2.id}}"}}]}
=> 204

== one, as a list of ids
PATCH /Groups/{{six.id}}

{"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [{"op": "remove", "path": "members", "value": ["{{user3.id}}"]}]}
=> 204

== one, by a filter
PATCH /Groups/{{six.id}}

{"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [{"op": "remove", "path": "members[value eq \"{{user4.id}}\"]"}]}
=> 204

== none, by an empty list
PATCH /Groups/{{six.id}}

{"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [{"op": "remove", "path": "members", "value": []}]}
=> 204

== somebody who is not there
PATCH /Groups/{{six.id}}

{"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [{"op": "Remove", "path": "members", "value": [{"value": "{{uuid}}"}]}]}
=> 204

== the two that nobody removed
GET /Groups/{{six.id}}
=> 200
members count 2
members has {"value": "{{user5.id}}"}
members has {"value": "{{user6.id}}"}

== without a value all go (RFC 7644 section 3.5.2.2)
PATCH /Groups/{{six.id}}

{"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [{"op": "remove", "path": "members"}]}
=> 204

== nobody is left
GET /Groups/{{six.id}}
=> 200
members absent
`)
}

// Trap 3: booleans come as strings, in values and in filters, and go out as booleans.
func booleanStrings(t *testing.T, target Target) {
	begin(t, target, `
== on creation
POST /Users

{"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "ada", "active": "False",
 "emails": [{"value": "a@x", "type": "work", "primary": "true"}], "roles": [{"value": "r", "primary": "True"}]}
=> 201
active = false
emails = [{"value": "a@x", "type": "work", "primary": true}]
roles = [{"value": "r", "primary": true}]
save ada

== in a PATCH
PATCH /Users/{{ada.id}}

{"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [
  {"op": "Replace", "path": "active", "value": "True"},
  {"op": "Replace", "path": "emails[type eq \"work\"].primary", "value": "false"}]}
=> 200
active = true
emails[0].primary = false

== in a filter
GET /Users?filter=active eq "True"
=> 200
totalResults = 1

== in a filter of elements
GET /Users?filter=roles[primary eq "True" and value eq "r"]
=> 200
totalResults = 1

== and in one that nobody meets
GET /Users?filter=active eq "False"
=> 200
totalResults = 0

== "False" is not true, as text that is not empty would be
PATCH /Users/{{ada.id}}

{"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [{"op": "Replace", "path": "active", "value": "False"}]}
=> 200
active = false

== other words are refused
PATCH /Users/{{ada.id}}

{"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [{"op": "Replace", "path": "active", "value": "no"}]}
=> 400
scimType = "invalidValue"
`)
}

// Trap 4: a value for an element that is not there makes the element (zitadel PR #9690, wire #5419, better-auth #10682).
func createOnNoMatch(t *testing.T, target Target) {
	begin(t, target, `
== a user without an e-mail
POST /Users

{"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "ada"}
=> 201
save ada

== replace and add make elements of the type; the first of its kind is primary
PATCH /Users/{{ada.id}}

{"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [
  {"op": "replace", "path": "emails[type eq \"work\"].value", "value": "ada@work.example"},
  {"op": "add", "path": "addresses[type eq \"work\"].locality", "value": "London"},
  {"op": "replace", "path": "addresses[type eq \"work\"].country", "value": "UK"},
  {"op": "replace", "path": "phoneNumbers[type eq \"mobile\"]", "value": {"value": "1"}},
  {"op": "add", "path": "roles[primary eq \"True\"].display", "value": "Admin"}]}
=> 200
emails = [{"type": "work", "value": "ada@work.example", "primary": true}]
addresses = [{"type": "work", "locality": "London", "country": "UK", "primary": true}]
phoneNumbers = [{"type": "mobile", "value": "1", "primary": true}]
roles = [{"primary": true, "display": "Admin"}]

== the second one is not primary
PATCH /Users/{{ada.id}}

{"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [{"op": "replace", "path": "emails[type eq \"home\"].value", "value": "ada@home.example"}]}
=> 200
emails has {"type": "work", "value": "ada@work.example", "primary": true}
emails has {"type": "home", "value": "ada@home.example"}
emails lacks {"type": "home", "primary": true}

== what is there is changed and not added
PATCH /Users/{{ada.id}}

{"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [{"op": "add", "path": "emails[type eq \"work\"].value", "value": "new@work.example"}]}
=> 200
emails count 2
emails[type eq "work"].value = "new@work.example"

== it can be found by what was made
GET /Users?filter=emails[type eq "home"].value eq "ada@home.example"
=> 200
totalResults = 1
`)
}

// Trap 7: a value without path is merged, and its names may be paths (ssoready PR #206, langwatch #7131).
func withoutPath(t *testing.T, target Target) {
	begin(t, target, `
== a user
POST /Users

{"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "ada", "title": "Countess", "name": {"givenName": "Ada", "familyName": "Byron"},
 "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"department": "Engines", "costCenter": "1"}}
=> 201
save ada

== names that are paths
PATCH /Users/{{ada.id}}

{"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [{"op": "replace", "value": {
  "displayName": "Ada", "name.familyName": "Lovelace", "emails[type eq \"work\"].value": "ada@x.example",
  "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department": "Analysis",
  "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"division": "North"}}}]}
=> 200
body = {
  "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],
  "id": "{{ada.id}}", "userName": "ada", "title": "Countess", "active": true, "displayName": "Ada",
  "name": {"givenName": "Ada", "familyName": "Lovelace"}, "emails": [{"type": "work", "value": "ada@x.example", "primary": true}],
  "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"department": "Analysis", "costCenter": "1", "division": "North"}, "meta": "*"
}

== an object is merged and does not replace
PATCH /Users/{{ada.id}}

{"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [{"op": "replace", "value": {"name": {"middleName": "Augusta"}}}]}
=> 200
name = {"givenName": "Ada", "familyName": "Lovelace", "middleName": "Augusta"}
userName = "ada"

== a group with a member
POST /Groups

{"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "Old", "members": [{"value": "{{ada.id}}"}]}
=> 201
save group

== another name leaves the members alone
PATCH /Groups/{{group.id}}

{"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [{"op": "replace", "value": {"externalId": "g"}}, {"op": "replace", "value": {"displayName": "New"}}]}
=> 204

== they are there
GET /Groups/{{group.id}}
=> 200
displayName = "New"
externalId = "g"
members count 1
`)
}

// Trap 8: a manager comes in many forms and is an object in every answer (Budibase #15369).
func manager(t *testing.T, target Target) {
	s := begin(t, target, `
== the manager
POST /Users

{"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "boss"}
=> 201
save boss

== somebody with a manager as a string
POST /Users

{"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "ada", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"manager": "{{boss.id}}"}}
=> 201
urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value = "{{boss.id}}"
save ada
`)
	const path = enterprise + ":manager"
	boss := s.get("boss.id")
	patch := func(op, path, value string) answer {
		body := `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"` + op + `","path":"` + path + `"` + value + `}]}`
		return s.request("PATCH", "/Users/"+s.get("ada.id"), body, 200)
	}
	removals := [][2]string{
		{"Remove", ``}, {"Replace", `,"value":""`}, {"Replace", `,"value":null`}, {"Replace", `,"value":{"value":""}`}, {"Replace", `,"value":{"value":null}`}, {"Replace", `,"value":[]`},
	}
	for i, value := range []string{
		`"` + boss + `"`, `{"value":"` + boss + `"}`, `[{"value":"` + boss + `"}]`, `[{"$ref":"http://x/Users/` + boss + `","value":"` + boss + `"}]`,
		`{"value":"` + boss + `","displayName":"ignored"}`, `{"$ref":"../Users/` + boss + `","value":"` + boss + `"}`,
	} {
		for _, name := range []string{path, "manager"} {
			set := patch("Add", name, `,"value":`+value)
			got, _ := lookup(set.body, path)
			if !like(map[string]any{"value": boss}, got) {
				t.Errorf("Add %s %s: the manager is %s, want an object with the value", name, value, show(got))
			}
			removal := removals[i]
			if got, there := lookup(patch(removal[0], name, removal[1]).body, path); there {
				t.Errorf("%s %s %s: the manager is %s, want none", removal[0], name, removal[1], show(got))
			}
		}
	}
}

const enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"

// sixUsers makes user1 to user6.
const sixUsers = `
== six users
repeat 6
POST /Users

{"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "user{{n}}", "externalId": "x{{n}}"}
=> 201
save user{{n}}
`
