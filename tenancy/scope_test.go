package tenancy_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/askspoke/spoke/tenancy"
)

func TestScopes(t *testing.T) {
	t.Parallel()
	for names, want := range map[*[]string]struct {
		scopes tenancy.Scopes
		text   string
	}{
		{}:                                {tenancy.NoScopes, ""},
		{"users"}:                         {tenancy.ReadUsers | tenancy.WriteUsers, "users"},
		{"users:read"}:                    {tenancy.ReadUsers, "users:read"},
		{"users:read", "users"}:           {tenancy.ReadUsers | tenancy.WriteUsers, "users"},
		{"groups:read", "users"}:          {tenancy.ReadUsers | tenancy.WriteUsers | tenancy.ReadGroups, "users groups:read"},
		{"groups", "users", "users"}:      {tenancy.AllScopes, "users groups"},
		{"users:read", "groups:read"}:     {tenancy.ReadUsers | tenancy.ReadGroups, "users:read groups:read"},
		{"groups", "users:read", "users"}: {tenancy.AllScopes, "users groups"},
		{"metrics:read"}:                  {tenancy.ReadMetrics, "metrics:read"},
		{"metrics:read", "users"}:         {tenancy.ReadUsers | tenancy.WriteUsers | tenancy.ReadMetrics, "users metrics:read"},
	} {
		got, err := tenancy.ParseScopes(*names)
		if err != nil || got != want.scopes || got.String() != want.text {
			t.Errorf("ParseScopes(%q) = %d %q, %v; want %d %q", *names, got, got, err, want.scopes, want.text)
		}
		again, err := tenancy.ParseScopes(got.Names())
		if diff := cmp.Diff(got, again); diff != "" || err != nil {
			t.Errorf("%q again: %v\n%s", *names, err, diff)
		}
	}
	for _, name := range []string{"", "Users", "users ", "users:write", "*"} {
		got, err := tenancy.ParseScopes([]string{"users", name})
		var refusal *tenancy.ScopeError
		if got != tenancy.NoScopes || !errors.Is(err, tenancy.ErrScope) || !errors.As(err, &refusal) || refusal.Scope != name {
			t.Errorf("ParseScopes(%q) = %d, %v", name, got, err)
		}
	}
}
