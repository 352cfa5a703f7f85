package operator

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// keepSignOuts is for how long it is known that an operator was signed out: longer than a session of SignOn's lasts.
const keepSignOuts = 7 * 24 * time.Hour

// SignOutActor makes void all sessions of an operator who came by SignOn that began before now. It keeps nobody from coming
// again: that is for the provider to do first. Error: ErrNotFound for what is no such actor.
func (s *Store) SignOutActor(ctx context.Context, actor string) error {
	subject, ok := strings.CutPrefix(actor, "oidc:")
	if !ok || subject == "" || len(subject) > 255 {
		return fmt.Errorf("sign operator %.300q out: %w", actor, ErrNotFound)
	}
	_, err := s.config.DB.ExecContext(ctx, `INSERT INTO `+signOuts+` AS o (actor, at) VALUES ($1, $2)
		ON CONFLICT (actor) DO UPDATE SET at = GREATEST(o.at, EXCLUDED.at)`, actor, s.now())
	if err != nil {
		return fmt.Errorf("sign operator %s out: %w", actor, err)
	}
	return nil
}

// SignedOut returns when the sessions of an operator who came by SignOn were ended last; zero: they were not.
func (s *Store) SignedOut(ctx context.Context, actor string) (time.Time, error) {
	var at time.Time
	err := s.config.DB.GetContext(ctx, &at, `SELECT at FROM `+signOuts+` WHERE actor = $1`, actor)
	switch {
	case errors.Is(err, sql.ErrNoRows), tenantdb.Undefined(err): // the migration is still to come, so nobody was signed out
		return time.Time{}, nil
	case err != nil:
		return time.Time{}, fmt.Errorf("ask whether operator %s was signed out: %w", actor, err)
	}
	return at.UTC(), nil
}
