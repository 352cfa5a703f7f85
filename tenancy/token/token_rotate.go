package token

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// RotationState is how far a rotation is.
type RotationState string

// The states. A rotation whose new token expired or was revoked is cancelled.
const (
	RotationOpen      RotationState = "open"      // both tokens are accepted
	RotationCompleted RotationState = "completed" // the old token is revoked
	RotationCancelled RotationState = "cancelled" // the new token is worthless
)

// Rotation replaces a token by a new one, in two steps: both are accepted until it is seen that the identity provider
// has the new one.
type Rotation struct {
	Old, New Token
	State    RotationState
	// Proven says that the new token was used: New.FirstUsedAt and New.FirstUsedFrom say when and from where.
	Proven bool
}

func rotation(old, successor Token, at time.Time) Rotation {
	r := Rotation{Old: old, New: successor, State: RotationOpen, Proven: !successor.FirstUsedAt.IsZero() || !successor.LastUsedAt.IsZero()}
	switch {
	case !old.RevokedAt.IsZero() && (successor.RevokedAt.IsZero() || !successor.RevokedAt.Before(old.RevokedAt)):
		r.State = RotationCompleted
	case !successor.Live(at):
		r.State = RotationCancelled
	}
	return r
}

// NewRotation is what one says to start a rotation.
type NewRotation struct {
	// ID is that of the new token, "" for a new one. With the ID of a request that is made once, a later attempt makes
	// another secret for the new token of the rotation that an earlier one started and could not hand over.
	ID        string
	ExpiresAt time.Time // of the new token; zero: never
}

// StartRotation makes a token that is to replace another one, with its name, scopes and permitted addresses, and returns
// its secret, which cannot be had again. The other one stays valid. Errors: ErrNotFound, ErrRevokedAlready, ErrRotating,
// ErrExpiry.
func (s *Store) StartRotation(ctx context.Context, tenant tenancy.ID, tokenID string, n NewRotation) (Secret, Rotation, error) {
	var secret Secret
	var r Rotation
	err := s.change(ctx, tenant, func(tx *sqlx.Tx) error {
		old, err := find(ctx, tx, tenant, tokenID)
		if err != nil {
			return err
		}
		if !old.Live(s.now()) {
			return ErrRevokedAlready
		}
		var successor Token
		secret, successor, err = s.draft(tenant, NewToken{ID: n.ID, Name: old.Name, Scopes: old.Scopes, CIDRs: old.CIDRs, ExpiresAt: n.ExpiresAt})
		if err != nil {
			return err
		}
		if n.ID != "" {
			if err := forgo(ctx, tx, successor, false); err != nil {
				return err
			}
		}
		if err := s.still(ctx, tx, old); err != nil {
			return err
		}
		successor.Line, successor.Replaces = old.Line, old.ID
		r = rotation(old, successor, s.now())
		return insert(ctx, tx, successor, s.config.Key.Hash(secret))
	})
	if err != nil {
		return Secret{}, Rotation{}, fmt.Errorf("start rotation of token %.40s: %w", tokenID, err)
	}
	if n.ID != "" {
		s.forget(tenant)
	}
	return secret, r, nil
}

// still returns ErrRotating where the token is part of an open rotation, as the old or as the new one.
func (s *Store) still(ctx context.Context, tx *sqlx.Tx, t Token) error {
	if r, err := s.latest(ctx, tx, t.TenantID, t.ID); err == nil && r.State == RotationOpen {
		return ErrRotating
	} else if err != nil && !errors.Is(err, ErrNoRotation) {
		return err
	}
	if t.Replaces == "" {
		return nil
	}
	old, err := find(ctx, tx, t.TenantID, t.Replaces)
	if err == nil && rotation(old, t, s.now()).State == RotationOpen {
		return ErrRotating
	}
	return err
}

// latest reads the last rotation of a token, or ErrNoRotation.
func (s *Store) latest(ctx context.Context, db sqlx.QueryerContext, tenant tenancy.ID, tokenID string) (Rotation, error) {
	old, err := find(ctx, db, tenant, tokenID)
	if err != nil {
		return Rotation{}, err
	}
	var r row
	err = sqlx.GetContext(ctx, db, &r, `SELECT `+columns+` FROM `+tokens+` WHERE tenant_id = $1 AND replaces = $2
		ORDER BY created_at DESC, id DESC LIMIT 1`, string(tenant), tokenID)
	if errors.Is(err, sql.ErrNoRows) {
		return Rotation{Old: old}, ErrNoRotation
	}
	if err != nil {
		return Rotation{}, err
	}
	successor, err := r.token()
	return rotation(old, successor, s.now()), err
}

// Rotation returns the last rotation of a token, as far as it is. Errors: ErrNotFound, ErrNoRotation.
func (s *Store) Rotation(ctx context.Context, tenant tenancy.ID, tokenID string) (Rotation, error) {
	if err := s.Flush(ctx); err != nil {
		s.config.Logger.WarnContext(ctx, "uses of tokens not written", "error", err)
	}
	r, err := s.latest(ctx, s.config.DB, tenant, tokenID)
	if err != nil {
		return Rotation{}, fmt.Errorf("read rotation of token %.40s: %w", tokenID, err)
	}
	return r, nil
}

// CompleteRotation revokes the old token. Without force it does so only when the new one was used. A rotation that is
// completed stays so, and is announced again. Errors: ErrNotFound, ErrNoRotation, ErrUnproven, or that only the
// announcement failed, after which the call may be repeated.
func (s *Store) CompleteRotation(ctx context.Context, tenant tenancy.ID, tokenID string, force bool) (Rotation, error) {
	// What this replica has seen counts now; what others have seen, in a few seconds.
	if err := s.Flush(ctx); err != nil {
		return Rotation{}, fmt.Errorf("complete rotation of token %.40s: %w", tokenID, err)
	}
	return s.endRotation(ctx, tenant, tokenID, "complete", func(tx *sqlx.Tx, r *Rotation) (err error) {
		switch {
		case r.State == RotationCompleted:
			return nil
		case r.State == RotationCancelled:
			return ErrNoRotation
		case !r.Proven && !force:
			return ErrUnproven
		}
		r.Old, err = s.end(ctx, tx, tenant, r.Old.ID, EventRotated)
		return err
	})
}

// CancelRotation revokes the new token. A rotation that is cancelled stays so, and is announced again. Errors: those of
// CompleteRotation but ErrUnproven.
func (s *Store) CancelRotation(ctx context.Context, tenant tenancy.ID, tokenID string) (Rotation, error) {
	return s.endRotation(ctx, tenant, tokenID, "cancel", func(tx *sqlx.Tx, r *Rotation) (err error) {
		if r.State == RotationCompleted {
			return ErrNoRotation
		}
		r.New, err = s.end(ctx, tx, tenant, r.New.ID, EventRevoked)
		return err
	})
}

func (s *Store) endRotation(ctx context.Context, tenant tenancy.ID, tokenID, act string, end func(*sqlx.Tx, *Rotation) error) (Rotation, error) {
	var r Rotation
	err := s.change(ctx, tenant, func(tx *sqlx.Tx) (err error) {
		if r, err = s.latest(ctx, tx, tenant, tokenID); err == nil {
			err = end(tx, &r)
		}
		return err
	})
	s.forget(tenant)
	if err != nil {
		return Rotation{}, fmt.Errorf("%s rotation of token %.40s: %w", act, tokenID, err)
	}
	return rotation(r.Old, r.New, s.now()), s.config.DB.Announce(ctx, tenantdb.Signal{Topic: tenantdb.TopicToken, Tenant: tenant})
}

// change is AtTenant for a token that is there: a tenant that is not there has none.
func (s *Store) change(ctx context.Context, tenant tenancy.ID, do func(*sqlx.Tx) error) error {
	err := AtTenant(ctx, s.config.DB, tenant, do)
	if errors.Is(err, tenancy.ErrNotFound) {
		return ErrNotFound
	}
	return err
}
