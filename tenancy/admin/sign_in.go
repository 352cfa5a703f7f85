package admin

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/tenantdb"
	"github.com/askspoke/spoke/tenancy/token"
)

// SignInLife is how long a link to sign in with works.
const SignInLife = 15 * time.Minute

// maxNext bounds a path that is kept with a link.
const maxNext = 1000

// SignIn is a link that is mailed to an administrator, without its secret.
type SignIn struct {
	ID              string
	Tenant          tenancy.ID
	AdministratorID string
	Next            string // a path of the tenant's host, where the administrator wanted to go
	CreatedAt       time.Time
	ExpiresAt       time.Time
	UsedAt          time.Time // zero: not used
}

type signInRow struct {
	ID            string       `db:"id"`
	Tenant        string       `db:"tenant_id"`
	Administrator string       `db:"administrator_id"`
	Next          string       `db:"next"`
	CreatedAt     time.Time    `db:"created_at"`
	ExpiresAt     time.Time    `db:"expires_at"`
	UsedAt        sql.NullTime `db:"used_at"`
}

const signInColumns = `id, tenant_id, administrator_id, next, created_at, expires_at, used_at`

func (r signInRow) signIn() SignIn {
	return SignIn{
		ID: r.ID, Tenant: tenancy.ID(r.Tenant), AdministratorID: r.Administrator, Next: r.Next,
		CreatedAt: r.CreatedAt.UTC(), ExpiresAt: r.ExpiresAt.UTC(), UsedAt: tenantdb.TimeOf(r.UsedAt),
	}
}

// CreateSignIn makes a link for an administrator and returns its secret, which cannot be had again. next is LocalPath's.
// Error: ErrNotFound.
func (s *Store) CreateSignIn(ctx context.Context, tenant tenancy.ID, administratorID, next string) (token.Secret, SignIn, error) {
	if !known(tenant, administratorID) {
		return token.Secret{}, SignIn{}, fmt.Errorf("create sign-in link for administrator %.40q: %w", administratorID, ErrNotFound)
	}
	secret, now := token.NewSecret(token.ForSignIn), s.now()
	l := SignIn{
		ID: uuid.NewString(), Tenant: tenant, AdministratorID: administratorID, Next: LocalPath(next), CreatedAt: now, ExpiresAt: now.Add(SignInLife),
	}
	hash := s.config.Key.Hash(secret)
	// The id comes back when the statement is sent twice, too.
	var id string
	err := s.config.DB.GetContext(ctx, &id, `INSERT INTO `+signIns+` AS l (id, tenant_id, administrator_id, hash, next, created_at, expires_at)
		SELECT $1, tenant_id, id, $4, $5, $6, $7 FROM `+administrators+` WHERE tenant_id = $2 AND id = $3
		ON CONFLICT (id) DO UPDATE SET hash = EXCLUDED.hash RETURNING id`,
		l.ID, string(tenant), administratorID, hash[:], l.Next, l.CreatedAt, l.ExpiresAt)
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNotFound
	}
	if err != nil {
		return token.Secret{}, SignIn{}, fmt.Errorf("create sign-in link for administrator %s: %w", administratorID, err)
	}
	return secret, l, nil
}

// OpenSignIn uses a link at a tenant, which works once: of two at once, one opens it. Errors wrap ErrRejected (ErrMalformed,
// ErrUnknown, also for a link of another tenant and for one whose administrator was removed, ErrUsed, ErrExpired, ErrRevoked
// where the administrator has ended all sessions since) or say that Postgres could not be asked.
func (s *Store) OpenSignIn(ctx context.Context, tenant tenancy.ID, text string) (SignIn, error) {
	secret, err := token.ParseSecret(token.ForSignIn, text)
	if _, ok := tenant.Hex(); err != nil || !ok {
		return SignIn{}, ErrMalformed
	}
	hash, now := s.config.Key.Hash(secret), s.now()
	var row signInRow
	err = s.config.DB.GetContext(ctx, &row, `UPDATE `+signIns+` SET used_at = $3, use_id = $4
		WHERE tenant_id = $1 AND hash = $2 AND expires_at > $3 AND (use_id IS NULL OR use_id = $4)
			AND created_at >= (SELECT a.sessions_from FROM `+administrators+` AS a WHERE a.id = administrator_id)
		RETURNING `+signInColumns, string(tenant), hash[:], now, uuid.NewString())
	if err == nil {
		return row.signIn(), nil
	}
	if errors.Is(err, sql.ErrNoRows) {
		err = s.config.DB.GetContext(ctx, &row, `SELECT `+signInColumns+` FROM `+signIns+` WHERE tenant_id = $1 AND hash = $2`, string(tenant), hash[:])
	}
	switch l := row.signIn(); {
	case errors.Is(err, sql.ErrNoRows):
		return SignIn{}, ErrUnknown
	case err != nil:
		return SignIn{}, fmt.Errorf("open sign-in link: %w", err)
	case !l.UsedAt.IsZero():
		return SignIn{}, ErrUsed
	case !now.Before(l.ExpiresAt):
		return SignIn{}, ErrExpired
	}
	return SignIn{}, ErrRevoked
}

// LocalPath returns a path that a browser follows on the same host alone, and "/" for a text that is none: browsers take
// // and /\ for the beginning of another host, and drop tabs and line breaks before they look.
func LocalPath(text string) string {
	local := strings.HasPrefix(text, "/") && !strings.HasPrefix(text, "//") && !strings.ContainsRune(text, '\\') &&
		len(text) <= maxNext && utf8.ValidString(text) && !strings.ContainsFunc(text, unicode.IsControl)
	if !local {
		return "/"
	}
	return text
}
