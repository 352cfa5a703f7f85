package admin

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/outbox"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// Administrator is a person who may use a tenant's console.
type Administrator struct {
	ID         string // a UUID
	Tenant     tenancy.ID
	Email      string // as outbox.FoldAddress has it
	Name       string
	Role       Role
	UserID     string // of the directory's user that the administrator is; "": none is known
	CreatedAt  time.Time
	CreatedBy  string    // an actor: another administrator's, an operator's, or that of a command
	SignedInAt time.Time // the last time; zero: never
	// SessionsFrom is when the sessions may have begun that are good. Those that began before it are void.
	SessionsFrom time.Time
}

// Actor returns what the audit log and the journal call the administrator.
func (a Administrator) Actor() string { return "admin:" + a.ID }

type administratorRow struct {
	ID           string         `db:"id"`
	Tenant       string         `db:"tenant_id"`
	Email        string         `db:"email"`
	Name         string         `db:"name"`
	Role         string         `db:"role"`
	UserID       sql.NullString `db:"user_id"`
	CreatedAt    time.Time      `db:"created_at"`
	CreatedBy    string         `db:"created_by"`
	SignedInAt   sql.NullTime   `db:"signed_in_at"`
	SessionsFrom time.Time      `db:"sessions_from"`
}

const administratorColumns = `id, tenant_id, email, name, role, user_id, created_at, created_by, signed_in_at, sessions_from`

func (r administratorRow) administrator() Administrator {
	return Administrator{
		ID: r.ID, Tenant: tenancy.ID(r.Tenant), Email: r.Email, Name: r.Name, Role: Role(r.Role), UserID: r.UserID.String,
		CreatedAt: r.CreatedAt.UTC(), CreatedBy: r.CreatedBy, SignedInAt: tenantdb.TimeOf(r.SignedInAt), SessionsFrom: r.SessionsFrom.UTC(),
	}
}

// getter is a pool or a transaction.
type getter interface {
	GetContext(ctx context.Context, into any, query string, args ...any) error
}

func find(ctx context.Context, db getter, condition string, args ...any) (Administrator, error) {
	var row administratorRow
	err := db.GetContext(ctx, &row, `SELECT `+administratorColumns+` FROM `+administrators+` WHERE `+condition, args...)
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNotFound
	}
	if err != nil {
		return Administrator{}, err
	}
	return row.administrator(), nil
}

// Get returns an administrator of a tenant. Error: ErrNotFound, also for one of another tenant and for what is no id.
func (s *Store) Get(ctx context.Context, tenant tenancy.ID, id string) (Administrator, error) {
	if !known(tenant, id) {
		return Administrator{}, fmt.Errorf("get administrator %.40q: %w", id, ErrNotFound)
	}
	a, err := find(ctx, s.config.DB, `tenant_id = $1 AND id = $2`, string(tenant), id)
	if err != nil {
		return Administrator{}, fmt.Errorf("get administrator %s: %w", id, err)
	}
	return a, nil
}

// known says whether an id can be that of something at a tenant.
func known(tenant tenancy.ID, id string) bool {
	_, ok := tenant.Hex()
	return ok && isID(id)
}

// ByEmail returns the administrator of a tenant who has a mail address, in whatever case. Errors: ErrNotFound, ErrEmail.
func (s *Store) ByEmail(ctx context.Context, tenant tenancy.ID, email string) (Administrator, error) {
	email, err := fold(email)
	if err != nil {
		return Administrator{}, fmt.Errorf("find administrator: %w", err)
	}
	if _, ok := tenant.Hex(); !ok {
		return Administrator{}, fmt.Errorf("find administrator: %w", ErrNotFound)
	}
	a, err := find(ctx, s.config.DB, `tenant_id = $1 AND email = $2`, string(tenant), email)
	if err != nil {
		return Administrator{}, fmt.Errorf("find administrator: %w", err)
	}
	return a, nil
}

// fold returns an address as it is kept.
func fold(email string) (string, error) {
	address, err := outbox.ParseAddress(email)
	if err != nil {
		return "", ErrEmail // the text of the other names a mail's field
	}
	return outbox.FoldAddress(address), nil
}

// List returns all administrators of a tenant, of whom there are MaxAdministrators at most, by their addresses.
func (s *Store) List(ctx context.Context, tenant tenancy.ID) ([]Administrator, error) {
	if _, ok := tenant.Hex(); !ok {
		return nil, nil
	}
	var rows []administratorRow
	err := s.config.DB.SelectContext(ctx, &rows, `SELECT `+administratorColumns+` FROM `+administrators+`
		WHERE tenant_id = $1 ORDER BY email`, string(tenant))
	if err != nil {
		return nil, fmt.Errorf("list administrators of tenant %s: %w", tenant, err)
	}
	list := make([]Administrator, len(rows))
	for i, r := range rows {
		list[i] = r.administrator()
	}
	return list, nil
}

// unlinkedPage is how many administrators are read with one statement.
const unlinkedPage = 200

// EachUnlinked calls do with each administrator of any tenant that is there who is linked to no user, in the order of their ids,
// until do returns an error, which it returns then.
func (s *Store) EachUnlinked(ctx context.Context, do func(Administrator) error) error {
	after := uuid.Nil.String()
	for {
		var rows []administratorRow
		err := s.config.DB.SelectContext(ctx, &rows, `SELECT `+administratorColumns+` FROM `+administrators+` AS a WHERE user_id IS NULL AND id > $1
			AND EXISTS (SELECT FROM `+tenants+` AS t WHERE t.id = a.tenant_id AND t.state NOT IN ($3, $4, $5)) ORDER BY id LIMIT $2`,
			after, unlinkedPage, string(tenancy.StateCreating), string(tenancy.StateImporting), string(tenancy.StatePurging))
		if err != nil {
			return fmt.Errorf("list administrators who are linked to no user: %w", err)
		}
		for _, row := range rows {
			after = row.ID
			if err := do(row.administrator()); err != nil {
				return err
			}
		}
		if len(rows) < unlinkedPage {
			return nil
		}
	}
}

// HasOwner says whether a tenant has an owner: its first administrator came.
func (s *Store) HasOwner(ctx context.Context, tenant tenancy.ID) (bool, error) {
	list, err := s.List(ctx, tenant)
	return slices.ContainsFunc(list, func(a Administrator) bool { return a.Role == Owner }), err
}
