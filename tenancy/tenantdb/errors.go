package tenantdb

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"net"
	"strings"

	"github.com/lib/pq"
)

// Unavailable says whether err means that Postgres could not be asked, so that the same request may succeed later and
// is answered with 503: refused or lost connections, too many of them, a server that starts or stops, a deadline.
func Unavailable(err error) bool {
	if err == nil {
		return false
	}
	var pqErr *pq.Error
	if errors.As(err, &pqErr) {
		switch pqErr.Code {
		case "57P01", "57P02", "57P03", // admin shutdown, crash shutdown, cannot connect now
			"57P05", // idle session timeout
			"57014", // query cancelled: the statement timeout, or a deadline of ours
			"25P03", // idle in transaction session timeout
			"25006": // read-only: a failover has not settled yet
			return true
		}
		class := pqErr.Code.Class()
		return class == "08" || class == "53" || class == "58" // connection, resources, system error
	}
	var netErr net.Error
	return errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone) ||
		errors.Is(err, context.DeadlineExceeded) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.As(err, &netErr)
}

// UniqueViolation returns the violated constraint and the key's columns, such as "user_name" or "group_id, member_id",
// and false when err is no unique violation. Either may be empty: a distributed engine can leave out the constraint's
// name, and the key comes from the error's detail, which the server writes in its own language.
func UniqueViolation(err error) (constraint, key string, ok bool) {
	var pqErr *pq.Error
	if !errors.As(err, &pqErr) || pqErr.Code != "23505" {
		return "", "", false
	}
	return pqErr.Constraint, detailKey(pqErr.Detail), true
}

// detailKey returns user_name from: Key (user_name)=(ada) already exists.
func detailKey(detail string) string {
	_, rest, ok := strings.Cut(detail, "(")
	if !ok {
		return ""
	}
	key, _, ok := strings.Cut(rest, ")=(")
	if !ok {
		return ""
	}
	return strings.ReplaceAll(key, `"`, "")
}

// Retryable says whether err undid a transaction that may succeed when it is simply run again: a serialization failure
// or a deadlock.
func Retryable(err error) bool {
	var pqErr *pq.Error
	return errors.As(err, &pqErr) && (pqErr.Code == "40001" || pqErr.Code == "40P01")
}

// Undefined says whether err means that a statement names a table or a schema that is not there: the tenant is gone, or
// its schema is older than the program.
func Undefined(err error) bool {
	var pqErr *pq.Error
	return errors.As(err, &pqErr) && (pqErr.Code == "42P01" || pqErr.Code == "3F000")
}
