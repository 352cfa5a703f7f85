package journal

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"time"

	"github.com/lib/pq"

	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// How long a tenant's counts of requests, and the cycles made from them, are kept.
const (
	KeepActivity = 35 * 24 * time.Hour
	KeepCycles   = 400 * 24 * time.Hour
)

// The bounds of one Pruner.Run.
const (
	tenantsPerRun = 50
	stepsPerRun   = 200
	// visitsApart is how long the Pruner stays away from the tenants after it has been to all of them.
	visitsApart = 6 * time.Hour
	// countsAtOnce is how many rows of counts or cycles a statement removes.
	countsAtOnce = 1000
)

// PrunerConfig are a Pruner's dependencies. The functions are required but Now.
type PrunerConfig struct {
	DB *tenantdb.DB
	// Tenants returns at most limit tenants whose slugs come after the one given, as lifecycle.Manager's ListAfter does.
	Tenants func(ctx context.Context, after tenancy.Slug, limit int) ([]tenancy.Tenant, error)
	// Keep returns for how long a journal is kept under a plan ("" is none), and false where it is for ever.
	Keep func(plan string) (time.Duration, bool)
	// Also removes at most limit rows of what else grows old in a tenant's schema, and returns how many; nil: nothing does.
	Also   func(ctx context.Context, schema tenantdb.Schema, now time.Time, limit int) (int, error)
	Now    func() time.Time // default time.Now
	Logger *slog.Logger     // default: nothing is logged
}

// Pruner removes from all tenants' schemas what is older than it is kept: entries of the journal, counts of requests,
// cycles, and what its configuration names besides. It goes from tenant to tenant, some at each Run, and rests after a round of them. A round begins somewhere, so
// that processes that never run for long prune all tenants too. It is for one goroutine; many processes may have one.
type Pruner struct {
	config PrunerConfig

	start, after tenancy.Slug // where the round began, and where it has come to
	wrapped      bool         // it has been at the end of the list
	rest         time.Time    // until when there is nothing to do
	visit        *visit       // nil: the next tenant is to be looked for
}

// visit is a tenant that is being pruned.
type visit struct {
	tenant  tenancy.Tenant
	schema  tenantdb.Schema
	journal *Pruning // nil: its journal is done, or kept for ever
}

// NewPruner returns a Pruner that begins its first round.
func NewPruner(config PrunerConfig) *Pruner {
	if config.Now == nil {
		config.Now = time.Now
	}
	if config.Logger == nil {
		config.Logger = slog.New(slog.DiscardHandler)
	}
	start := tenancy.Slug([]byte{byte('a' + rand.IntN(26)), byte('a' + rand.IntN(26))}) //nolint:gosec // it keeps no secret
	return &Pruner{config: config, start: start, after: start}
}

// Run does some of the work, and returns how many rows it removed. A tenant that fails is left to the next round, and
// does not stop the others; the errors are joined.
func (p *Pruner) Run(ctx context.Context) (removed int64, err error) {
	if p.config.Now().Before(p.rest) {
		return 0, nil
	}
	var errs []error
	steps := stepsPerRun
	for tenants := 0; steps > 0 && ctx.Err() == nil; {
		if p.visit == nil {
			if tenants++; tenants > tenantsPerRun {
				break
			}
			found, err := p.next(ctx)
			if err != nil {
				errs = append(errs, fmt.Errorf("prune journals: %w", err))
				break
			}
			if !found {
				break
			}
		}
		n, done, err := p.step(ctx)
		removed, steps = removed+n, steps-1
		if err != nil && !absent(err) {
			errs = append(errs, fmt.Errorf("prune tenant %q: %w", p.visit.tenant.Slug, err))
		}
		if err != nil || done {
			p.visit = nil
		}
		if tenantdb.Unavailable(err) {
			break // so it would be for the others
		}
	}
	return removed, errors.Join(append(errs, ctx.Err())...)
}

// next begins to visit the next tenant, and returns false where the round is over.
func (p *Pruner) next(ctx context.Context) (found bool, err error) {
	for {
		list, err := p.config.Tenants(ctx, p.after, 1)
		switch {
		case err != nil:
			return false, err
		case len(list) == 0 && !p.wrapped:
			p.wrapped, p.after = true, ""
			continue
		case len(list) == 0, p.wrapped && list[0].Slug > p.start:
			p.wrapped, p.after, p.rest = false, p.start, p.config.Now().Add(visitsApart)
			return false, nil
		}
		p.after = list[0].Slug
		if list[0].State.Complete() {
			p.visit = p.begin(list[0])
			return true, nil
		}
	}
}

func (p *Pruner) begin(tenant tenancy.Tenant) *visit {
	v := &visit{tenant: tenant, schema: tenantdb.SchemaFor(tenant.ID)}
	if kept, limited := p.config.Keep(tenant.Settings.Plan); limited {
		now := p.config.Now()
		v.journal = &Pruning{Schema: v.schema, Before: now.Add(-kept), KeepDeletes: now.Add(-RestoreFor)}
	}
	return v
}

// step sends a statement or two for the tenant that is visited, and says whether that was all.
func (p *Pruner) step(ctx context.Context) (removed int64, done bool, err error) {
	v := p.visit
	if v.journal != nil {
		if removed, done, err = v.journal.Step(ctx, p.config.DB); done {
			v.journal = nil
		}
		return removed, false, err
	}
	now := p.config.Now()
	counts, err := p.remove(ctx, `DELETE FROM `+v.schema.Table("activity")+` WHERE (at, resource, action, outcome) IN
		(SELECT at, resource, action, outcome FROM `+v.schema.Table("activity")+` WHERE at < $1 ORDER BY at LIMIT $2)`, now.Add(-KeepActivity))
	if err != nil {
		return counts, false, err
	}
	cycles, err := p.remove(ctx, `DELETE FROM `+v.schema.Table("cycles")+` WHERE id IN
		(SELECT id FROM `+v.schema.Table("cycles")+` WHERE started_at < $1 ORDER BY started_at LIMIT $2)`, now.Add(-KeepCycles))
	also := 0
	if err == nil && p.config.Also != nil {
		also, err = p.config.Also(ctx, v.schema, now, countsAtOnce)
	}
	return counts + cycles + int64(also), max(counts, cycles, int64(also)) < countsAtOnce, err
}

func (p *Pruner) remove(ctx context.Context, statement string, before time.Time) (int64, error) {
	result, err := p.config.DB.ExecContext(ctx, statement, before, countsAtOnce)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// absent says that the schema is gone, or was not migrated yet.
func absent(err error) bool {
	var pqErr *pq.Error
	return gone(err) || errors.As(err, &pqErr) && pqErr.Code == "42703" // undefined column
}
