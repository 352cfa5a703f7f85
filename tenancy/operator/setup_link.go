package operator

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/tenantdb"
	"github.com/askspoke/spoke/tenancy/token"
)

// Purpose is what the holder of a set-up link may do.
type Purpose string

// The purposes.
const (
	ForProvisioning  Purpose = "provisioning"  // connect the identity provider
	ForSignOn        Purpose = "sign_on"       // set up single sign-on
	ForHost          Purpose = "host"          // verify a host of the customer's own
	ForAdministrator Purpose = "administrator" // become the first administrator
)

// Valid says whether p is one of the purposes.
func (p Purpose) Valid() bool {
	switch p {
	case ForProvisioning, ForSignOn, ForHost, ForAdministrator:
		return true
	}
	return false
}

// How long a set-up link opens: where nothing is said, and at most.
const (
	DefaultLinkLife = time.Hour
	MaxLinkLife     = 7 * 24 * time.Hour
)

// Link is what is known of a set-up link, without its secret.
type Link struct {
	ID        string
	Tenant    tenancy.ID
	Purpose   Purpose
	CreatedAt time.Time
	CreatedBy string // the actor
	ExpiresAt time.Time
	RevokedAt time.Time // zero: not revoked
	UsedAt    time.Time // zero: not used
}

// NewLink is what one says to create a link.
type NewLink struct {
	ID        string // as a NewKey has it
	Once      bool   // a later attempt with the ID is refused with ErrMade: whoever made the earlier one may have its secret
	Tenant    tenancy.ID
	Purpose   Purpose
	ExpiresAt time.Time // zero: DefaultLinkLife from now
	CreatedBy string    // the actor
}

// CreateLink makes a link and returns its secret, which cannot be had again. Errors: ErrPurpose, ErrExpiry, ErrLifetime,
// tenancy.ErrNotFound, also for an ID whose link was used or revoked, and ErrMade.
func (s *Store) CreateLink(ctx context.Context, n NewLink) (token.Secret, Link, error) {
	secret, now := token.NewSecret(token.ForSetUp), s.now()
	if n.ExpiresAt.IsZero() {
		n.ExpiresAt = now.Add(DefaultLinkLife)
	}
	l := Link{
		ID: cmp.Or(n.ID, uuid.NewString()), Tenant: n.Tenant, Purpose: n.Purpose, CreatedAt: now, CreatedBy: n.CreatedBy, ExpiresAt: micro(n.ExpiresAt),
	}
	switch {
	case !l.Purpose.Valid():
		return token.Secret{}, Link{}, ErrPurpose
	case !l.ExpiresAt.After(now):
		return token.Secret{}, Link{}, ErrExpiry
	case l.ExpiresAt.Sub(now) > MaxLinkLife:
		return token.Secret{}, Link{}, ErrLifetime
	}
	hash := s.config.Key.Hash(secret)
	// The id comes back when the statement is sent twice, too.
	var id string
	err := s.config.DB.GetContext(ctx, &id, `INSERT INTO `+links+` AS l (id, tenant_id, purpose, hash, created_at, created_by, expires_at)
		SELECT $1, id, $3, $4, $5, $6, $7 FROM `+tenants+` WHERE id = $2
		ON CONFLICT (id) DO UPDATE SET hash = EXCLUDED.hash, created_at = EXCLUDED.created_at, expires_at = EXCLUDED.expires_at
		WHERE l.used_at IS NULL AND l.revoked_at IS NULL AND l.tenant_id = EXCLUDED.tenant_id
			AND (l.hash = EXCLUDED.hash OR NOT $8) RETURNING id`,
		l.ID, string(l.Tenant), string(l.Purpose), hash[:], l.CreatedAt, l.CreatedBy, l.ExpiresAt, n.Once)
	if errors.Is(err, sql.ErrNoRows) {
		err = tenancy.ErrNotFound
		if n.Once {
			if _, found := s.Link(ctx, n.Tenant, l.ID); !errors.Is(found, ErrNotFound) {
				err = cmp.Or(found, ErrMade)
			}
		}
	}
	if err != nil {
		return token.Secret{}, Link{}, fmt.Errorf("create set-up link for tenant %s: %w", n.Tenant, err)
	}
	return secret, l, nil
}

type linkRow struct {
	ID        string       `db:"id"`
	Tenant    string       `db:"tenant_id"`
	Purpose   string       `db:"purpose"`
	CreatedAt time.Time    `db:"created_at"`
	CreatedBy string       `db:"created_by"`
	ExpiresAt time.Time    `db:"expires_at"`
	RevokedAt sql.NullTime `db:"revoked_at"`
	UsedAt    sql.NullTime `db:"used_at"`
}

const linkColumns = `id, tenant_id, purpose, created_at, created_by, expires_at, revoked_at, used_at`

func (r linkRow) link() Link {
	return Link{
		ID: r.ID, Tenant: tenancy.ID(r.Tenant), Purpose: Purpose(r.Purpose), CreatedAt: r.CreatedAt.UTC(), CreatedBy: r.CreatedBy,
		ExpiresAt: r.ExpiresAt.UTC(), RevokedAt: tenantdb.TimeOf(r.RevokedAt), UsedAt: tenantdb.TimeOf(r.UsedAt),
	}
}

// Links returns a page of a tenant's links, also those that open nothing any more, and whether there are more.
func (s *Store) Links(ctx context.Context, tenant tenancy.ID, page Page) (list []Link, more bool, err error) {
	var rows []linkRow
	at, id := page.After.before()
	err = s.config.DB.SelectContext(ctx, &rows, `SELECT `+linkColumns+` FROM `+links+`
		WHERE tenant_id = $1 AND (created_at, id) < ($2, $3::uuid) ORDER BY created_at DESC, id DESC LIMIT $4`,
		string(tenant), at, id, page.Limit+1)
	if err != nil {
		return nil, false, fmt.Errorf("list set-up links of tenant %s: %w", tenant, err)
	}
	if more = len(rows) > page.Limit; more {
		rows = rows[:page.Limit]
	}
	list = make([]Link, len(rows))
	for i, r := range rows {
		list[i] = r.link()
	}
	return list, more, nil
}

// RevokeLink makes a link of a tenant open nothing any more. Error: ErrNotFound, also for a link of another tenant.
func (s *Store) RevokeLink(ctx context.Context, tenant tenancy.ID, id string) error {
	if uuid.Validate(id) != nil {
		return fmt.Errorf("revoke set-up link: %w", ErrNotFound)
	}
	result, err := s.config.DB.ExecContext(ctx, `UPDATE `+links+` SET revoked_at = COALESCE(revoked_at, $3) WHERE tenant_id = $1 AND id = $2`,
		string(tenant), id, s.now())
	if err != nil {
		return fmt.Errorf("revoke set-up link %s: %w", id, err)
	}
	if n, err := result.RowsAffected(); err == nil && n == 0 {
		return fmt.Errorf("revoke set-up link %s: %w", id, ErrNotFound)
	}
	return nil
}

// Link returns a link of a tenant, also one that opens nothing any more. Error: ErrNotFound.
func (s *Store) Link(ctx context.Context, tenant tenancy.ID, id string) (Link, error) {
	if uuid.Validate(id) != nil {
		return Link{}, fmt.Errorf("get set-up link: %w", ErrNotFound)
	}
	var row linkRow
	err := s.config.DB.GetContext(ctx, &row, `SELECT `+linkColumns+` FROM `+links+` WHERE tenant_id = $1 AND id = $2`, string(tenant), id)
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNotFound
	}
	if err != nil {
		return Link{}, fmt.Errorf("get set-up link %s: %w", id, err)
	}
	return row.link(), nil
}

// LookLink returns a link at a tenant that could be opened now, and does not open it. Errors: OpenLink's.
func (s *Store) LookLink(ctx context.Context, tenant tenancy.ID, text string) (Link, error) {
	return s.lookLink(ctx, s.config.DB, tenant, text)
}

// getter is a pool or a transaction.
type getter interface {
	GetContext(ctx context.Context, into any, query string, args ...any) error
}

func (s *Store) lookLink(ctx context.Context, db getter, tenant tenancy.ID, text string) (Link, error) {
	secret, err := token.ParseSecret(token.ForSetUp, text)
	if err != nil {
		return Link{}, ErrMalformed
	}
	hash := s.config.Key.Hash(secret)
	var row linkRow
	err = db.GetContext(ctx, &row, `SELECT `+linkColumns+` FROM `+links+` WHERE tenant_id = $1 AND hash = $2`, string(tenant), hash[:])
	switch l := row.link(); {
	case errors.Is(err, sql.ErrNoRows):
		return Link{}, ErrUnknown
	case err != nil:
		return Link{}, fmt.Errorf("look at set-up link: %w", err)
	case !l.UsedAt.IsZero():
		return Link{}, ErrUsed
	case !l.RevokedAt.IsZero():
		return Link{}, ErrRevoked
	case !s.now().Before(l.ExpiresAt):
		return Link{}, ErrExpired
	default:
		return l, nil
	}
}

// OpenLink uses a link at a tenant, which works once: of two at once, one opens it. Errors wrap ErrRejected (ErrMalformed,
// ErrUnknown, also for a link of another tenant, ErrUsed, ErrRevoked, ErrExpired) or say that Postgres could not be asked.
func (s *Store) OpenLink(ctx context.Context, tenant tenancy.ID, text string) (Link, error) {
	return s.openLink(ctx, s.config.DB, tenant, text)
}

// UseLink returns what is OpenLink as a part of another's transaction: the link is used if that is committed.
func (s *Store) UseLink(tenant tenancy.ID, text string) func(context.Context, *sqlx.Tx) error {
	return func(ctx context.Context, tx *sqlx.Tx) error {
		_, err := s.openLink(ctx, tx, tenant, text)
		return err
	}
}

func (s *Store) openLink(ctx context.Context, db getter, tenant tenancy.ID, text string) (Link, error) {
	secret, err := token.ParseSecret(token.ForSetUp, text)
	if err != nil {
		return Link{}, ErrMalformed
	}
	hash, now := s.config.Key.Hash(secret), s.now()
	var row linkRow
	err = db.GetContext(ctx, &row, `UPDATE `+links+` SET used_at = $3, use_id = $4
		WHERE tenant_id = $1 AND hash = $2 AND revoked_at IS NULL AND expires_at > $3 AND (use_id IS NULL OR use_id = $4)
		RETURNING `+linkColumns, string(tenant), hash[:], now, uuid.NewString())
	switch {
	case err == nil:
		return row.link(), nil
	case !errors.Is(err, sql.ErrNoRows):
		return Link{}, fmt.Errorf("open set-up link: %w", err)
	}
	if _, err = s.lookLink(ctx, db, tenant, text); err == nil {
		err = ErrExpired // while we asked
	}
	return Link{}, err
}

// State is what a link, at a time, is good for: "open", "used", "revoked" or "expired".
func (l Link) State(at time.Time) string {
	switch {
	case !l.UsedAt.IsZero():
		return "used"
	case !l.RevokedAt.IsZero():
		return "revoked"
	case !at.Before(l.ExpiresAt):
		return "expired"
	}
	return "open"
}
