package admin

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

	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/token"
)

// MaxAdministrators is how many administrators a tenant can have.
const MaxAdministrators = 50

// NewAdministrator is what one says to add an administrator.
type NewAdministrator struct {
	ID        string // "": a new one. Who adds the same again with the same ID adds it once
	Tenant    tenancy.ID
	Email     string
	Name      string
	Role      Role
	CreatedBy string // the actor
	// SignedInAt is when she has shown who she is, of one who comes in as she is added: sessions that began then are hers.
	// Zero: she has not signed in.
	SignedInAt time.Time
}

// draft returns the administrator that is asked for. Errors: ErrID, ErrEmail, ErrName, ErrRole.
func (n NewAdministrator) draft(now time.Time) (Administrator, error) {
	a := Administrator{
		ID: cmp.Or(n.ID, uuid.NewString()), Tenant: n.Tenant, Name: strings.TrimSpace(n.Name), Role: n.Role,
		CreatedAt: now, CreatedBy: n.CreatedBy, SessionsFrom: now,
	}
	if !n.SignedInAt.IsZero() {
		a.SignedInAt = micro(n.SignedInAt)
		a.SessionsFrom = a.SignedInAt
	}
	var err error
	a.Email, err = fold(n.Email)
	switch {
	case err != nil:
	case !isID(a.ID):
		err = ErrID
	case !isText(a.Name, 100):
		err = ErrName
	case !a.Role.Valid():
		err = ErrRole
	}
	return a, err
}

// Add makes an administrator. Errors: ErrID, ErrEmail, ErrName, ErrRole, ErrExists, ErrLimit, tenancy.ErrNotFound.
func (s *Store) Add(ctx context.Context, n NewAdministrator) (Administrator, error) {
	return s.AddBy(ctx, n, func(context.Context, *sqlx.Tx) error { return nil })
}

// AddBy is Add for who shows something that works once, which use uses up: in the same transaction, so either both is done or
// nothing. Errors: Add's, and those of use.
func (s *Store) AddBy(ctx context.Context, n NewAdministrator, use func(context.Context, *sqlx.Tx) error) (Administrator, error) {
	a, err := n.draft(s.now())
	if err == nil {
		err = token.AtTenant(ctx, s.config.DB, n.Tenant, func(tx *sqlx.Tx) error {
			if err := use(ctx, tx); err != nil {
				return err
			}
			a, err = add(ctx, tx, a)
			return err
		})
	}
	if err != nil {
		return Administrator{}, fmt.Errorf("add administrator to tenant %s: %w", n.Tenant, err)
	}
	return a, nil
}

// Check says whether Add would make the administrator now, and makes nothing. Errors: Add's.
func (s *Store) Check(ctx context.Context, n NewAdministrator) error {
	a, err := n.draft(s.now())
	if _, ok := n.Tenant.Hex(); err == nil && !ok {
		err = tenancy.ErrNotFound
	}
	if err == nil {
		err = room(ctx, s.config.DB, a)
	}
	if err != nil {
		return fmt.Errorf("check administrator of tenant %s: %w", n.Tenant, err)
	}
	return nil
}

// add writes an administrator while the tenant's row is held, so nobody else adds one to it.
func add(ctx context.Context, tx *sqlx.Tx, a Administrator) (Administrator, error) {
	before, err := find(ctx, tx, `id = $1`, a.ID)
	switch {
	case err == nil && before.Tenant == a.Tenant && before.Email == a.Email:
		return before, nil
	case err == nil: // what is another tenant's is not told
		return Administrator{}, ErrExists
	case !errors.Is(err, ErrNotFound):
		return Administrator{}, err
	}
	if err := room(ctx, tx, a); err != nil {
		return Administrator{}, err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO `+administrators+` (id, tenant_id, email, name, role, created_at, created_by, signed_in_at, sessions_from)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		a.ID, string(a.Tenant), a.Email, a.Name, string(a.Role), a.CreatedAt, a.CreatedBy, sql.NullTime{Time: a.SignedInAt, Valid: !a.SignedInAt.IsZero()}, a.SessionsFrom)
	return a, err
}

// room returns ErrExists where a tenant has an administrator with the address, and ErrLimit where it can have no more.
func room(ctx context.Context, db getter, a Administrator) error {
	var held struct {
		All  int `db:"all"`
		Same int `db:"same"`
	}
	err := db.GetContext(ctx, &held, `SELECT count(*) AS "all", count(*) FILTER (WHERE email = $2) AS same FROM `+administrators+`
		WHERE tenant_id = $1`, string(a.Tenant), a.Email)
	switch {
	case err != nil:
		return err
	case held.Same > 0:
		return ErrExists
	case held.All >= MaxAdministrators:
		return ErrLimit
	}
	return nil
}
