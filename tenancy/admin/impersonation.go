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

	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/tenantdb"
	"github.com/askspoke/spoke/tenancy/token"
)

// How long an impersonation lasts at most, and how long its link can be opened.
const (
	MaxImpersonation  = 4 * time.Hour
	ImpersonationOpen = 5 * time.Minute
)

// Impersonation is an operator's visit to a tenant's console, without the secret of its link.
type Impersonation struct {
	ID        string // a UUID
	Tenant    tenancy.ID
	Operator  string // the operator's actor
	Name      string // the operator's, for people
	Reason    string // for the tenant's administrators
	Role      Role
	CreatedAt time.Time
	ExpiresAt time.Time
	OpenedAt  time.Time // zero: not yet, or never
	EndedAt   time.Time // zero: it ends at ExpiresAt
}

// Actor returns what the audit log and the journal call the visitor: the operator, never an administrator.
func (i Impersonation) Actor() string { return i.Operator }

// Over says whether the impersonation has ended at a time.
func (i Impersonation) Over(at time.Time) bool { return !i.EndedAt.IsZero() || !at.Before(i.ExpiresAt) }

// NewImpersonation is what an operator says to visit a tenant.
type NewImpersonation struct {
	ID        string // "": a new one. With that of an earlier attempt the secret of the link is replaced
	Once      bool   // a later attempt with the ID is refused with ErrMade: whoever made the earlier one may have its secret
	Tenant    tenancy.ID
	Operator  string
	Name      string
	Reason    string
	Role      Role
	ExpiresAt time.Time // zero: MaxImpersonation from now
}

// draft returns the impersonation that is asked for. Errors: ErrID, ErrName, ErrReason, ErrRole, ErrExpiry.
func (n NewImpersonation) draft(now time.Time) (Impersonation, error) {
	if n.ExpiresAt.IsZero() {
		n.ExpiresAt = now.Add(MaxImpersonation)
	}
	i := Impersonation{
		ID: cmp.Or(n.ID, uuid.NewString()), Tenant: n.Tenant, Operator: n.Operator, Name: strings.TrimSpace(n.Name), Reason: strings.TrimSpace(n.Reason),
		Role: n.Role, CreatedAt: now, ExpiresAt: micro(n.ExpiresAt),
	}
	switch {
	case !isID(i.ID):
		return i, ErrID
	case !isText(i.Operator, 300) || !isText(i.Name, 100):
		return i, ErrName
	case !isText(i.Reason, 500):
		return i, ErrReason
	case !i.Role.Valid():
		return i, ErrRole
	case !i.ExpiresAt.After(now), i.ExpiresAt.Sub(now) > MaxImpersonation:
		return i, ErrExpiry
	}
	return i, nil
}

// CreateImpersonation makes an impersonation and returns the secret of its link, which cannot be had again. Errors: ErrID,
// ErrName, ErrReason, ErrRole, ErrExpiry, tenancy.ErrNotFound, also for an ID whose impersonation was opened or ended, and ErrMade.
func (s *Store) CreateImpersonation(ctx context.Context, n NewImpersonation) (token.Secret, Impersonation, error) {
	i, err := n.draft(s.now())
	if _, ok := n.Tenant.Hex(); err == nil && !ok {
		err = tenancy.ErrNotFound
	}
	if err != nil {
		return token.Secret{}, Impersonation{}, fmt.Errorf("create impersonation at tenant %.40q: %w", n.Tenant, err)
	}
	secret := token.NewSecret(token.ForVisit)
	hash := s.config.Key.Hash(secret)
	// The id comes back when the statement is sent twice, too.
	var id string
	err = s.config.DB.GetContext(ctx, &id, `INSERT INTO `+impersonations+` AS i
			(id, tenant_id, operator, name, reason, role, hash, created_at, expires_at)
		SELECT $1, id, $3, $4, $5, $6, $7, $8, $9 FROM `+tenants+` WHERE id = $2
		ON CONFLICT (id) DO UPDATE SET name = EXCLUDED.name, reason = EXCLUDED.reason, role = EXCLUDED.role, hash = EXCLUDED.hash,
			created_at = EXCLUDED.created_at, expires_at = EXCLUDED.expires_at
		WHERE i.opened_at IS NULL AND i.ended_at IS NULL AND i.tenant_id = EXCLUDED.tenant_id AND i.operator = EXCLUDED.operator
			AND (i.hash = EXCLUDED.hash OR NOT $10) RETURNING id`,
		i.ID, string(i.Tenant), i.Operator, i.Name, i.Reason, string(i.Role), hash[:], i.CreatedAt, i.ExpiresAt, n.Once)
	if errors.Is(err, sql.ErrNoRows) {
		err = tenancy.ErrNotFound
		if n.Once {
			if _, found := s.Impersonation(ctx, n.Tenant, i.ID); !errors.Is(found, ErrNoImpersonation) {
				err = cmp.Or(found, ErrMade)
			}
		}
	}
	if err != nil {
		return token.Secret{}, Impersonation{}, fmt.Errorf("create impersonation at tenant %s: %w", n.Tenant, err)
	}
	return secret, i, nil
}

type impersonationRow struct {
	ID        string       `db:"id"`
	Tenant    string       `db:"tenant_id"`
	Operator  string       `db:"operator"`
	Name      string       `db:"name"`
	Reason    string       `db:"reason"`
	Role      string       `db:"role"`
	CreatedAt time.Time    `db:"created_at"`
	ExpiresAt time.Time    `db:"expires_at"`
	OpenedAt  sql.NullTime `db:"opened_at"`
	EndedAt   sql.NullTime `db:"ended_at"`
}

const impersonationColumns = `id, tenant_id, operator, name, reason, role, created_at, expires_at, opened_at, ended_at`

func (r impersonationRow) impersonation() Impersonation {
	return Impersonation{
		ID: r.ID, Tenant: tenancy.ID(r.Tenant), Operator: r.Operator, Name: r.Name, Reason: r.Reason, Role: Role(r.Role),
		CreatedAt: r.CreatedAt.UTC(), ExpiresAt: r.ExpiresAt.UTC(), OpenedAt: tenantdb.TimeOf(r.OpenedAt), EndedAt: tenantdb.TimeOf(r.EndedAt),
	}
}
