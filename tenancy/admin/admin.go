// Package admin knows who may use a tenant's console: its administrators, the links that are mailed to them to sign in
// with, the sessions of their browsers, and the operators who visit the tenant in an impersonation.
//
// It reads no HTTP request, writes no mail and does not know the directory: whether the user that an administrator is may
// still sign in is for the caller to ask there.
//
// Invariants: the secret of a link or a session is nowhere kept, the database has an HMAC of it. A link works once and at
// its own tenant alone. Nothing is remembered, so what is removed, demoted or ended is so everywhere at once. A tenant that
// has an owner keeps one. A session that was ended stays ended, whatever requests were under way in it.
package admin

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/askspoke/spoke/tenancy/tenantdb"
	"github.com/askspoke/spoke/tenancy/token"
)

// What is wrong with an administrator or an impersonation. They are compared with errors.Is.
var (
	ErrNotFound  = errors.New("administrator not found")
	ErrExists    = errors.New("an administrator has this e-mail address")
	ErrEmail     = errors.New("e-mail address is none")
	ErrName      = errors.New("name must have 1 to 100 printable characters")
	ErrRole      = errors.New("role must be viewer, admin or owner")
	ErrID        = errors.New("id is no UUID")
	ErrLimit     = errors.New("tenant has as many administrators as it can have")
	ErrLastOwner = errors.New("the last owner stays one")
	ErrReason    = errors.New("reason must have 1 to 500 printable characters")
	ErrExpiry    = errors.New("expiry must be in the future, and within MaxImpersonation")

	// ErrNoImpersonation says that a tenant has no such impersonation.
	ErrNoImpersonation = errors.New("impersonation not found")
	// ErrMade says that an earlier attempt has made what is made once.
	ErrMade = errors.New("an earlier attempt has made it")
)

// Why a link is rejected. A stranger hears the same for all.
var (
	ErrRejected  = errors.New("link is rejected") // what the others wrap
	ErrMalformed = fmt.Errorf("%w: it is malformed", ErrRejected)
	ErrUnknown   = fmt.Errorf("%w: it is unknown", ErrRejected)
	ErrExpired   = fmt.Errorf("%w: it has expired", ErrRejected)
	ErrRevoked   = fmt.Errorf("%w: it was revoked", ErrRejected)
	ErrUsed      = fmt.Errorf("%w: it was used", ErrRejected)
)

// Role is what an administrator may do. Each includes those before it.
type Role string

// The roles.
const (
	Viewer Role = "viewer" // sees everything but secrets
	Admin  Role = "admin"  // changes how the tenant is provisioned
	Owner  Role = "owner"  // decides who are the administrators and how they sign in
)

// Valid says whether r is one of the roles.
func (r Role) Valid() bool { return r.rank() > 0 }

// Includes says whether who has role r may do what needs the role other.
func (r Role) Includes(other Role) bool { return other.Valid() && r.rank() >= other.rank() }

func (r Role) rank() int {
	switch r {
	case Viewer:
		return 1
	case Admin:
		return 2
	case Owner:
		return 3
	}
	return 0
}

// Config are a Store's dependencies. DB and Key are required.
type Config struct {
	DB     *tenantdb.DB
	Key    token.Key        // hashes the secrets of links; the key of sessions is derived from it
	Now    func() time.Time // default time.Now
	Logger *slog.Logger     // default: nothing is logged
}

// Store keeps administrators, links, sessions and impersonations in the control schema. It is safe for concurrent use.
type Store struct {
	config     Config
	sessionKey [32]byte
}

// New returns a Store.
func New(config Config) (*Store, error) {
	if config.Key == (token.Key{}) {
		return nil, errors.New("administrators: the key is missing")
	}
	if config.Now == nil {
		config.Now = time.Now
	}
	if config.Logger == nil {
		config.Logger = slog.New(slog.DiscardHandler)
	}
	return &Store{config: config, sessionKey: config.Key.Derive("console sessions")}, nil
}

// now is the clock in the precision that Postgres keeps.
func (s *Store) now() time.Time { return micro(s.config.Now()) }

func micro(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

// The control schema's tables.
var (
	administrators = tenantdb.Control.Table("administrators")
	signIns        = tenantdb.Control.Table("sign_ins")
	sessions       = tenantdb.Control.Table("sessions")
	impersonations = tenantdb.Control.Table("impersonations")
	tenants        = tenantdb.Control.Table("tenants")
)

// isID says whether a text is a UUID as it is written everywhere: in lower case, with hyphens.
func isID(text string) bool {
	id, err := uuid.Parse(text)
	return err == nil && id.String() == text
}

// isText says whether a text has 1 to most printable characters.
func isText(text string, most int) bool {
	n := utf8.RuneCountInString(text)
	return n > 0 && n <= most && utf8.ValidString(text) && !strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) })
}
