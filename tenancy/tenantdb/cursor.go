package tenantdb

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
)

// ErrCursor is a text that CursorAt did not make.
var ErrCursor = errors.New("cursor is malformed")

// CursorAt names a row in a table that is read in the order of the transactions that wrote it, by that transaction and the
// row's id. It is good for one database cluster.
func CursorAt(xid, id string) string { return xid + "." + id }

// ParseCursor returns the transaction and the row after which to go on; "" is the beginning. Error: ErrCursor.
func ParseCursor(cursor string) (xid, id string, err error) {
	if cursor == "" {
		return "0", uuid.Nil.String(), nil
	}
	xid, id, ok := strings.Cut(cursor, ".")
	if _, err := strconv.ParseUint(xid, 10, 64); !ok || err != nil || len(id) != 36 || uuid.Validate(id) != nil {
		return "", "", fmt.Errorf("%w: %.80q", ErrCursor, cursor)
	}
	return xid, id, nil
}

// ParseTime returns the time of a cursor as Postgres reads it, which knows no year 0 and fewer offsets than RFC 3339. Error:
// ErrCursor.
func ParseTime(text string) (string, error) {
	at, err := time.Parse(time.RFC3339Nano, text)
	if at = at.UTC(); err != nil || at.Year() < 1 || at.Year() > 9999 {
		return "", fmt.Errorf("%w: %.80q", ErrCursor, text)
	}
	return at.Format(time.RFC3339Nano), nil
}
