package oauth

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/tenantdb"
	"github.com/askspoke/spoke/tenancy/token"
)

// NewClient is what one says to make a client.
type NewClient struct {
	// ID is the client's, "" for a new one. With the ID of a request that is made once, a later attempt returns the client
	// that an earlier one made.
	ID        string
	Name      string
	Scopes    tenancy.Scopes // NoScopes: all
	CIDRs     token.CIDRs    // none: from everywhere
	TokenLife time.Duration  // 0: DefaultTokenLife
}

// normalize returns the client with what is empty filled in, and its grant.
func (n NewClient) normalize() (NewClient, token.Grant, error) {
	n.Name = strings.TrimSpace(n.Name)
	if n.TokenLife == 0 {
		n.TokenLife = DefaultTokenLife
	}
	switch {
	case !token.ValidName(n.Name):
		return n, token.Grant{}, token.ErrName
	case n.TokenLife < MinTokenLife || n.TokenLife > MaxTokenLife || n.TokenLife%time.Second != 0:
		return n, token.Grant{}, ErrTokenLife
	}
	grant, err := token.NewGrant(n.Scopes, n.CIDRs)
	return n, grant, err
}

// CreateClient makes a client. It gets no access token before it has a secret or a trust. Errors: token.ErrName,
// ErrTokenLife, *token.CIDRError, ErrLimit, tenancy.ErrNotFound, ErrGone for an ID whose client was revoked.
func (s *Store) CreateClient(ctx context.Context, tenant tenancy.ID, n NewClient) (Client, error) {
	n, grant, err := n.normalize()
	if err != nil {
		return Client{}, err
	}
	c := Client{
		ID: cmp.Or(n.ID, uuid.NewString()), TenantID: tenant, Version: 1, Name: n.Name, Scopes: grant.Scopes, CIDRs: grant.CIDRs, TokenLife: n.TokenLife, CreatedAt: s.now(),
	}
	scopes, cidrs := grant.Stored()
	err = token.AtTenant(ctx, s.config.DB, tenant, func(tx *sqlx.Tx) error {
		if n.ID != "" {
			made, err := s.read(ctx, tx, tenant, n.ID)
			if err != nil {
				return err
			}
			if len(made) > 0 {
				c = made[0]
				return gone(c.RevokedAt)
			}
		}
		if err := s.room(ctx, tx, c); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO `+clients+` (id, tenant_id, name, scopes, cidrs, token_life, created_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7)`, c.ID, string(tenant), c.Name, scopes, cidrs, seconds(c.TokenLife), c.CreatedAt)
		return err
	})
	if err != nil {
		return Client{}, fmt.Errorf("create oauth client of tenant %s: %w", tenant, err)
	}
	return c, nil
}

// gone returns ErrGone for what was revoked.
func gone(revokedAt time.Time) error {
	if revokedAt.IsZero() {
		return nil
	}
	return ErrGone
}

// room returns ErrLimit where the tenant has as many live clients as it may have.
func (s *Store) room(ctx context.Context, tx *sqlx.Tx, c Client) error {
	if s.config.LimitOf != nil {
		err := s.config.LimitOf.Room(ctx, tx, c.TenantID, c.CreatedAt)
		if errors.Is(err, token.ErrLimit) {
			err = ErrLimit
		}
		return err
	}
	var live int
	err := tx.GetContext(ctx, &live, `SELECT count(*) FROM `+clients+` WHERE tenant_id = $1 AND revoked_at IS NULL`, string(c.TenantID))
	if err == nil && live >= s.config.Clients {
		return ErrLimit
	}
	return err
}

func seconds(d time.Duration) int64 { return int64(d / time.Second) }

// RevokeClient makes a client, its secrets and its access tokens worthless: here at once, and at the other replicas when
// they hear of it. One that was revoked before stays so and is announced again. Error: ErrNotFound, or that only the
// announcement failed, after which the call may be repeated.
func (s *Store) RevokeClient(ctx context.Context, tenant tenancy.ID, id string) error {
	err := s.change(ctx, tenant, id, func(tx *sqlx.Tx, c Client) error {
		_, err := tx.ExecContext(ctx, `UPDATE `+clients+` SET revoked_at = $3 WHERE tenant_id = $1 AND id = $2 AND revoked_at IS NULL`,
			string(tenant), id, s.now())
		if err != nil {
			return err
		}
		var ended []token.Event
		for _, secret := range c.Secrets {
			if secret.RevokedAt.IsZero() {
				ended = append(ended, s.revoked(c, secret))
			}
		}
		return token.RecordEvents(ctx, tx, ended...)
	})
	if errors.Is(err, ErrRevoked) {
		err = s.changed(ctx, tenant)
	}
	if err != nil {
		return fmt.Errorf("revoke oauth client %.40s: %w", id, err)
	}
	return nil
}

// change runs do with a client that is not revoked, and announces it. Errors: ErrNotFound, ErrRevoked, do's.
func (s *Store) change(ctx context.Context, tenant tenancy.ID, id string, do func(*sqlx.Tx, Client) error) error {
	err := token.AtTenant(ctx, s.config.DB, tenant, func(tx *sqlx.Tx) error {
		list, err := s.read(ctx, tx, tenant, id)
		switch {
		case err != nil:
			return err
		case len(list) == 0:
			return ErrNotFound
		case !list[0].RevokedAt.IsZero():
			return ErrRevoked
		}
		return do(tx, list[0])
	})
	s.forget(tenant)
	if errors.Is(err, tenancy.ErrNotFound) {
		return ErrNotFound
	}
	if err != nil {
		return err
	}
	return s.changed(ctx, tenant)
}

// Clients returns a tenant's clients with their secrets and trusts, the oldest first, those that are revoked too.
func (s *Store) Clients(ctx context.Context, tenant tenancy.ID) ([]Client, error) {
	list, err := s.read(ctx, s.config.DB, tenant, "")
	if err != nil {
		return nil, fmt.Errorf("list oauth clients of tenant %s: %w", tenant, err)
	}
	return list, nil
}

// Client returns a client with its secrets and trusts, or ErrNotFound, also for one of another tenant.
func (s *Store) Client(ctx context.Context, tenant tenancy.ID, id string) (Client, error) {
	list, err := s.read(ctx, s.config.DB, tenant, id)
	if err == nil && len(list) == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return Client{}, fmt.Errorf("get oauth client %.40s: %w", id, err)
	}
	return list[0], nil
}

type clientRow struct {
	ID           string         `db:"id"`
	Version      int64          `db:"version"`
	Name         string         `db:"name"`
	Scopes       pq.StringArray `db:"scopes"`
	CIDRs        pq.StringArray `db:"cidrs"`
	TokenLife    int64          `db:"token_life"`
	CreatedAt    time.Time      `db:"created_at"`
	RevokedAt    sql.NullTime   `db:"revoked_at"`
	LastUsedAt   sql.NullTime   `db:"last_used_at"`
	LastUsedFrom sql.NullString `db:"last_used_from"`
}

// read returns a tenant's clients, or for an id that one.
func (s *Store) read(ctx context.Context, db sqlx.QueryerContext, tenant tenancy.ID, id string) ([]Client, error) {
	if _, ok := tenant.Hex(); !ok || id != "" && !canonical(id) {
		return nil, ErrNotFound
	}
	var rows []clientRow
	err := sqlx.SelectContext(ctx, db, &rows, `SELECT id, version, name, scopes, cidrs, token_life, created_at, revoked_at, last_used_at,
		last_used_from FROM `+clients+` WHERE tenant_id = $1 AND ($2 = '' OR id::text = $2) ORDER BY created_at, id`, string(tenant), id)
	if err != nil {
		return nil, err
	}
	list := make([]Client, len(rows))
	for i, r := range rows {
		grant, err := token.ReadGrant(r.Scopes, r.CIDRs)
		if err != nil {
			return nil, err
		}
		list[i] = Client{
			ID: r.ID, TenantID: tenant, Version: r.Version, Name: r.Name, Scopes: grant.Scopes, CIDRs: grant.CIDRs,
			TokenLife: time.Duration(r.TokenLife) * time.Second, CreatedAt: r.CreatedAt.UTC(), RevokedAt: tenantdb.TimeOf(r.RevokedAt),
			LastUsedAt: tenantdb.TimeOf(r.LastUsedAt), LastUsedFrom: tenantdb.AddressOf(r.LastUsedFrom),
		}
	}
	if err := s.readSecrets(ctx, db, tenant, list); err != nil {
		return nil, err
	}
	return list, s.readTrusts(ctx, db, tenant, list)
}

// canonical says whether an id is a UUID as Postgres writes it.
func canonical(id string) bool {
	_, ok := tenancy.ID(id).Hex()
	return ok
}
