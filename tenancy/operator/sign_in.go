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
	var row struct {
		Actor  string       `db:"actor"`
		Name   string       `db:"name"`
		Role   string       `db:"role"`
		UsedAt sql.NullTime `db:"used_at"`
	}
	err = s.config.DB.GetContext(ctx, &row, `UPDATE `+signIns+` SET used_at = $2, use_id = $3
		WHERE hash = $1 AND expires_at > $2 AND (use_id IS NULL OR use_id = $3) RETURNING actor, name, role, used_at`, hash[:], now, uuid.NewString())
	if err == nil {
		return Identity{Actor: row.Actor, Name: row.Name, Role: Role(row.Role)}, nil
	}
	if errors.Is(err, sql.ErrNoRows) {
		err = s.config.DB.GetContext(ctx, &row, `SELECT actor, name, role, used_at FROM `+signIns+` WHERE hash = $1`, hash[:])
	}
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return Identity{}, ErrUnknown
	case err != nil:
		return Identity{}, fmt.Errorf("open operator's link: %w", err)
	case row.UsedAt.Valid:
		return Identity{}, ErrUsed
	}
	return Identity{}, ErrExpired
}
