// Package registry says which tenant a host belongs to, from memory.
//
// It does not read HTTP (package hostname does) and does not decide what a tenant's state means to a client.
//
// Invariants: an unknown host is ErrHostNotFound only when Postgres said so, or when no tenant can have it; while
// Postgres is away, hosts that are remembered still resolve, for a bounded time, and for others the error is one for
// which tenantdb.Unavailable is true. A change reaches every replica by notification within a second, provided that
// [Registry.Run] runs; a lost notification heals when what is remembered expires. Invented hosts neither fill the memory
// nor ask Postgres more than a few at once.
package registry

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/lib/pq"

	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/hostname"
	"github.com/askspoke/spoke/tenancy/lookup"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// Config are a Registry's dependencies and bounds. DB is required; a zero bound means its default.
type Config struct {
	DB    *tenantdb.DB
	Hosts hostname.Resolver // which hosts are below a base domain

	Remember    time.Duration // how long a tenant is remembered; default 1 minute
	RememberNot time.Duration // how long an unknown host is; default 5 seconds
	Size        int           // how many hosts are remembered; default 20,000
	SizeNot     int           // how many unknown ones are; default 10,000

	// Hear and Reset, when set, are called by Run for others who remember something of a tenant: with each signal, and
	// each time that signals may have been missed.
	Hear  func(tenantdb.Signal)
	Reset func()

	Now func() time.Time // default time.Now
}

// Registry resolves hosts. It is safe for concurrent use.
type Registry struct {
	config Config
	cache  *lookup.Cache[string, tenancy.Tenant]
}

// New returns a Registry. Its Run keeps it current.
func New(config Config) *Registry {
	def := func(n *int, v int) {
		if *n == 0 {
			*n = v
		}
	}
	during := func(d *time.Duration, v time.Duration) {
		if *d == 0 {
			*d = v
		}
	}
	def(&config.Size, 20_000)
	def(&config.SizeNot, 10_000)
	during(&config.Remember, time.Minute)
	during(&config.RememberNot, 5*time.Second)
	r := &Registry{config: config}
	r.cache = lookup.New(lookup.Config[string, tenancy.Tenant]{
		Load: r.load, Absent: func(err error) bool { return errors.Is(err, tenancy.ErrHostNotFound) },
		Text: func(host string) string { return host },
		Size: config.Size, TTL: config.Remember, AbsentSize: config.SizeNot, AbsentTTL: config.RememberNot,
		Parallel: 4, Timeout: 5 * time.Second, Now: config.Now,
	})
	return r
}

// Resolve returns the tenant of a normalized host (hostname.Normalize): one that is active, suspended, paused or deleting.
// A host of a tenant's own counts once it is verified. Errors: tenancy.ErrHostNotFound, or one for which
// tenantdb.Unavailable is true.
func (r *Registry) Resolve(ctx context.Context, host string) (tenancy.Tenant, error) {
	if _, err := r.config.Hosts.Name(host); err != nil {
		return tenancy.Tenant{}, tenancy.ErrHostNotFound
	}
	return r.cache.Get(ctx, host)
}

var (
	tenants    = tenantdb.Control.Table("tenants")
	hosts      = tenantdb.Control.Table("hosts")
	extensions = tenantdb.Control.Table("extensions")
)

// columns are a tenant's, with its extensions as one value, so that a tenant is read by one statement.
var columns = `t.id, t.slug, t.name, t.state, t.schema_name, t.unique_group_names, t.profile, t.plan, t.guard, t.notify,
	t.version, t.created_at, t.updated_at, t.delete_after, COALESCE(t.state_before, ''),
	(SELECT json_agg(json_build_object('URN', e.urn, 'ResourceType', e.resource_type, 'Document', e.document::text,
		'CreatedAt', e.created_at, 'UpdatedAt', e.updated_at, 'ClosedAt', e.closed_at) ORDER BY e.created_at, e.urn)
	FROM ` + extensions + ` AS e WHERE e.tenant_id = t.id)`

// load asks Postgres for the tenant of a host.
func (r *Registry) load(ctx context.Context, host string) (tenancy.Tenant, error) {
	name, err := r.config.Hosts.Name(host)
	if err != nil {
		return tenancy.Tenant{}, tenancy.ErrHostNotFound
	}
	query, arg := `SELECT `+columns+` FROM `+tenants+` AS t WHERE t.slug = $1`, string(name.Slug)
	if name.Slug == "" {
		query = `SELECT ` + columns + ` FROM ` + hosts + ` AS h JOIN ` + tenants + ` AS t ON t.id = h.tenant_id WHERE h.host = $1`
		arg = name.Host
	}
	t, err := scan(r.config.DB.QueryRowContext(ctx, query, arg))
	switch {
	case errors.Is(err, sql.ErrNoRows), err == nil && !t.State.Complete():
		return tenancy.Tenant{}, tenancy.ErrHostNotFound
	case err != nil:
		return tenancy.Tenant{}, fmt.Errorf("look up host %q: %w", host, err)
	}
	return t, nil
}

// scan reads the row of columns.
func scan(row *sql.Row) (tenancy.Tenant, error) {
	t := tenancy.Tenant{Settings: tenancy.Settings{Guard: tenancy.DefaultGuard()}}
	var guard, added []byte
	var notify pq.StringArray
	var deleteAfter sql.NullTime
	err := row.Scan(&t.ID, &t.Slug, &t.Name, &t.State, &t.Schema, &t.Settings.UniqueGroupNames, &t.Settings.Profile, &t.Settings.Plan,
		&guard, &notify, &t.Version, &t.CreatedAt, &t.UpdatedAt, &deleteAfter, &t.StateBefore, &added)
	if err != nil {
		return t, err
	}
	t.CreatedAt, t.UpdatedAt, t.DeleteAfter = t.CreatedAt.UTC(), t.UpdatedAt.UTC(), tenantdb.TimeOf(deleteAfter)
	if len(notify) > 0 {
		t.Settings.Notify = notify
	}
	if guard != nil {
		if err := json.Unmarshal(guard, &t.Settings.Guard); err != nil {
			return t, err
		}
	}
	t.Extensions, err = parseExtensions(added)
	return t, err
}

// parseExtensions reads what columns make of a tenant's extensions.
func parseExtensions(text []byte) (*tenancy.Extensions, error) {
	if len(text) == 0 {
		return nil, nil
	}
	var list []tenancy.Extension
	if err := json.Unmarshal(text, &list); err != nil {
		return nil, fmt.Errorf("read extensions: %w", err)
	}
	for i := range list {
		e := &list[i]
		e.CreatedAt, e.UpdatedAt, e.ClosedAt = e.CreatedAt.UTC(), e.UpdatedAt.UTC(), e.ClosedAt.UTC()
	}
	return tenancy.NewExtensions(list), nil
}
