package operator

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/askspoke/spoke/tenancy/token"
)

// SignInLife is how long a link to the operator's console can be opened.
const SignInLife = 15 * time.Minute

// CreateSignIn makes a link with which an operator signs in to the console, and returns its secret, which cannot be had
// again. It is for who has the database anyhow. Errors: ErrName, ErrRole.
func (s *Store) CreateSignIn(ctx context.Context, who Identity) (token.Secret, time.Time, error) {
	switch {
	case !token.ValidName(who.Name):
		return token.Secret{}, time.Time{}, ErrName
	case !who.Role.Valid():
		return token.Secret{}, time.Time{}, ErrRole
	}
	secret, now := token.NewSecret(token.ForConsole), s.now()
	hash, expires := s.config.Key.Hash(secret), now.Add(SignInLife)
	_, err := s.config.DB.ExecContext(ctx, `INSERT INTO `+signIns+` (id, actor, name, role, hash, created_at, expires_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (id) DO NOTHING`,
		uuid.NewString(), who.Actor, who.Name, string(who.Role), hash[:], now, expires)
	if err != nil {
		return token.Secret{}, time.Time{}, fmt.Errorf("create link for operator %s: %w", who.Actor, err)
	}
	return secret, expires, nil
}

// OpenSignIn uses a link, which works once: of two at once, one opens it. Errors wrap ErrRejected (ErrMalformed,
// ErrUnknown, ErrUsed, ErrExpired) or say that Postgres could not be asked.
func (s *Store) OpenSignIn(ctx context.Context, text string) (Identity, error) {
	secret, err := token.ParseSecret(token.ForConsole, text)
	if err != nil {
		return Identity{}, ErrMalformed
	}
	hash, now := s.config.Key.Hash(secret), s.now()
	var row signInRow
	err = s.config.DB.GetContext(ctx, &row, `UPDATE `+signIns+` SET used_at = $2, use_id = $3
		WHERE hash = $1 AND expires_at > $2 AND (use_id IS NULL OR use_id = $3) RETURNING `+signInColumns, hash[:], now, uuid.NewString())
	switch {
	case err == nil:
		return row.identity(), nil
	case !errors.Is(err, sql.ErrNoRows):
		return Identity{}, fmt.Errorf("open operator's link: %w", err)
	}
	if _, _, err = s.LookSignIn(ctx, text); err == nil {
		err = ErrExpired // while we asked
	}
	return Identity{}, err
}

// LookSignIn returns whom a link would sign in now and the link's id, and does not use it. Errors: OpenSignIn's.
func (s *Store) LookSignIn(ctx context.Context, text string) (string, Identity, error) {
	secret, err := token.ParseSecret(token.ForConsole, text)
	if err != nil {
		return "", Identity{}, ErrMalformed
	}
	hash := s.config.Key.Hash(secret)
	var row signInRow
	err = s.config.DB.GetContext(ctx, &row, `SELECT `+signInColumns+` FROM `+signIns+` WHERE hash = $1`, hash[:])
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return "", Identity{}, ErrUnknown
	case err != nil:
		return "", Identity{}, fmt.Errorf("look at operator's link: %w", err)
	case row.UsedAt.Valid:
		return "", Identity{}, ErrUsed
	case !s.now().Before(row.ExpiresAt):
		return "", Identity{}, ErrExpired
	}
	return row.ID, row.identity(), nil
}

// SignedIn returns whom a link has signed in. Error: ErrNotFound, also for one that was not used, and where RevokeSignIns
// has ended what it began.
func (s *Store) SignedIn(ctx context.Context, id string) (Identity, error) {
	if uuid.Validate(id) != nil {
		return Identity{}, fmt.Errorf("get operator's link: %w", ErrNotFound)
	}
	var row signInRow
	err := s.config.DB.GetContext(ctx, &row, `SELECT `+signInColumns+` FROM `+signIns+` WHERE id = $1 AND used_at IS NOT NULL`, id)
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNotFound
	}
	if err != nil {
		return Identity{}, fmt.Errorf("get operator's link %s: %w", id, err)
	}
	return row.identity(), nil
}

// RevokeSignIns forgets all links of an actor, also those that were used, and returns how many there were: what they began
// has ended.
func (s *Store) RevokeSignIns(ctx context.Context, actor string) (int64, error) {
	result, err := s.config.DB.ExecContext(ctx, `DELETE FROM `+signIns+` WHERE actor = $1`, actor)
	if err != nil {
		return 0, fmt.Errorf("revoke links of operator %s: %w", actor, err)
	}
	n, err := result.RowsAffected()
	if err != nil {
		return 0, fmt.Errorf("revoke links of operator %s: %w", actor, err)
	}
	return n, nil
}

type signInRow struct {
	ID        string       `db:"id"`
	Actor     string       `db:"actor"`
	Name      string       `db:"name"`
	Role      string       `db:"role"`
	ExpiresAt time.Time    `db:"expires_at"`
	UsedAt    sql.NullTime `db:"used_at"`
}

const signInColumns = `id, actor, name, role, expires_at, used_at`

func (r signInRow) identity() Identity {
	return Identity{Actor: r.Actor, Name: r.Name, Role: Role(r.Role)}
}
