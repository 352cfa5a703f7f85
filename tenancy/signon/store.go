package signon

import (
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/askspoke/spoke/tenancy/issuer"
	"github.com/askspoke/spoke/tenancy/seal"
	"github.com/askspoke/spoke/tenancy/tenantdb"
	"github.com/askspoke/spoke/tenancy/token"
)

// What is wrong with a connection or a code, or with what is asked of them. They are compared with errors.Is.
var (
	ErrNotFound = errors.New("sign-on connection not found")
	ErrName     = errors.New("name must have 1 to 100 printable characters")
	ErrKind     = errors.New("kind must be oidc or saml")
	ErrConfig   = errors.New("settings of the connection are no JSON object of at most 256 KiB")
	ErrSecret   = errors.New("secret must have 1 to 16384 bytes")
	ErrElse     = errors.New("secret is another provider's, to whom it would be told")
	ErrCallback = errors.New("redirect URI is that of another connection, which goes to another issuer")
	ErrLimit    = errors.New("tenant has as many sign-on connections as it can have")
	ErrConflict = errors.New("sign-on connection was changed meanwhile")
	ErrEnforced = errors.New("sign-on connection is required of everybody, so it stays as it is")
	ErrLive     = errors.New("people sign in by the connection, so it stays")
	ErrUntested = errors.New("sign-on connection was not tested since it was changed last")
	ErrNoPolicy = errors.New("single sign-on is not required of anybody")
	ErrRenewed  = errors.New("recovery codes were renewed meanwhile")
	ErrCode     = errors.New("recovery code is rejected") // unknown, used, malformed, or another tenant's
)

// MaxConnections is how many connections a tenant has at most: the one that counts, and drafts.
const MaxConnections = 5

// Config are a Store's dependencies. DB, Key and Seal are required.
type Config struct {
	DB     *tenantdb.DB
	Key    token.Key        // the key of recovery codes is derived from it
	Seal   seal.Keys        // seals the secrets of connections
	Now    func() time.Time // default time.Now
	Logger *slog.Logger     // default: nothing is logged
	// PrivateProviders lets providers be at addresses that are not public, and speak http on this machine.
	PrivateProviders bool
	// Client asks providers; default issuer.Client(PrivateProviders).
	Client *http.Client
}

// Store keeps connections and codes in the control schema, and asks OpenID providers. It is safe for concurrent use.
type Store struct {
	config  Config
	codeKey [32]byte
}

// New returns a Store.
func New(config Config) (*Store, error) {
	if config.Key == (token.Key{}) {
		return nil, errors.New("sign-on connections: the key is missing")
	}
	if config.Now == nil {
		config.Now = time.Now
	}
	if config.Logger == nil {
		config.Logger = slog.New(slog.DiscardHandler)
	}
	if config.Client == nil {
		config.Client = issuer.Client(config.PrivateProviders)
	}
	return &Store{config: config, codeKey: config.Key.Derive("recovery codes")}, nil
}

// now is the clock in the precision that Postgres keeps.
func (s *Store) now() time.Time { return s.config.Now().UTC().Truncate(time.Microsecond) }

// The control schema's tables.
var (
	connections = tenantdb.Control.Table("sign_on_connections")
	people      = tenantdb.Control.Table("sign_on_people")
	codes       = tenantdb.Control.Table("recovery_codes")
	tenants     = tenantdb.Control.Table("tenants")
)
