package patch_test

import (
	"testing"

	"github.com/askspoke/spoke/scim"
)

const (
	bothMails = `{"emails":[{"value":"b@work","type":"work","primary":true},{"value":"b@home","type":"home"}]}`
	person    = `{"id":"1","userName":"bjensen","name":{"familyName":"Jensen","givenName":"Barbara"},"title":"Boss"}`
)

// RFC 7644 section 3.5.2.1, rules X3 to X5, X10 to X12.
func TestAdd(t *testing.T) {
	t.Parallel()
	check(t, user, []rule{
		{
			name: "section 3.5.2.1 figure without path", before: `{"userName":"b","emails":[{"value":"b@work","type":"work"}]}`,
			ops:  flat("add", `{"emails":[{"value":"babs@jensen.org","type":"home"}],"nickname":"Babs"}`),
			want: `{"userName":"b","emails":[{"value":"b@work","type":"work"},{"value":"babs@jensen.org","type":"home"}],"nickName":"Babs"}`,
		},
		{
			name: "X4 single replaces", before: person, ops: at("add", "title", `"Chief"`),
			want: `{"id":"1","userName":"bjensen","name":{"familyName":"Jensen","givenName":"Barbara"},"title":"Chief"}`,
		},
		{
			name: "X4 complex merges", before: `{"name":{"familyName":"Jensen","givenName":"Barbara"}}`,
			ops: at("add", "name", `{"givenName":"Babs","middleName":"J"}`), want: `{"name":{"familyName":"Jensen","givenName":"Babs","middleName":"J"}}`,
		},
		{name: "X4 sub-attribute of nothing", before: `{}`, ops: at("add", "name.givenName", `"Babs"`), want: `{"name":{"givenName":"Babs"}}`},
		{name: "X4 same value", before: bothMails, ops: at("add", "emails", `[{"value":"B@WORK","type":"work"}]`)},
		{name: "X4 same value, primary false said", before: bothMails, ops: at("add", "emails", `[{"value":"b@home","type":"home","primary":false}]`)},
		{name: "X4 same value without type", before: bothMails, ops: at("add", "emails", `[{"value":"b@home"}]`)},
		{
			name: "X4 same value, more said", before: bothMails, ops: at("add", "emails", `[{"value":"b@home","type":"home","display":"B"}]`),
			want: `{"emails":[{"value":"b@work","type":"work","primary":true},{"value":"b@home","type":"home","display":"B"}]}`,
		},
		{
			name: "X4 same value of another type", before: bothMails, ops: at("add", "emails", `[{"value":"b@home","type":"other"}]`),
			want: `{"emails":[{"value":"b@work","type":"work","primary":true},{"value":"b@home","type":"home"},{"value":"b@home","type":"other"}]}`,
		},
		{name: "X4 same address", before: `{"addresses":[{"type":"work","country":"US"}]}`, ops: at("add", "addresses", `[{"country":"us","type":"work"}]`)},
		{
			name: "value path of what does not say primary", before: bothMails, ops: at("add", `emails[primary eq false]`, `{"display":"B"}`),
			want: `{"emails":[{"value":"b@work","type":"work","primary":true},{"value":"b@home","type":"home","display":"B"}]}`,
		},
		{
			name: "replace of what does not say primary", before: bothMails, ops: at("replace", `emails[primary eq false].value`, `"c"`),
			want: `{"emails":[{"value":"b@work","type":"work","primary":true},{"value":"c","type":"home"}]}`,
		},
		{
			name: "remove of what does not say primary", before: bothMails, ops: `{"op":"remove","path":"emails[primary eq false]"}`,
			want: `{"emails":[{"value":"b@work","type":"work","primary":true}]}`,
		},
		{
			name: "remove of what is not not primary", before: bothMails, ops: `{"op":"remove","path":"emails[primary ne false]"}`,
			want: `{"emails":[{"value":"b@home","type":"home"}]}`,
		},
		{name: "X4 repeated in the request", before: `{}`, ops: at("add", "emails", `[{"value":"a"},{"value":"A"}]`), want: `{"emails":[{"value":"a"}]}`},
		{name: "X4 nothing", before: bothMails, ops: at("add", "emails", `[]`) + "," + at("add", "emails", `null`)},
		{name: "X5 object", before: `{}`, ops: at("add", "emails", `{"value":"a"}`), want: `{"emails":[{"value":"a"}]}`},
		{name: "X5 to existing", before: `{"emails":[{"value":"b"}]}`, ops: at("add", "emails", `{"value":"a"}`), want: `{"emails":[{"value":"b"},{"value":"a"}]}`},
		{
			name: "X4 value path with match merges", before: bothMails, ops: at("add", `emails[type eq "home"]`, `{"display":"B"}`),
			want: `{"emails":[{"value":"b@work","type":"work","primary":true},{"value":"b@home","type":"home","display":"B"}]}`,
		},
		{
			name: "X10 new primary", before: bothMails, ops: at("add", "emails", `[{"value":"c","primary":true}]`),
			want: `{"emails":[{"value":"b@work","type":"work","primary":false},{"value":"b@home","type":"home"},{"value":"c","primary":true}]}`,
		},
		{
			name: "X10 existing becomes primary", before: bothMails, ops: at("add", "emails", `[{"value":"b@home","primary":true}]`),
			want: `{"emails":[{"value":"b@work","type":"work","primary":false},{"value":"b@home","type":"home","primary":true}]}`,
		},
		{
			name: "X11 whole extension", before: `{}`, ops: `{"op":"add","path":"` + entURN + `","value":{"department":"R&D","manager":{"value":"7"}}}`,
			want: `{"ent":{"department":"R&D","manager":{"value":"7"}}}`,
		},
		{
			name: "X11 whole extension merges", before: `{"ent":{"department":"R&D","division":"x"}}`, ops: flat("add", `{"ent":{"department":"Ops"}}`),
			want: `{"ent":{"department":"Ops","division":"x"}}`,
		},
		{name: "X12 qualified attribute", before: `{}`, ops: at("add", entURN+":employeeNumber", `"7"`), want: `{"ent":{"employeeNumber":"7"}}`},
		{name: "X3 in order", before: `{}`, ops: at("add", "title", `"a"`) + "," + at("add", "title", `"b"`), want: `{"title":"b"}`},
		{name: "X3 all or none", before: person, ops: at("add", "title", `"a"`) + "," + at("add", "colour", `"b"`), fails: scim.InvalidPath},
		{name: "X14 wrong type", before: `{}`, ops: at("add", "title", `5`), fails: scim.InvalidValue},
		{name: "X14 wrong type of a sub-attribute", before: `{}`, ops: at("add", "name", `{"givenName":true}`), fails: scim.InvalidValue},
		{name: "no path, no object", before: `{}`, ops: flat("add", `"title"`), fails: scim.InvalidValue},
		{name: "password is kept by nobody", before: person, ops: at("add", "password", `"secret"`) + "," + flat("replace", `{"password":"secret"}`) + "," + at("remove", "password", "")},
		{name: "password of a wrong type", before: person, ops: at("add", "password", `5`), fails: scim.InvalidValue},
		{name: "schemas are computed", before: person, ops: at("add", "schemas", `["urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"]`) + "," + flat("replace", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"]}`)},
		{name: "schemas unknown", lenient: scim.Strict(), before: person, ops: at("add", "schemas", `["urn:x"]`), fails: scim.InvalidValue},
		{name: "schemas one unknown", lenient: scim.Strict(), before: person, ops: at("add", "schemas", `"urn:x"`), fails: scim.InvalidValue},
		{name: "schemas without the core", lenient: scim.Strict(), before: person, ops: flat("replace", `{"schemas":["urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"]}`), fails: scim.InvalidValue},
		{name: "schemas cleared", lenient: scim.Strict(), before: person, ops: at("replace", "schemas", `[]`), fails: scim.InvalidValue},
		{name: "schemas twice", lenient: scim.Strict(), before: person, ops: at("replace", "schemas", `["urn:ietf:params:scim:schemas:core:2.0:User","URN:ietf:params:scim:schemas:core:2.0:User"]`), fails: scim.InvalidValue},
		{name: "schemas tolerated", lenient: scim.Only(scim.MissingSchemas), before: person, ops: at("add", "schemas", `["urn:x"]`) + "," + flat("replace", `{"schemas":["urn:x","urn:x"]}`)},
		{name: "schemas no list of texts", before: person, ops: at("replace", "schemas", `[7]`), fails: scim.InvalidValue},
	})
}

// RFC 7644 section 3.5.2.2, rule X7.
func TestRemove(t *testing.T) {
	t.Parallel()
	check(t, user, []rule{
		{name: "X7 single", before: person, ops: at("remove", "title", ""), want: `{"id":"1","userName":"bjensen","name":{"familyName":"Jensen","givenName":"Barbara"}}`},
		{name: "X7 absent", before: `{}`, ops: at("remove", "title", "") + "," + at("remove", "emails", "") + "," + at("remove", "name.givenName", "")},
		{name: "X7 complex", before: `{"name":{"givenName":"B"}}`, ops: at("remove", "name", ""), want: `{}`},
		{name: "X7 sub-attribute", before: `{"name":{"givenName":"B","familyName":"J"}}`, ops: at("remove", "name.givenName", ""), want: `{"name":{"familyName":"J"}}`},
		{name: "X7 last sub-attribute", before: `{"name":{"givenName":"B"}}`, ops: at("remove", "name.givenName", ""), want: `{}`},
		{name: "X7 whole multi-valued", before: bothMails, ops: at("remove", "emails", ""), want: `{}`},
		{
			name: "section 3.5.2.2 figure", before: `{"emails":[{"value":"a@example.com","type":"work"},{"value":"a@example.com","type":"home"},{"value":"a@x","type":"work"}]}`,
			ops: at("remove", `emails[type eq "work" and value ew "example.com"]`, ""), want: `{"emails":[{"value":"a@example.com","type":"home"},{"value":"a@x","type":"work"}]}`,
		},
		{name: "X7 last element", before: `{"emails":[{"value":"a","type":"work"}]}`, ops: at("remove", `emails[type eq "work"]`, ""), want: `{}`},
		{name: "X7 no match", before: bothMails, ops: at("remove", `emails[type eq "other"]`, "") + "," + at("remove", `emails[type eq "other"].value`, "")},
		{
			name: "X7 sub-attribute of chosen", before: bothMails, ops: at("remove", `emails[type eq "work"].primary`, ""),
			want: `{"emails":[{"value":"b@work","type":"work"},{"value":"b@home","type":"home"}]}`,
		},
		{name: "X7 value of chosen", before: bothMails, ops: at("remove", `emails[type eq "work"].value`, ""), want: `{"emails":[{"value":"b@home","type":"home"}]}`},
		{name: "X7 sub-attribute of all", before: bothMails, ops: at("remove", "emails.type", ""), want: `{"emails":[{"value":"b@work","primary":true},{"value":"b@home"}]}`},
		{name: "X7 required", before: person, ops: at("remove", "userName", ""), fails: scim.Mutability},
		{name: "X7 read-only", before: person, ops: at("remove", "id", ""), fails: scim.Mutability},
		{name: "X7 schemas", before: person, ops: at("remove", "schemas", ""), fails: scim.Mutability},
		{name: "X7 unknown", before: person, ops: at("remove", "colour", ""), fails: scim.InvalidPath},
		{name: "X8 listed", before: bothMails, ops: at("remove", "emails", `[{"value":"B@HOME"}]`), want: `{"emails":[{"value":"b@work","type":"work","primary":true}]}`},
		{name: "X8 listed with type", before: bothMails, ops: at("remove", "emails", `[{"value":"b@home","type":"work"}]`)},
		{name: "X8 object", before: bothMails, ops: at("remove", "emails", `{"value":"b@home"}`), want: `{"emails":[{"value":"b@work","type":"work","primary":true}]}`},
		{
			name: "X8 whole element", before: `{"addresses":[{"type":"work","country":"US"},{"type":"work","country":"DE"}]}`, ops: at("remove", "addresses", `[{"country":"de","type":"work"}]`),
			want: `{"addresses":[{"type":"work","country":"US"}]}`,
		},
		{name: "X8 empty list", before: bothMails, ops: at("remove", "emails", `[]`)},
		{name: "X8 null", before: bothMails, ops: at("remove", "emails", `null`), want: `{}`},
		{name: "X12 last of the extension", before: `{"ent":{"department":"x"}}`, ops: at("remove", entURN+":department", ""), want: `{}`},
		{name: "X11 whole extension", before: `{"title":"x","ent":{"department":"x","manager":{"value":"7"}}}`, ops: at("remove", entURN, ""), want: `{"title":"x"}`},
	})
}

// RFC 7644 section 3.5.2.3, rules X9, X10, X14.
func TestReplace(t *testing.T) {
	t.Parallel()
	address := `{"type":"work","streetAddress":"911 Universal City Plaza","locality":"Hollywood","region":"CA","postalCode":"91608","country":"US","formatted":"911 Universal City Plaza\nHollywood, CA 91608 US","primary":true}`
	check(t, user, []rule{
		{
			name: "section 3.5.2.3 figure: work address", before: `{"addresses":[{"type":"home","country":"DE","primary":true},{"type":"work","locality":"X","country":"FR"}]}`,
			ops: at("replace", `addresses[type eq "work"]`, address), want: `{"addresses":[{"type":"home","country":"DE","primary":false},` + address + `]}`,
		},
		{
			name: "section 3.5.2.3 figure: street", before: `{"addresses":[{"type":"work","streetAddress":"x","country":"US"},{"type":"work","country":"FR"},{"type":"home"}]}`,
			ops:  at("replace", `addresses[type eq "work"].streetAddress`, `"1010 Broadway Ave"`),
			want: `{"addresses":[{"type":"work","streetAddress":"1010 Broadway Ave","country":"US"},{"type":"work","streetAddress":"1010 Broadway Ave","country":"FR"},{"type":"home"}]}`,
		},
		{
			name: "section 3.5.2.3 figure: no path", before: `{"title":"x","emails":[{"value":"old"}]}`,
			ops:  flat("replace", `{"emails":[{"value":"bjensen@example.com","type":"work","primary":true},{"value":"babs@jensen.org","type":"home"}],"nickname":"Babs"}`),
			want: `{"title":"x","nickName":"Babs","emails":[{"value":"bjensen@example.com","type":"work","primary":true},{"value":"babs@jensen.org","type":"home"}]}`,
		},
		{name: "X9 absent", before: `{}`, ops: at("replace", "title", `"x"`), want: `{"title":"x"}`},
		{name: "X9 complex merges", before: `{"name":{"givenName":"B","familyName":"J"}}`, ops: at("replace", "name", `{"familyName":"K"}`), want: `{"name":{"givenName":"B","familyName":"K"}}`},
		{name: "X9 complex merges null", before: `{"name":{"givenName":"B","familyName":"J"}}`, ops: at("replace", "name", `{"familyName":null}`), want: `{"name":{"givenName":"B"}}`},
		{name: "X9 all matching, made the same", before: bothMails, ops: at("replace", "emails[value pr]", `{"value":"x"}`), want: `{"emails":[{"value":"x"}]}`},
		{
			name: "X9 replaced keeps what chose it", before: bothMails, ops: at("replace", `emails[type eq "home"]`, `{"value":"x"}`),
			want: `{"emails":[{"value":"b@work","type":"work","primary":true},{"value":"x","type":"home"}]}`,
		},
		{name: "X9 null takes the chosen away", before: bothMails, ops: at("replace", `emails[type eq "home"]`, `null`), want: `{"emails":[{"value":"b@work","type":"work","primary":true}]}`},
		{
			name: "X9 sub-attribute of all", before: bothMails, ops: at("replace", "emails.display", `"x"`),
			want: `{"emails":[{"value":"b@work","type":"work","primary":true,"display":"x"},{"value":"b@home","type":"home","display":"x"}]}`,
		},
		{name: "X9 same", before: bothMails, ops: at("replace", `emails[type eq "work"].value`, `"b@work"`) + "," + flat("replace", bothMails) + "," + at("replace", `emails[type eq "work"].primary`, `true`)},
		{name: "X9 spelling", before: `{"userName":"B"}`, ops: at("replace", "USERNAME", `"b"`), want: `{"userName":"b"}`},
		{
			name: "X10 by path", before: bothMails, ops: at("replace", `emails[type eq "home"].primary`, `true`),
			want: `{"emails":[{"value":"b@work","type":"work","primary":false},{"value":"b@home","type":"home","primary":true}]}`,
		},
		{name: "X10 two primaries", lenient: scim.Strict(), before: `{}`, ops: at("replace", "emails", `[{"value":"a","primary":true},{"value":"b","primary":true}]`), fails: scim.InvalidValue},
		{
			name: "X10 two primaries tolerated", lenient: scim.Only(scim.ManyPrimaries), before: `{}`, ops: at("replace", "emails", `[{"value":"a","primary":true},{"value":"b","primary":true}]`),
			want: `{"emails":[{"value":"a","primary":true},{"value":"b","primary":false}]}`,
		},
		{name: "X10 all primary", lenient: scim.Strict(), before: bothMails, ops: at("replace", "emails.primary", `true`), fails: scim.InvalidValue},
		{
			name: "X10 flipped into one that is there", before: `{"emails":[{"value":"a","primary":true},{"value":"a","primary":false},{"value":"b"}]}`,
			ops: at("replace", `emails[value eq "b"].primary`, `true`), want: `{"emails":[{"value":"a","primary":false},{"value":"b","primary":true}]}`,
		},
		{
			name: "X14 null", before: `{"title":"x","name":{"givenName":"B"},"emails":[{"value":"x"}]}`,
			ops: at("replace", "title", `null`) + "," + at("replace", "name", `null`) + "," + at("replace", "emails", `null`), want: `{}`,
		},
		{name: "X14 empty list", before: bothMails, ops: at("replace", "emails", `[]`), want: `{}`},
		{name: "X14 null of a required", before: person, ops: at("replace", "userName", `null`), fails: scim.InvalidValue},
		{name: "X14 empty required", before: person, ops: flat("replace", `{"userName":""}`), fails: scim.InvalidValue},
		{name: "X11 null extension", before: `{"ent":{"department":"x"}}`, ops: flat("replace", `{"ent":null}`), want: `{}`},
		{name: "X11 extension without object", before: `{}`, ops: flat("replace", `{"ent":"x"}`), fails: scim.InvalidValue},
		{name: "read-only", before: person, ops: at("replace", "meta.version", `"x"`), fails: scim.Mutability},
		{name: "read-only sub-attribute", before: person, ops: at("replace", entURN+":manager.displayName", `"x"`), fails: scim.Mutability},
		{name: "read-only relation", before: person, ops: at("add", "groups", `[{"value":"g"}]`), fails: scim.Mutability},
		{name: "read-only relation, chosen", before: person, ops: at("remove", `groups[value eq "g"]`, ""), fails: scim.Mutability},
	})
}
