package oauth

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/tenantdb"
	"github.com/askspoke/spoke/tenancy/token"
)

// NewSecret is what one says to make a secret.
type NewSecret struct {
	// ID is the secret's, "" for a new one. With the ID of a request that is made once, a later attempt makes another text
	// for the secret that an earlier one made and could not hand over.
	ID        string
	ExpiresAt time.Time // zero: never
}

// AddSecret makes a secret of a client and returns it, which cannot be had again. The others stay valid. Errors:
// token.ErrExpiry, ErrNotFound, ErrRevoked, ErrSecrets, ErrGone for an ID whose secret was revoked.
func (s *Store) AddSecret(ctx context.Context, tenant tenancy.ID, clientID string, n NewSecret) (token.Secret, Secret, error) {
	text := token.NewSecret(token.ForClient)
	secret := Secret{ID: cmp.Or(n.ID, uuid.NewString()), Hint: text.Hint(), CreatedAt: s.now()}
	if !n.ExpiresAt.IsZero() {
		secret.ExpiresAt = n.ExpiresAt.UTC().Truncate(time.Microsecond)
	}
	if !secret.Live(secret.CreatedAt) {
		return token.Secret{}, Secret{}, token.ErrExpiry
	}
	hash := s.config.Key.Hash(text)
	err := s.change(ctx, tenant, clientID, func(tx *sqlx.Tx, c Client) error {
		live := 0
		for _, other := range c.Secrets {
			switch {
			case other.ID == secret.ID: // nobody has its text
				if err := s.forgo(ctx, tx, tenant, other); err != nil {
					return err
				}
			case other.Live(secret.CreatedAt):
				live++
			}
		}
		if live >= s.config.Secrets {
			return ErrSecrets
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO `+secrets+` (id, tenant_id, client_id, hash, hint, created_at, expires_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7)`,
			secret.ID, string(tenant), clientID, hash[:], secret.Hint, secret.CreatedAt, tenantdb.TimeOrNull(secret.ExpiresAt))
		return err
	})
	if err != nil {
		return token.Secret{}, Secret{}, fmt.Errorf("add secret to oauth client %.40s: %w", clientID, err)
	}
	return text, secret, nil
}

// forgo removes the secret that an earlier attempt at the same request made.
func (s *Store) forgo(ctx context.Context, tx *sqlx.Tx, tenant tenancy.ID, made Secret) error {
	if err := gone(made.RevokedAt); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `DELETE FROM `+secrets+` WHERE tenant_id = $1 AND id = $2`, string(tenant), made.ID)
	return err
}

// RevokeSecret makes a secret and the access tokens that were issued for it worthless: here at once, and at the other
// replicas when they hear of it. One that was revoked before stays so and is announced again. Errors: ErrNotFound,
// ErrRevoked, ErrNoSecret, or that only the announcement failed, after which the call may be repeated.
func (s *Store) RevokeSecret(ctx context.Context, tenant tenancy.ID, clientID, secretID string) error {
	err := s.change(ctx, tenant, clientID, func(tx *sqlx.Tx, c Client) error {
		for _, secret := range c.Secrets {
			if secret.ID != secretID {
				continue
			}
			if !secret.RevokedAt.IsZero() { // its event was written then, and may be pruned by now
				return nil
			}
			_, err := tx.ExecContext(ctx, `UPDATE `+secrets+` SET revoked_at = $3 WHERE tenant_id = $1 AND id = $2 AND revoked_at IS NULL`,
				string(tenant), secretID, s.now())
			if err != nil {
				return err
			}
			return token.RecordEvents(ctx, tx, s.revoked(c, secret))
		}
		return ErrNoSecret
	})
	if err != nil {
		return fmt.Errorf("revoke secret of oauth client %.40s: %w", clientID, err)
	}
	return nil
}

// revoked is the event of a secret that is revoked. A second one of the same secret is not kept.
func (s *Store) revoked(c Client, secret Secret) token.Event {
	return token.Event{
		At: s.now(), TenantID: c.TenantID, Credential: token.CredentialSecret, CredentialID: secret.ID, Name: c.Name,
		Kind: token.EventRevoked, ExpiresAt: secret.ExpiresAt,
	}
}

// readSecrets adds the secrets to a tenant's clients.
func (s *Store) readSecrets(ctx context.Context, db sqlx.QueryerContext, tenant tenancy.ID, list []Client) error {
	var rows []struct {
		ID           string         `db:"id"`
		ClientID     string         `db:"client_id"`
		Hint         string         `db:"hint"`
		CreatedAt    time.Time      `db:"created_at"`
		ExpiresAt    sql.NullTime   `db:"expires_at"`
		RevokedAt    sql.NullTime   `db:"revoked_at"`
		LastUsedAt   sql.NullTime   `db:"last_used_at"`
		LastUsedFrom sql.NullString `db:"last_used_from"`
	}
	err := sqlx.SelectContext(ctx, db, &rows, `SELECT id, client_id, hint, created_at, expires_at, revoked_at, last_used_at, last_used_from
		FROM `+secrets+` WHERE tenant_id = $1 ORDER BY created_at, id`, string(tenant))
	if err != nil {
		return err
	}
	for _, r := range rows {
		for i := range list {
			if list[i].ID == r.ClientID {
				list[i].Secrets = append(list[i].Secrets, Secret{
					ID: r.ID, Hint: r.Hint, CreatedAt: r.CreatedAt.UTC(), ExpiresAt: tenantdb.TimeOf(r.ExpiresAt), RevokedAt: tenantdb.TimeOf(r.RevokedAt),
					LastUsedAt: tenantdb.TimeOf(r.LastUsedAt), LastUsedFrom: tenantdb.AddressOf(r.LastUsedFrom),
				})
			}
		}
	}
	return nil
}
