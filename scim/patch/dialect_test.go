package patch_test

import (
	"testing"

	"github.com/askspoke/spoke/scim"
	"github.com/askspoke/spoke/scim/schema"
)

const entURN = schema.EnterpriseUserURN

// Entra ID's default dialect, scim-requirements section 2.4; each tolerance on and off.
func TestEntraVerbose(t *testing.T) {
	t.Parallel()
	check(t, user, []rule{
		{name: "M-bool", lenient: scim.Only(scim.BooleanAsString), before: `{"active":true}`, ops: at("replace", "active", `"False"`), want: `{"active":false}`},
		{name: "M-bool same", lenient: scim.Only(scim.BooleanAsString), before: `{"active":true}`, ops: at("replace", "active", `"True"`)},
		{name: "M-bool strict", lenient: scim.Strict(), before: `{"active":true}`, ops: at("replace", "active", `"False"`), fails: scim.InvalidValue},
		{
			name: "M-primary", lenient: scim.Only(scim.BooleanAsString), before: bothMails, ops: at("replace", `emails[type eq "home"].primary`, `"true"`),
			want: `{"emails":[{"value":"b@work","type":"work","primary":false},{"value":"b@home","type":"home","primary":true}]}`,
		},
		{name: "M-create first", lenient: scim.Only(scim.CreateOnNoMatch), before: `{}`, ops: at("replace", `emails[type eq "Work"].value`, `"x"`), want: `{"emails":[{"value":"x","type":"Work","primary":true}]}`},
		{name: "M-create add", lenient: scim.Only(scim.CreateOnNoMatch), before: `{}`, ops: at("add", `emails[type eq "work"].value`, `"x"`), want: `{"emails":[{"value":"x","type":"work","primary":true}]}`},
		{
			name: "M-create second", lenient: scim.Only(scim.CreateOnNoMatch), before: `{"emails":[{"value":"x","type":"home"}]}`, ops: at("replace", `emails[type eq "work"].value`, `"y"`),
			want: `{"emails":[{"value":"x","type":"home"},{"value":"y","type":"work"}]}`,
		},
		{name: "M-create strict replace", lenient: scim.Strict(), before: bothMails, ops: at("replace", `emails[type eq "other"].value`, `"y"`), fails: scim.NoTarget},
		{name: "M-create strict add", lenient: scim.Strict(), before: bothMails, ops: at("add", `emails[type eq "other"].value`, `"y"`), fails: scim.NoTarget},
		{name: "M-create strict element", lenient: scim.Strict(), before: bothMails, ops: at("replace", `emails[type eq "other"]`, `{"value":"y"}`), fails: scim.NoTarget},
		{
			name: "core URN in a value", lenient: scim.Only(scim.PathKeys), before: bothMails, ops: flat("add", `{"urn:ietf:params:scim:schemas:core:2.0:User":{"nickName":"w","emails":[{"value":"c"}]}}`),
			want: `{"nickName":"w","emails":[{"value":"b@work","type":"work","primary":true},{"value":"b@home","type":"home"},{"value":"c"}]}`,
		},
		{
			name: "core URN as a path", lenient: scim.Only(scim.PathKeys), before: `{"title":"x"}`, ops: at("replace", "URN:ietf:params:scim:schemas:core:2.0:user", `{"nickName":"w"}`),
			want: `{"title":"x","nickName":"w"}`,
		},
		{name: "core URN of no object", lenient: scim.Auto(), before: `{}`, ops: at("replace", "urn:ietf:params:scim:schemas:core:2.0:User", `"w"`), fails: scim.InvalidValue},
		{name: "core URN of null", lenient: scim.Auto(), before: `{}`, ops: flat("replace", `{"urn:ietf:params:scim:schemas:core:2.0:User":null}`), fails: scim.InvalidValue},
		{name: "core URN removed", lenient: scim.Auto(), before: `{"title":"x"}`, ops: at("remove", "urn:ietf:params:scim:schemas:core:2.0:User", ""), fails: scim.InvalidPath},
		{name: "core URN strict", lenient: scim.Strict(), before: `{}`, ops: flat("add", `{"urn:ietf:params:scim:schemas:core:2.0:User":{"nickName":"w"}}`), fails: scim.InvalidPath},
		{name: "core URN as a path strict", lenient: scim.Strict(), before: `{}`, ops: at("add", "urn:ietf:params:scim:schemas:core:2.0:User", `{"nickName":"w"}`), fails: scim.InvalidPath},
		{
			name: "M-create one address", lenient: scim.Only(scim.CreateOnNoMatch), before: `{}`,
			ops:  at("add", `addresses[type eq "work"].locality`, `"X"`) + "," + at("add", `addresses[type eq "work"].country`, `"DE"`),
			want: `{"addresses":[{"type":"work","locality":"X","country":"DE","primary":true}]}`,
		},
		{
			name: "M-create whole element", lenient: scim.Only(scim.CreateOnNoMatch), before: `{}`, ops: at("add", `phoneNumbers[type eq "mobile"]`, `{"value":"1"}`),
			want: `{"phoneNumbers":[{"type":"mobile","value":"1","primary":true}]}`,
		},
		{
			name: "M-create takes the primary", lenient: scim.Only(scim.CreateOnNoMatch), before: bothMails, ops: at("add", `emails[type eq "other"]`, `{"value":"1","primary":true}`),
			want: `{"emails":[{"value":"b@work","type":"work","primary":false},{"value":"b@home","type":"home"},{"value":"1","type":"other","primary":true}]}`,
		},
		{name: "M-create not by or", lenient: scim.Auto(), before: `{}`, ops: at("replace", `emails[type eq "a" or type eq "b"].value`, `"y"`), fails: scim.NoTarget},
		{name: "M-create not by sw", lenient: scim.Auto(), before: `{}`, ops: at("replace", `emails[type sw "a"].value`, `"y"`), fails: scim.NoTarget},
		{name: "M-create not by contradiction", lenient: scim.Auto(), before: `{}`, ops: at("replace", `emails[type eq "a" and type eq "b"].value`, `"y"`), fails: scim.NoTarget},
		{name: "M-create by pr", lenient: scim.Auto(), before: `{}`, ops: at("replace", `emails[value pr].value`, `"y"`), want: `{"emails":[{"value":"y","primary":true}]}`},
		{name: "M-create of the matched value", lenient: scim.Auto(), before: `{}`, ops: at("replace", `emails[type eq "work" and value eq "old"].value`, `"y"`), want: `{"emails":[{"type":"work","value":"y","primary":true}]}`},
		{name: "M-create without filter", lenient: scim.Auto(), before: `{}`, ops: at("replace", "emails.value", `"y"`), want: `{"emails":[{"value":"y","primary":true}]}`},
		{
			name: "M-roles single", lenient: scim.Only(scim.CreateOnNoMatch, scim.FilterValueType), before: `{"roles":[{"value":"a"}]}`,
			ops:  at("add", `roles[primary eq "True"].display`, `"Admin"`) + "," + at("add", `roles[primary eq "True"].value`, `"admin"`) + "," + at("add", `roles[primary eq "True"].type`, `"t"`),
			want: `{"roles":[{"value":"a"},{"primary":true,"display":"Admin","value":"admin","type":"t"}]}`,
		},
		{name: "M-roles strict", lenient: scim.Strict(), before: `{}`, ops: at("add", `roles[primary eq "True"].display`, `"Admin"`), fails: scim.InvalidFilter},
		{
			name: "M-roles JSON", lenient: scim.Only(scim.RoleAsJSON), before: `{}`, ops: at("add", "roles", `[{"value":"{\"id\":\"7\",\"value\":\"Admin\",\"displayName\":\"The admin\"}","type":"t"}]`),
			want: `{"roles":[{"value":"Admin","display":"The admin","type":"t"}]}`,
		},
		{
			name: "M-roles JSON again", lenient: scim.Only(scim.RoleAsJSON), before: `{"roles":[{"value":"Admin","display":"The admin"}]}`,
			ops: at("add", "roles", `[{"value":"{\"id\":\"7\",\"value\":\"Admin\",\"displayName\":\"The admin\"}"}]`),
		},
		{
			name: "M-roles JSON by path", lenient: scim.Auto(), before: `{}`, ops: at("replace", `roles[primary eq "True"].value`, `"{\"id\":\"7\",\"value\":\"Admin\",\"displayName\":\"The admin\"}"`),
			want: `{"roles":[{"value":"Admin","display":"The admin","primary":true}]}`,
		},
		{name: "M-roles JSON strict", lenient: scim.Strict(), before: `{}`, ops: at("add", "roles", `[{"value":"{\"value\":\"Admin\"}"}]`), want: `{"roles":[{"value":"{\"value\":\"Admin\"}"}]}`},
		{
			name: "M-roles assertive", before: `{"roles":[{"value":"a"}]}`, ops: at("replace", "roles", `[{"display":"A","value":"b","type":"WindowsAzureActiveDirectoryRole","primary":false}]`),
			want: `{"roles":[{"display":"A","value":"b","type":"WindowsAzureActiveDirectoryRole","primary":false}]}`,
		},
		{name: "ObjectAsList", lenient: scim.Only(scim.ObjectAsList), before: `{}`, ops: at("replace", "emails", `{"value":"a"}`), want: `{"emails":[{"value":"a"}]}`},
		{name: "ObjectAsList strict", lenient: scim.Strict(), before: `{}`, ops: at("replace", "emails", `{"value":"a"}`), fails: scim.InvalidValue},
		{name: "StringAsComplex", lenient: scim.Only(scim.StringAsComplex), before: `{}`, ops: at("add", "emails", `"a"`), want: `{"emails":[{"value":"a"}]}`},
		{
			name: "dateTime as it was sent", before: `{}`, ops: at("replace", "urn:ietf:params:scim:schemas:extension:SpokeCustom:2.0:User:startDate", `"2026-01-01T00:00:00.1234567Z"`),
			want: `{"urn:ietf:params:scim:schemas:extension:SpokeCustom:2.0:User":{"startDate":"2026-01-01T00:00:00.1234567Z"}}`,
		},
	})
}

// Rule M-mgr and trap 8: whatever form a manager comes in, it is an object or absent.
func TestManager(t *testing.T) {
	t.Parallel()
	old := `{"ent":{"manager":{"value":"1","$ref":"https://x/Users/1"}}}`
	named := `{"ent":{"manager":{"value":"5"}}}`
	check(t, user, []rule{
		{name: "string", lenient: scim.Only(scim.StringAsComplex), before: old, ops: at("add", entURN+":manager", `"5"`), want: named},
		{name: "string strict", lenient: scim.Strict(), before: old, ops: at("add", entURN+":manager", `"5"`), fails: scim.InvalidValue},
		{name: "same string", lenient: scim.Auto(), before: old, ops: at("replace", entURN+":manager", `"1"`)},
		{
			name: "list", lenient: scim.Only(scim.ListAsObject, scim.UnqualifiedExtension), before: `{}`, ops: at("add", "manager", `[{"$ref":"http://x/Users/5","value":"5"}]`),
			want: `{"ent":{"manager":{"value":"5","$ref":"http://x/Users/5"}}}`,
		},
		{name: "list strict", lenient: scim.Strict(), before: `{}`, ops: at("add", entURN+":manager", `[{"value":"5"}]`), fails: scim.InvalidValue},
		{name: "bare path strict", lenient: scim.Strict(), before: `{}`, ops: at("add", "manager", `{"value":"5"}`), fails: scim.InvalidPath},
		{name: "object", before: old, ops: at("replace", entURN+":manager", `{"value":"5","displayName":"ignored"}`), want: named},
		{name: "sub-attribute", before: old, ops: at("replace", entURN+":manager.value", `"5"`), want: named},
		{name: "empty", lenient: scim.Only(scim.EmptyAsClear), before: old, ops: at("replace", entURN+":manager", `""`), want: `{}`},
		{name: "empty value", lenient: scim.Only(scim.EmptyAsClear), before: old, ops: at("replace", entURN+":manager", `{"value":""}`), want: `{}`},
		{name: "empty list", lenient: scim.Auto(), before: old, ops: at("replace", entURN+":manager", `[]`), want: `{}`},
		{name: "null", before: old, ops: at("replace", entURN+":manager", `null`), want: `{}`},
		{name: "null value", before: old, ops: at("replace", entURN+":manager", `{"value":null}`), want: `{}`},
		{name: "remove", before: old, ops: at("remove", entURN+":manager", ""), want: `{}`},
		{name: "remove value", before: old, ops: at("remove", entURN+":manager.value", ""), want: `{}`},
	})
}

// Rule M-flat, trap 7, Okta and authentik (sections 3.1 and 3.8): the members of a value without path.
func TestWithoutPath(t *testing.T) {
	t.Parallel()
	custom := `{"displayName":"D","name.givenName":"G","ent:employeeNumber":"7","emails[type eq \"work\"].value":"w","manager":"5"}`
	check(t, user, []rule{
		{
			name: "M-flat", lenient: scim.Auto(), before: person, ops: flat("replace", custom),
			want: `{"id":"1","userName":"bjensen","displayName":"D","name":{"familyName":"Jensen","givenName":"G"},"title":"Boss","emails":[{"type":"work","value":"w","primary":true}],"ent":{"employeeNumber":"7","manager":{"value":"5"}}}`,
		},
		{name: "M-flat strict", lenient: scim.Strict(), before: person, ops: flat("replace", `{"name.givenName":"G"}`), fails: scim.InvalidPath},
		{
			name: "M-flat not allowed, ignored", lenient: scim.Only(scim.UnknownAttribute), before: person, ops: flat("replace", `{"name.givenName":"G","title":"T"}`),
			want: `{"id":"1","userName":"bjensen","name":{"familyName":"Jensen","givenName":"Barbara"},"title":"T"}`,
		},
		{name: "M-flat in an extension", lenient: scim.Only(scim.PathKeys), before: `{}`, ops: flat("add", `{"ent":{"manager.value":"5"}}`), want: `{"ent":{"manager":{"value":"5"}}}`},
		{name: "M-flat clears what is not there", lenient: scim.Auto(), before: person, ops: flat("replace", `{"emails[type eq \"work\"].value":"","name.middleName":null,"ent:department":""}`)},
		{name: "M-flat bad filter", lenient: scim.Auto(), before: person, ops: flat("replace", `{"emails[type is \"work\"].value":""}`), fails: scim.InvalidFilter},
		{name: "extension object", before: `{"ent":{"division":"d"}}`, ops: flat("replace", `{"ent":{"DEPARTMENT":"x"}}`), want: `{"ent":{"division":"d","department":"x"}}`},
		{name: "unknown", lenient: scim.Only(scim.UnknownAttribute), before: person, ops: flat("replace", `{"colour":"red","urn:x:y:z":{"a":1},"":{"a":1},"ent":{"colour":1,"":{}}}`)},
		{name: "unknown strict", lenient: scim.Strict(), before: person, ops: flat("replace", `{"colour":"red"}`), fails: scim.InvalidPath},
		{name: "unknown in an extension, strict", lenient: scim.Strict(), before: person, ops: flat("replace", `{"ent":{"colour":"red"}}`), fails: scim.InvalidPath},
		{name: "unknown sub-attribute", lenient: scim.Only(scim.UnknownAttribute), before: `{}`, ops: at("add", "name", `{"colour":"red","givenName":"G"}`), want: `{"name":{"givenName":"G"}}`},
		{
			name: "read-only", lenient: scim.Only(scim.ReadOnlyInPatch), before: person, ops: flat("replace", `{"id":"other","meta":{"version":"x"},"groups":[],"title":"T"}`),
			want: `{"id":"1","userName":"bjensen","name":{"familyName":"Jensen","givenName":"Barbara"},"title":"T"}`,
		},
		{name: "read-only strict", lenient: scim.Strict(), before: person, ops: flat("replace", `{"id":"1"}`), fails: scim.Mutability},
		{name: "Okta deactivates", before: `{"active":true}`, ops: flat("replace", `{"active":false}`), want: `{"active":false}`},
		{name: "name merges", before: person, ops: flat("replace", `{"name":{"givenName":"G"}}`), want: `{"id":"1","userName":"bjensen","name":{"familyName":"Jensen","givenName":"G"},"title":"Boss"}`},
	})
	check(t, group, []rule{
		{name: "Okta renames", lenient: scim.Auto(), before: `{"id":"g","displayName":"Old"}`, ops: flat("replace", `{"id":"g","displayName":"New"}`), want: `{"id":"g","displayName":"New"}`},
		{
			name: "authentik sends the group", lenient: scim.Auto(), before: `{"id":"g","displayName":"Old"}`,
			ops: flat("replace", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"id":"g","externalId":"e","displayName":"New"}`), want: `{"id":"g","externalId":"e","displayName":"New"}`,
		},
		{name: "displayName is required", before: `{"displayName":"Old"}`, ops: at("remove", "displayName", ""), fails: scim.Mutability},
	})
}

// Rule M-clear, trap 14: the gallery's Null_Update clears each optional attribute by "" and by null.
func TestClear(t *testing.T) {
	t.Parallel()
	full := `{"userName":"b","title":"x","active":true,"name":{"givenName":"G"},"profileUrl":"u","emails":[{"type":"work","value":"w","primary":true}],"addresses":[{"type":"work","country":"DE"}],"roles":[{"value":"r","primary":true}],"ent":{"department":"d","manager":{"value":"1"}}}`
	paths := []string{"title", "active", "name.givenName", "profileUrl", `emails[type eq "work"].value`, `addresses[type eq "work"].country`, `roles[primary eq "True"].value`, entURN + ":department", entURN + ":manager"}
	for _, value := range []string{`""`, `null`} {
		ops := at("replace", "nickName", value)
		for _, path := range paths {
			ops += "," + at("Replace", path, value)
		}
		check(t, user, []rule{
			{name: "Null_Update " + value, lenient: scim.Auto(), before: full, ops: ops, want: `{"userName":"b"}`},
			{name: "Null_Update without values " + value, lenient: scim.Auto(), before: `{"userName":"b"}`, ops: ops},
		})
	}
	check(t, user, []rule{
		{name: "empty is text where it is strict", lenient: scim.Strict(), before: `{"title":"x"}`, ops: at("replace", "title", `""`), want: `{"title":""}`},
		{name: "empty is no boolean", lenient: scim.Strict(), before: `{"active":true}`, ops: at("replace", "active", `""`), fails: scim.InvalidValue},
		{name: "an element keeps its other values", before: `{"emails":[{"type":"work","value":"w","display":"d"}]}`, ops: at("replace", `emails[type eq "work"].value`, `null`), want: `{"emails":[{"type":"work","display":"d"}]}`},
		{name: "whole list", lenient: scim.Only(scim.EmptyAsClear), before: bothMails, ops: at("replace", "emails", `""`), want: `{}`},
		{name: "add of nothing loses nothing", lenient: scim.Only(scim.EmptyAsClear), before: bothMails, ops: at("add", "emails", `""`)},
		{name: "remove of nothing loses nothing", lenient: scim.Only(scim.EmptyAsClear), before: bothMails, ops: at("remove", "emails", `""`)},
	})
}
