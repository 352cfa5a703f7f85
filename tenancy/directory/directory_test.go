package directory_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/askspoke/spoke/infra/pgtest"
	"github.com/askspoke/spoke/scim"
	"github.com/askspoke/spoke/scim/filter"
	"github.com/askspoke/spoke/scim/provider"
	"github.com/askspoke/spoke/scim/resource"
	"github.com/askspoke/spoke/scim/schema"
	"github.com/askspoke/spoke/tenancy/directory"
	"github.com/askspoke/spoke/tenancy/journal"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

const base = "https://acme.example/scim/v2"

var (
	users  = schema.User(schema.SpokeCustom())
	groups = schema.Group()
	at     = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	whole  = provider.Read{Base: base, Relation: true}
)

// tenant is a store with what a test needs to look behind it.
type tenant struct {
	directory.Store
	testing.TB
	db     *tenantdb.DB
	schema tenantdb.Schema
}

// open returns the stores of n tenants of one new database.
func open(t testing.TB, n int, shape journal.Shape) []tenant {
	t.Helper()
	db, tenants := pgtest.Tenants(t, n)
	d := directory.New(db, &journal.Recorder{DB: db, Shape: shape})
	list := make([]tenant, n)
	for i := range list {
		s := tenantdb.SchemaFor(tenants[i].ID)
		list[i] = tenant{Store: d.Store(s, true), TB: t, db: db, schema: s}
	}
	return list
}

func openOne(t testing.TB) tenant { return open(t, 1, journal.OneStatement)[0] }

// draft makes a resource of JSON text, as a client would send it.
func draft(t testing.TB, kind *schema.ResourceType, text string, members ...string) provider.Draft {
	t.Helper()
	d := provider.Draft{ID: uuid.NewString(), At: at, Object: canonical(t, kind, text), Members: members}
	d.Object["id"] = d.ID
	d.Body = resource.Encode(kind, d.Object)
	return d
}

func canonical(t testing.TB, kind *schema.ResourceType, text string) map[string]any {
	t.Helper()
	body, err := resource.Decode([]byte(text), scim.Strict())
	if err != nil {
		t.Fatal(err)
	}
	object, err := kind.Canonical(body, scim.Only(scim.MissingSchemas))
	if err != nil {
		t.Fatal(err)
	}
	if err := kind.Finish(object); err != nil {
		t.Fatal(err)
	}
	return object
}

func (s tenant) create(kind *schema.ResourceType, text string, members ...string) resource.Document {
	s.Helper()
	d, err := s.Create(s.Context(), kind, draft(s, kind, text, members...), whole)
	if err != nil {
		s.Fatalf("create %s: %v", text, err)
	}
	return d
}

func (s tenant) user(name string) resource.Document {
	s.Helper()
	return s.create(users, fmt.Sprintf(`{"userName":%q,"displayName":%q}`, name, "The "+name))
}

func (s tenant) group(name string, members ...string) resource.Document {
	s.Helper()
	return s.create(groups, fmt.Sprintf(`{"displayName":%q}`, name), members...)
}

func (s tenant) get(kind *schema.ResourceType, id string) resource.Document {
	s.Helper()
	d, err := s.Get(s.Context(), kind, id, whole)
	if err != nil {
		s.Fatalf("get %s %s: %v", kind.Name, id, err)
	}
	return d
}

// values are the ids in a relation.
func values(t testing.TB, d resource.Document) []string {
	t.Helper()
	var list []struct{ Value string }
	if d.Relation != nil {
		if err := json.Unmarshal(d.Relation, &list); err != nil {
			t.Fatalf("relation %s: %v", d.Relation, err)
		}
	}
	ids := make([]string, len(list))
	for i, e := range list {
		ids[i] = e.Value
	}
	return ids
}

func (s tenant) update(kind *schema.ResourceType, u provider.Update) provider.Updated {
	s.Helper()
	updated, err := s.Update(s.Context(), kind, u, whole)
	if err != nil {
		s.Fatalf("update: %v", err)
	}
	return updated
}

// changed is the update that makes the resource what the text says.
func changed(t testing.TB, kind *schema.ResourceType, from resource.Document, text string) provider.Update {
	t.Helper()
	before, err := from.Object()
	if err != nil {
		t.Fatal(err)
	}
	object := canonical(t, kind, text)
	object["id"] = from.ID
	return provider.Update{
		ID: from.ID, Version: from.Version, At: at.Add(time.Minute), Object: object, Body: resource.Encode(kind, object),
		Changes: resource.Changes(kind, before, object),
	}
}

func bind(t testing.TB, kind *schema.ResourceType, text string) filter.Node {
	t.Helper()
	expr, err := filter.Parse(text, scim.Strict())
	if err != nil {
		t.Fatalf("parse %s: %v", text, err)
	}
	node, err := filter.Bind(expr, kind, scim.Strict())
	if err != nil {
		t.Fatalf("bind %s: %v", text, err)
	}
	return node
}

// entries returns the journal's rows of the resource in their order.
func (s tenant) entries(id string) []entry {
	s.Helper()
	var list []entry
	err := s.db.Select(&list, `SELECT action, version, actor, request_id, detail::text AS detail FROM `+s.schema.Table("journal")+`
		WHERE resource_id = $1 ORDER BY id`, id)
	if err != nil {
		s.Fatal(err)
	}
	return list
}

type entry struct {
	Action, Actor, Detail string
	Version               int64
	RequestID             string `db:"request_id"`
}
