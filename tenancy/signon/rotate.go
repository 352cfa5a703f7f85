package signon

import (
	"context"
	"fmt"

	"github.com/jmoiron/sqlx"

	"github.com/askspoke/spoke/tenancy"
)

// ChangeSecrets gives all of a tenant's connections of a kind one secret: what change returns for that of the connection that
// counts, or else of the oldest one. What a test is about does not become another by it, so revisions and tests stay, and so
// may the connection that is enforced be changed. Errors: ErrNotFound where there is none that has a secret, ErrSecret,
// tenancy.ErrNotFound, seal.ErrOpen, and those of change, which is called while the tenant is held.
func (s *Store) ChangeSecrets(ctx context.Context, tenant tenancy.ID, kind Kind, by string, change func(secret []byte) ([]byte, error)) error {
	err := s.locked(ctx, tenant, func(tx *sqlx.Tx) error {
		var rows []connectionRow
		if err := tx.SelectContext(ctx, &rows, `SELECT `+connectionColumns+` FROM `+connections+`
			WHERE tenant_id = $1 AND kind = $2 AND secret IS NOT NULL ORDER BY (state <> 'draft') DESC, created_at, id FOR UPDATE`, string(tenant), string(kind)); err != nil {
			return err
		}
		if len(rows) == 0 {
			return ErrNotFound
		}
		secret, err := s.Secret(rows[0].connection())
		if err != nil {
			return err
		}
		if secret, err = change(secret); err != nil {
			return err
		}
		if len(secret) == 0 || len(secret) > maxSecret {
			return ErrSecret
		}
		for _, row := range rows {
			c := row.connection()
			sealed, err := s.config.Seal.Seal(c.place(), secret)
			if err != nil {
				return err
			}
			if _, err := tx.ExecContext(ctx, `UPDATE `+connections+` SET secret = $3, changed_at = $4, changed_by = $5 WHERE tenant_id = $1 AND id = $2`,
				string(tenant), c.ID, sealed, s.now(), by); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("change secrets of sign-on connections of tenant %s: %w", tenant, err)
	}
	return nil
}
