// Package status keeps what is known of each tenant's provisioning: the verdict of package health, the facts that it was
// made from, and what was told of it. It also says which tenants have to be looked at.
//
// It judges nothing itself, and reads no tenant's schema: all of it is in the control schema, so that the state of all
// tenants is one query.
//
// Invariants: a mark is never lost, whenever it comes: a tenant that was heard stays due until its counts were read after
// the mark; of two processes one evaluates a tenant, and what the other one saves is left out; who dies while it evaluates
// leaves the tenant to the next after Lease. Every write may be sent twice.
package status

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/askspoke/spoke/observability/health"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// Tables of the control schema.
var (
	table   = tenantdb.Control.Table("health")
	tenants = tenantdb.Control.Table("tenants")
)

// DefaultLease is how long a process may take to evaluate what it has claimed.
const DefaultLease = 2 * time.Minute

// Config are a Store's dependencies. Only DB is required.
type Config struct {
	DB    *tenantdb.DB
	Lease time.Duration // how long a claim lasts; default DefaultLease
}

// Store is the table of all tenants' health. It is safe for concurrent use.
type Store struct{ config Config }

// New returns a Store.
func New(config Config) *Store {
	if config.Lease == 0 {
		config.Lease = DefaultLease
	}
	return &Store{config}
}

// atOnce bounds how many tenants one statement marks.
const atOnce = 2000

// Mark notes that counts of the tenants' requests were written, so that they are read soon. A tenant that is gone is left
// out. One that waits to be read already is left as it is, so that a busy tenant costs no write each second.
func (s *Store) Mark(ctx context.Context, ids []tenancy.ID, at time.Time) error {
	for some := range slices.Chunk(ids, atOnce) {
		list := make([]string, len(some))
		for i, id := range some {
			list[i] = string(id)
		}
		_, err := s.config.DB.ExecContext(ctx, `INSERT INTO `+table+` AS h (tenant_id, heard_at, mark, due_at, state, since)
			SELECT id, $2, $3::uuid, $2, $4, $2 FROM `+tenants+` WHERE id = ANY ($1::uuid[]) ORDER BY id
			ON CONFLICT (tenant_id) DO UPDATE SET heard_at = GREATEST(h.heard_at, EXCLUDED.heard_at), mark = EXCLUDED.mark,
				due_at = LEAST(h.due_at, EXCLUDED.due_at)
			WHERE h.claim IS NOT NULL OR h.due_at > EXCLUDED.due_at OR h.mark IS NOT DISTINCT FROM h.read_mark`,
			pq.Array(list), at.UTC(), uuid.NewString(), string(health.AwaitingFirstRequest))
		if err != nil {
			return fmt.Errorf("mark tenants: %w", err)
		}
	}
	return nil
}

// Due has the tenant looked at again at once, though no request came: something else was done that its state follows from,
// such as a decision about deletions that are held.
func (s *Store) Due(ctx context.Context, tenant tenancy.ID, at time.Time) error {
	_, err := s.config.DB.ExecContext(ctx, `UPDATE `+table+` SET mark = $2::uuid, due_at = LEAST(due_at, $3) WHERE tenant_id = $1`,
		string(tenant), uuid.NewString(), at.UTC())
	if err != nil {
		return fmt.Errorf("have tenant %s looked at: %w", tenant, err)
	}
	return nil
}

// Ensure makes the rows of tenants that have none, which are due then.
func (s *Store) Ensure(ctx context.Context, now time.Time) error {
	_, err := s.config.DB.ExecContext(ctx, `INSERT INTO `+table+` (tenant_id, due_at, state, since)
		SELECT id, $1, $2, $1 FROM `+tenants+` AS t
		WHERE state IN ('active', 'suspended', 'paused', 'deleting') AND NOT EXISTS (SELECT FROM `+table+` AS h WHERE h.tenant_id = t.id)
		ORDER BY id FOR KEY SHARE OF t
		ON CONFLICT (tenant_id) DO NOTHING`, now.UTC(), string(health.AwaitingFirstRequest))
	if err != nil {
		return fmt.Errorf("make rows of tenants: %w", err)
	}
	return nil
}
