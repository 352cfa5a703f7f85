package lifecycle

import (
	"context"

	"github.com/askspoke/spoke/tenancy"
)

// Filter chooses tenants. Zero fields choose all.
type Filter struct {
	State tenancy.State
	Text  string // that the slug or the name has, in any case
}

// Find returns at most limit tenants that the filter chooses, by slug, those after the slug given; "" is before all.
func (m *Manager) Find(ctx context.Context, f Filter, after tenancy.Slug, limit int) ([]tenancy.Tenant, error) {
	return m.list(ctx, `SELECT `+tenantColumns+` FROM `+tenants+` WHERE slug > $1 AND ($2 = '' OR state = $2)
		AND ($3 = '' OR position(lower($3) IN slug) > 0 OR position(lower($3) IN lower(name)) > 0) ORDER BY slug LIMIT $4`,
		string(after), string(f.State), f.Text, limit)
}
