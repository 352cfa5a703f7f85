package admin

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/token"
)

// SetRole gives an administrator a role, which holds from the next request on. Errors: ErrRole, ErrNotFound, ErrLastOwner.
func (s *Store) SetRole(ctx context.Context, tenant tenancy.ID, id string, role Role) (Administrator, error) {
	if !role.Valid() {
		return Administrator{}, fmt.Errorf("set role of administrator %.40q: %w", id, ErrRole)
	}
	var a Administrator
	err := s.change(ctx, tenant, id, role == Owner, func(tx *sqlx.Tx, found Administrator) error {
		a = found
		a.Role = role
		_, err := tx.ExecContext(ctx, `UPDATE `+administrators+` SET role = $3 WHERE tenant_id = $1 AND id = $2`, string(tenant), id, string(role))
		return err
	})
	if err != nil {
		return Administrator{}, fmt.Errorf("set role of administrator %.40q: %w", id, err)
	}
	return a, nil
}

// Remove takes an administrator away, with the sessions and the links. Errors: ErrNotFound, ErrLastOwner.
func (s *Store) Remove(ctx context.Context, tenant tenancy.ID, id string) error {
	err := s.change(ctx, tenant, id, false, func(tx *sqlx.Tx, _ Administrator) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM `+administrators+` WHERE tenant_id = $1 AND id = $2`, string(tenant), id)
		return err
	})
	if err != nil {
		return fmt.Errorf("remove administrator %.40q: %w", id, err)
	}
	return nil
}

// change does something to an administrator while nobody else changes one of the tenant's. It refuses to take the last
// owner away, unless what is done leaves her one (stays).
func (s *Store) change(ctx context.Context, tenant tenancy.ID, id string, stays bool, do func(*sqlx.Tx, Administrator) error) error {
	if !known(tenant, id) {
		return ErrNotFound
	}
	return token.AtTenant(ctx, s.config.DB, tenant, func(tx *sqlx.Tx) error {
		found, err := find(ctx, tx, `tenant_id = $1 AND id = $2`, string(tenant), id)
		if err != nil {
			return err
		}
		if found.Role == Owner && !stays {
			var others int
			if err := tx.GetContext(ctx, &others, `SELECT count(*) FROM `+administrators+`
				WHERE tenant_id = $1 AND role = $2 AND id <> $3`, string(tenant), string(Owner), id); err != nil {
				return err
			}
			if others == 0 {
				return ErrLastOwner
			}
		}
		return do(tx, found)
	})
}

// Link says which user of the tenant's directory an administrator is; "" is none. Errors: ErrID, ErrNotFound.
func (s *Store) Link(ctx context.Context, tenant tenancy.ID, id, userID string) error {
	if userID != "" && !isID(userID) {
		return fmt.Errorf("link administrator %.40q to user %.40q: %w", id, userID, ErrID)
	}
	return s.update(ctx, "link", tenant, id, `user_id = $3`, sql.NullString{String: userID, Valid: userID != ""})
}

// SignedIn notes when an administrator signed in. An earlier time than the one that is noted changes nothing. Error:
// ErrNotFound.
func (s *Store) SignedIn(ctx context.Context, tenant tenancy.ID, id string, at time.Time) error {
	return s.update(ctx, "note the sign-in of", tenant, id, `signed_in_at = GREATEST(signed_in_at, $3)`, micro(at))
}

// EndSessions makes void all sessions of an administrator that began before a time, and the links to sign in with that
// were made before it. Error: ErrNotFound.
func (s *Store) EndSessions(ctx context.Context, tenant tenancy.ID, id string, at time.Time) error {
	return s.update(ctx, "end the sessions of", tenant, id, `sessions_from = GREATEST(sessions_from, $3)`, micro(at))
}

// update is one statement that may be sent twice. what is for the error's text, set is SQL of this file.
func (s *Store) update(ctx context.Context, what string, tenant tenancy.ID, id, set string, value any) error {
	if !known(tenant, id) {
		return fmt.Errorf("%s administrator %.40q: %w", what, id, ErrNotFound)
	}
	result, err := s.config.DB.ExecContext(ctx, `UPDATE `+administrators+` SET `+set+` WHERE tenant_id = $1 AND id = $2`, string(tenant), id, value)
	if err != nil {
		return fmt.Errorf("%s administrator %s: %w", what, id, err)
	}
	n, err := result.RowsAffected()
	if err != nil {
		return fmt.Errorf("%s administrator %s: %w", what, id, err)
	}
	if n == 0 {
		return fmt.Errorf("%s administrator %s: %w", what, id, ErrNotFound)
	}
	return nil
}
