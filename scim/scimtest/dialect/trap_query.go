package dialect

import "testing"

// Trap 5: what matches nothing is a list of nothing, never 404: Entra ID's Test Connection.
func emptyList(t *testing.T, target Target) {
	s := begin(t, target, "")
	for _, query := range []string{
		`/Users?filter=userName eq "{{uuid}}"`, `/Users?filter=externalId eq "{{uuid}}"`, `/Users?filter=id eq "{{uuid}}"`, `/Users?filter=id eq "no uuid"`,
		`/Users?filter=emails[type eq "work"].value eq "{{uuid}}"`, `/Users?filter=id eq "{{uuid}}" and manager eq "{{uuid}}"&attributes=id`,
		`/Users?filter=` + enterprise + `:employeeNumber eq "7"`, `/Users?filter=userName eq ""`, `/Users`, `/Users?startIndex=10&count=5`,
		`/Groups?filter=displayName eq "{{uuid}}"`, `/Groups?filter=id eq "{{uuid}}" and members eq "{{uuid}}"&attributes=id`,
		`/Groups?filter=members.value eq "{{uuid}}"`, `/Groups?excludedAttributes=members&filter=displayName eq "{{uuid}}"`, `/Groups`,
	} {
		s.then("== " + query + "\nGET " + query + "\n=> 200\ntotalResults = 0\nitemsPerPage = 0\nResources = []\nschemas = [\"urn:ietf:params:scim:api:messages:2.0:ListResponse\"]\n")
	}
	s.then("== one that is asked for by its id is another matter\nGET /Users/{{uuid}}\n=> 404\nscimType absent\n")
}

// Trap 6: filters by more than userName, as clients really write them (langwatch #6973).
func filters(t *testing.T, target Target) {
	s := begin(t, target, `
== the boss
POST /Users

{"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "boss"}
=> 201
save boss

== somebody whose values are hard to quote
POST /Users

{"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "Ada+1@Example.com", "externalId": "AbC", "displayName": "O'Neil & Söhne; \"#1\" 100%",
 "name": {"familyName": "Ångström"}, "emails": [{"type": "work", "value": "Ada+1@Example.com", "primary": true}, {"type": "home", "value": "home@x"}],
 "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"department": "R_D%", "manager": {"value": "{{boss.id}}"}}}
=> 201
save ada

== a group
POST /Groups

{"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "Engineers", "members": [{"value": "{{ada.id}}"}]}
=> 201
save group
`)
	for _, query := range []string{
		`userName+eq+%22ada%2B1%40example.com%22`, `userName%20EQ%20%22ADA%2B1%40EXAMPLE.COM%22`, `USERNAME eq "ada%2B1@example.com"`,
		`externalId eq "AbC"`, `externalId eq AbC`, `emails[type eq "work"].value eq "ada%2B1@example.com"`, `emails.value eq "HOME@x"`, `emails eq "home@x"`,
		`emails[type eq "home" and value sw "home"]`, `Emails[Type eq "Work"]`, `displayName eq "O'Neil %26 Söhne; \"%231\" 100%25"`, `displayName co "söhne;"`,
		`displayName co "%25"`, `name.familyName eq "ångström"`, `id eq "{{ada.id}}"`, `id eq "{{ada.id}}" and manager eq "{{boss.id}}"`, `manager eq "{{boss.id}}" and id eq "{{ada.id}}"`,
		enterprise + `:manager.value eq "{{boss.id}}"`, enterprise + `:department eq "r_d%25"`, `urn:ietf:params:scim:schemas:core:2.0:User:userName sw "ada"`,
		`not(userName eq "boss")`, `userName sw "b" and title pr or externalId eq "AbC"`, `(active eq true) and not (displayName eq null)`,
		`meta.created gt 2015-10-10T14:38:21Z and userName sw A`, `schemas eq "` + enterprise + `"`,
	} {
		s.then("== " + query + "\nGET /Users?filter=" + query + "\n=> 200\ntotalResults = 1\nResources[0].id = \"{{ada.id}}\"\n")
	}
	for _, query := range []string{
		`externalId eq "abc"`, `emails[type eq "home"].value eq "ada%2B1@example.com"`, enterprise + `:department eq "R-D-"`, `displayName co "_"`, `emails[type eq "work" and value eq "home@x"]`,
	} {
		s.then("== not: " + query + "\nGET /Users?filter=" + query + "\n=> 200\ntotalResults = 0\n")
	}
	for _, query := range []string{
		`displayName eq "ENGINEERS"`, `id eq "{{group.id}}" and members eq "{{ada.id}}"`, `members.value eq "{{ada.id}}"`, `members[value eq "{{ada.id}}"]`,
	} {
		s.then("== " + query + "\nGET /Groups?filter=" + query + "\n=> 200\ntotalResults = 1\nResources[0].id = \"{{group.id}}\"\n")
	}
	for _, query := range []string{`userName is "x"`, `userName eq`, `(userName eq "x"`, `colour eq "red"`, `password eq "x"`, `active gt true`, `userName eq "x" and`} {
		s.then("== refused: " + query + "\nGET /Users?filter=" + query + "\n=> 400\nscimType = \"invalidFilter\"\n")
	}
}

// Trap 19: pages are counted from 1, and the numbers are what they say.
func pagination(t *testing.T, target Target) {
	s := begin(t, target, sixUsers)
	for _, page := range []struct{ query, expectations string }{
		{"startIndex=1&count=4", "startIndex = 1\nitemsPerPage = 4"},
		{"startIndex=5&count=4", "startIndex = 5\nitemsPerPage = 2"},
		{"startIndex=0&count=4", "startIndex = 1\nitemsPerPage = 4"},
		{"startIndex=-3&count=4", "startIndex = 1\nitemsPerPage = 4"},
		{"startIndex=7&count=4", "startIndex = 7\nitemsPerPage = 0\nResources = []"},
		{"count=0", "itemsPerPage = 0\nResources = []"},
		{"count=-1", "itemsPerPage = 0\nResources = []"},
		{"startIndex=2", "startIndex = 2\nitemsPerPage = 5"},
		{"count=100000", "startIndex = 1\nitemsPerPage = 6"},
		{"", "startIndex = 1\nitemsPerPage = 6"},
	} {
		s.then("== the page " + page.query + "\nGET /Users?" + page.query + "\n=> 200\ntotalResults = 6\n" + page.expectations + "\n")
	}
	s.then(`
== the total counts the matches, not the page and not all
GET /Users?filter=userName ne "user1"&count=2
=> 200
totalResults = 5
itemsPerPage = 2

== no number
GET /Users?count=many
=> 400
scimType = "invalidValue"

== nor this
GET /Users?startIndex=1.5
=> 400
scimType = "invalidValue"

== the first half
GET /Users?startIndex=1&count=3
=> 200
save first

== the second half
GET /Users?startIndex=4&count=3
=> 200
Resources lacks {"id": "{{first.Resources[0].id}}"}
Resources lacks {"id": "{{first.Resources[1].id}}"}
Resources lacks {"id": "{{first.Resources[2].id}}"}
save second

== a change moves nobody
PATCH /Users/{{first.Resources[0].id}}

{"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [{"op": "replace", "path": "title", "value": "new"}]}
=> 200

== the same order
GET /Users
=> 200
Resources[0].id = "{{first.Resources[0].id}}"
Resources[1].id = "{{first.Resources[1].id}}"
Resources[2].id = "{{first.Resources[2].id}}"
Resources[3].id = "{{second.Resources[0].id}}"
Resources[5].id = "{{second.Resources[2].id}}"
`)
}
