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
	h.alone(b.options.hugeUsers)
	h.options.large = b.options.hugeGroup
	return &h, h.seed(ctx)
}

// alone makes the copy of a bench one of a tenant of its own, with so many users and without a bare server.
func (b *bench) alone(users int) {
	b.bare, b.schemas.bare = nil, tenantdb.Schema{}
	b.options.users = users
	b.users, b.spares, b.created = nil, nil, new(atomic.Int64)
}
