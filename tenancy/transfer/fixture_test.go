package transfer_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/askspoke/spoke/infra/pgtest"
	"github.com/askspoke/spoke/scim"
	"github.com/askspoke/spoke/scim/provider"
	"github.com/askspoke/spoke/scim/resource"
	"github.com/askspoke/spoke/scim/schema"
	"github.com/askspoke/spoke/scim/scimtest"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/directory"
	"github.com/askspoke/spoke/tenancy/journal"
	"github.com/askspoke/spoke/tenancy/lifecycle"
	"github.com/askspoke/spoke/tenancy/tenantdb"
	"github.com/askspoke/spoke/tenancy/transfer"
)

var at = time.Date(2026, 3, 1, 12, 0, 0, 123456000, time.UTC)

const base = "https://acme.example/scim/v2"

var whole = provider.Read{Base: base, Relation: true}

// house is an installation of its own.
type house struct {
	testing.TB
	db *tenantdb.DB
	*lifecycle.Manager
	*directory.Directory
	*transfer.Transfer
}

// build returns an installation.
func build(t testing.TB) house {
	t.Helper()
	return extend(t, pgtest.Control(t))
}

// extend returns a further process of an installation; change may change its manager's configuration.
func extend(t testing.TB, db *tenantdb.DB, change ...func(*lifecycle.Config)) house {
	t.Helper()
	config := lifecycle.Config{DB: db, Now: func() time.Time { return at }, Plans: []string{"team"}}
	for _, c := range change {
		c(&config)
	}
	h := house{TB: t, db: db, Manager: lifecycle.New(config)}
	if err := h.MigrateControl(t.Context()); err != nil {
		t.Fatal(err)
	}
	h.Directory = directory.New(db, &journal.Recorder{DB: db})
	h.Transfer = transfer.New(db, h.Manager, h.Directory)
	return h
}

// store returns the directory of a tenant.
func (h house) store(t tenancy.Tenant) directory.Store {
	return h.Directory.Store(tenantdb.SchemaFor(t.ID), t.Settings.UniqueGroupNames)
}

// export returns the tenant's export.
func (h house) export(t tenancy.Tenant) []byte {
	h.Helper()
	var b bytes.Buffer
	if _, err := h.Export(h.Context(), t.ID, &b, transfer.Exporting{}); err != nil {
		h.Fatal(err)
	}
	return b.Bytes()
}

// imported returns the tenant that an export becomes.
func (h house) imported(text []byte, slug tenancy.Slug) tenancy.Tenant {
	h.Helper()
	t, err := h.Transfer.Import(h.Context(), bytes.NewReader(text), transfer.Importing{Slug: slug})
	if err != nil {
		h.Fatal(err)
	}
	return t
}

const shoes = `{"id":"urn:acme:shoes","name":"Shoes","attributes":[
	{"name":"size","type":"integer"},{"name":"laces","type":"string","multiValued":true},
	{"name":"box","type":"complex","subAttributes":[{"name":"colour","type":"string","caseExact":true},{"name":"since","type":"dateTime"}]}]}`

// acme makes a tenant with settings and a schema of its own, and nothing in it.
func (h house) acme() tenancy.Tenant {
	h.Helper()
	t, err := h.Create(h.Context(), lifecycle.NewTenant{Slug: "acme", Name: "Acme & <Söhne>", Settings: tenancy.Settings{
		UniqueGroupNames: true, Profile: tenancy.ProfileStrict, Plan: "team", Notify: []string{"it@acme.example"},
		Guard: tenancy.Guard{Window: 10 * time.Minute, Count: 50, Minimum: 5, Percent: 30},
	}})
	if err != nil {
		h.Fatal(err)
	}
	e, err := directory.ParseExtension([]byte(shoes), "User")
	if err != nil {
		h.Fatal(err)
	}
	if _, err := h.PutExtension(h.Context(), "acme", e, func([]tenancy.Extension) error { return nil }); err != nil {
		h.Fatal(err)
	}
	return t
}

// types are the resource types of a tenant.
func (h house) types(id tenancy.ID) (users, groups *schema.ResourceType) {
	h.Helper()
	list, err := h.Extensions(h.Context(), id)
	if err != nil {
		h.Fatal(err)
	}
	types, err := directory.ResourceTypes(tenancy.NewExtensions(list))
	if err != nil {
		h.Fatal(err)
	}
	return types[0], types[1]
}

// filler fills a tenant at random.
type filler struct {
	house
	rand          *rand.Rand
	tenant        tenancy.Tenant
	users, groups []string
}

func (h house) filler(t tenancy.Tenant, seed uint64) *filler {
	return &filler{house: h, tenant: t, rand: rand.New(rand.NewPCG(seed, 1))}
}

// kept is an object as the provider would have it, which has one primary element of a list.
func (f *filler) kept(t *schema.ResourceType, object map[string]any) map[string]any {
	f.Helper()
	object, err := t.Canonical(object, scim.Only(scim.ManyPrimaries))
	if err == nil {
		err = t.Finish(object)
	}
	if err != nil {
		f.Fatal(err)
	}
	return object
}

func (f *filler) draft(t *schema.ResourceType, n int, members ...string) provider.Draft {
	object := f.kept(t, scimtest.RandomObject(f.rand, t))
	name := "displayName"
	if t.Relation == "groups" {
		name = "userName"
	}
	object[name] = fmt.Sprintf("Näme %d <%d>", n, f.rand.Uint32())
	d := provider.Draft{ID: uuid.NewString(), At: at.Add(time.Duration(f.rand.IntN(1e6)) * time.Second), Object: object, Members: members}
	object["id"] = d.ID
	d.Body = resource.Encode(t, object)
	return d
}

// fill adds users and groups, each group with a few members of either kind; then some are changed, and some deleted.
func (f *filler) fill(users, groups int) {
	f.Helper()
	ctx := journal.WithOrigin(f.Context(), journal.Origin{Actor: "Entra <ID>", RequestID: "r-1"})
	s := f.store(f.tenant)
	userType, groupType := f.types(f.tenant.ID)
	drafts := make([]provider.Draft, users)
	for i := range drafts {
		drafts[i] = f.draft(userType, i)
		f.users = append(f.users, drafts[i].ID)
	}
	for _, c := range s.CreateAll(ctx, userType, drafts, provider.Read{}) {
		if c.Err != nil {
			f.Fatal(c.Err)
		}
	}
	for i := range groups {
		var members []string
		for range f.rand.IntN(10) {
			members = append(members, f.users[f.rand.IntN(len(f.users))])
		}
		if i > 0 && i%3 == 0 {
			members = append(members, f.groups[f.rand.IntN(len(f.groups))])
		}
		d := f.draft(groupType, i, members...)
		if _, err := s.Create(ctx, groupType, d, provider.Read{}); err != nil {
			f.Fatal(err)
		}
		f.groups = append(f.groups, d.ID)
	}
	for i, d := range drafts {
		if i%7 != 0 {
			continue
		}
		object := f.kept(userType, scimtest.RandomChange(f.rand, userType, d.Object))
		object["id"], object["userName"] = d.ID, d.Object["userName"]
		changes := resource.Changes(userType, d.Object, object)
		update := provider.Update{ID: d.ID, Version: 1, At: at.Add(20 * 24 * time.Hour), Object: object, Body: resource.Encode(userType, object), Changes: changes}
		if _, err := s.Update(ctx, userType, update, provider.Read{}); err != nil {
			f.Fatal(err)
		}
	}
	for range users / 20 {
		id := f.users[len(f.users)-1]
		f.users = f.users[:len(f.users)-1]
		if err := s.Delete(ctx, userType, provider.Deletion{ID: id, At: at.Add(21 * 24 * time.Hour)}); err != nil {
			f.Fatal(err)
		}
	}
}

// large adds a group of so many members.
func (f *filler) large(members int) {
	f.Helper()
	_, groupType := f.types(f.tenant.ID)
	d := f.draft(groupType, 0, f.users[:members]...)
	if _, err := f.store(f.tenant).Create(f.Context(), groupType, d, provider.Read{}); err != nil {
		f.Fatal(err)
	}
	f.groups = append(f.groups, d.ID)
}

// lines returns the lines of an export.
func lines(text []byte) []string {
	return strings.SplitAfter(strings.TrimSuffix(string(text), "\n"), "\n")
}

// alike returns an export without what tells it from that of the tenant it was imported as.
func alike(t testing.TB, text []byte) string {
	t.Helper()
	first, rest, _ := bytes.Cut(text, []byte("\n"))
	var head map[string]any
	if err := json.Unmarshal(first, &head); err != nil {
		t.Fatal(err)
	}
	delete(head, "exported_at")
	tenant := head["tenant"].(map[string]any)
	for _, name := range []string{"id", "slug", "created_at"} {
		delete(tenant, name)
	}
	cleared, err := json.Marshal(head)
	if err != nil {
		t.Fatal(err)
	}
	all := strings.Split(string(rest), "\n")
	end := all[len(all)-2]
	all[len(all)-2], _, _ = strings.Cut(end, `"sha256"`) // it covers the header
	return string(cleared) + "\n" + strings.Join(all, "\n")
}

// nothing fails the test unless no trace of a tenant with the slug is left.
func (h house) nothing(slug tenancy.Slug) {
	h.Helper()
	var rows, schemas int
	err := h.db.QueryRowContext(context.Background(), `SELECT (SELECT count(*) FROM spoke.tenants WHERE slug = $1),
		(SELECT count(*) FROM pg_namespace n WHERE nspname LIKE 'tenant\_%' AND NOT EXISTS (SELECT 1 FROM spoke.tenants t WHERE t.schema_name = n.nspname))`,
		string(slug)).Scan(&rows, &schemas)
	if err != nil {
		h.Fatal(err)
	}
	if rows != 0 || schemas != 0 {
		h.Errorf("%d rows and %d schemas are left of %s", rows, schemas, slug)
	}
}
