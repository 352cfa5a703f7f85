package consoletest

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/askspoke/spoke/scim"
	"github.com/askspoke/spoke/scim/resource"

	store "github.com/askspoke/spoke/scim/provider"
	"github.com/askspoke/spoke/scim/schema"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/directory"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// CoreUser begins a user, whose attributes follow.
const CoreUser = `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],`

var userType = schema.User()

// A DirectoryUser is a user that an identity provider keeps.
type DirectoryUser struct {
	users directory.Store
	ID    string
}

// ProvisionUser makes a user of a tenant's directory.
func (w *World) ProvisionUser(t *testing.T, tenant tenancy.Tenant, text string) DirectoryUser {
	t.Helper()
	u := DirectoryUser{w.Directory.Store(tenantdb.SchemaFor(tenant.ID), false), uuid.NewString()}
	_, err := u.users.Create(t.Context(), userType, store.Draft{ID: u.ID, At: w.Clock.Now(), Object: userObject(t, u.ID, text), Body: userBody(t, u.ID, text)}, store.Read{})
	Must(t, err)
	return u
}

func userObject(t *testing.T, id, text string) map[string]any {
	t.Helper()
	decoded, err := resource.Decode([]byte(text), scim.Strict())
	Must(t, err)
	o, err := userType.Canonical(decoded, scim.Strict())
	Must(t, err)
	Must(t, userType.Finish(o))
	o["id"] = id
	return o
}

func userBody(t *testing.T, id, text string) []byte {
	t.Helper()
	return resource.Encode(userType, userObject(t, id, text))
}

// Becomes replaces the user.
func (u DirectoryUser) Becomes(t *testing.T, text string) {
	t.Helper()
	before, err := u.users.Get(t.Context(), userType, u.ID, store.Read{})
	Must(t, err)
	from, err := before.Object()
	Must(t, err)
	to := userObject(t, u.ID, text)
	_, err = u.users.Update(t.Context(), userType, store.Update{
		ID: u.ID, Version: before.Version, At: time.Now(), Object: to, Body: userBody(t, u.ID, text), Changes: resource.Changes(userType, from, to),
	}, store.Read{})
	Must(t, err)
}

// Goes deletes the user.
func (u DirectoryUser) Goes(t *testing.T) {
	t.Helper()
	Must(t, u.users.Delete(t.Context(), userType, store.Deletion{ID: u.ID, At: time.Now()}))
}

// Fingerprint is of all that acme's directory has.
func (w *World) Fingerprint(t *testing.T) string {
	t.Helper()
	var all strings.Builder
	for _, table := range []string{"users", "groups", "members", "journal"} {
		var rows string
		Must(t, w.DB.GetContext(t.Context(), &rows, `SELECT coalesce(string_agg(t::text, ' ' ORDER BY t::text), '') FROM `+tenantdb.SchemaFor(w.Acme.ID).Table(table)+` t`))
		all.WriteString(rows)
	}
	sum := sha256.Sum256([]byte(all.String()))
	return hex.EncodeToString(sum[:])
}
