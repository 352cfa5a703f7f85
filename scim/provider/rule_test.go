package provider_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/askspoke/spoke/scim"
)

// TestRules has what a refusal says for who explains it: the rule, and the attribute by its canonical path.
func TestRules(t *testing.T) {
	t.Parallel()
	s := inMemory(t)
	ada, bob := s.create("/Users", `{"userName":"ada","emails":[{"type":"work","value":"a@b.c"}]}`), s.create("/Users", `{"userName":"bob"}`)
	outer := s.create("/Groups", `{"displayName":"Outer"}`)
	inner := s.create("/Groups", `{"displayName":"Inner","members":[{"value":"`+outer+`"}]}`)
	names := strings.NewReplacer("ADA", ada, "BOB", bob, "OUTER", outer, "INNER", inner)
	user := func(members string) string { return `{"userName":"eve",` + members + `}` }
	for _, tc := range [...]struct {
		strict             bool
		method, path, body string
		rule               scim.Rule
		attribute          string
	}{
		{false, "POST", "/Users", `{"userName":"Ada"}`, scim.RuleAttributeUnique, "userName"},
		{false, "PATCH", "/Users/BOB", patch(`{"op":"replace","path":"username","value":"Ada"}`), scim.RuleAttributeUnique, "userName"},
		{false, "POST", "/Groups", `{"displayName":"outer"}`, scim.RuleAttributeUnique, "displayName"},
		{false, "POST", "/Users", `{}`, scim.RuleAttributeRequired, "userName"},
		{false, "POST", "/Users", `{"userName":""}`, scim.RuleAttributeRequired, "userName"},
		{false, "POST", "/Users", `{"userName":"` + strings.Repeat("x", 3000) + `"}`, scim.RuleAttributeLength, "userName"},
		{false, "POST", "/Users", user(`"Name":{"GIVENNAME":7}`), scim.RuleAttributeType, "name.givenName"},
		{false, "POST", "/Users", user(`"active":"maybe"`), scim.RuleAttributeType, "active"},
		{false, "POST", "/Users", user(`"emails":[[]]`), scim.RuleAttributeType, "emails"},
		{false, "POST", "/Users", user(`"manager":{"value":7}`), scim.RuleAttributeType, enterpriseSchema + ":manager.value"},
		{false, "POST", "/Users", user(`"` + enterpriseSchema + `":7`), scim.RuleAttributeType, enterpriseSchema},
		{true, "POST", "/Users", user(`"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"emails":{}`), scim.RuleAttributeList, "emails"},
		{true, "POST", "/Users", user(`"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"emails":[{"primary":true,"value":"a"},{"primary":true,"value":"b"}]`), scim.RuleAttributePrimary, "emails"},
		{true, "POST", "/Users", user(`"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"shoeSize":7`), scim.RuleAttributeUnknown, "shoeSize"},
		{true, "POST", "/Users", user(`"title":"x"`), scim.RuleBodySchemas, "schemas"},
		{false, "POST", "/Users", `{"userName":"x","USERNAME":"y"}`, scim.RuleBodyDuplicate, "USERNAME"},
		{false, "POST", "/Users", `{"userName":`, scim.RuleBodyJSON, ""},
		{false, "POST", "/Users", user(`"title":"\u0000"`), scim.RuleBodyText, ""},

		{false, "POST", "/Groups", `{"displayName":"x","members":[{"value":"nobody"}]}`, scim.RuleMembersUnknown, "members"},
		{false, "POST", "/Groups", `{"displayName":"x","members":[{"display":"Ada"}]}`, scim.RuleMembersValue, "members"},
		{false, "PATCH", "/Groups/OUTER", patch(`{"op":"Add","path":"members","value":[{"value":"INNER"}]}`), scim.RuleMembersCircle, "members"},
		{false, "PATCH", "/Groups/OUTER", patch(`{"op":"Add","path":"members","value":[{"display":"x"}]}`), scim.RuleMembersValue, "members"},
		{false, "PATCH", "/Groups/INNER", patch(`{"op":"replace","path":"members.value","value":"x"}`), scim.RuleMembersImmutable, "members"},

		{false, "PATCH", "/Users/ADA", patch(`{"op":"replace","path":"id","value":"x"}`), scim.RuleAttributeReadOnly, "id"},
		{false, "PATCH", "/Users/ADA", patch(`{"op":"remove","path":"USERNAME"}`), scim.RulePatchRequired, "userName"},
		{false, "PATCH", "/Users/ADA", patch(`{"op":"replace","path":"userName","value":""}`), scim.RuleAttributeRequired, "userName"},
		{false, "PATCH", "/Users/ADA", patch(`{"op":"replace","path":"active","value":"x"}`), scim.RuleAttributeType, "active"},
		{false, "PATCH", "/Users/ADA", patch(`{"op":"replace","path":"shoeSize","value":"x"}`), scim.RuleAttributeUnknown, "shoeSize"},
		{false, "PATCH", "/Users/ADA", patch(`{"op":"replace","path":"emails[","value":"x"}`), scim.RulePatchPath, ""},
		{false, "PATCH", "/Users/ADA", patch(`{"op":"replace","path":"name[x eq 1]","value":"x"}`), scim.RulePatchPath, "name"},
		{false, "PATCH", "/Users/ADA", patch(`{"op":"replace","path":"emails[shoe eq 1]","value":"x"}`), scim.RuleFilterAttribute, "emails.shoe"},
		{true, "PATCH", "/Users/ADA", patch(`{"op":"replace","path":"emails[type eq \"home\"].value","value":"x"}`), scim.RulePatchNoTarget, "emails.value"},
		{false, "PATCH", "/Users/ADA", patch(`{"op":"remove"}`), scim.RulePatchNoTarget, ""},
		{false, "PATCH", "/Users/ADA", patch(`{"op":"add","path":"title"}`), scim.RulePatchValue, "title"},
		{false, "PATCH", "/Users/ADA", patch(`{"op":"frob","path":"title"}`), scim.RulePatchOperations, ""},
		{false, "PATCH", "/Users/nobody", patch(`{"op":"add","path":"title","value":"x"}`), scim.RuleRequestResource, ""},

		{false, "GET", "/Users?" + where(`shoeSize eq 7`), "", scim.RuleFilterAttribute, "shoeSize"},
		{false, "GET", "/Users?" + where(`Password eq "x"`), "", scim.RuleFilterSecret, "password"},
		{false, "GET", "/Users?" + where(`active gt true`), "", scim.RuleFilterOperator, "active"},
		{false, "GET", "/Users?" + where(`active eq "x"`), "", scim.RuleFilterValue, "active"},
		{false, "GET", "/Users?" + where(`NAME eq "x"`), "", scim.RuleFilterAttribute, "name"},
		{false, "GET", "/Users?" + where(`userName eq`), "", scim.RuleFilterSyntax, ""},
		{false, "GET", "/Users?sortBy=name", "", scim.RuleListSort, "name"},
		{false, "GET", "/Users?count=x", "", scim.RuleListPage, ""},
		{false, "GET", "/Users?cursor=x", "", scim.RuleListCursor, ""},
		{false, "GET", "/Users?attributes=title&excludedAttributes=name", "", scim.RuleListAttributes, ""},
		{false, "GET", "/Schemas?" + where(`id pr`), "", scim.RuleDiscoveryFilter, ""},
		{false, "GET", "/Schemas/x", "", scim.RuleRequestResource, ""},
		{false, "GET", "/Nothing", "", scim.RuleRequestEndpoint, ""},
		{false, "PUT", "/Users", "", scim.RuleRequestMethod, ""},
		{false, "GET", "/Me", "", scim.RuleRequestMe, ""},
		{false, "POST", "/Bulk", `{"Operations":[]}`, scim.RuleBulkMessage, ""},
	} {
		of := s
		if tc.strict {
			of = s.strict()
		}
		var e *scim.Error
		if a := of.do(tc.method, names.Replace(tc.path), names.Replace(tc.body)); !errors.As(a.err, &e) {
			t.Errorf("%s %s %s: %v", tc.method, tc.path, tc.body, a.err)
			continue
		}
		want, got := []string{string(tc.rule), tc.attribute}, []string{string(e.Rule), e.Attribute}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s %s %s: %v (-want +got)\n%s", tc.method, tc.path, tc.body, e, diff)
		}
	}
}

// TestBulkTellsOfFailures has the path and the data of the operations that failed, and of no others.
func TestBulkTellsOfFailures(t *testing.T) {
	t.Parallel()
	s := inMemory(t)
	a := s.do("POST", "/Bulk", bulkBody("", post("/Users", "1", `{"userName":"ada"}`), post("/Users", "2", `{"userName":"ADA","title":"x"}`),
		`{"method":"DELETE","path":"/Users/nobody"}`, `{"method":"POST","path":"?","data":{}}`)).is(t, 200)
	type told struct {
		path, data string
		rule       scim.Rule
		attribute  string
	}
	var got []told
	for _, o := range a.Operations {
		of := told{path: o.Path}
		if o.Data != nil {
			of.data = fmt.Sprint(o.Data)
		}
		if o.Error != nil {
			of.rule, of.attribute = o.Error.Rule, o.Error.Attribute
		}
		got = append(got, of)
	}
	want := []told{
		{},
		{"/Users", "map[title:x userName:ADA]", scim.RuleAttributeUnique, "userName"},
		{"/Users/nobody", "", scim.RuleRequestResource, ""},
		{"?", "map[]", scim.RuleBulkOperation, ""},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(told{})); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
