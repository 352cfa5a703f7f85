package token

import (
	"context"
	"database/sql"
	"errors"

	"github.com/jmoiron/sqlx"

	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// AtTenant runs do in a transaction that holds the tenant's row, so that of two changes of one tenant's credentials at
// once the second sees the first. Error: tenancy.ErrNotFound, or do's.
func AtTenant(ctx context.Context, db *tenantdb.DB, tenant tenancy.ID, do func(*sqlx.Tx) error) (err error) {
	if _, ok := tenant.Hex(); !ok {
		return tenancy.ErrNotFound
	}
	tx, err := db.BeginTxx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = tx.Rollback() // the first error is the one that matters
		}
	}()
	var id string
	err = tx.GetContext(ctx, &id, `SELECT id FROM `+tenants+` WHERE id = $1 FOR UPDATE`, string(tenant))
	if errors.Is(err, sql.ErrNoRows) {
		return tenancy.ErrNotFound
	}
	if err != nil {
		return err
	}
	if err = do(tx); err != nil {
		return err
	}
	return tx.Commit()
}
