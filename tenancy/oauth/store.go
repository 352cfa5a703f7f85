package oauth

import (
	"context"
	"crypto/ecdsa"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/issuer"
	"github.com/askspoke/spoke/tenancy/lookup"
	"github.com/askspoke/spoke/tenancy/tenantdb"
	"github.com/askspoke/spoke/tenancy/token"
)

// Config are a Store's dependencies and bounds. DB and Key are required; a zero bound means its default.
type Config struct {
	DB  *tenantdb.DB
	Key token.Key

	Clients int // live clients of a tenant; default 10
	// LimitOf, when set, bounds clients and tokens together, in the place of Clients.
	LimitOf token.LimitOf
	Secrets int // live secrets of a client, at least 2 so that one can be replaced; default 5
	Trusts  int // trusts of a client; default 10

	Remember    time.Duration // how long a client is remembered; default 1 minute
	RememberNot time.Duration // how long one that is gone, and a key that there is not; default 10 seconds
	Size        int           // how many clients are remembered; default 20,000
	Issuers     int           // how many other issuers' keys are; default 1,000

	// PrivateIssuers lets other issuers be at addresses that are not public, and speak http on this machine.
	PrivateIssuers bool

	Now    func() time.Time // default time.Now
	Logger *slog.Logger     // default: nothing is logged
}

// Store keeps clients, and issues and verifies access tokens. It is safe for concurrent use.
type Store struct {
	config  Config
	seal    seal
	clients *lookup.Cache[clientKey, *client]
	rings   *lookup.Cache[int64, *ring]
	public  *lookup.Cache[string, *ecdsa.PublicKey]
	issuers *issuer.Keys
	tokens  *familiar // access tokens that were right
	shown   *familiar // client secrets that were
}

// New returns a Store.
func New(config Config) (*Store, error) {
	def := func(n *int, v int) {
		if *n == 0 {
			*n = v
		}
	}
	during := func(d *time.Duration, v time.Duration) {
		if *d == 0 {
			*d = v
		}
	}
	def(&config.Clients, 10)
	def(&config.Secrets, 5)
	def(&config.Trusts, 10)
	def(&config.Size, 20_000)
	def(&config.Issuers, 1000)
	during(&config.Remember, time.Minute)
	during(&config.RememberNot, 10*time.Second)
	if config.Now == nil {
		config.Now = time.Now
	}
	if config.Logger == nil {
		config.Logger = slog.New(slog.DiscardHandler)
	}
	if config.Secrets < 2 {
		return nil, errors.New("oauth store: a client needs at least 2 secrets, to replace one by another")
	}
	if config.Key == (token.Key{}) {
		return nil, errors.New("oauth store: the key is missing")
	}
	s := &Store{config: config, seal: newSeal(config.Key), tokens: newFamiliar(config.Now), shown: newFamiliar(config.Now)}
	s.issuers = issuer.New(issuer.Config{Own: config.PrivateIssuers, Pause: time.Minute, Size: config.Issuers, Now: config.Now})
	s.clients = lookup.New(lookup.Config[clientKey, *client]{
		Load: s.loadClient, Absent: func(err error) bool { return errors.Is(err, token.ErrRejected) }, Text: clientKey.text,
		Size: config.Size, TTL: config.Remember, AbsentSize: config.Size, AbsentTTL: config.RememberNot,
		Parallel: 4, Timeout: 5 * time.Second, Now: config.Now,
	})
	s.rings = lookup.New(lookup.Config[int64, *ring]{
		Load: s.loadRing, Absent: func(error) bool { return false }, Text: periodText,
		Size: 2, TTL: rememberKeys, AbsentSize: 1, AbsentTTL: config.RememberNot, Parallel: 1, Timeout: 5 * time.Second, Now: config.Now,
	})
	s.public = lookup.New(lookup.Config[string, *ecdsa.PublicKey]{
		Load: s.loadPublic, Absent: func(err error) bool { return errors.Is(err, token.ErrRejected) }, Text: func(kid string) string { return kid },
		Size: 16, TTL: rememberKeys, AbsentSize: 10_000, AbsentTTL: config.RememberNot, Parallel: 2, Timeout: 5 * time.Second,
		Familiar: 24 * time.Hour, Now: config.Now,
	})
	return s, nil
}

// Hear forgets what a signal says has changed. It is the callback of whoever listens to tenantdb.ControlChannel.
func (s *Store) Hear(signal tenantdb.Signal) { s.forget(signal.Tenant) }

// Reset forgets every client, as after a time without notifications.
func (s *Store) Reset() { s.clients.Reset() }

func (s *Store) forget(id tenancy.ID) {
	s.clients.Forget(func(k clientKey, _ *client) bool { return k.tenant == id })
}

// changed forgets a tenant's clients here and has the other replicas forget them.
func (s *Store) changed(ctx context.Context, id tenancy.ID) error {
	return s.config.DB.Announce(ctx, tenantdb.Signal{Topic: tenantdb.TopicToken, Tenant: id})
}

// now is the clock in the precision that Postgres keeps.
func (s *Store) now() time.Time { return s.config.Now().UTC().Truncate(time.Microsecond) }

// Prune deletes keys and used assertions that have expired.
func (s *Store) Prune(ctx context.Context) error {
	for _, table := range []string{assertions, keys} {
		if _, err := s.config.DB.ExecContext(ctx, `DELETE FROM `+table+` WHERE expires_at <= $1`, s.now()); err != nil {
			return fmt.Errorf("prune %s: %w", table, err)
		}
	}
	return nil
}
