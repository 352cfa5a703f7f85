package tenantdb

import (
	"context"
	"database/sql"
)

// QueryFixed is QueryContext for a statement outside a transaction whose text is the same at every call for a tenant.
// Those that are called most are prepared on each connection, so that Postgres neither parses nor plans them again; see
// [Options].Prepared. The answer and the errors are those of QueryContext.
//
// It is for statements that one plan serves, whatever the arguments: a free filter, or a page of any offset, is none.
func (db *DB) QueryFixed(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	return db.QueryContext(db.hot.mark(ctx, query), query, args...)
}

// QueryRowFixed is QueryRowContext for statements as QueryFixed has them.
func (db *DB) QueryRowFixed(ctx context.Context, query string, args ...any) *sql.Row {
	return db.QueryRowContext(db.hot.mark(ctx, query), query, args...)
}

// hotKey is the context's key under which a call tells the connection that its statement is hot.
type hotKey struct{}

// mark returns a context that carries the statement to prepare, and ctx itself where there is none.
func (h *hot) mark(ctx context.Context, query string) context.Context {
	if h == nil || h.resting() {
		return ctx
	}
	if s := h.choose(query); s != nil {
		return context.WithValue(ctx, hotKey{}, s)
	}
	return ctx
}
