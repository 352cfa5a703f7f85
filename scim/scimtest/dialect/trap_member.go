package dialect

import (
	"fmt"
	"sync"
	"testing"
)

// Trap 9: excludedAttributes=members is honoured everywhere, so that Entra ID does not believe it may send a part of the
// members as the whole (PostHog #47336, Infisical #6525).
func excludedMembers(t *testing.T, target Target) {
	begin(t, target, sixUsers+`
== a group, and the answer without members
POST /Groups?excludedAttributes=members

{"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "G", "members": [{"value": "{{user1.id}}"}, {"value": "{{user2.id}}"}]}
=> 201
members absent
save group

== read
GET /Groups/{{group.id}}?excludedAttributes=members
=> 200
displayName = "G"
members absent
header ETag present
save before

== in another case
GET /Groups/{{group.id}}?excludedAttributes=Members
=> 200
members absent

== listed
GET /Groups?excludedAttributes=members
=> 200
totalResults = 1
Resources[0].members absent
Resources[0].displayName = "G"

== found
GET /Groups?excludedAttributes=members&filter=displayName eq "g"
=> 200
Resources[0].members absent

== patched
PATCH /Groups/{{group.id}}?excludedAttributes=members

{"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [{"op": "Add", "path": "members", "value": [{"value": "{{user3.id}}"}]}]}
=> 200
members absent

== the version tells of the new member though nobody sees it
GET /Groups/{{group.id}}?excludedAttributes=members
=> 200
header ETag != {{before.meta.version}}
members absent

== put
PUT /Groups/{{group.id}}?excludedAttributes=members

{"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "G2"}
=> 200
members absent

== nobody was lost
GET /Groups/{{group.id}}
=> 200
members count 3
`)
}

// Trap 10: adding a member twice and removing one that is gone change nothing, and no change is lost where many are made
// at once (Infisical #6471, wso2 #5333).
func membersOnce(t *testing.T, target Target) {
	s := begin(t, target, sixUsers+`
== a group
POST /Groups

{"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "G", "members": [{"value": "{{user1.id}}"}, {"value": "{{user1.id}}"}]}
=> 201
members count 1
save group

== read
GET /Groups/{{group.id}}
=> 200
save before

== the member again, twice
PATCH /Groups/{{group.id}}

{"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [
  {"op": "Add", "path": "members", "value": [{"value": "{{user1.id}}"}, {"value": "{{user1.id}}"}]},
  {"op": "Remove", "path": "members", "value": [{"value": "{{user2.id}}"}]}]}
=> 204

== nothing has changed, the version neither
GET /Groups/{{group.id}}
=> 200
header ETag = {{before.meta.version}}
members count 1

== added and removed in one request, in order
PATCH /Groups/{{group.id}}

{"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [
  {"op": "Add", "path": "members", "value": [{"value": "{{user2.id}}"}]},
  {"op": "Remove", "path": "members", "value": [{"value": "{{user2.id}}"}]}]}
=> 204

== user1 leaves
PATCH /Groups/{{group.id}}

{"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [{"op": "Remove", "path": "members", "value": [{"value": "{{user1.id}}"}]}]}
=> 204

== nobody is left
GET /Groups/{{group.id}}
=> 200
members absent
`)
	group := "/Groups/" + s.get("group.id")
	ids := make([]string, 7)
	for i := 1; i <= 6; i++ {
		ids[i] = s.get(fmt.Sprintf("user%d.id", i))
	}
	var together sync.WaitGroup
	change := func(op, id string) {
		together.Go(func() {
			s.request("PATCH", group, `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"`+op+`","path":"members","value":[{"value":"`+id+`"}]}]}`, 204)
		})
	}
	for range 2 {
		for _, id := range ids[1:] {
			change("Add", id)
		}
	}
	together.Wait()
	s.then("== all six, once\nGET " + group + "\n=> 200\nmembers count 6\n")
	for range 2 {
		for _, id := range ids[1:4] {
			change("Remove", id)
		}
	}
	together.Wait()
	s.then("== the three that stayed\nGET " + group + "\n=> 200\nmembers count 3\nmembers has {\"value\": \"{{user6.id}}\"}\n")
}

// Trap 15: a user who is not active is there: it is returned and found, keeps its groups, and holds its name. Only DELETE
// ends it, and then it is 404.
func inactive(t *testing.T, target Target) {
	begin(t, target, sixUsers+`
== a group
POST /Groups

{"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "G", "members": [{"value": "{{user1.id}}"}]}
=> 201
save group

== disabled
PATCH /Users/{{user1.id}}

{"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [{"op": "Replace", "path": "active", "value": "False"}]}
=> 200
active = false

== read
GET /Users/{{user1.id}}
=> 200
active = false
groups has {"value": "{{group.id}}"}

== found by name, by externalId, by being inactive, and among all
GET /Users?filter=userName eq "USER1" and externalId eq "x1" and active eq false
=> 200
totalResults = 1

== among all
GET /Users
=> 200
totalResults = 6

== still a member
GET /Groups/{{group.id}}
=> 200
members has {"value": "{{user1.id}}"}

== its name is taken
POST /Users

{"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "user1"}
=> 409
scimType = "uniqueness"

== it can be changed
PATCH /Users/{{user1.id}}

{"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [{"op": "Replace", "path": "title", "value": "Absent"}]}
=> 200
active = false

== whether it is active cannot be unsaid
PATCH /Users/{{user1.id}}

{"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [{"op": "Replace", "path": "active", "value": ""}]}
=> 200
active = false

== and restored
PATCH /Users/{{user1.id}}

{"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [{"op": "Replace", "path": "active", "value": "True"}]}
=> 200
active = true
groups has {"value": "{{group.id}}"}

== a user who was never told to be active is
GET /Users/{{user2.id}}
=> 200
active = true

== deleted
DELETE /Users/{{user1.id}}
=> 204

== that is 404
GET /Users/{{user1.id}}
=> 404

== for each method
DELETE /Users/{{user1.id}}
=> 404

== for each
PATCH /Users/{{user1.id}}

{"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [{"op": "Replace", "path": "active", "value": "True"}]}
=> 404

== for each, and PUT makes nothing
PUT /Users/{{user1.id}}

{"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "user1"}
=> 404

== not found
GET /Users?filter=userName eq "user1"
=> 200
totalResults = 0

== no member
GET /Groups/{{group.id}}
=> 200
members absent
`)
}
