package signon_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/askspoke/spoke/tenancy/operator"
	"github.com/askspoke/spoke/tenancy/signon"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// Every connection of a kind by which people sign in is seen once, however many there are, and no draft; the first error
// ends it.
func TestEachLive(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const many = 450 // tenants, which is more than two pages
	tenants, connections := tenantdb.Control.Table("tenants"), tenantdb.Control.Table("sign_on_connections")
	if _, err := w.db.ExecContext(t.Context(), `INSERT INTO `+tenants+` SELECT (jsonb_populate_record(t, jsonb_build_object('id', gen_random_uuid(), 'slug', 'many-' || n, 'schema_name', 'many_' || n, 'skeleton', n))).*
		FROM `+tenants+` AS t, generate_series(1, $2) AS n WHERE t.id = $1`, string(w.tenants[0].ID), many); err != nil {
		t.Fatal(err)
	}
	for _, kind := range []struct{ kind, state, of string }{{"saml", "offered", `slug LIKE 'many-%'`}, {"saml", "draft", `slug LIKE 'many-%'`}, {"oidc", "enforced", `slug NOT LIKE 'many-%'`}} {
		if _, err := w.db.ExecContext(t.Context(), `INSERT INTO `+connections+` (id, tenant_id, kind, name, config, provision, state, state_at, state_by, revision, created_at, created_by, changed_at, changed_by)
			SELECT gen_random_uuid(), id, $1, 'One', '{}', false, $2, $3, $4, gen_random_uuid(), $3, $4, $3, $4 FROM `+tenants+` WHERE `+kind.of,
			kind.kind, kind.state, time.Now(), operator.Shell); err != nil {
			t.Fatal(err)
		}
	}
	seen := make(map[string]bool)
	err := w.EachLive(t.Context(), signon.KindSAML, func(c signon.Connection) error {
		if seen[c.ID] || c.Kind != signon.KindSAML || !c.Live() || uuid.Validate(string(c.Tenant)) != nil {
			t.Errorf("it is given %+v", c)
		}
		seen[c.ID] = true
		return nil
	})
	if err != nil || len(seen) != many {
		t.Errorf("%d were seen, %v", len(seen), err)
	}
	enough, n := errors.New("enough"), 0
	if err := w.EachLive(t.Context(), signon.KindOIDC, func(signon.Connection) error { n++; return enough }); !errors.Is(err, enough) || n != 1 {
		t.Errorf("%v after %d", err, n)
	}
}
