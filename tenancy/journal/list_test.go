package journal_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/askspoke/spoke/infra/pgtest"
	"github.com/askspoke/spoke/tenancy/journal"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// idAt makes a UUIDv7 of the time, different for each n.
func idAt(at time.Time, n int) string {
	id := uuid.UUID{6: 0x70, 8: 0x80, 14: byte(n >> 8), 15: byte(n)}
	for i := range 6 {
		id[i] = byte(at.UnixMilli() >> (40 - 8*i))
	}
	return id.String()
}

// history fills the journal with n entries of all kinds, a minute apart, and returns them, the oldest first.
func history(t *testing.T, db *tenantdb.DB, schema tenantdb.Schema, n int) []journal.Entry {
	t.Helper()
	r := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // it keeps no secret
	pick := func(texts ...string) string { return texts[r.IntN(len(texts))] }
	loader := journal.Load(db, schema)
	all := make([]journal.Entry, n)
	for i := range all {
		e := journal.Entry{
			At: at.Add(time.Duration(i) * time.Minute), Outcome: journal.Accepted, Version: 1,
			Action: journal.Action(pick("create", "update", "delete")), ResourceType: pick("User", "Group"),
			ResourceID: pick(userID, "0190a0a0-0000-7000-8000-000000000002"), Actor: pick("a", "b"), RequestID: fmt.Sprint(i / 2),
			ProviderRequestID: pick("", "p"), Duration: time.Millisecond, Detail: json.RawMessage(`{}`),
		}
		e.ID = idAt(e.At, i)
		if r.IntN(3) == 0 {
			e.Outcome, e.Status, e.Version = journal.Refused, 400, 0
			e.Detail = json.RawMessage(fmt.Sprintf(`{"rule": %q, "scim_type": %q}`, pick("r1", "r2"), pick("invalidValue", "uniqueness")))
			if r.IntN(2) == 0 {
				e.ResourceID = ""
			}
		}
		if err := loader.Add(t.Context(), int64(i), e); err != nil {
			t.Fatal(err)
		}
		all[i] = e
	}
	if err := loader.Finish(t.Context()); err != nil {
		t.Fatal(err)
	}
	return all
}

// matches says what the query means.
func matches(q journal.Query, e journal.Entry) bool {
	r, err := e.Refusal()
	equal := func(want, got string) bool { return want == "" || want == got }
	return equal(string(q.Outcome), string(e.Outcome)) && (len(q.Actions) == 0 || slices.Contains(q.Actions, e.Action)) &&
		equal(q.ResourceType, e.ResourceType) && equal(q.ResourceID, e.ResourceID) && equal(q.Actor, e.Actor) &&
		equal(q.RequestID, e.RequestID) && equal(q.ProviderRequestID, e.ProviderRequestID) &&
		(q.From.IsZero() || !e.At.Before(q.From)) && (q.To.IsZero() || e.At.Before(q.To)) &&
		equal(q.Rule, r.Rule) && equal(q.SCIMType, r.SCIMType) && (q.Rule+q.SCIMType == "" || err == nil)
}

// Whatever is asked for, in either order and in pages of any size, all of it comes once, and nothing else.
func TestList(t *testing.T) {
	t.Parallel()
	db, tenants := pgtest.Tenants(t, 1)
	schema := tenantdb.SchemaFor(tenants[0].ID)
	all := history(t, db, schema, 300)
	r := rand.New(rand.NewPCG(3, 4)) //nolint:gosec // it keeps no secret
	maybe := func(texts ...string) string {
		if r.IntN(4) > 0 {
			return ""
		}
		return texts[r.IntN(len(texts))]
	}
	found := 0
	for range 400 {
		q := journal.Query{
			OldestFirst: r.IntN(2) == 0, Limit: 1 + r.IntN(60), Outcome: journal.Outcome(maybe("accepted", "refused")),
			ResourceType: maybe("User", "Group", "Device"), ResourceID: maybe(userID, uuid.NewString(), "no-uuid"), Actor: maybe("a", "b", "\x00"),
			RequestID: maybe("7", "77"), ProviderRequestID: maybe("p"), Rule: maybe("r1", "r2"), SCIMType: maybe("uniqueness"),
		}
		if r.IntN(3) == 0 {
			q.Actions = []journal.Action{journal.ActionCreate, journal.ActionDelete}[r.IntN(2):]
		}
		if r.IntN(4) == 0 {
			q.From = at.Add(time.Duration(r.IntN(300)) * time.Minute)
		}
		if r.IntN(4) == 0 {
			q.To = at.Add(time.Duration(r.IntN(300)) * time.Minute)
		}
		var want, got []string
		for _, e := range all {
			if matches(q, e) {
				want = append(want, e.ID)
			}
		}
		if !q.OldestFirst {
			slices.Reverse(want)
		}
		window := 5 + r.IntN(100)
		for pages := 0; ; pages++ {
			page, err := journal.List(t.Context(), db, schema, q.Within(window))
			if err != nil {
				t.Fatalf("%+v: %v", q, err)
			}
			for _, e := range page.Entries {
				got = append(got, e.ID)
			}
			if q.After = page.Next; q.After == "" {
				break
			}
			if len(page.Entries) > q.Limit || pages > 400 {
				t.Fatalf("%+v: %d pages, one of %d entries", q, pages, len(page.Entries))
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("%+v (-want +got)\n%s", q, diff)
		}
		found += len(got)
	}
	if found < 1000 {
		t.Errorf("only %d entries were found by all queries", found)
	}
}

// An entry comes whole, by the list and by its id.
func TestGet(t *testing.T) {
	t.Parallel()
	db, tenants := pgtest.Tenants(t, 1)
	schema := tenantdb.SchemaFor(tenants[0].ID)
	all := history(t, db, schema, 60)
	page, err := journal.List(t.Context(), db, schema, journal.Query{OldestFirst: true, Limit: 1000})
	if diff := cmp.Diff(all, page.Entries); diff != "" || err != nil || page.Next != "" {
		t.Errorf("next %q, %v (-want +got)\n%s", page.Next, err, diff)
	}
	page, err = journal.List(t.Context(), db, schema, journal.Query{})
	if err != nil || len(page.Entries) != 50 || page.Entries[0].ID != all[59].ID {
		t.Errorf("by default: %d entries, %v", len(page.Entries), err)
	}
	for _, want := range all {
		got, err := journal.Get(t.Context(), db, schema, want.ID)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Fatalf("%v (-want +got)\n%s", err, diff)
		}
	}
	for _, id := range []string{"", "x", uuid.NewString(), "{" + userID + "}"} {
		if _, err := journal.Get(t.Context(), db, schema, id); !errors.Is(err, journal.ErrNotFound) {
			t.Errorf("%q: %v", id, err)
		}
	}
	newest := page.Next
	for _, after := range []string{"x", newest + "A", newest[1:], "n" + userID, "'; DROP TABLE users; --"} {
		if _, err := journal.List(t.Context(), db, schema, journal.Query{After: after}); !errors.Is(err, journal.ErrCursor) {
			t.Errorf("cursor %q: %v", after, err)
		}
	}
	if _, err := journal.List(t.Context(), db, schema, journal.Query{After: newest, OldestFirst: true}); !errors.Is(err, journal.ErrCursor) {
		t.Errorf("a cursor of the other order: %v", err)
	}
}

// A page of large details ends early, and the next one goes on.
func TestListBytes(t *testing.T) {
	t.Parallel()
	db, tenants := pgtest.Tenants(t, 1)
	schema := tenantdb.SchemaFor(tenants[0].ID)
	db.MustExec(`INSERT INTO `+schema.Table("journal")+` (id, at, action, resource_type, resource_id, version, actor, request_id, detail)
		SELECT ('0190a0a0-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, $1, 'delete', 'Group', $2::uuid, 1, '', n::text,
			jsonb_build_object('members', (SELECT string_agg(md5(n::text || m), '') FROM generate_series(1, 10000) m))
		FROM generate_series(1, 20) n`, at, userID)
	var got []string
	pages := 0
	for q := (journal.Query{OldestFirst: true, Limit: 100}); pages == 0 || q.After != ""; pages++ {
		page, err := journal.List(t.Context(), db, schema, q)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range page.Entries {
			got = append(got, e.RequestID)
		}
		q.After = page.Next
	}
	if len(got) != 20 || got[0] != "1" || got[19] != "20" || pages < 5 || pages > 7 {
		t.Errorf("%d pages, %v", pages, got)
	}
}
