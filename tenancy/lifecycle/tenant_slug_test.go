package lifecycle_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/askspoke/spoke/infra/pgtest"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/lifecycle"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

func TestConfusableSlugs(t *testing.T) {
	t.Parallel()
	db, m := control(t)
	create := func(slug tenancy.Slug, want error) {
		t.Helper()
		if _, err := m.Create(t.Context(), lifecycle.NewTenant{Slug: slug}); !errors.Is(err, want) {
			t.Errorf("create %s: %v, want %v", slug, err, want)
		}
	}
	create("paypal", nil)
	for _, slug := range []tenancy.Slug{"paypa1", "pay-pal", "paypai", "p-a-y-p-a-1"} {
		create(slug, tenancy.ErrSlugConfusable)
	}
	create("paypal", tenancy.ErrSlugTaken)
	create("adm1n", tenancy.ErrSlugInvalid)
	create("paypals", nil)

	tenants, err := m.List(t.Context())
	if err != nil || len(tenants) != 2 {
		t.Fatalf("%d tenants, %v", len(tenants), err)
	}
	if _, err := m.Delete(t.Context(), tenants[0].ID, time.Hour); err != nil {
		t.Fatal(err)
	}
	create("paypa1", tenancy.ErrSlugConfusable) // the deletion can be undone
	if err := m.Purge(t.Context(), tenants[0].ID); err != nil {
		t.Fatal(err)
	}
	create("paypa1", nil)
	create("paypal", tenancy.ErrSlugConfusable)

	// A tenant from before these rules is completed and ensured under its own name.
	db.MustExec(`INSERT INTO ` + tenantdb.Control.Table("tenants") + ` (id, slug, name, schema_name, state, unique_group_names, profile,
		created_at, updated_at) VALUES ('00000000-0000-4000-8000-000000000001', 'apl', 'APL', 'none', 'creating', true, 'auto', now(), now())`)
	create("apl", nil)
	if _, err := m.Create(t.Context(), lifecycle.NewTenant{Slug: "apl", Ensure: true}); err != nil {
		t.Error(err)
	}
}

// Slugs that look alike, all at once, from two replicas: one gets its tenant, and the others leave nothing.
func TestConfusableSlugsAtOnce(t *testing.T) {
	t.Parallel()
	db, m := control(t)
	replicas := []*lifecycle.Manager{m, lifecycle.New(lifecycle.Config{DB: db})}
	slugs := []tenancy.Slug{"acme-0", "acrne0", "acmeo", "ac-me-o", "acme0", "acrneo"}
	errs := make([]error, len(slugs))
	var wg sync.WaitGroup
	for i, slug := range slugs {
		wg.Go(func() { _, errs[i] = replicas[i%2].Create(t.Context(), lifecycle.NewTenant{Slug: slug}) })
	}
	wg.Wait()
	var won []tenancy.Slug
	for i, err := range errs {
		switch {
		case err == nil:
			won = append(won, slugs[i])
		case !errors.Is(err, tenancy.ErrSlugConfusable):
			t.Errorf("%s: %v", slugs[i], err)
		}
	}
	list, err := m.List(t.Context())
	if err != nil || len(won) != 1 || len(list) != 1 || list[0].Slug != won[0] {
		t.Errorf("%q are made; there are %+v, %v", won, list, err)
	}
	complete(t, db, m, won[0])
}

// The migration looks at the tenants that there are: the first of those that look alike has the look, and all stay.
func TestMigrateSkeletons(t *testing.T) {
	t.Parallel()
	db, m := control(t)
	if err := lifecycle.ControlDownTo(t.Context(), m, 2); err != nil {
		t.Fatal(err)
	}
	tenants := tenantdb.Control.Table("tenants")
	slugs := map[string]bool{"paypa1": false, "paypal": true, "bob": true, "admin1": true}
	for i, slug := range []string{"paypal", "paypa1", "bob", "admin1"} {
		db.MustExec(`INSERT INTO `+tenants+` (id, slug, name, schema_name, state, unique_group_names, profile, created_at, updated_at)
			VALUES ($1, $2, $2, $2, 'active', true, 'auto', $3, $3)`, string(tenancy.NewID()), slug, at.Add(time.Duration(i)*time.Hour))
	}
	if err := m.MigrateControl(t.Context()); err != nil {
		t.Fatal(err)
	}
	got := map[string]bool{}
	var rows []struct {
		Slug string `db:"slug"`
		Has  bool   `db:"has"`
	}
	if err := db.Select(&rows, `SELECT slug, skeleton IS NOT NULL AS has FROM `+tenants); err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		got[r.Slug] = r.Has
	}
	if diff := cmp.Diff(slugs, got); diff != "" {
		t.Errorf("which has the look (-want +got):\n%s", diff)
	}
	if _, err := m.Create(t.Context(), lifecycle.NewTenant{Slug: "b0b"}); !errors.Is(err, tenancy.ErrSlugConfusable) {
		t.Errorf("beside a tenant from before: %v", err)
	}
}

// The migration's SQL computes what the program does.
func TestSkeletonInSQL(t *testing.T) {
	t.Parallel()
	db := pgtest.DB(t)
	expression := lifecycle.SkeletonSQL(t)
	rapid.Check(t, func(r *rapid.T) {
		slug := rapid.StringMatching(`[01ilomnrvwxyz5-]{2,40}`).Draw(r, "slug")
		var got string
		if err := db.Get(&got, `SELECT `+expression+` FROM (SELECT $1::text AS slug) AS s`, slug); err != nil {
			r.Fatal(err)
		}
		if want := tenancy.Slug(slug).Skeleton(); got != want {
			r.Errorf("%s is %s in SQL and %s in the program", slug, got, want)
		}
	})
}
