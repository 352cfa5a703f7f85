package signon

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"github.com/askspoke/spoke/tenancy"
)

// Mode is what is required of those who sign in to a tenant's console.
type Mode string

// The modes.
const (
	ModeOff      Mode = "off"      // they sign in by a link that is mailed to them
	ModeOffered  Mode = "offered"  // by their provider or by a link
	ModeEnforced Mode = "enforced" // by their provider
)

// Policy is a tenant's mode, and the connection that counts unless it is off.
type Policy struct {
	Mode       Mode
	Connection Connection
}

// Policy returns a tenant's policy.
func (s *Store) Policy(ctx context.Context, tenant tenancy.ID) (Policy, error) {
	var row connectionRow
	err := s.config.DB.GetContext(ctx, &row, `SELECT `+connectionColumns+` FROM `+connections+`
		WHERE tenant_id = $1 AND state <> 'draft'`, string(tenant))
	if errors.Is(err, sql.ErrNoRows) {
		return Policy{Mode: ModeOff}, nil
	}
	if err != nil {
		return Policy{}, fmt.Errorf("read sign-on policy of tenant %s: %w", tenant, err)
	}
	c := row.connection()
	return Policy{Mode: Mode(c.State), Connection: c}, nil
}

// Tested notes that an administrator came back by a revision of a connection, under her own address. Error: ErrNotFound,
// ErrConflict when it was changed since.
func (s *Store) Tested(ctx context.Context, tenant tenancy.ID, id, revision, by string) error {
	if uuid.Validate(id) != nil || uuid.Validate(revision) != nil {
		return ErrNotFound
	}
	result, err := s.config.DB.ExecContext(ctx, `UPDATE `+connections+` SET tested_revision = $3, tested_at = $4, tested_by = $5
		WHERE tenant_id = $1 AND id = $2 AND revision = $3`, string(tenant), id, revision, s.now(), by)
	if err != nil {
		return fmt.Errorf("note the test of sign-on connection %s: %w", id, err)
	}
	if n, err := result.RowsAffected(); err == nil && n == 0 {
		return s.whyNot(ctx, tenant, id, revision, ErrConflict)
	}
	return nil
}

// Offer lets people sign in by a revision of a connection, beside links. Another that counted is a draft then, and nobody
// is required to use any: recovery codes are void. Errors: ErrNotFound, ErrConflict, ErrCallback.
func (s *Store) Offer(ctx context.Context, tenant tenancy.ID, id, revision, by string) error {
	err := s.locked(ctx, tenant, func(tx *sqlx.Tx) error {
		if err := s.promote(ctx, tx, tenant, id, revision, by, Offered); err != nil {
			return err
		}
		return dropCodes(ctx, tx, tenant)
	})
	if err != nil {
		return fmt.Errorf("offer sign-on connection %s: %w", id, err)
	}
	return nil
}

// Enforce requires everybody to sign in by a revision of a connection, which must have been tested. When nothing was
// enforced before it returns recovery codes, which cannot be had again; else those that there are stay good. Errors:
// ErrNotFound, ErrConflict, ErrUntested, ErrCallback.
func (s *Store) Enforce(ctx context.Context, tenant tenancy.ID, id, revision, by string) (made []string, err error) {
	err = s.locked(ctx, tenant, func(tx *sqlx.Tx) error {
		var enforced bool
		if err := tx.GetContext(ctx, &enforced, `SELECT EXISTS (SELECT 1 FROM `+connections+` WHERE tenant_id = $1 AND state = 'enforced')`, string(tenant)); err != nil {
			return err
		}
		if err := s.promote(ctx, tx, tenant, id, revision, by, Enforced); err != nil || enforced {
			return err
		}
		made, err = s.makeCodes(ctx, tx, tenant, by)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("enforce sign-on connection %s: %w", id, err)
	}
	return made, nil
}

// promote has a connection count instead of any other.
func (s *Store) promote(ctx context.Context, tx *sqlx.Tx, tenant tenancy.ID, id, revision, by string, to State) error {
	c, err := get(ctx, tx, tenant, id)
	switch {
	case err != nil:
		return err
	case c.Revision != revision:
		return ErrConflict
	case to == Enforced && c.TestedAt.IsZero():
		return ErrUntested
	case c.State == to:
		return nil
	}
	if c.Kind == KindOIDC { // two changes at once may have made them alike
		if err := ownCallback(ctx, tx, tenant, id, string(c.Config)); err != nil {
			return err
		}
	}
	now := s.now()
	if _, err := tx.ExecContext(ctx, `UPDATE `+connections+` SET state = 'draft', state_at = $3, state_by = $4
		WHERE tenant_id = $1 AND id <> $2 AND state <> 'draft'`, string(tenant), id, now, by); err != nil {
		return err
	}
	// A change of the connection does not wait for the tenant's lock, so what was read is asked again.
	result, err := tx.ExecContext(ctx, `UPDATE `+connections+` SET state = $4, state_at = $5, state_by = $6
		WHERE tenant_id = $1 AND id = $2 AND revision = $3 AND ($4 <> 'enforced' OR tested_revision = revision)`,
		string(tenant), id, revision, string(to), now, by)
	if err != nil {
		return err
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return errors.Join(err, ErrConflict)
	}
	return nil
}

// TurnOff makes the connection that counts a draft, and recovery codes void. It does nothing when there is none.
func (s *Store) TurnOff(ctx context.Context, tenant tenancy.ID, by string) error {
	err := s.locked(ctx, tenant, func(tx *sqlx.Tx) error {
		if _, err := tx.ExecContext(ctx, `UPDATE `+connections+` SET state = 'draft', state_at = $2, state_by = $3
			WHERE tenant_id = $1 AND state <> 'draft'`, string(tenant), s.now(), by); err != nil {
			return err
		}
		return dropCodes(ctx, tx, tenant)
	})
	if err != nil {
		return fmt.Errorf("turn off single sign-on of tenant %s: %w", tenant, err)
	}
	return nil
}
