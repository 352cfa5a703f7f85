package tenantdb

import (
	"context"
	"database/sql/driver"
	"errors"

	"github.com/lib/pq"
)

// renewAfter is how often a prepared statement is run before it is prepared anew. A plan that was made while a table was
// tiny may walk through it, and Postgres keeps such a plan until it next analyzes the table; a new one is a hundredth of
// what so many runs save.
const renewAfter = 256

// session is what database/sql uses of the driver's connection.
type session interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.NamedValueChecker
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

// conn is a connection that keeps hot statements prepared, never more than the limit. It belongs to one goroutine at a
// time, as database/sql has it, so a statement is never closed while another call uses it.
type conn struct {
	session
	hot  *hot
	held map[*statement]*held
	last context.Context // of the last prepared run, until the connection is taken again
	lost bool            // somebody else changed what is prepared here: the connection is closed after this call
}

type held struct {
	stmt driver.StmtQueryContext
	runs int
	end  func() error
}

// QueryContext runs a hot statement prepared, any other as the driver does. When Postgres refuses the prepared one for a
// reason that the text may not have, the text is sent. That is no repetition: a statement outside a transaction that
// Postgres answers with an error has had no effect.
func (c *conn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	s, _ := ctx.Value(hotKey{}).(*statement)
	if s == nil || c.lost {
		return c.session.QueryContext(ctx, query, args)
	}
	stmt, err := c.prepare(ctx, s)
	if err == nil && stmt != nil {
		var rows driver.Rows
		c.last = ctx
		if rows, err = stmt.QueryContext(ctx, args); err == nil {
			return rows, nil
		}
	}
	if err != nil {
		if !c.forget(s, err) {
			return nil, err
		}
	}
	return c.session.QueryContext(ctx, query, args)
}

// prepare returns the statement, prepared here and now when it is not yet, or nil when there is no room for it. Its
// errors, driver.ErrBadConn among them, are from before the statement was run.
func (c *conn) prepare(ctx context.Context, s *statement) (driver.StmtQueryContext, error) {
	h := c.held[s]
	switch {
	case h != nil && h.runs < renewAfter:
		h.runs++
		return h.stmt, nil
	case h != nil:
		if err := c.end(s); err != nil {
			return nil, err
		}
	case len(c.held) >= c.hot.limit:
		if ok, err := c.endDropped(); !ok {
			return nil, err
		}
	}
	stmt, err := c.session.PrepareContext(ctx, s.text)
	if err != nil {
		return nil, err
	}
	query, ok := stmt.(driver.StmtQueryContext)
	if !ok {
		return nil, stmt.Close()
	}
	c.held[s] = &held{stmt: query, runs: 1, end: stmt.Close}
	return query, nil
}

// end closes a statement of this connection.
func (c *conn) end(s *statement) error {
	h := c.held[s]
	delete(c.held, s)
	if err := h.end(); err != nil {
		c.lost = true
		return err
	}
	return nil
}

// endDropped makes room by closing a statement that gave way to another one, and returns false when there is none. The
// statements that did not are fewer than the limit, but for a moment in which yet another one was chosen.
func (c *conn) endDropped() (bool, error) {
	for s := range c.held {
		if s.dropped.Load() {
			err := c.end(s)
			return err == nil, err
		}
	}
	return false, nil
}

// forget says whether the statement is to be sent as text after an error, and makes sure that the next call does not
// meet the same one.
func (c *conn) forget(s *statement, err error) bool {
	var pqErr *pq.Error
	if !errors.As(err, &pqErr) {
		return false
	}
	switch {
	case pqErr.Code == "26000" || pqErr.Code == "42P05": // it is not there, or another one has its name
		c.lost = true
		c.hot.pause(err)
	case pqErr.Code.Class() == "42" || pqErr.Code.Class() == "0A": // a table changed: its columns, their types, its result
		if c.held[s] != nil {
			_ = c.end(s) // the connection is not used again when it fails
		}
	default:
		return false
	}
	return true
}

// ResetSession begins another use of the connection.
func (c *conn) ResetSession(ctx context.Context) error {
	c.last = nil
	return c.session.ResetSession(ctx)
}

// IsValid says whether the connection may be used again. The driver gives up a connection on which it cancelled a
// query, but not where that was prepared; a late cancellation must not meet the next query.
func (c *conn) IsValid() bool {
	return !c.lost && (c.last == nil || c.last.Err() == nil) && c.session.IsValid()
}
