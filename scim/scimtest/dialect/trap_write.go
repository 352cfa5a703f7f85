package dialect

import (
	"strconv"
	"strings"
	"testing"
)

// Trap 11: a value that another resource has is 409 uniqueness in POST, PUT and PATCH, and free again after a DELETE
// (snipe-it #13854).
func duplicates(t *testing.T, target Target) {
	begin(t, target, `
== ada
POST /Users

{"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "Ada", "externalId": "same"}
=> 201
save ada

== grace; an externalId may repeat
POST /Users

{"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "grace", "externalId": "same"}
=> 201
save grace

== POST, in another case
POST /Users

{"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "aDA"}
=> 409
scimType = "uniqueness"

== PUT
PUT /Users/{{grace.id}}

{"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "ADA"}
=> 409
scimType = "uniqueness"

== PATCH
PATCH /Users/{{grace.id}}

{"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [{"op": "replace", "path": "userName", "value": "ada"}]}
=> 409
scimType = "uniqueness"

== one's own name in another case is no conflict
PATCH /Users/{{ada.id}}

{"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [{"op": "replace", "path": "userName", "value": "ADA"}]}
=> 200
userName = "ADA"

== a group
POST /Groups

{"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "Engineers"}
=> 201
save one

== another
POST /Groups

{"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "Sales"}
=> 201
save other

== groups by POST
POST /Groups

{"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "ENGINEERS"}
=> 409
scimType = "uniqueness"

== groups by PUT
PUT /Groups/{{other.id}}

{"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "engineers"}
=> 409
scimType = "uniqueness"

== groups by PATCH
PATCH /Groups/{{other.id}}

{"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [{"op": "replace", "value": {"displayName": "Engineers"}}]}
=> 409
scimType = "uniqueness"

== nothing came of all that
GET /Users
=> 200
totalResults = 2

== the name is free after a deletion
DELETE /Users/{{ada.id}}
=> 204

== for a new user
POST /Users

{"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "ada", "externalId": "same"}
=> 201
id != "{{ada.id}}"

== and the group's
DELETE /Groups/{{one.id}}
=> 204

== by a rename
PATCH /Groups/{{other.id}}

{"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [{"op": "replace", "value": {"displayName": "Engineers"}}]}
=> 204
`)
}

// Trap 14: "" and null clear an optional attribute, and neither is stored.
func clearing(t *testing.T, target Target) {
	s := begin(t, target, "")
	for i, empty := range []string{`""`, `null`} {
		name := "ada" + strconv.Itoa(i)
		s.then(strings.NewReplacer("EMPTY", empty, "ADA", name).Replace(clearingScene))
	}
}

const clearingScene = `
== created with nothing
POST /Users

{"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "ADA", "title": EMPTY, "name": {"givenName": EMPTY}, "emails": EMPTY,
 "addresses": [{"type": "work", "country": EMPTY, "locality": "London"}], "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"department": EMPTY}}
=> 201
title absent
name absent
emails absent
addresses = [{"type": "work", "locality": "London"}]
urn:ietf:params:scim:schemas:extension:enterprise:2.0:User absent
save ADA

== nothing is not a value
GET /Users?filter=userName eq "ADA" and (title pr or name.givenName pr or emails pr)
=> 200
totalResults = 0

== put with values
PUT /Users/{{ADA.id}}

{"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "ADA", "title": "t", "name": {"givenName": "g", "familyName": "f"}, "active": false,
 "emails": [{"type": "work", "value": "w"}, {"type": "home", "value": "h"}],
 "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"department": "d", "costCenter": "c"}}
=> 200
title = "t"

== cleared by PATCH
PATCH /Users/{{ADA.id}}

{"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [
  {"op": "replace", "path": "title", "value": EMPTY}, {"op": "add", "path": "name.givenName", "value": EMPTY}, {"op": "replace", "path": "nickName", "value": EMPTY},
  {"op": "replace", "path": "emails[type eq \"work\"].value", "value": EMPTY}, {"op": "replace", "path": "phoneNumbers[type eq \"fax\"].value", "value": EMPTY},
  {"op": "replace", "value": {"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department": EMPTY, "name.familyName": EMPTY}}]}
=> 200
title absent
name absent
nickName absent
emails = [{"type": "home", "value": "h"}]
phoneNumbers absent
urn:ietf:params:scim:schemas:extension:enterprise:2.0:User = {"costCenter": "c"}

== and not found any more
GET /Users?filter=userName eq "ADA" and (title pr or name pr)
=> 200
totalResults = 0

== what is required cannot be cleared
PATCH /Users/{{ADA.id}}

{"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [{"op": "replace", "path": "userName", "value": EMPTY}]}
=> 400

== nor put
PUT /Users/{{ADA.id}}

{"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": EMPTY}
=> 400
scimType = "invalidValue"
`

// Trap 16: PUT takes back what it was given to read, leaves a password unsaid, and does not wipe an extension that the
// client does not know.
func putEcho(t *testing.T, target Target) {
	begin(t, target, `
== ada
POST /Users

{"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "ada", "title": "t", "password": "secret",
 "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"department": "d"}}
=> 201
password absent
save ada

== a group
POST /Groups

{"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "G", "members": [{"value": "{{ada.id}}"}]}
=> 201
save group

== read
GET /Users/{{ada.id}}
=> 200
save read

== all that is read-only, and wrong
PUT /Users/{{ada.id}}

{"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "id": "another", "userName": "ada", "displayName": "Ada", "password": "secret",
 "groups": [{"value": "nowhere", "type": "direct"}], "meta": {"resourceType": "Group", "version": "W/\"99\"", "created": "1999-01-01T00:00:00Z", "location": "http://elsewhere/1"}}
=> 200
id = "{{ada.id}}"
displayName = "Ada"
title absent
password absent
meta.created = "{{read.meta.created}}"
meta.location = "{{read.meta.location}}"
meta.resourceType = "User"
groups = [{"value": "{{group.id}}", "$ref": "*", "type": "direct", "display": "G"}]
urn:ietf:params:scim:schemas:extension:enterprise:2.0:User = {"department": "d"}

== the password cannot be asked for
GET /Users/{{ada.id}}?attributes=userName,password
=> 200
userName = "ada"
password absent

== a group with what its members look like
PUT /Groups/{{group.id}}

{"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "id": "{{group.id}}", "displayName": "G", "members": [
  {"value": "{{ada.id}}", "$ref": "http://elsewhere/Users/1", "type": "User", "display": "Somebody else"}], "meta": {"resourceType": "Group"}}
=> 200
members = [{"value": "{{ada.id}}", "$ref": "{{base}}/Users/{{ada.id}}", "type": "User", "display": "Ada"}]

== an extension that the client does know, and empties
PUT /Users/{{ada.id}}

{"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "ada", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {}}
=> 200
urn:ietf:params:scim:schemas:extension:enterprise:2.0:User absent
schemas = ["urn:ietf:params:scim:schemas:core:2.0:User"]

== silence does not make a disabled user active
PATCH /Users/{{ada.id}}

{"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [{"op": "replace", "path": "active", "value": false}]}
=> 200

== still disabled
PUT /Users/{{ada.id}}

{"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "ada"}
=> 200
active = false
`)
}

// Trap 17: members that nobody defines are passed over, not refused.
func unknownMembers(t *testing.T, target Target) {
	begin(t, target, `
== a user with more than there is
POST /Users

{"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "id": "mine", "userName": "ada", "colour": "red", "department": null, "manager": null,
 "name": {"givenName": "Ada", "nick": "A"}, "emails": [{"value": "a", "type": "work", "label": "x"}], "urn:example:other:2.0:User": {"a": 1}}
=> 201
id != "mine"
colour absent
department absent
name = {"givenName": "Ada"}
emails = [{"value": "a", "type": "work"}]
schemas = ["urn:ietf:params:scim:schemas:core:2.0:User"]
save ada

== a group
POST /Groups

{"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "G", "id": "mine", "description": "x"}
=> 201
description absent
save group

== id and more in the value, name and more in the operation, more in the message
PATCH /Groups/{{group.id}}

{"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "trace": "x", "Operations": [
  {"op": "replace", "name": "rename", "id": "1", "value": {"id": "{{group.id}}", "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "meta": {"resourceType": "Group"}, "displayName": "G2", "colour": "red"}},
  {"op": "Add", "name": "addMember", "path": "members", "value": [{"$ref": null, "value": "{{ada.id}}", "displayName": "Ada", "type": null}]}]}
=> 204

== what was meant is there
GET /Groups/{{group.id}}
=> 200
id = "{{group.id}}"
displayName = "G2"
members count 1
members has {"value": "{{ada.id}}", "type": "User"}

== groups in the value of a user
PATCH /Users/{{ada.id}}

{"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [{"op": "replace", "value": {"id": "x", "groups": [], "meta": {}, "title": "t"}}]}
=> 200
id = "{{ada.id}}"
title = "t"
groups count 1
`)
}

// Trap 20: formats are not judged, and what was sent is what is read; a dateTime in its own words.
func noFormats(t *testing.T, target Target) {
	begin(t, target, `
== values of no format
POST /Users

{"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "no e-mail at all", "timezone": "Mars/Olympus_Mons", "locale": "xx_YY.utf-8@junk", "preferredLanguage": "!",
 "profileUrl": "not a URL", "emails": [{"value": "not an e-mail", "type": "pigeon"}], "phoneNumbers": [{"value": "call me (maybe)", "type": "work"}],
 "addresses": [{"country": "United Kingdom of Great Britain and Northern Ireland", "type": "work"}], "photos": [{"value": "not a URL either", "type": "photo"}],
 "ims": [{"value": "x", "type": "carrier pigeon"}], "displayName": "  Ada  ",
 "urn:ietf:params:scim:schemas:extension:SpokeCustom:2.0:User": {"startDate": "2026-08-14T09:12:33.1234567+02:00"}}
=> 201
save ada

== as they were sent
GET /Users/{{ada.id}}
=> 200
body = {
  "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", "urn:ietf:params:scim:schemas:extension:SpokeCustom:2.0:User"], "id": "{{ada.id}}", "active": true,
  "userName": "no e-mail at all", "timezone": "Mars/Olympus_Mons", "locale": "xx_YY.utf-8@junk", "preferredLanguage": "!",
  "profileUrl": "not a URL", "emails": [{"value": "not an e-mail", "type": "pigeon"}], "phoneNumbers": [{"value": "call me (maybe)", "type": "work"}],
  "addresses": [{"country": "United Kingdom of Great Britain and Northern Ireland", "type": "work"}], "photos": [{"value": "not a URL either", "type": "photo"}],
  "ims": [{"value": "x", "type": "carrier pigeon"}], "displayName": "  Ada  ",
  "urn:ietf:params:scim:schemas:extension:SpokeCustom:2.0:User": {"startDate": "2026-08-14T09:12:33.1234567+02:00"}, "meta": "*"
}

== by PATCH
PATCH /Users/{{ada.id}}

{"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [
  {"op": "replace", "path": "urn:ietf:params:scim:schemas:extension:SpokeCustom:2.0:User:startDate", "value": "2026-08-14T00:00:00.0000000Z"},
  {"op": "replace", "path": "timezone", "value": "upd-1"}]}
=> 200
urn:ietf:params:scim:schemas:extension:SpokeCustom:2.0:User:startDate = "2026-08-14T00:00:00.0000000Z"
timezone = "upd-1"
`)
}

// Trap 21: a role whose value is JSON text is unpacked, and roles[primary eq "True"] names the primary one.
func roles(t *testing.T, target Target) {
	begin(t, target, `
== JSON text on creation
POST /Users

{"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "ada",
 "roles": [{"value": "{\"id\":\"1\",\"value\":\"admin\",\"displayName\":\"The admin\"}", "type": "t", "primary": "False"}]}
=> 201
roles = [{"value": "admin", "display": "The admin", "type": "t", "primary": false}]
save ada

== JSON text in a PATCH; the role that is there is not added again
PATCH /Users/{{ada.id}}

{"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [{"op": "Add", "path": "roles", "value": [
  {"value": "{\"id\":\"1\",\"value\":\"admin\",\"displayName\":\"The admin\"}"}, {"value": "{\"id\":\"2\",\"value\":\"user\",\"displayName\":\"A user\"}"}]}]}
=> 200
roles count 2
roles has {"value": "user", "display": "A user"}

== the primary role, which is not there yet
PATCH /Users/{{ada.id}}

{"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [
  {"op": "Add", "path": "roles[primary eq \"True\"].value", "value": "boss"}, {"op": "Add", "path": "roles[primary eq \"True\"].display", "value": "The boss"}]}
=> 200
roles count 3
roles[primary eq true] = {"value": "boss", "display": "The boss", "primary": true}

== and is changed then
PATCH /Users/{{ada.id}}

{"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [{"op": "Replace", "path": "roles[primary eq \"True\"].value", "value": "chief"}]}
=> 200
roles count 3
roles[primary eq true].value = "chief"

== it is found
GET /Users?filter=roles[primary eq "True"].value eq "chief"
=> 200
totalResults = 1

== text that is no such object stays what it is
PATCH /Users/{{ada.id}}

{"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [{"op": "replace", "path": "roles", "value": [{"value": "{not JSON"}]}]}
=> 200
roles = [{"value": "{not JSON"}]
`)
}

// Trap 22: a PATCH is done as a whole or not at all, makes one element primary and no more, and leaves the time and the
// version alone where it changes nothing.
func atomicPatch(t *testing.T, target Target) {
	begin(t, target, `
== ada
POST /Users

{"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "ada", "title": "t",
 "emails": [{"type": "work", "value": "w", "primary": true}, {"type": "home", "value": "h"}]}
=> 201
save ada

== a good operation, and a bad one
PATCH /Users/{{ada.id}}

{"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [
  {"op": "replace", "path": "title", "value": "changed"}, {"op": "add", "path": "nickName", "value": "n"}, {"op": "replace", "path": "active", "value": "perhaps"}]}
=> 400

== nothing of it
GET /Users/{{ada.id}}
=> 200
title = "t"
nickName absent
header ETag = {{ada.meta.version}}
meta.lastModified = "{{ada.meta.lastModified}}"

== changes that change nothing, in the spelling of others
PATCH /Users/{{ada.id}}

{"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [
  {"op": "Replace", "path": "title", "value": "t"}, {"op": "Add", "path": "emails", "value": [{"type": "work", "value": "w", "primary": true}]},
  {"op": "Remove", "path": "nickName"}, {"op": "Replace", "path": "active", "value": "True"}, {"op": "replace", "value": {"id": "{{ada.id}}", "userName": "ada"}}]}
=> 200
header ETag = {{ada.meta.version}}
meta.lastModified = "{{ada.meta.lastModified}}"
emails count 2

== nor does a PUT of the same
PUT /Users/{{ada.id}}

{"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "ada", "title": "t", "emails": [{"type": "work", "value": "w", "primary": true}, {"type": "home", "value": "h"}]}
=> 200
header ETag = {{ada.meta.version}}

== another primary e-mail
PATCH /Users/{{ada.id}}

{"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [{"op": "replace", "path": "emails[type eq \"home\"].primary", "value": true}]}
=> 200
emails[type eq "home"].primary = true
emails[type eq "work"].primary = false
header ETag != {{ada.meta.version}}

== another one that is added
PATCH /Users/{{ada.id}}

{"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [{"op": "add", "path": "emails", "value": [{"type": "other", "value": "o", "primary": true}]}]}
=> 200
emails count 3
emails[type eq "other"].primary = true
emails[type eq "home"].primary = false

== a group
POST /Groups

{"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "G"}
=> 201
save group

== a member, and one that nobody knows
PATCH /Groups/{{group.id}}

{"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [
  {"op": "add", "path": "members", "value": [{"value": "{{ada.id}}"}]}, {"op": "replace", "path": "displayName", "value": "changed"},
  {"op": "add", "path": "members", "value": [{"value": "{{uuid}}"}]}]}
=> 400
scimType = "invalidValue"

== neither came in
GET /Groups/{{group.id}}
=> 200
displayName = "G"
members absent
header ETag = {{group.meta.version}}
`)
}
