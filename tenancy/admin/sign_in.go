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

// How long a link to sign in with works: one that was asked for, and one that invites.
const (
	SignInLife     = 15 * time.Minute
	InvitationLife = 72 * time.Hour
)

// maxNext bounds a path that is kept with a link.
const maxNext = 1000

// SignIn is a link that is mailed to an administrator, without its secret.
type SignIn struct {
	ID              string
	Tenant          tenancy.ID
	AdministratorID string
	Invitation      bool   // it is the first one, and works for the first sign-in alone
	Next            string // a path of the tenant's host, where the administrator wanted to go
	CreatedAt       time.Time
	ExpiresAt       time.Time
	UsedAt          time.Time // zero: not used
}

type signInRow struct {
	ID            string       `db:"id"`
	Tenant        string       `db:"tenant_id"`
	Administrator string       `db:"administrator_id"`
	Invitation    bool         `db:"invitation"`
	Next          string       `db:"next"`
	CreatedAt     time.Time    `db:"created_at"`
	ExpiresAt     time.Time    `db:"expires_at"`
	UsedAt        sql.NullTime `db:"used_at"`
}

const signInColumns = `id, tenant_id, administrator_id, invitation, next, created_at, expires_at, used_at`

func (r signInRow) signIn() SignIn {
	return SignIn{
		ID: r.ID, Tenant: tenancy.ID(r.Tenant), AdministratorID: r.Administrator, Invitation: r.Invitation, Next: r.Next,
		CreatedAt: r.CreatedAt.UTC(), ExpiresAt: r.ExpiresAt.UTC(), UsedAt: tenantdb.TimeOf(r.UsedAt),
	}
}

// CreateSignIn makes a link for an administrator and returns its secret, which cannot be had again. next is LocalPath's.
// Error: ErrNotFound.
func (s *Store) CreateSignIn(ctx context.Context, tenant tenancy.ID, administratorID, next string) (token.Secret, SignIn, error) {
	return s.createSignIn(ctx, SignIn{Tenant: tenant, AdministratorID: administratorID, Next: LocalPath(next)}, SignInLife)
}

// CreateInvitation makes a link for an administrator who has not signed in yet. Whoever makes it may know its secret, so it
// is void as soon as the administrator has signed in: nobody can use it to pass for her. Error: ErrNotFound, also for one
// who has signed in.
func (s *Store) CreateInvitation(ctx context.Context, tenant tenancy.ID, administratorID string) (token.Secret, SignIn, error) {
	return s.createSignIn(ctx, SignIn{Tenant: tenant, AdministratorID: administratorID, Next: "/", Invitation: true}, InvitationLife)
}

func (s *Store) createSignIn(ctx context.Context, l SignIn, life time.Duration) (token.Secret, SignIn, error) {
	if !known(l.Tenant, l.AdministratorID) {
		return token.Secret{}, SignIn{}, fmt.Errorf("create sign-in link for administrator %.40q: %w", l.AdministratorID, ErrNotFound)
	}
	secret := token.NewSecret(token.ForSignIn)
	l.ID, l.CreatedAt = uuid.NewString(), s.now()
	l.ExpiresAt = l.CreatedAt.Add(life)
	hash := s.config.Key.Hash(secret)
	// The id comes back when the statement is sent twice, too.
	var id string
	err := s.config.DB.GetContext(ctx, &id, `INSERT INTO `+signIns+` AS l (id, tenant_id, administrator_id, invitation, hash, next, created_at, expires_at)
		SELECT $1, tenant_id, id, $4, $5, $6, $7, $8 FROM `+administrators+`
		WHERE tenant_id = $2 AND id = $3 AND (signed_in_at IS NULL OR NOT $4)
		ON CONFLICT (id) DO UPDATE SET hash = EXCLUDED.hash RETURNING id`,
		l.ID, string(l.Tenant), l.AdministratorID, l.Invitation, hash[:], l.Next, l.CreatedAt, l.ExpiresAt)
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNotFound
	}
	if err != nil {
		return token.Secret{}, SignIn{}, fmt.Errorf("create sign-in link for administrator %s: %w", l.AdministratorID, err)
	}
	return secret, l, nil
}

// alive is the condition of a link of sign_ins, as l, that has not expired at $3 and was not made void since.
var alive = `l.expires_at > $3 AND EXISTS (SELECT FROM ` + administrators + ` AS a WHERE a.id = l.administrator_id
	AND a.sessions_from <= l.created_at AND (a.signed_in_at IS NULL OR NOT l.invitation))`

// LookSignIn returns a link at a tenant that could be used now, and does not use it. Errors: OpenSignIn's.
func (s *Store) LookSignIn(ctx context.Context, tenant tenancy.ID, text string) (SignIn, error) {
	secret, err := token.ParseSecret(token.ForSignIn, text)
	if _, ok := tenant.Hex(); err != nil || !ok {
		return SignIn{}, ErrMalformed
	}
	hash, now := s.config.Key.Hash(secret), s.now()
	var row struct {
		signInRow
		Alive bool `db:"alive"`
	}
	err = s.config.DB.GetContext(ctx, &row, `SELECT `+signInColumns+`, `+alive+` AS alive FROM `+signIns+` AS l
		WHERE tenant_id = $1 AND hash = $2`, string(tenant), hash[:], now)
	switch l := row.signIn(); {
	case errors.Is(err, sql.ErrNoRows):
		return SignIn{}, ErrUnknown
	case err != nil:
		return SignIn{}, fmt.Errorf("look at sign-in link: %w", err)
	case !l.UsedAt.IsZero():
		return SignIn{}, ErrUsed
	case row.Alive:
		return l, nil
	case !now.Before(l.ExpiresAt):
		return SignIn{}, ErrExpired
	}
	return SignIn{}, ErrRevoked
}

// OpenSignIn uses a link at a tenant, which works once: of two at once, one opens it. Errors wrap ErrRejected (ErrMalformed,
// ErrUnknown, also for a link of another tenant and for one whose administrator was removed, ErrUsed, ErrExpired, ErrRevoked
// where the administrator has ended all sessions since, or was invited and has signed in) or say that Postgres could not be
// asked.
func (s *Store) OpenSignIn(ctx context.Context, tenant tenancy.ID, text string) (SignIn, error) {
	secret, err := token.ParseSecret(token.ForSignIn, text)
	if _, ok := tenant.Hex(); err != nil || !ok {
		return SignIn{}, ErrMalformed
	}
	hash, now := s.config.Key.Hash(secret), s.now()
	var row signInRow
	err = s.config.DB.GetContext(ctx, &row, `UPDATE `+signIns+` AS l SET used_at = $3, use_id = $4
		WHERE tenant_id = $1 AND hash = $2 AND (use_id IS NULL OR use_id = $4) AND `+alive+`
		RETURNING `+signInColumns, string(tenant), hash[:], now, uuid.NewString())
	switch {
	case err == nil:
		return row.signIn(), nil
	case !errors.Is(err, sql.ErrNoRows):
		return SignIn{}, fmt.Errorf("open sign-in link: %w", err)
	}
	if _, err = s.LookSignIn(ctx, tenant, text); err == nil {
		err = ErrUsed // it was put back to life meanwhile, which nothing does
	}
	return SignIn{}, err
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
