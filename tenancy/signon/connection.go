package signon

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// Kind is the protocol of a connection.
type Kind string

// The kinds.
const (
	KindOIDC Kind = "oidc"
	KindSAML Kind = "saml"
)

// State is what a connection is good for.
type State string

// The states.
const (
	Draft    State = "draft"    // only a test goes by it
	Offered  State = "offered"  // who wants signs in by it
	Enforced State = "enforced" // all sign in by it
)

// Connection is one way to a tenant's identity provider.
type Connection struct {
	ID     string
	Tenant tenancy.ID
	Kind   Kind
	Name   string // of the provider, for people
	// Config is a JSON object that the kind's package reads: OIDC here, saml.Config there.
	Config    json.RawMessage
	HasSecret bool
	// Provision lets active users of the directory in, who become viewers. Otherwise only administrators sign in.
	Provision bool
	State     State
	StateAt   time.Time
	StateBy   string // the actor
	// Revision is another after each change of Config or the secret.
	Revision  string
	CreatedAt time.Time
	CreatedBy string
	ChangedAt time.Time
	ChangedBy string
	// TestedAt is when an administrator came back by this revision, under her own address, and TestedBy her actor; zero: none did.
	TestedAt time.Time
	TestedBy string

	sealed []byte
}

// Live says whether people sign in by the connection.
func (c Connection) Live() bool { return c.State != Draft }

// place is what the connection's secret is sealed for.
func (c Connection) place() string {
	return "sign-on connection " + c.ID + " of tenant " + string(c.Tenant)
}

type connectionRow struct {
	ID        string         `db:"id"`
	Tenant    string         `db:"tenant_id"`
	Kind      string         `db:"kind"`
	Name      string         `db:"name"`
	Config    []byte         `db:"config"`
	Secret    []byte         `db:"secret"`
	Provision bool           `db:"provision"`
	State     string         `db:"state"`
	StateAt   time.Time      `db:"state_at"`
	StateBy   string         `db:"state_by"`
	Revision  string         `db:"revision"`
	CreatedAt time.Time      `db:"created_at"`
	CreatedBy string         `db:"created_by"`
	ChangedAt time.Time      `db:"changed_at"`
	ChangedBy string         `db:"changed_by"`
	Tested    sql.NullString `db:"tested_revision"`
	TestedAt  sql.NullTime   `db:"tested_at"`
	TestedBy  sql.NullString `db:"tested_by"`
}

const connectionColumns = `id, tenant_id, kind, name, config, secret, provision, state, state_at, state_by, revision,
	created_at, created_by, changed_at, changed_by, tested_revision, tested_at, tested_by`

func (r connectionRow) connection() Connection {
	c := Connection{
		ID: r.ID, Tenant: tenancy.ID(r.Tenant), Kind: Kind(r.Kind), Name: r.Name, Config: r.Config, HasSecret: r.Secret != nil,
		Provision: r.Provision, State: State(r.State), StateAt: r.StateAt.UTC(), StateBy: r.StateBy, Revision: r.Revision,
		CreatedAt: r.CreatedAt.UTC(), CreatedBy: r.CreatedBy, ChangedAt: r.ChangedAt.UTC(), ChangedBy: r.ChangedBy, sealed: r.Secret,
	}
	if r.Tested.Valid && r.Tested.String == r.Revision {
		c.TestedAt, c.TestedBy = tenantdb.TimeOf(r.TestedAt), r.TestedBy.String
	}
	return c
}

// Get returns a connection of a tenant. Error: ErrNotFound, also for another tenant's.
func (s *Store) Get(ctx context.Context, tenant tenancy.ID, id string) (Connection, error) {
	return get(ctx, s.config.DB, tenant, id)
}

// getter is a pool or a transaction.
type getter interface {
	GetContext(ctx context.Context, into any, query string, args ...any) error
}

func get(ctx context.Context, db getter, tenant tenancy.ID, id string) (Connection, error) {
	if uuid.Validate(id) != nil {
		return Connection{}, ErrNotFound
	}
	var row connectionRow
	err := db.GetContext(ctx, &row, `SELECT `+connectionColumns+` FROM `+connections+` WHERE tenant_id = $1 AND id = $2`, string(tenant), id)
	if errors.Is(err, sql.ErrNoRows) {
		return Connection{}, ErrNotFound
	}
	if err != nil {
		return Connection{}, fmt.Errorf("read sign-on connection %s: %w", id, err)
	}
	return row.connection(), nil
}

// List returns a tenant's connections, the oldest first.
func (s *Store) List(ctx context.Context, tenant tenancy.ID) ([]Connection, error) {
	var rows []connectionRow
	err := s.config.DB.SelectContext(ctx, &rows, `SELECT `+connectionColumns+` FROM `+connections+`
		WHERE tenant_id = $1 ORDER BY created_at, id`, string(tenant))
	if err != nil {
		return nil, fmt.Errorf("list sign-on connections of tenant %s: %w", tenant, err)
	}
	list := make([]Connection, len(rows))
	for i, r := range rows {
		list[i] = r.connection()
	}
	return list, nil
}

// Secret returns a connection's secret, nil when it has none. Error: seal.ErrOpen when its key is not set any more.
func (s *Store) Secret(c Connection) ([]byte, error) {
	if c.sealed == nil {
		return nil, nil
	}
	secret, err := s.config.Seal.Open(c.place(), c.sealed)
	if err != nil {
		return nil, fmt.Errorf("secret of sign-on connection %s: %w", c.ID, err)
	}
	return secret, nil
}
