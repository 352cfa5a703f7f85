package signon

import (
	"context"
	"fmt"
)

// livePage is how many connections are read with one statement.
const livePage = 200

// EachLive calls do with each connection of a kind, of any tenant, by which people sign in, in the order of their ids, until
// do returns an error, which it returns then.
func (s *Store) EachLive(ctx context.Context, kind Kind, do func(Connection) error) error {
	after := "00000000-0000-0000-0000-000000000000"
	for {
		var rows []connectionRow
		if err := s.config.DB.SelectContext(ctx, &rows, `SELECT `+connectionColumns+` FROM `+connections+`
			WHERE kind = $1 AND state <> $2 AND id > $3 ORDER BY id LIMIT $4`, string(kind), string(Draft), after, livePage); err != nil {
			return fmt.Errorf("read live sign-on connections: %w", err)
		}
		for _, row := range rows {
			c := row.connection()
			after = c.ID
			if err := do(c); err != nil {
				return err
			}
		}
		if len(rows) < livePage {
			return nil
		}
	}
}
