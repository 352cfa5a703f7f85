package consoletest

import (
	"context"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/askspoke/spoke/scim"
	"github.com/askspoke/spoke/scim/provider"
	"github.com/askspoke/spoke/scim/resource"
	"github.com/askspoke/spoke/scim/schema"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/directory"
	"github.com/askspoke/spoke/tenancy/journal"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// Provision makes a resource as a request of an identity provider does, and returns its id. kind is 0 for users, 1 for groups.
func (w *World) Provision(t *testing.T, tenant tenancy.Tenant, kind int, text string, members ...string) string {
	t.Helper()
	return w.ProvisionBy(t, w.DirectoryStore(tenant), tenant, kind, text, members...)
}

// ProvisionBy is Provision by a store of the directory.
func (w *World) ProvisionBy(t *testing.T, store directory.Store, tenant tenancy.Tenant, kind int, text string, members ...string) string {
	t.Helper()
	extensions, err := w.Tenants.Extensions(t.Context(), tenant.ID)
	Must(t, err)
	types, err := directory.ResourceTypes(tenancy.NewExtensions(extensions))
	Must(t, err)
	body, err := resource.Decode([]byte(text), scim.Strict())
	Must(t, err)
	object, err := types[kind].Canonical(body, scim.Only(scim.MissingSchemas))
	Must(t, err)
	Must(t, types[kind].Finish(object))
	d := provider.Draft{ID: uuid.NewString(), At: time.Now(), Object: object, Members: members}
	d.Object["id"] = d.ID
	d.Body = resource.Encode(types[kind], d.Object)
	_, err = store.Create(w.origin(t, tenant), types[kind], d, provider.Read{})
	Must(t, err)
	return d.ID
}

// DirectoryStore is a tenant's directory.
func (w *World) DirectoryStore(tenant tenancy.Tenant) directory.Store {
	return w.Directory.Store(SchemaOf(tenant), true)
}

// SchemaOf is where a tenant's tables are.
func SchemaOf(tenant tenancy.Tenant) tenantdb.Schema { return tenantdb.SchemaFor(tenant.ID) }

// origin is the context of a request with a token of the tenant that is called "Entra ID".
func (w *World) origin(t *testing.T, tenant tenancy.Tenant) context.Context {
	t.Helper()
	list, err := w.Tokens.List(t.Context(), tenant.ID)
	Must(t, err)
	if len(list) == 0 {
		_, made, err := w.Tokens.Mint(t.Context(), tenant.ID, "Entra ID", time.Time{})
		Must(t, err)
		list = append(list, made)
	}
	return journal.WithOrigin(t.Context(), journal.Origin{Actor: list[0].ID, RequestID: uuid.NewString()})
}

// Remove deletes a resource as a request of an identity provider does.
func (w *World) Remove(t *testing.T, tenant tenancy.Tenant, kind *schema.ResourceType, id string, at time.Time) {
	t.Helper()
	Must(t, w.DirectoryStore(tenant).Delete(w.origin(t, tenant), kind, provider.Deletion{ID: id, At: at}))
}

// Users gives the tenant n users of whom one is not active, in one statement.
func (w *World) Users(t testing.TB, tenant tenancy.Tenant, n int) {
	t.Helper()
	_, err := w.DB.ExecContext(context.Background(), `INSERT INTO `+tenantdb.SchemaFor(tenant.ID).Table("users")+` (id, user_name, document, search, version, created, modified)
		SELECT gen_random_uuid(), 'user' || n, '{}', CASE n WHEN 1 THEN '{"active": false}' ELSE '{"active": true}' END::jsonb, 1, $2, $2
		FROM generate_series(1, $1) AS n`, n, w.Clock.Now())
	if err != nil {
		t.Fatal(err)
	}
}

// User puts a user into acme's directory, and returns the id.
func (w *World) User(t *testing.T, email string, active bool) string {
	t.Helper()
	id, state := uuid.NewString(), "true"
	if !active {
		state = "false"
	}
	_, err := w.DB.ExecContext(t.Context(), `INSERT INTO `+tenantdb.SchemaFor(w.Acme.ID).Table("users")+` (id, user_name, document, search, version, created, modified)
		VALUES ($1, $2, $3, $4, 1, $5, $5)`, id, email, `{"userName":"`+email+`","active":`+state+`}`, `{"active": `+state+`}`, w.Clock.Now())
	Must(t, err)
	return id
}
