package transfer_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/askspoke/spoke/infra/fixture"
	"github.com/askspoke/spoke/scim"
	"github.com/askspoke/spoke/scim/filter"
	"github.com/askspoke/spoke/scim/provider"
	"github.com/askspoke/spoke/scim/resource"
	"github.com/askspoke/spoke/scim/schema"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/journal"
	"github.com/askspoke/spoke/tenancy/tenantdb"
	"github.com/askspoke/spoke/tenancy/transfer"
)

// TestRoundTrip exports a tenant with all that one can have, imports it under another slug in another database, and
// compares what both hold, by what they answer and by their tables.
func TestRoundTrip(t *testing.T) {
	t.Parallel()
	from, to := build(t), build(t)
	tenant := from.acme()
	f := from.filler(tenant, 1)
	f.fill(2600, 40)
	f.large(2400)
	from.refuse(tenant)
	var text bytes.Buffer
	var calls [][2]int64
	counts, err := from.Export(t.Context(), tenant.ID, &text, transfer.Exporting{Progress: func(done, total int64) {
		calls = append(calls, [2]int64{done, total})
	}})
	if err != nil {
		t.Fatal(err)
	}
	if counts.Users != int64(len(f.users)) || counts.Groups != 41 || counts.Members < 2400 || counts.Journal < 2600 {
		t.Errorf("exported %v", counts)
	}
	progressed(t, "export", calls, counts.Total())

	calls = nil
	got, err := to.Transfer.Import(t.Context(), bytes.NewReader(text.Bytes()), transfer.Importing{Slug: "acme-two", Progress: func(done, total int64) {
		calls = append(calls, [2]int64{done, total})
	}})
	if err != nil {
		t.Fatal(err)
	}
	progressed(t, "import", calls, counts.Total())
	want := tenant
	want.ID, want.Slug, want.Schema = got.ID, "acme-two", tenantdb.SchemaFor(got.ID).Name()
	if diff := cmp.Diff(want, got); diff != "" || got.ID == tenant.ID {
		t.Errorf("tenant (-want +got)\n%s", diff)
	}
	if diff := cmp.Diff(alike(t, text.Bytes()), alike(t, to.export(got))); diff != "" {
		t.Errorf("exported again (-want +got)\n%.3000s", diff)
	}
	for _, table := range []string{"users", "groups", "members", "nesting"} {
		if a, b := from.sum(tenant, table, "t"), to.sum(got, table, "t"); a != b {
			t.Errorf("%s: the rows are %s and %s", table, a, b)
		}
	}
	const columns = "(id, at, outcome, status, action, resource_type, resource_id, version, actor, request_id, provider_request_id, duration, detail)"
	if a, b := from.sum(tenant, "journal", columns), to.sum(got, "journal", columns); a != b {
		t.Errorf("journal: the rows are %s and %s", a, b)
	}
	sameJournal(t, from, to, tenant, got)
	sameAnswers(t, from, to, tenant, got)
}

func progressed(t *testing.T, what string, calls [][2]int64, total int64) {
	t.Helper()
	if len(calls) < 3 || calls[0] != [2]int64{0, total} || calls[len(calls)-1] != [2]int64{total, total} {
		t.Errorf("progress of the %s: %v", what, calls)
	}
	for i := 1; i < len(calls); i++ {
		if calls[i][0] <= calls[i-1][0] || calls[i][1] != total {
			t.Errorf("progress of the %s goes from %v to %v", what, calls[i-1], calls[i])
		}
	}
}

// sum digests a table.
func (h house) sum(tenant tenancy.Tenant, table, row string) (sum string) {
	h.Helper()
	err := h.db.GetContext(h.Context(), &sum, `SELECT count(*) || ' ' || md5(string_agg(`+row+`::text, '|' ORDER BY `+row+`::text COLLATE "C"))
		FROM `+tenantdb.SchemaFor(tenant.ID).Table(table)+` t`)
	if err != nil {
		h.Fatal(err)
	}
	return sum
}

// follow reads a journal by its cursor, to its end: a follower waits for every transaction of the server that began before,
// those of other tests too.
func (h house) follow(tenant tenancy.Tenant, cursor journal.Cursor) (list []journal.Entry, next journal.Cursor) {
	h.Helper()
	schema := tenantdb.SchemaFor(tenant.ID)
	var all int
	if err := h.db.GetContext(h.Context(), &all, `SELECT count(*) FROM `+schema.Table("journal")); err != nil {
		h.Fatal(err)
	}
	if cursor != "" {
		all = 1 // something is new
	}
	fixture.Eventually(h, "all is followed", func() bool { // transactions of other tests hold rows back
		some, next, err := journal.Follow(h.Context(), h.db, schema, cursor, 500)
		if err != nil {
			h.Fatal(err)
		}
		cursor, list = next, append(list, some...)
		return len(list) >= all
	})
	return list, cursor
}

// sameJournal compares what followers read, and lets them go on with what comes after the import.
func sameJournal(t *testing.T, from, to house, tenant, got tenancy.Tenant) {
	t.Helper()
	want, _ := from.follow(tenant, "")
	list, cursor := to.follow(got, "")
	if diff := cmp.Diff(want, list); diff != "" {
		t.Errorf("followed (-want +got)\n%.2000s", diff)
	}
	f := to.filler(got, 2)
	f.fill(1, 0)
	if later, _ := to.follow(got, cursor); len(later) == 0 || later[0].ResourceID != f.users[0] {
		t.Errorf("after the import: %v", later)
	}
	users, _ := to.types(got.ID)
	if err := to.store(got).Delete(t.Context(), users, provider.Deletion{ID: f.users[0], At: at}); err != nil {
		t.Fatal(err)
	}
}

// sameAnswers compares what clients read.
func sameAnswers(t *testing.T, from, to house, tenant, got tenancy.Tenant) {
	t.Helper()
	a, b := from.store(tenant), to.store(got)
	users, groups := to.types(got.ID)
	for _, kind := range []*schema.ResourceType{users, groups} {
		var names []string
		query := provider.Query{Read: whole, Limit: 500}
		for {
			want, err := a.List(t.Context(), kind, query)
			if err != nil {
				t.Fatal(err)
			}
			page, err := b.List(t.Context(), kind, query)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(rendered(kind, want), rendered(kind, page)); diff != "" {
				t.Fatalf("%s (-want +got)\n%.2000s", kind.Name, diff)
			}
			for _, d := range page.Documents {
				object, err := d.Object()
				if err != nil {
					t.Fatal(err)
				}
				for _, name := range []string{"userName", "displayName", "externalId", "title"} {
					if text, ok := object[name].(string); ok && len(names) < 20 && kind.Schema.Attribute(name) != nil {
						quoted, _ := json.Marshal(text)
						names = append(names, name+" eq "+string(quoted))
					}
				}
			}
			if query.After = want.Next; query.After == nil {
				break
			}
		}
		if kind == users {
			names = append(names, `urn:acme:shoes:size gt 0`, `urn:acme:shoes:box.since pr`, `groups.type eq "indirect"`, `emails[type eq "work" and value pr]`)
		}
		for _, text := range names {
			query := provider.Query{Read: provider.Read{Base: base}, Filter: bound(t, kind, text), Limit: 50}
			want, err := a.List(t.Context(), kind, query)
			if err != nil {
				t.Fatal(err)
			}
			page, err := b.List(t.Context(), kind, query)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(rendered(kind, want), rendered(kind, page)); diff != "" {
				t.Errorf("%s (-want +got)\n%.2000s", text, diff)
			}
		}
	}
}

func bound(t *testing.T, kind *schema.ResourceType, text string) filter.Node {
	t.Helper()
	expression, err := filter.Parse(text, scim.Strict())
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	node, err := filter.Bind(expression, kind, scim.Strict())
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return node
}

// rendered are the total and the documents of a page as clients read them.
func rendered(t *schema.ResourceType, page provider.Page) []string {
	list := []string{fmt.Sprint(page.Total)}
	for _, d := range page.Documents {
		list = append(list, render(t, d))
	}
	return list
}

func render(t *schema.ResourceType, d resource.Document) string {
	return d.ETag() + " " + string(d.AppendTo(nil, t, base))
}

// TestRepeatedly imports random small tenants, each again and again in the same installation: the export stays the same.
func TestRepeatedly(t *testing.T) {
	t.Parallel()
	h := build(t)
	tenant := h.acme()
	for seed := range uint64(4) {
		h.filler(tenant, seed).fill(30, 12)
		first := h.export(tenant)
		second := h.export(h.imported(first, tenancy.Slug(fmt.Sprintf("copy-%d", seed))))
		third := h.export(h.imported(second, tenancy.Slug(fmt.Sprintf("copy-of-copy-%d", seed))))
		for _, again := range [][]byte{second, third} {
			if diff := cmp.Diff(alike(t, first), alike(t, again)); diff != "" {
				t.Fatalf("seed %d (-want +got)\n%.3000s", seed, diff)
			}
		}
	}
	if list, _ := h.follow(tenant, ""); len(list) == 0 {
		t.Error("no journal")
	}
}

// TestEmpty carries a tenant that has nothing, not even settings of its own.
func TestEmpty(t *testing.T) {
	t.Parallel()
	h := build(t)
	tenant, err := h.Create(t.Context(), newTenant("empty"))
	if err != nil {
		t.Fatal(err)
	}
	text := h.export(tenant)
	if n := len(lines(text)); n != 2 {
		t.Errorf("%d lines", n)
	}
	got := h.imported(text, "empty-two")
	if diff := cmp.Diff(tenant.Settings, got.Settings); diff != "" {
		t.Errorf("settings (-want +got)\n%s", diff)
	}
	if diff := cmp.Diff(alike(t, text), alike(t, h.export(got))); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
