package console

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

const coreUser = `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],`

var userType = schema.User()

type directoryUser struct {
	users directory.Store
	id    string
}

// provisionUser makes a user of a tenant's directory.
func (w *world) provisionUser(t *testing.T, tenant tenancy.Tenant, text string) directoryUser {
	t.Helper()
	u := directoryUser{w.Directory.Store(tenantdb.SchemaFor(tenant.ID), false), uuid.NewString()}
	_, err := u.users.Create(t.Context(), userType, store.Draft{ID: u.id, At: w.clock.now(), Object: userObject(t, u.id, text), Body: userBody(t, u.id, text)}, store.Read{})
	must(t, err)
	return u
}

func userObject(t *testing.T, id, text string) map[string]any {
	t.Helper()
	decoded, err := resource.Decode([]byte(text), scim.Strict())
	must(t, err)
	o, err := userType.Canonical(decoded, scim.Strict())
	must(t, err)
	must(t, userType.Finish(o))
	o["id"] = id
	return o
}

func userBody(t *testing.T, id, text string) []byte {
	t.Helper()
	return resource.Encode(userType, userObject(t, id, text))
}

// becomes replaces the user.
func (u directoryUser) becomes(t *testing.T, text string) {
	t.Helper()
	before, err := u.users.Get(t.Context(), userType, u.id, store.Read{})
	must(t, err)
	from, err := before.Object()
	must(t, err)
	to := userObject(t, u.id, text)
	_, err = u.users.Update(t.Context(), userType, store.Update{
		ID: u.id, Version: before.Version, At: time.Now(), Object: to, Body: userBody(t, u.id, text), Changes: resource.Changes(userType, from, to),
	}, store.Read{})
	must(t, err)
}

// goes deletes the user.
func (u directoryUser) goes(t *testing.T) {
	t.Helper()
	must(t, u.users.Delete(t.Context(), userType, store.Deletion{ID: u.id, At: time.Now()}))
}

// fingerprint is of all that acme's directory has.
func (w *world) fingerprint(t *testing.T) string {
	t.Helper()
	var all strings.Builder
	for _, table := range []string{"users", "groups", "members", "journal"} {
		var rows string
		must(t, w.DB.GetContext(t.Context(), &rows, `SELECT coalesce(string_agg(t::text, ' ' ORDER BY t::text), '') FROM `+tenantdb.SchemaFor(w.acme.ID).Table(table)+` t`))
		all.WriteString(rows)
	}
	sum := sha256.Sum256([]byte(all.String()))
	return hex.EncodeToString(sum[:])
}
