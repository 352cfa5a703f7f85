package tenantdb

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
)

// RowError says which of many rows Postgres refuses, and why.
type RowError struct {
	Row int // counts from 0
	Err error
}

// Error returns the reason.
func (e *RowError) Error() string { return fmt.Sprintf("row %d: %v", e.Row, e.Err) }

// Unwrap returns the reason.
func (e *RowError) Unwrap() error { return e.Err }

// CopyIn writes rows into a table by COPY, all of them or none. table comes from Schema.Table; columns are plain names;
// values are strings, int64 or nil. A few thousand rows take milliseconds: more than that at once might meet the
// statement_timeout. Where the rows themselves are at fault, the error is a *RowError with the first of them.
//
// It is one transaction, which the driver does not send again.
func (db *DB) CopyIn(ctx context.Context, table string, columns []string, rows [][]any) error {
	if len(rows) == 0 {
		return nil
	}
	err := db.copyIn(ctx, table, columns, rows, true)
	if !refused(err) {
		return err
	}
	// Of the first n rows, and of more, COPY refuses one; of the first below-many it refuses none.
	below, n := 0, len(rows)
	for n-below > 1 {
		middle := (below + n) / 2
		switch tried := db.copyIn(ctx, table, columns, rows[:middle], false); {
		case tried == nil:
			below = middle
		case refused(tried):
			n, err = middle, tried
		default:
			return tried
		}
	}
	return &RowError{Row: n - 1, Err: err}
}

func (db *DB) copyIn(ctx context.Context, table string, columns []string, rows [][]any, keep bool) error {
	tx, err := db.BeginTxx(ctx, nil)
	if err != nil {
		return fmt.Errorf("copy: %w", err)
	}
	defer tx.Rollback() // after a commit there is nothing to undo, and before it the first error matters
	err = send(ctx, tx, `COPY `+table+` (`+strings.Join(columns, ", ")+`) FROM STDIN`, rows)
	if err == nil && keep {
		err = tx.Commit()
	}
	if err != nil {
		return fmt.Errorf("copy: %w", err)
	}
	return nil
}

// send sends the rows of a COPY, and returns when Postgres has taken or refused them.
func send(ctx context.Context, tx *sqlx.Tx, statement string, rows [][]any) error {
	stmt, err := tx.PrepareContext(ctx, statement)
	if err != nil {
		return err
	}
	defer stmt.Close()
	for _, row := range rows {
		if _, err := stmt.ExecContext(ctx, row...); err != nil {
			return err
		}
	}
	_, err = stmt.ExecContext(ctx)
	return err
}

// refused says whether err is about the data: its form, a constraint, or a size.
func refused(err error) bool {
	var pqErr *pq.Error
	if !errors.As(err, &pqErr) {
		return false
	}
	class := pqErr.Code.Class()
	return class == "22" || class == "23" || class == "54"
}
