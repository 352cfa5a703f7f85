package signon

import (
	"context"
	"errors"
	"fmt"

	"github.com/askspoke/spoke/tenancy/seal"
)

// resealBatch bounds how many secrets are read at once.
const resealBatch = 100

// Reseal seals the secrets that another than the first key has sealed under the first, so that the others can be taken away.
// It returns how many it sealed, and an error that wraps seal.ErrOpen when there are some that no key opens: those
// connections need their secret to be entered again.
func (s *Store) Reseal(ctx context.Context) (resealed int, err error) {
	after, lost := "00000000-0000-0000-0000-000000000000", 0
	for {
		var rows []connectionRow
		if err := s.config.DB.SelectContext(ctx, &rows, `SELECT `+connectionColumns+` FROM `+connections+`
			WHERE secret IS NOT NULL AND id > $1 ORDER BY id LIMIT $2`, after, resealBatch); err != nil {
			return resealed, fmt.Errorf("reseal secrets: %w", err)
		}
		for _, row := range rows {
			c := row.connection()
			after = c.ID
			if !s.config.Seal.Stale(c.sealed) {
				continue
			}
			switch err := s.reseal(ctx, c); {
			case errors.Is(err, seal.ErrOpen):
				lost++
			case err != nil:
				return resealed, fmt.Errorf("reseal secret of sign-on connection %s: %w", c.ID, err)
			default:
				resealed++
			}
		}
		if len(rows) < resealBatch {
			break
		}
	}
	if lost > 0 {
		return resealed, fmt.Errorf("reseal secrets of %d sign-on connections: %w", lost, seal.ErrOpen)
	}
	return resealed, nil
}

func (s *Store) reseal(ctx context.Context, c Connection) error {
	secret, err := s.Secret(c)
	if err != nil {
		return err
	}
	sealed, err := s.config.Seal.Seal(c.place(), secret)
	if err != nil {
		return err
	}
	// One that was changed meanwhile is sealed under the first key already.
	_, err = s.config.DB.ExecContext(ctx, `UPDATE `+connections+` SET secret = $3 WHERE id = $1 AND secret = $2`, c.ID, c.sealed, sealed)
	return err
}
