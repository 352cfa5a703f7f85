package oauth

import (
	"context"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/token"
)

// ClientChange says what to change of a client. nil leaves a thing as it is.
type ClientChange struct {
	Name      *string
	Scopes    *tenancy.Scopes // NoScopes: all
	CIDRs     *token.CIDRs
	TokenLife *time.Duration
}

// apply returns the client as the change makes it.
func (c ClientChange) apply(to Client) (NewClient, token.Grant, error) {
	n := NewClient{Name: to.Name, Scopes: to.Scopes, CIDRs: to.CIDRs, TokenLife: to.TokenLife}
	if c.Name != nil {
		n.Name = *c.Name
	}
	if c.Scopes != nil {
		n.Scopes = *c.Scopes
	}
	if c.CIDRs != nil {
		n.CIDRs = *c.CIDRs
	}
	if c.TokenLife != nil {
		n.TokenLife = *c.TokenLife
	}
	return n.normalize()
}

// UpdateClient changes a client's name, scopes, addresses and the life of its access tokens. Scopes and addresses count
// for the access tokens that it has, too. version is the one that the change was made from, 0 for whatever there is.
// Errors: those of CreateClient but ErrLimit and ErrGone; ErrNotFound, ErrRevoked, tenancy.ErrVersion; or that only the
// announcement failed, after which the client is changed, and every replica follows when it remembers it no longer.
func (s *Store) UpdateClient(ctx context.Context, tenant tenancy.ID, id string, version int64, change ClientChange) (Client, error) {
	err := s.change(ctx, tenant, id, func(tx *sqlx.Tx, c Client) error {
		if version != 0 && version != c.Version {
			return tenancy.ErrVersion
		}
		n, grant, err := change.apply(c)
		if err != nil {
			return err
		}
		scopes, cidrs := grant.Stored()
		_, err = tx.ExecContext(ctx, `UPDATE `+clients+` SET name = $3, scopes = $4, cidrs = $5, token_life = $6, version = version + 1
			WHERE tenant_id = $1 AND id = $2`, string(tenant), id, n.Name, scopes, cidrs, seconds(n.TokenLife))
		return err
	})
	if err != nil {
		return Client{}, fmt.Errorf("update oauth client %.40s: %w", id, err)
	}
	return s.Client(ctx, tenant, id)
}
