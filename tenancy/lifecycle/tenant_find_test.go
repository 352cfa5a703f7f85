package lifecycle_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/askspoke/spoke/infra/pgtest"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/lifecycle"
)

func TestFind(t *testing.T) {
	t.Parallel()
	db := pgtest.Control(t)
	m := lifecycle.New(lifecycle.Config{DB: db})
	for slug, name := range map[tenancy.Slug]string{"acme": "Acme Inc.", "beta-works": "Größe 100%", "gamma": "ACME's other"} {
		made, err := m.Create(t.Context(), lifecycle.NewTenant{Slug: slug, Name: name, Settings: tenancy.DefaultSettings()})
		if err == nil && slug == "gamma" {
			err = m.SetState(t.Context(), made.ID, tenancy.StatePaused)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for name, tc := range map[string]struct {
		filter lifecycle.Filter
		after  tenancy.Slug
		limit  int
		want   []tenancy.Slug
	}{
		"all":        {lifecycle.Filter{}, "", 9, []tenancy.Slug{"acme", "beta-works", "gamma"}},
		"after":      {lifecycle.Filter{}, "acme", 1, []tenancy.Slug{"beta-works"}},
		"state":      {lifecycle.Filter{State: tenancy.StatePaused}, "", 9, []tenancy.Slug{"gamma"}},
		"name":       {lifecycle.Filter{Text: "acME"}, "", 9, []tenancy.Slug{"acme", "gamma"}},
		"slug":       {lifecycle.Filter{Text: "-W"}, "", 9, []tenancy.Slug{"beta-works"}},
		"no pattern": {lifecycle.Filter{Text: "0%"}, "", 9, []tenancy.Slug{"beta-works"}},
		"both":       {lifecycle.Filter{Text: "acme", State: tenancy.StateActive}, "", 9, []tenancy.Slug{"acme"}},
		"none":       {lifecycle.Filter{Text: "_"}, "", 9, nil},
	} {
		list, err := m.Find(t.Context(), tc.filter, tc.after, tc.limit)
		if err != nil {
			t.Fatal(err)
		}
		var got []tenancy.Slug
		for _, tenant := range list {
			got = append(got, tenant.Slug)
		}
		if diff := cmp.Diff(tc.want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}
