package admin

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/token"
)

// OpenImpersonation uses the link of an impersonation at its tenant, which works once and within ImpersonationOpen. Errors
// wrap ErrRejected (ErrMalformed, ErrUnknown, also for a link of another tenant, ErrUsed, ErrRevoked where it was ended,
// ErrExpired) or say that Postgres could not be asked.
func (s *Store) OpenImpersonation(ctx context.Context, tenant tenancy.ID, text string) (Impersonation, error) {
	secret, err := token.ParseSecret(token.ForVisit, text)
	if _, ok := tenant.Hex(); err != nil || !ok {
		return Impersonation{}, ErrMalformed
	}
	hash, now := s.config.Key.Hash(secret), s.now()
	var row impersonationRow
	err = s.config.DB.GetContext(ctx, &row, `UPDATE `+impersonations+` SET opened_at = $3, use_id = $4
		WHERE tenant_id = $1 AND hash = $2 AND ended_at IS NULL AND expires_at > $3 AND created_at > $5 AND (use_id IS NULL OR use_id = $4)
		RETURNING `+impersonationColumns, string(tenant), hash[:], now, uuid.NewString(), now.Add(-ImpersonationOpen))
	switch {
	case err == nil:
		return row.impersonation(), nil
	case !errors.Is(err, sql.ErrNoRows):
		return Impersonation{}, fmt.Errorf("open impersonation: %w", err)
	}
	if _, err = s.LookImpersonation(ctx, tenant, text); err == nil {
		err = ErrExpired // while we asked
	}
	return Impersonation{}, err
}

// LookImpersonation returns the impersonation whose link could be used at a tenant now, and does not use it. Errors:
// OpenImpersonation's.
func (s *Store) LookImpersonation(ctx context.Context, tenant tenancy.ID, text string) (Impersonation, error) {
	secret, err := token.ParseSecret(token.ForVisit, text)
	if _, ok := tenant.Hex(); err != nil || !ok {
		return Impersonation{}, ErrMalformed
	}
	hash, now := s.config.Key.Hash(secret), s.now()
	var row impersonationRow
	err = s.config.DB.GetContext(ctx, &row, `SELECT `+impersonationColumns+` FROM `+impersonations+` WHERE tenant_id = $1 AND hash = $2`, string(tenant), hash[:])
	switch i := row.impersonation(); {
	case errors.Is(err, sql.ErrNoRows):
		return Impersonation{}, ErrUnknown
	case err != nil:
		return Impersonation{}, fmt.Errorf("look at impersonation: %w", err)
	case !i.OpenedAt.IsZero():
		return Impersonation{}, ErrUsed
	case !i.EndedAt.IsZero():
		return Impersonation{}, ErrRevoked
	case i.Over(now), !i.CreatedAt.After(now.Add(-ImpersonationOpen)):
		return Impersonation{}, ErrExpired
	default:
		return i, nil
	}
}

// Impersonation returns an impersonation at a tenant, also one that is over. Error: ErrNoImpersonation.
func (s *Store) Impersonation(ctx context.Context, tenant tenancy.ID, id string) (Impersonation, error) {
	if !known(tenant, id) {
		return Impersonation{}, fmt.Errorf("get impersonation %.40q: %w", id, ErrNoImpersonation)
	}
	var row impersonationRow
	err := s.config.DB.GetContext(ctx, &row, `SELECT `+impersonationColumns+` FROM `+impersonations+`
		WHERE tenant_id = $1 AND id = $2`, string(tenant), id)
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNoImpersonation
	}
	if err != nil {
		return Impersonation{}, fmt.Errorf("get impersonation %s: %w", id, err)
	}
	return row.impersonation(), nil
}

// Impersonations returns the last impersonations at a tenant, the newest first, also those that are over or were never
// opened.
func (s *Store) Impersonations(ctx context.Context, tenant tenancy.ID, limit int) ([]Impersonation, error) {
	if _, ok := tenant.Hex(); !ok {
		return nil, nil
	}
	var rows []impersonationRow
	err := s.config.DB.SelectContext(ctx, &rows, `SELECT `+impersonationColumns+` FROM `+impersonations+`
		WHERE tenant_id = $1 ORDER BY created_at DESC, id DESC LIMIT $2`, string(tenant), max(1, limit))
	if err != nil {
		return nil, fmt.Errorf("list impersonations at tenant %s: %w", tenant, err)
	}
	list := make([]Impersonation, len(rows))
	for n, r := range rows {
		list[n] = r.impersonation()
	}
	return list, nil
}

// EndImpersonation ends an impersonation at once, everywhere, also one that was not opened yet. One that was ended before
// stays so. Error: ErrNoImpersonation.
func (s *Store) EndImpersonation(ctx context.Context, tenant tenancy.ID, id string) error {
	if !known(tenant, id) {
		return fmt.Errorf("end impersonation %.40q: %w", id, ErrNoImpersonation)
	}
	result, err := s.config.DB.ExecContext(ctx, `UPDATE `+impersonations+` SET ended_at = COALESCE(ended_at, $3)
		WHERE tenant_id = $1 AND id = $2`, string(tenant), id, s.now())
	if err != nil {
		return fmt.Errorf("end impersonation %s: %w", id, err)
	}
	n, err := result.RowsAffected()
	if err != nil {
		return fmt.Errorf("end impersonation %s: %w", id, err)
	}
	if n == 0 {
		return fmt.Errorf("end impersonation %s: %w", id, ErrNoImpersonation)
	}
	return nil
}

// EndImpersonationsOf ends all impersonations of an operator at once, at every tenant, also those that were not opened yet, and
// returns how many there were.
func (s *Store) EndImpersonationsOf(ctx context.Context, operator string) (int64, error) {
	result, err := s.config.DB.ExecContext(ctx, `UPDATE `+impersonations+` SET ended_at = $2 WHERE operator = $1 AND ended_at IS NULL AND expires_at > $2`,
		operator, s.now())
	if err != nil {
		return 0, fmt.Errorf("end impersonations of %s: %w", operator, err)
	}
	n, err := result.RowsAffected()
	if err != nil {
		return 0, fmt.Errorf("end impersonations of %s: %w", operator, err)
	}
	return n, nil
}
