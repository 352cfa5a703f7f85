// Package operator knows who may call the onboarding API and use the operator's console: API keys, the JWTs of the operator's
// own OpenID provider, links from the shell, and the set-up links of a tenant's administrator. It keeps the audit log, and the answers of requests that are made once.
//
// It does not read HTTP requests and does not decide which role an operation needs.
//
// Invariants: the secret of a key or a link is shown once and nowhere kept: the database has an HMAC of it. Nothing about
// a key is remembered, so a revocation holds everywhere at once; what Admit makes is known to its process alone. What a request is answered is kept encrypted. The audit
// log names a tenant by its id alone, so that it may outlive the tenant.
package operator

import (
	"crypto/cipher"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/askspoke/spoke/tenancy/tenantdb"
	"github.com/askspoke/spoke/tenancy/token"
)

// Why a caller is rejected. A stranger hears the same 401 for all.
var (
	ErrRejected  = errors.New("credential is rejected") // what the others wrap
	ErrMalformed = fmt.Errorf("%w: it is malformed", ErrRejected)
	ErrUnknown   = fmt.Errorf("%w: it is unknown", ErrRejected)
	ErrExpired   = fmt.Errorf("%w: it has expired", ErrRejected)
	ErrRevoked   = fmt.Errorf("%w: it was revoked", ErrRejected)
	ErrUsed      = fmt.Errorf("%w: it was used", ErrRejected)    // a set-up link
	ErrNoRole    = fmt.Errorf("%w: it has no role", ErrRejected) // a JWT
)

// What is wrong with a key or a link that is to be made, or one that is looked for.
var (
	ErrName     = errors.New("name must have 1 to 100 printable characters")
	ErrRole     = errors.New("role must be read, manage or admin")
	ErrExpiry   = errors.New("expiry must be in the future")
	ErrLifetime = errors.New("set-up link lives too long")
	ErrPurpose  = errors.New("purpose is unknown")
	ErrNotFound = errors.New("not found")
	ErrMade     = errors.New("an earlier attempt has made it") // what is made once
)

// Role is what a caller may do. Each includes those before it.
type Role string

// The roles.
const (
	Read   Role = "read"   // reads
	Manage Role = "manage" // creates and changes tenants and what belongs to them
	Admin  Role = "admin"  // manages operators
)

// Valid says whether r is one of the roles.
func (r Role) Valid() bool { return r.rank() > 0 }

// Includes says whether a caller with role r may do what needs the role other.
func (r Role) Includes(other Role) bool { return other.Valid() && r.rank() >= other.rank() }

func (r Role) rank() int {
	switch r {
	case Read:
		return 1
	case Manage:
		return 2
	case Admin:
		return 3
	}
	return 0
}

// Identity is who a caller is.
type Identity struct {
	Actor     string // "key:" and the id of an API key, "oidc:" and the subject of a JWT, or ShellActor; Anonymous
	Name      string // for people
	Role      Role
	ExpiresAt time.Time // of the credential
	// Issuer and Values are what SignOn.Again asks of who came by SignOn: the provider, and the claim's values that meant a
	// role, one a line.
	Issuer string `json:",omitempty"`
	Values string `json:",omitempty"`
}

// Anonymous is the actor of calls without a valid credential.
const Anonymous = "anonymous"

// Shell is the actor of what is done by a command with the database itself.
const Shell = "shell"

// Config are a Store's dependencies. DB and Key are required.
type Config struct {
	DB     *tenantdb.DB
	Key    token.Key        // hashes secrets; the keys that encrypt answers and recognise requests are derived from it
	Now    func() time.Time // default time.Now
	Logger *slog.Logger     // default: nothing is logged
}

// Store keeps keys, links, the audit log and answers in Postgres. It is safe for concurrent use.
type Store struct {
	config Config
	seal   cipher.AEAD
	mark   [32]byte // under which requests are recognised
	here   sync.Map // token.Hash → Identity: what Admit has made
}

// New returns a Store.
func New(config Config) (*Store, error) {
	if config.Key == (token.Key{}) {
		return nil, errors.New("operator store: the key is missing")
	}
	if config.Now == nil {
		config.Now = time.Now
	}
	if config.Logger == nil {
		config.Logger = slog.New(slog.DiscardHandler)
	}
	seal, err := newSeal(config.Key)
	if err != nil {
		return nil, fmt.Errorf("operator store: %w", err)
	}
	return &Store{config: config, seal: seal, mark: config.Key.Derive("idempotency requests")}, nil
}

// now is the clock in the precision that Postgres keeps.
func (s *Store) now() time.Time { return micro(s.config.Now()) }

func micro(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

// The control schema's tables.
var (
	keys     = tenantdb.Control.Table("api_keys")
	audit    = tenantdb.Control.Table("audit")
	answers  = tenantdb.Control.Table("idempotency")
	links    = tenantdb.Control.Table("setup_links")
	signIns  = tenantdb.Control.Table("operator_sign_ins")
	signOuts = tenantdb.Control.Table("operator_sign_outs")
	tenants  = tenantdb.Control.Table("tenants")
)

// Position is where a page of a list ends: the time and the id of its last element. The zero Position is the beginning.
type Position struct {
	At time.Time
	ID string
}

// Page says which part of a list to read, the newest first.
type Page struct {
	After Position
	Limit int // at least 1
}

// before returns the arguments of the condition that comes after p: (at, id) < ($1, $2).
func (p Position) before() (at time.Time, id string) {
	if p.ID == "" {
		return time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC), "ffffffff-ffff-ffff-ffff-ffffffffffff"
	}
	return p.At, p.ID
}

func validName(name string) bool {
	n := utf8.RuneCountInString(name)
	return n > 0 && n <= 100 && utf8.ValidString(name) && !strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) })
}
