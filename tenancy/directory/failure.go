package directory

import (
	"errors"
	"fmt"

	"github.com/lib/pq"

	"github.com/askspoke/spoke/scim/provider"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// failure turns a database error into the one that the Store promises for it. Others are wrapped with what was tried.
func failure(tried string, err error) error {
	constraint, key, ok := tenantdb.UniqueViolation(err)
	switch {
	case ok && (constraint == "users_user_name_key" || key == "user_name"):
		return &provider.TakenError{Attribute: "userName"}
	case ok && (constraint == "groups_display_name_key" || key == "unique_name"):
		return &provider.TakenError{Attribute: "displayName"}
	}
	return fmt.Errorf("%s: %w", tried, err)
}

// repeated says whether err means that the creation was made already, by the same statement: the driver sends one again
// whose answer was lost with the connection. The id is the program's own and random, so nobody else can have it, and
// its index was made first, so Postgres reports it before any other key.
func repeated(err error) bool {
	constraint, key, ok := tenantdb.UniqueViolation(err)
	return ok && (key == "id" || constraint == "users_pkey" || constraint == "groups_pkey")
}

// metAnother says whether err means that another change came between what a statement saw and what it did: a resource
// that it refers to was deleted, or one that it deletes was referred to. The same statement sent again sees which.
func metAnother(err error) bool {
	var pqErr *pq.Error
	return errors.As(err, &pqErr) && pqErr.Code == "23503"
}

// rounds bounds how often a change is sent again because it met another one.
const rounds = 100
