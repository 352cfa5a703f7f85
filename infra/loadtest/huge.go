package main

import (
	"context"
	"sync/atomic"

	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// hugeSlug is the slug of the tenant with the huge directory.
const hugeSlug = "huge"

// makeHuge creates a tenant that Spoke serves beside the other one and returns a bench of its own, without a bare
// server, whose directory is so large that what depends on its size shows.
func (m *machine) makeHuge(ctx context.Context, b *bench) (*bench, error) {
	h := *b
	var err error
	if h.spoke, h.schemas.spoke, err = m.createTenant(ctx, b, hugeSlug); err != nil {
		return nil, err
	}
	h.spoke.addr, h.spoke.pid = b.spoke.addr, b.spoke.pid
	h.bare, h.schemas.bare = nil, tenantdb.Schema{}
	h.options.users, h.options.large = b.options.hugeUsers, b.options.hugeGroup
	h.users, h.spares, h.created = nil, nil, new(atomic.Int64)
	return &h, h.seed(ctx)
}
