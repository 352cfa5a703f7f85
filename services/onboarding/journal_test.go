package onboarding_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/askspoke/spoke/services/onboarding/client"
	"github.com/askspoke/spoke/tenancy/journal"
	"github.com/askspoke/spoke/tenancy/operator"
)

// journalOf returns the entries that a filter chooses, the newest first, in pages of three, by the Link of each.
func (w *world) journalOf(t *testing.T, slug, query string) (list []client.JournalEntry) {
	t.Helper()
	path := "/v1/tenants/" + slug + "/journal?limit=3&" + query
	for {
		got := w.send(t, "GET "+path, "", "Authorization", "Bearer "+w.keys[operator.Read])
		var page client.JournalPage
		if err := json.Unmarshal([]byte(got.body), &page); err != nil || got.status != 200 {
			t.Fatalf("%s: %d %s", path, got.status, got.body)
		}
		list = append(list, page.Items...)
		link := got.header.Get("Link")
		if (link == "") != (page.NextCursor == nil) {
			t.Errorf("%s: the link %q, the cursor %v", path, link, page.NextCursor)
		}
		if link == "" {
			return list
		}
		next, _, _ := strings.Cut(strings.TrimPrefix(link, "<"), ">")
		if u, err := url.Parse(next); err != nil || u.Query().Get("cursor") != *page.NextCursor {
			t.Fatalf("%s: %v", link, err)
		}
		path = next
	}
}

// actions are what is compared of entries.
func actions(list []client.JournalEntry) (got []string) {
	for _, e := range list {
		got = append(got, string(e.Action)+" "+string(e.Outcome))
	}
	return got
}

// An entry of each kind reads as it was made.
func TestJournalEntries(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	acme := w.create(t, "acme")
	p := w.idp(t, acme)
	ada := p.user("ada")
	bob := p.user("bob")
	team := p.group("Team", bob)
	p.patches("/Users/"+ada, `{"op":"replace","path":"name.familyName","value":"Lovelace"},{"op":"replace","path":"userName","value":"Ada"}`)
	p.patches("/Users/"+ada, `{"op":"replace","path":"active","value":false}`)
	p.patches("/Users/"+ada, `{"op":"replace","path":"active","value":true}`)
	p.patches("/Groups/"+team, `{"op":"add","path":"members","value":[{"value":"`+ada+`"}]}`)
	p.patches("/Groups/"+team, `{"op":"remove","path":"members[value eq \"`+bob+`\"]"}`)
	p.patches("/Groups/"+team, `{"op":"replace","path":"members","value":[{"value":"`+bob+`"},{"value":"`+ada+`"}]}`)
	p.does("DELETE /Users/"+ada, "")
	p.does("DELETE /Groups/"+team, "")
	full := journal.Refusal{
		Rule: "attribute.unique", Attribute: "userName", SCIMType: "uniqueness", Detail: "It is taken.", Hint: "Choose another.", Method: "POST",
		Path: "/Users", Query: "a=b", Body: json.RawMessage(`{"userName":"bob"}`), Redacted: []string{"password"},
	}
	e := refusal(t, journal.ActionCreate, 409, full)
	e.ResourceType, e.Actor, e.ProviderRequestID, e.Duration = "User", p.token, "theirs", 1500*time.Microsecond
	w.refused(t, acme, e)
	held := refusal(t, journal.ActionDelete, 503, journal.Refusal{Rule: "guard.held", Detail: "Held.", Hint: "Decide.", Method: "DELETE", Path: "/Users/" + bob, BodyText: "{", Truncated: true})
	held.ResourceType, held.ResourceID = "User", bob
	w.refused(t, acme, held)
	for _, action := range []journal.Action{"read", "authenticate", "other"} {
		w.refused(t, acme, refusal(t, action, 401, journal.Refusal{}))
	}
	list := w.journalOf(t, "acme", "")
	slices.Reverse(list)
	want := []string{
		"create accepted", "create accepted", "create accepted", "update accepted", "disable accepted", "restore accepted", "member_add accepted",
		"member_remove accepted", "update accepted", "delete accepted", "delete accepted", "create refused", "delete refused", "read refused",
		"authenticate refused", "other refused",
	}
	if diff := cmp.Diff(want, actions(list)); diff != "" {
		t.Fatal(diff)
	}
	for i, check := range []func(client.JournalEntry) bool{
		func(e client.JournalEntry) bool {
			return strings.Contains(string(*e.Document), `"userName":"ada"`) && *e.ResourceID == ada && *e.Version == 1 && *e.TokenID == p.token &&
				*e.ProviderRequestID == "theirs of "+e.RequestID && e.DurationMicroseconds > 0 && time.Since(e.At) < time.Minute && e.Refusal == nil
		},
		func(e client.JournalEntry) bool { return *e.ResourceID == bob },
		func(e client.JournalEntry) bool {
			return *e.ResourceType == client.ResourceGroup && cmp.Equal(*e.Members, []string{bob})
		},
		func(e client.JournalEntry) bool {
			c := *e.Changes
			return len(c) == 2 && *e.Version == 2 && e.Document == nil && slices.ContainsFunc(c, func(c client.AttributeChange) bool {
				return c.Path == "userName" && string(*c.Old) == `"ada"` && string(*c.New) == `"Ada"`
			}) && slices.ContainsFunc(c, func(c client.AttributeChange) bool {
				return strings.HasPrefix(c.Path, "name") && c.Old == nil && strings.Contains(string(*c.New), "Lovelace")
			})
		},
		func(e client.JournalEntry) bool {
			c := *e.Changes
			return len(c) == 1 && c[0].Path == "active" && string(*c[0].Old) == "true" && string(*c[0].New) == "false"
		},
		func(e client.JournalEntry) bool { return string(*(*e.Changes)[0].New) == "true" },
		func(e client.JournalEntry) bool { return cmp.Equal(*e.Added, []string{ada}) && e.Removed == nil },
		func(e client.JournalEntry) bool { return cmp.Equal(*e.Removed, []string{bob}) && e.Added == nil },
		func(e client.JournalEntry) bool { return cmp.Equal(*e.Added, []string{bob}) && e.Removed == nil },
		func(e client.JournalEntry) bool {
			return cmp.Equal(*e.Groups, []string{team}) && strings.Contains(string(*e.Document), "Lovelace") && e.Members == nil
		},
		func(e client.JournalEntry) bool { return cmp.Equal(*e.Members, []string{bob}) && e.Groups == nil },
		func(e client.JournalEntry) bool {
			return e.ResourceID == nil && e.Version == nil && e.DurationMicroseconds == 1500 && cmp.Equal(*e.Refusal, client.Refusal{
				Status: 409, Rule: full.Rule, RuleText: e.Refusal.RuleText, Attribute: pointer("userName"), ScimType: pointer("uniqueness"), Detail: full.Detail,
				Hint: full.Hint, Method: pointer("POST"), Path: pointer("/Users"), Query: pointer("a=b"), Body: &full.Body, Redacted: &full.Redacted,
			}) && strings.Contains(*e.Refusal.RuleText, "RFC 764")
		},
		func(e client.JournalEntry) bool {
			return *e.ResourceID == bob && *e.Refusal.Truncated && *e.Refusal.BodyText == "{" && e.Refusal.Body == nil
		},
		func(e client.JournalEntry) bool {
			return e.ResourceType == nil && e.TokenID == nil && e.Refusal.Status == 401
		},
	} {
		if !check(list[i]) {
			text, _ := json.Marshal(list[i])
			t.Errorf("entry %d: %s", i, text)
		}
	}
	for _, e := range list {
		r, err := w.as(t, operator.Read).GetJournalEntryWithResponse(t.Context(), acme.ID, e.ID)
		if err != nil || r.JSON200 == nil {
			t.Fatalf("%v, %s", err, r.Body)
		}
		if diff := cmp.Diff(e, *r.JSON200); diff != "" {
			t.Error(diff)
		}
	}
	checkJournalFilters(t, w, p, list, ada, bob)
}

// checkJournalFilters asks for part of the entries of TestJournalEntries.
func checkJournalFilters(t *testing.T, w *world, p *idp, list []client.JournalEntry, ada, bob string) {
	t.Helper()
	all := len(list)
	at := func(i int) string { return url.QueryEscape(list[i].At.Format(time.RFC3339Nano)) }
	for query, want := range map[string]int{
		"outcome=refused":                      5,
		"outcome=accepted":                     11,
		"action=delete":                        3,
		"action=delete,disable":                4,
		"action=other,authenticate,read":       3,
		"outcome=accepted&action=delete":       2,
		"resource_type=Group":                  5,
		"resource_type=User":                   8,
		"resource=" + ada:                      5,
		"resource=" + strings.ToUpper(ada):     5,
		"resource=" + bob + "&outcome=refused": 1,
		"resource=" + uuid.NewString():         0,
		"token=" + p.token:                     12,
		"token=key%3Anobody":                   0,
		"request=" + list[3].RequestID:         1,
		"provider_request=theirs":              1,
		"provider_request=" + url.QueryEscape("theirs of "+list[3].RequestID): 1,
		"rule=guard.held":                               1,
		"rule=nothing":                                  0,
		"since=" + at(3) + "&outcome=accepted":          8,
		"until=" + at(3) + "&outcome=accepted":          3,
		"since=" + at(3) + "&until=" + at(5):            2,
		"since=" + at(5) + "&until=" + at(3):            0,
		"since=2999-01-01T00:00:00Z":                    0,
		"until=1969-01-01T00:00:00%2B01:00":             0,
		"since=0000-01-01T00:00:00Z":                    all,
		"until=9999-12-31T23:59:59Z":                    all,
		"order=newest":                                  all,
		"outcome=refused&resource=" + ada:               0,
		"action=update&rule=attribute.unique":           0,
		"action=create&rule=attribute.unique&limit=200": 1,
	} {
		query = strings.TrimSuffix(query, "&limit=200")
		if got := w.journalOf(t, "acme", query); len(got) != want {
			t.Errorf("%s: %d entries, want %d: %q", query, len(got), want, actions(got))
		}
	}
	if diff := cmp.Diff(list, w.journalOf(t, "ACME", "order=oldest")); diff != "" {
		t.Error(diff)
	}
}

// What the journal of a tenant does not have, and a cursor of another list, are refused.
func TestJournalRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	acme, beta := w.create(t, "acme"), w.create(t, "beta")
	for _, tenant := range []client.Tenant{acme, beta} {
		p := w.idp(t, tenant)
		p.user("ada")
		p.user("bob")
	}
	entry := w.journalOf(t, "beta", "")[0].ID
	next := func(path string) string { return w.send(t, "GET "+path, "").json["next_cursor"].(string) }
	const journals = "GET /v1/tenants/acme/journal"
	newest, oldest := next("/v1/tenants/acme/journal?limit=1"), next("/v1/tenants/acme/journal?limit=1&order=oldest")
	foreign := next("/v1/tenants/beta/journal?limit=1")
	invented := cursorOf(`{"l":"journal newest ` + acme.ID + `","e":"` + strings.Repeat("A", 23) + `"}`)
	for name, tc := range map[string]struct {
		line   string
		status int
		fields []string
	}{
		"cursor":             {journals + "?cursor=" + newest, 200, nil},
		"by id":              {"GET /v1/tenants/" + acme.ID + "/journal?cursor=" + newest, 200, nil},
		"with another limit": {journals + "?limit=200&cursor=" + newest, 200, nil},
		"broken cursor":      {journals + "?cursor=abc", 400, []string{"cursor"}},
		"invented":           {journals + "?cursor=" + invented, 400, []string{"cursor"}},
		"of another order":   {journals + "?cursor=" + oldest, 400, []string{"cursor"}},
		"of the other order": {journals + "?order=oldest&cursor=" + newest, 400, []string{"cursor"}},
		"of another tenant":  {journals + "?cursor=" + foreign, 400, []string{"cursor"}},
		"of another list":    {"GET /v1/tenants/acme/deleted?cursor=" + newest, 400, []string{"cursor"}},
		"action":             {journals + "?action=drink", 400, []string{"action.0"}},
		"one of the actions": {journals + "?action=delete,drink", 400, []string{"action.1"}},
		"actions twice":      {journals + "?action=delete&action=create", 400, []string{"action"}},
		"no action":          {journals + "?action=", 400, []string{"action"}},
		"outcome":            {journals + "?outcome=lost", 400, []string{"outcome"}},
		"order":              {journals + "?order=any", 400, []string{"order"}},
		"resource":           {journals + "?resource=ada", 200, nil},
		"resource type":      {journals + "?resource_type=Device", 400, []string{"resource_type"}},
		"since":              {journals + "?since=yesterday", 400, []string{"since"}},
		"format":             {journals + "/export?format=xml", 400, []string{"format"}},
		"cursor of export":   {journals + "/export?cursor=" + newest, 400, []string{"cursor"}},
		"entry of another":   {journals + "/" + entry, 404, nil},
		"unknown entry":      {journals + "/" + uuid.NewString(), 404, nil},
		"no entry":           {journals + "/nonsense", 404, nil},
		"nobody":             {"GET /v1/tenants/nobody/journal", 404, nil},
		"entry of nobody":    {"GET /v1/tenants/nobody/journal/" + entry, 404, nil},
		"export of nobody":   {"GET /v1/tenants/nobody/journal/export", 404, nil},
	} {
		got := w.send(t, tc.line, "")
		if _, fields := got.problem(); got.status != tc.status || !cmp.Equal(fields, tc.fields) {
			t.Errorf("%s: %d %q, want %d %q\n%s", name, got.status, fields, tc.status, tc.fields, got.body)
		}
	}
	// One that is coming into being has no schema to look into yet.
	w.db.MustExec(`UPDATE spoke.tenants SET state = 'creating' WHERE slug = 'beta'`)
	for _, path := range []string{"journal", "journal/" + entry, "journal/export", "cycles", "holds", "holds/" + entry, "holds/" + entry + "/held", "deleted"} {
		got := w.send(t, "GET /v1/tenants/beta/"+path, "")
		if kind, _ := got.problem(); got.status != 409 || kind != "state-conflict" || !strings.Contains(fmt.Sprint(got.json["detail"]), "it is being created") {
			t.Errorf("%s: %d %s", path, got.status, got.body)
		}
	}
	if got := w.send(t, "GET /v1/tenants/beta/health", ""); got.status != 200 {
		t.Errorf("%d %s", got.status, got.body)
	}
}
