package tenantdb_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/lib/pq"
	"github.com/lib/pq/pqerror"

	"github.com/askspoke/spoke/tenancy/tenantdb"
)

func TestUnavailable(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name string
		err  error
		want bool
	}{
		{"nil", nil, false},
		{"other", errors.New("x"), false},
		{"no rows", sql.ErrNoRows, false},
		{"client went away", context.Canceled, false},
		{"deadline", context.DeadlineExceeded, true},
		{"bad connection", driver.ErrBadConn, true},
		{"broken off", io.ErrUnexpectedEOF, true},
		{"refused", &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}, true},
		{"no such host", &net.DNSError{Err: "no such host"}, true},
		{"connection class", &pq.Error{Code: "08006"}, true},
		{"too many connections", &pq.Error{Code: "53300"}, true},
		{"admin shutdown", &pq.Error{Code: "57P01"}, true},
		{"crash shutdown", &pq.Error{Code: "57P02"}, true},
		{"starting", &pq.Error{Code: "57P03"}, true},
		{"statement timeout", &pq.Error{Code: "57014"}, true},
		{"unique", &pq.Error{Code: "23505"}, false},
		{"undefined table", &pq.Error{Code: "42P01"}, false},
		{"database dropped", &pq.Error{Code: "57P04"}, false},
	} {
		if got := tenantdb.Unavailable(tc.err); got != tc.want {
			t.Errorf("%s: Unavailable is %v", tc.name, got)
		}
		if tc.err == nil {
			continue
		}
		if got := tenantdb.Unavailable(fmt.Errorf("wrapped: %w", tc.err)); got != tc.want {
			t.Errorf("%s, wrapped: Unavailable is %v", tc.name, got)
		}
	}
}

func TestUniqueViolation(t *testing.T) {
	t.Parallel()
	type answer struct {
		Constraint, Key string
		OK              bool
	}
	for _, tc := range []struct {
		name string
		err  error
		want answer
	}{
		{"other", errors.New("x"), answer{}},
		{"other code", &pq.Error{Code: "23503", Constraint: "c"}, answer{}},
		{
			"both", &pq.Error{Code: "23505", Constraint: "users_user_name_key", Detail: `Key (user_name)=(ada) already exists.`},
			answer{"users_user_name_key", "user_name", true},
		},
		{
			"no name", &pq.Error{Code: "23505", Detail: `Key (group_id, member_id)=(a, b)=(c) already exists.`},
			answer{"", "group_id, member_id", true},
		},
		{"another language", &pq.Error{Code: "23505", Detail: `Schlüssel »("user")=(a)« existiert bereits.`}, answer{"", "user", true}},
		{"neither", &pq.Error{Code: "23505"}, answer{OK: true}},
	} {
		var got answer
		got.Constraint, got.Key, got.OK = tenantdb.UniqueViolation(fmt.Errorf("wrapped: %w", tc.err))
		if diff := cmp.Diff(tc.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tc.name, diff)
		}
	}
}

func TestRetryable(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]bool{"40001": true, "40P01": true, "40003": false, "23505": false} {
		err := fmt.Errorf("wrapped: %w", &pq.Error{Code: pqerror.Code(code)})
		if got := tenantdb.Retryable(err); got != want {
			t.Errorf("%s: Retryable is %v", code, got)
		}
	}
}

func TestUndefined(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]bool{"42P01": true, "3F000": true, "42703": false, "08006": false} {
		err := fmt.Errorf("wrapped: %w", &pq.Error{Code: pqerror.Code(code)})
		if got := tenantdb.Undefined(err); got != want {
			t.Errorf("%s: Undefined is %v", code, got)
		}
	}
	if tenantdb.Undefined(sql.ErrNoRows) {
		t.Error("no rows are taken for no table")
	}
}
