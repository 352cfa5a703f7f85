package tenantdb

import (
	"context"
	"crypto/rand"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"sync/atomic"

	"github.com/lib/pq"
)

// sessionMark is a parameter of the connection's start. Postgres keeps it in the session that it starts for the
// connection; a pooler refuses it, or leaves it out, because its sessions began before.
const sessionMark = "spoke.session"

// connector makes connections that keep hot statements prepared where the session is the connection's own.
//
// Otherwise a prepared statement would not only be missing at times. The driver names statements by numbers, so behind a
// pooler that deals sessions out anew for each transaction, the number would be another tenant's statement.
type connector struct {
	config  pq.Config
	plain   *pq.Connector
	hot     *hot
	refused atomic.Bool // the mark
}

func newConnector(config pq.Config, h *hot) (driver.Connector, error) {
	plain, err := newPQ(config)
	if err != nil || h == nil {
		return plain, err
	}
	return &connector{config: config, plain: plain, hot: h}, nil
}

// Driver returns the driver.
func (c *connector) Driver() driver.Driver { return c.plain.Driver() }

// Connect returns a new connection.
func (c *connector) Connect(ctx context.Context) (driver.Conn, error) {
	if c.refused.Load() {
		return c.plain.Connect(ctx)
	}
	mark := rand.Text()
	made, err := c.connectMarked(ctx, mark)
	if refusesMark(err) {
		var plainErr error
		if made, plainErr = c.plain.Connect(ctx); plainErr == nil {
			c.refused.Store(true)
			c.shared(err)
		}
		return made, plainErr
	}
	if err != nil {
		return nil, err
	}
	s, ok := made.(session)
	if !ok {
		return made, nil
	}
	own, err := isOwn(ctx, s, mark)
	switch {
	case err != nil:
		made.Close()
		return nil, err
	case !own:
		c.shared(errors.New("the session does not have the connection's own parameter"))
		return made, nil
	}
	return &conn{session: s, hot: c.hot, held: make(map[*statement]*held)}, nil
}

func (c *connector) shared(why error) {
	c.hot.warn("no statements are prepared: a pooler is between this process and postgres", why)
}

func (c *connector) connectMarked(ctx context.Context, mark string) (driver.Conn, error) {
	config := c.config.Clone()
	config.Runtime[sessionMark] = mark
	marked, err := newPQ(config)
	if err != nil {
		return nil, err
	}
	return marked.Connect(ctx)
}

// refusesMark says whether err may mean that a pooler does not know the parameter. PgBouncer answers with a protocol
// violation.
func refusesMark(err error) bool {
	var pqErr *pq.Error
	if !errors.As(err, &pqErr) {
		return false
	}
	switch pqErr.Code {
	case "08P01", "0A000", "22023", "42704":
		return true
	}
	return false
}

// isOwn says whether the session has the mark that the connection began with.
func isOwn(ctx context.Context, s session, mark string) (bool, error) {
	rows, err := s.QueryContext(ctx, `SELECT COALESCE(current_setting('`+sessionMark+`', true), '')`, nil)
	if err != nil {
		return false, fmt.Errorf("ask for the session's mark: %w", err)
	}
	defer rows.Close()
	row := make([]driver.Value, 1)
	if err := rows.Next(row); err != nil {
		return false, fmt.Errorf("ask for the session's mark: %w", err)
	}
	got := fmt.Sprintf("%s", row[0])
	if err := rows.Next(row); !errors.Is(err, io.EOF) {
		return false, fmt.Errorf("ask for the session's mark: %w", err)
	}
	return got == mark, nil
}
