package onboarding_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/askspoke/spoke/services/onboarding/client"
	"github.com/askspoke/spoke/tenancy/operator"
)

// burst has four users of eight deleted where two may be, and returns all of them and the hold.
func (p *idp) burst(names ...string) (ids []string, hold client.Hold) {
	p.t.Helper()
	for _, name := range names {
		ids = append(ids, p.user(name))
	}
	for i, id := range ids[:4] {
		want := 204
		if i >= 2 {
			want = 503
		}
		if status, _ := p.asks("DELETE /Users/"+id, ""); status != want {
			p.t.Fatalf("deletion %d: %d, want %d", i, status, want)
		}
	}
	return ids, p.holds()[0]
}

// holds returns all holds of the tenant, in pages of one.
func (p *idp) holds() (list []client.Hold) {
	p.t.Helper()
	params := client.ListHoldsParams{Limit: pointer(1)}
	for {
		r, err := p.w.as(p.t, operator.Read).ListHoldsWithResponse(p.t.Context(), string(p.tenant.Slug), &params)
		if err != nil || r.JSON200 == nil {
			p.t.Fatalf("%v, %s", err, r.Body)
		}
		list = append(list, r.JSON200.Items...)
		if params.Cursor = r.JSON200.NextCursor; params.Cursor == nil {
			return list
		}
		if !strings.Contains(r.HTTPResponse.Header.Get("Link"), "/holds?cursor="+*params.Cursor+"&limit=1>") {
			p.t.Errorf("%s", r.HTTPResponse.Header.Get("Link"))
		}
	}
}

// guarded makes a tenant of which two deletions pass.
func (w *world) guarded(t *testing.T, slug string) *idp {
	t.Helper()
	settings := client.NewSettings{Guard: &client.Guard{WindowSeconds: 3600, Count: 2, Minimum: 100, Percent: 20}}
	r, err := w.as(t, operator.Manage).CreateTenantWithResponse(t.Context(), nil, client.NewTenant{Slug: slug, Settings: &settings})
	if err != nil || r.JSON201 == nil {
		t.Fatalf("%v, %s", err, r.Body)
	}
	return w.idp(t, r.JSON201.Tenant)
}

var eight = []string{"a", "b", "c", "d", "e", "f", "g", "h"}

// A burst is held, looked at, rejected and then approved; another hold is none of it.
func TestHolds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.guarded(t, "acme")
	if list := p.holds(); len(list) != 0 {
		t.Errorf("%+v", list)
	}
	ids, hold := p.burst(eight...)
	want := client.Hold{
		ID: hold.ID, State: client.HoldHeld, OpenedAt: hold.OpenedAt, Held: 2,
		Reason: "3 users and groups would be deleted or deactivated within 1 h. The limit is 2.",
	}
	if diff := cmp.Diff(want, hold); diff != "" {
		t.Error(diff)
	}
	at := "/v1/tenants/acme/holds/" + hold.ID
	kept := []string{ids[2], ids[3]}
	slices.Sort(kept)
	first := w.send(t, "GET "+at+"/held?limit=1", "", "Authorization", "Bearer "+w.keys[operator.Read])
	item := first.json["items"].([]any)[0].(map[string]any)
	if item["resource_id"] != kept[0] || item["action"] != "delete" || item["resource_type"] != "User" || item["attempts"] != 1.0 ||
		!slices.Contains([]any{"c", "d"}, item["name"]) || item["first_at"] != item["last_at"] {
		t.Errorf("%s", first.body)
	}
	next, _ := first.json["next_cursor"].(string)
	if first.header.Get("Link") != "<"+at+"/held?cursor="+next+`&limit=1>; rel="next"` {
		t.Errorf("%q", first.header.Get("Link"))
	}
	second := w.send(t, "GET "+at+"/held?limit=1&cursor="+next, "")
	if second.json["items"].([]any)[0].(map[string]any)["resource_id"] != kept[1] || second.json["next_cursor"] != nil || second.header.Get("Link") != "" {
		t.Errorf("%s", second.body)
	}

	until := w.clock.Now().Add(48 * time.Hour).UTC().Truncate(time.Second)
	body := `{"until":"` + until.Format(time.RFC3339) + `"}`
	manager := "Bearer " + w.keys[operator.Manage]
	rejected := w.send(t, "POST "+at+"/reject", body, "Idempotency-Key", "k", "Authorization", manager)
	if rejected.status != 200 || rejected.json["state"] != "rejected" || rejected.json["until"] != until.Format(time.RFC3339) || rejected.json["decided_by"] != "key:"+w.ids[operator.Manage] {
		t.Errorf("%d %s", rejected.status, rejected.body)
	}
	again := w.send(t, "POST "+at+"/reject", body, "Idempotency-Key", "k", "Authorization", manager)
	if again.body != rejected.body || again.header.Get("Idempotency-Replayed") != "true" {
		t.Errorf("%d %s", again.status, again.body)
	}
	if same := w.send(t, "POST "+at+"/reject", `{}`); same.body != rejected.body {
		t.Errorf("rejected twice: %d %s", same.status, same.body)
	}
	if status, _ := p.asks("DELETE /Users/"+ids[2], ""); status != 403 {
		t.Errorf("after the rejection: %d", status)
	}
	approved := w.send(t, "POST "+at+"/approve", `{}`)
	if approved.status != 200 || approved.json["state"] != "approved" || approved.json["decided_by"] != "key:"+w.ids[operator.Admin] {
		t.Errorf("%d %s", approved.status, approved.body)
	}
	if got, err := time.Parse(time.RFC3339, approved.json["until"].(string)); err != nil || got.Sub(w.clock.Now()).Round(time.Hour) != 24*time.Hour {
		t.Errorf("%v %v", got, err)
	}
	for _, id := range ids[2:] {
		if status, _ := p.asks("DELETE /Users/"+id, ""); status != 204 {
			t.Errorf("after the approval: %d", status)
		}
	}
	late := w.send(t, "POST "+at+"/reject", `{}`)
	if kind, _ := late.problem(); late.status != 409 || kind != "state-conflict" || late.json["detail"] != "The hold was approved already, by key:"+w.ids[operator.Admin]+"." {
		t.Errorf("%d %s", late.status, late.body)
	}
	if got := w.send(t, "GET "+at, "", "Authorization", "Bearer "+w.keys[operator.Read]); got.body != approved.body {
		t.Errorf("%s", got.body)
	}

	// A day later there is another hold, and the first one, rejected or not, is none of it.
	w.clock.Pass(25 * time.Hour)
	_, other := p.burst("i", "j", "k", "l")
	if list := p.holds(); len(list) != 2 || list[0].ID != other.ID || list[1].ID != hold.ID {
		t.Errorf("%+v", list)
	}
	if got := w.send(t, "POST /v1/tenants/acme/holds/"+other.ID+"/reject", `{}`); got.status != 200 {
		t.Errorf("%d %s", got.status, got.body)
	}
	p.burstAgain("m", "n", "o")
	refused := w.send(t, "POST /v1/tenants/acme/holds/"+other.ID+"/approve", `{}`)
	if kind, _ := refused.problem(); refused.status != 409 || kind != "state-conflict" || refused.json["detail"] != "Another hold is open. Decide about that one." {
		t.Errorf("%d %s", refused.status, refused.body)
	}
	for _, operation := range []string{"approveHold", "rejectHold"} {
		for _, call := range w.audited(t, client.ListAuditParams{Operation: &operation, Tenant: pointer("acme")}) {
			if call.ResourceID == nil || *call.ResourceID != hold.ID && *call.ResourceID != other.ID {
				t.Errorf("%+v", call)
			}
		}
	}
}

// burstAgain has users deleted until the last one is held.
func (p *idp) burstAgain(names ...string) {
	p.t.Helper()
	status := 0
	for _, name := range names {
		status, _ = p.asks("DELETE /Users/"+p.user(name), "")
	}
	if status != 503 {
		p.t.Fatalf("%d", status)
	}
}

// What is refused about holds.
func TestHoldsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, beta := w.guarded(t, "acme"), w.guarded(t, "beta")
	_, hold := p.burst(eight...)
	_, foreign := beta.burst(eight...)
	w.clock.Pass(time.Hour)
	if got := w.send(t, "POST /v1/tenants/acme/holds/"+hold.ID+"/reject", `{}`); got.status != 200 {
		t.Fatalf("%s", got.body)
	}
	p.burstAgain("m", "n", "o")
	open := p.holds()[0]
	cursor := w.send(t, "GET /v1/tenants/acme/holds?limit=1", "").json["next_cursor"].(string)
	held := w.send(t, "GET /v1/tenants/acme/holds/"+hold.ID+"/held?limit=1", "").json["next_cursor"].(string)
	const holds = "/v1/tenants/acme/holds"
	approve := "POST " + holds + "/" + open.ID + "/approve"
	in := func(d time.Duration) string { return `{"until":"` + w.clock.Now().Add(d).Format(time.RFC3339) + `"}` }
	year0 := cursorOf(`{"l":"holds ` + string(p.tenant.ID) + `","e":"` + cursorOf("0000-01-01T00:00:00Z "+hold.ID) + `"}`)
	for name, tc := range map[string]struct {
		line, body string
		status     int
		fields     []string
	}{
		"past":               {approve, in(-time.Minute), 400, []string{"until"}},
		"for ever":           {approve, in(31 * 24 * time.Hour), 400, []string{"until"}},
		"no time":            {approve, `{"until":"soon"}`, 400, []string{"until"}},
		"unknown field":      {approve, `{"for":"1h"}`, 400, []string{"for"}},
		"no body":            {approve, "", 400, nil},
		"unknown":            {"POST " + holds + "/" + uuid.NewString() + "/approve", `{}`, 404, nil},
		"no id":              {"POST " + holds + "/nonsense/reject", `{}`, 404, nil},
		"approve another's":  {"POST " + holds + "/" + foreign.ID + "/approve", `{}`, 404, nil},
		"reject another's":   {"POST " + holds + "/" + foreign.ID + "/reject", `{}`, 404, nil},
		"read another's":     {"GET " + holds + "/" + foreign.ID, "", 404, nil},
		"held of another":    {"GET " + holds + "/" + foreign.ID + "/held", "", 404, nil},
		"nobody's":           {"GET /v1/tenants/nobody/holds/" + hold.ID, "", 404, nil},
		"nobody's list":      {"GET /v1/tenants/nobody/holds", "", 404, nil},
		"approve of nobody":  {"POST /v1/tenants/nobody/holds/" + hold.ID + "/approve", `{}`, 404, nil},
		"cursor":             {"GET " + holds + "?cursor=" + cursor, "", 200, nil},
		"broken cursor":      {"GET " + holds + "?cursor=x", "", 400, []string{"cursor"}},
		"of the year 0":      {"GET " + holds + "?cursor=" + year0, "", 400, []string{"cursor"}},
		"another's cursor":   {"GET /v1/tenants/beta/holds?cursor=" + cursor, "", 400, []string{"cursor"}},
		"cursor of held":     {"GET " + holds + "?cursor=" + held, "", 400, []string{"cursor"}},
		"held":               {"GET " + holds + "/" + hold.ID + "/held?cursor=" + held, "", 200, nil},
		"cursor of holds":    {"GET " + holds + "/" + hold.ID + "/held?cursor=" + cursor, "", 400, []string{"cursor"}},
		"held of other hold": {"GET " + holds + "/" + open.ID + "/held?cursor=" + held, "", 400, []string{"cursor"}},
	} {
		got := w.send(t, tc.line, tc.body)
		if _, fields := got.problem(); got.status != tc.status || !cmp.Equal(fields, tc.fields) {
			t.Errorf("%s: %d %q, want %d %q\n%s", name, got.status, fields, tc.status, tc.fields, got.body)
		}
	}
	if now := p.holds()[0]; now.State != client.HoldHeld {
		t.Errorf("something has decided: %+v", now)
	}
	w.db.MustExec(`UPDATE spoke.tenants SET state = 'deleting' WHERE slug = 'acme'`)
	if got := w.send(t, approve, `{}`); got.status != 409 {
		t.Errorf("of a tenant that is being deleted: %d %s", got.status, got.body)
	}
}
