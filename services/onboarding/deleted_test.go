package onboarding_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/askspoke/spoke/services/onboarding/client"
	"github.com/askspoke/spoke/tenancy/operator"
)

// deletedOf returns what a query finds, in pages of one.
func (w *world) deletedOf(t *testing.T, slug, query string) (list []client.Deleted) {
	t.Helper()
	path := "/v1/tenants/" + slug + "/deleted?limit=1&" + query
	for {
		got := w.send(t, "GET "+path, "", "Authorization", "Bearer "+w.keys[operator.Read])
		var page client.DeletedPage
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
		path, _, _ = strings.Cut(strings.TrimPrefix(link, "<"), ">")
	}
}

// What was deleted is listed and restored, with what is left of its groups and members.
func TestDeleted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	acme := w.create(t, "acme")
	p := w.idp(t, acme)
	if list := w.deletedOf(t, "acme", ""); len(list) != 0 {
		t.Errorf("%+v", list)
	}
	ada, bob := p.user("ada"), p.user("bob")
	team, gone := p.group("Team", ada, bob), p.group("Gone", ada)
	p.patches("/Users/"+ada, `{"op":"replace","path":"active","value":false}`)
	for _, path := range []string{"/Users/" + ada, "/Groups/" + gone, "/Groups/" + team} {
		p.does("DELETE "+path, "")
	}
	list := w.deletedOf(t, "acme", "")
	if len(list) != 3 || list[0].ResourceID != team || list[1].ResourceID != gone {
		t.Fatalf("%+v", list)
	}
	want := client.Deleted{
		EntryID: list[2].EntryID, ResourceID: ada, ResourceType: client.ResourceUser, Name: "ada", DeletedAt: list[2].DeletedAt,
		TokenID: &p.token, RestorableUntil: list[2].DeletedAt.AddDate(0, 0, 30),
	}
	if diff := cmp.Diff(want, list[2]); diff != "" {
		t.Error(diff)
	}
	at := list[1].DeletedAt.Format(time.RFC3339Nano)
	for query, want := range map[string]int{
		"resource_type=User": 1, "resource_type=Group": 2, "since=" + at: 2, "until=" + at: 1, "since=" + at + "&until=" + at: 0,
	} {
		if got := w.deletedOf(t, "acme", query); len(got) != want {
			t.Errorf("%s: %d, want %d", query, len(got), want)
		}
	}

	restore := func(id, body string) answer {
		t.Helper()
		return w.send(t, "POST /v1/tenants/acme/deleted/"+id+"/restore", body, "Idempotency-Key", "key-"+id, "Authorization", "Bearer "+w.keys[operator.Manage])
	}
	check := func(got answer, want client.Restored) {
		t.Helper()
		var done client.Restored
		if err := json.Unmarshal([]byte(got.body), &done); err != nil || got.status != 200 {
			t.Fatalf("%d %s", got.status, got.body)
		}
		if diff := cmp.Diff(want, done); diff != "" {
			t.Error(diff)
		}
	}
	// The group comes back without ada, who is not there yet, and ada without the group that is not.
	first := restore(team, `{}`)
	check(first, client.Restored{ResourceID: team, ResourceType: client.ResourceGroup, Version: 3, Members: 1, Dropped: []string{}})
	if again := restore(team, `{}`); again.body != first.body || again.header.Get("Idempotency-Replayed") != "true" {
		t.Errorf("%s", again.body)
	}
	check(restore(ada, `{"activate":true}`), client.Restored{ResourceID: ada, ResourceType: client.ResourceUser, Version: 3, Groups: 1, LostGroups: 1, Dropped: []string{}})
	for id, detail := range map[string]string{
		ada:              "It is there: it was restored, or never deleted.",
		bob:              "Nothing with this id was deleted within 30 days.",
		uuid.NewString(): "Nothing with this id was deleted within 30 days.",
		"nonsense":       "Nothing with this id was deleted within 30 days.",
	} {
		got := w.send(t, "POST /v1/tenants/acme/deleted/"+id+"/restore", `{}`)
		if kind, _ := got.problem(); got.json["detail"] != detail || kind != map[bool]string{true: "state-conflict", false: "not-found"}[id == ada] {
			t.Errorf("%s: %d %s", id, got.status, got.body)
		}
	}
	e := w.journalOf(t, "acme", "resource="+ada)[0]
	if e.Action != client.JournalRestore || *e.TokenID != "key:"+w.ids[operator.Manage] || !cmp.Equal(*e.Groups, []string{team}) || !strings.Contains(string(*e.Document), `"active":true`) {
		t.Errorf("%+v", e)
	}
	if got := w.journalOf(t, "acme", "token=key:"+w.ids[operator.Manage]); len(got) != 2 {
		t.Errorf("%q", actions(got))
	}
	calls := w.audited(t, client.ListAuditParams{Operation: pointer("restoreDeleted"), Tenant: &acme.ID})
	if c := calls[0]; len(calls) != 7 || c.ResourceID == nil || *c.ResourceID != team || *c.Status != 200 || c.Address != "127.0.0.1" {
		t.Errorf("%+v", calls)
	}
}

// What cannot be restored, and who may not.
func TestDeletedRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	acme, beta := w.create(t, "acme"), w.create(t, "beta")
	p, other := w.idp(t, acme), w.idp(t, beta)
	ada, foreign := p.user("ada"), other.user("ada")
	outer := p.group("Outer")
	inner := p.group("Inner", outer)
	p.does("DELETE /Groups/"+outer, "")
	p.patches("/Groups/"+inner, `{"op":"replace","path":"displayName","value":"Inside"}`)
	p.does("DELETE /Users/"+ada, "")
	p.user("ADA")
	other.does("DELETE /Users/"+foreign, "")
	other.does("DELETE /Users/"+other.user("bob"), "")
	taken := w.send(t, "POST /v1/tenants/acme/deleted/"+ada+"/restore", `{}`)
	if kind, _ := taken.problem(); taken.status != 409 || kind != "state-conflict" || taken.json["detail"] != "It cannot be restored: another one has its userName now." {
		t.Errorf("%d %s", taken.status, taken.body)
	}
	cursor := w.send(t, "GET /v1/tenants/beta/deleted?limit=1", "").json["next_cursor"].(string)
	year0 := cursorOf(`{"l":"deleted ` + acme.ID + `","e":"` + cursorOf("0000-01-01T00:00:00Z "+ada) + `"}`)
	for name, tc := range map[string]struct {
		line, body string
		status     int
		fields     []string
	}{
		"another's":        {"POST /v1/tenants/acme/deleted/" + foreign + "/restore", `{}`, 404, nil},
		"of nobody":        {"POST /v1/tenants/nobody/deleted/" + ada + "/restore", `{}`, 404, nil},
		"list of nobody":   {"GET /v1/tenants/nobody/deleted", "", 404, nil},
		"no body":          {"POST /v1/tenants/acme/deleted/" + ada + "/restore", "", 400, nil},
		"unknown field":    {"POST /v1/tenants/acme/deleted/" + ada + "/restore", `{"active":true}`, 400, []string{"active"}},
		"cursor":           {"GET /v1/tenants/beta/deleted?cursor=" + cursor, "", 200, nil},
		"another's cursor": {"GET /v1/tenants/acme/deleted?cursor=" + cursor, "", 400, []string{"cursor"}},
		"broken cursor":    {"GET /v1/tenants/acme/deleted?cursor=x", "", 400, []string{"cursor"}},
		"of the year 0":    {"GET /v1/tenants/acme/deleted?cursor=" + year0, "", 400, []string{"cursor"}},
		"type":             {"GET /v1/tenants/acme/deleted?resource_type=Device", "", 400, []string{"resource_type"}},
	} {
		got := w.send(t, tc.line, tc.body)
		if _, fields := got.problem(); got.status != tc.status || !cmp.Equal(fields, tc.fields) {
			t.Errorf("%s: %d %q, want %d %q\n%s", name, got.status, fields, tc.status, tc.fields, got.body)
		}
	}
	w.clock.Pass(31 * 24 * time.Hour)
	if got := w.send(t, "POST /v1/tenants/beta/deleted/"+foreign+"/restore", `{}`); got.status != 404 {
		t.Errorf("after 31 days: %d %s", got.status, got.body)
	}
	if list := w.deletedOf(t, "beta", ""); len(list) != 0 {
		t.Errorf("%+v", list)
	}
	for _, line := range []string{
		"GET /v1/health", "GET /v1/tenants/acme/health", "GET /v1/tenants/acme/cycles", "GET /v1/tenants/acme/journal", "GET /v1/tenants/acme/journal/" + ada,
		"GET /v1/tenants/acme/journal/export", "GET /v1/tenants/acme/holds", "GET /v1/tenants/acme/deleted",
		"POST /v1/tenants/acme/holds/" + ada + "/approve", "POST /v1/tenants/acme/holds/" + ada + "/reject", "POST /v1/tenants/acme/deleted/" + ada + "/restore",
	} {
		method, _, _ := strings.Cut(line, " ")
		body := map[string]string{"POST": `{}`}[method]
		got := w.send(t, line, body, "Authorization", "Bearer "+w.keys[operator.Read])
		if refused := got.status == 403; refused != (method == "POST") {
			t.Errorf("%s as a reader: %d", line, got.status)
		}
		if got := w.send(t, line, body, "Authorization", ""); got.status != 401 {
			t.Errorf("%s as nobody: %d", line, got.status)
		}
	}
}
