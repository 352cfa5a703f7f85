package token

import (
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/lookup"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// Config are a Store's dependencies and bounds. DB and Key are required; a zero bound means its default.
type Config struct {
	DB  *tenantdb.DB
	Key Key

	Limit       int           // live tokens of a tenant, at least 2; those that replace one another count once; default 10
	LimitOf     LimitOf       // default: Limit for every tenant
	Remember    time.Duration // how long a verified token is remembered; default 1 minute
	RememberNot time.Duration // how long an unknown one is; default 10 seconds
	Size        int           // how many are remembered; default 20,000
	SizeNot     int           // how many unknown ones are; default 10,000
	FlushEvery  time.Duration // how often first and last uses are written; default 5 seconds

	Now    func() time.Time // default time.Now
	Logger *slog.Logger     // default: nothing is logged
}

// Store issues, verifies and revokes tokens. It is safe for concurrent use.
type Store struct {
	config Config
	cache  *lookup.Cache[cacheKey, *verified]

	mu   sync.Mutex
	uses map[string]uses // of tokens by id, not yet written
}

// New returns a Store. Its Run writes first and last uses.
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
	def(&config.Limit, 10)
	def(&config.Size, 20_000)
	def(&config.SizeNot, 10_000)
	during(&config.Remember, time.Minute)
	during(&config.RememberNot, 10*time.Second)
	during(&config.FlushEvery, 5*time.Second)
	if config.Now == nil {
		config.Now = time.Now
	}
	if config.Logger == nil {
		config.Logger = slog.New(slog.DiscardHandler)
	}
	if config.Limit < 2 {
		return nil, errors.New("token store: a tenant needs at least 2 tokens, to replace one by another")
	}
	if config.Key == (Key{}) {
		return nil, errors.New("token store: the key is missing")
	}
	s := &Store{config: config, uses: make(map[string]uses)}
	s.cache = lookup.New(lookup.Config[cacheKey, *verified]{
		Load: s.load, Absent: func(err error) bool { return errors.Is(err, ErrRejected) }, Text: cacheKey.text,
		Size: config.Size, TTL: config.Remember, AbsentSize: config.SizeNot, AbsentTTL: config.RememberNot,
		Parallel: 4, Timeout: 5 * time.Second, Familiar: 24 * time.Hour, Now: config.Now,
	})
	return s, nil
}

// Hear forgets what a signal says has changed. It is the callback of whoever listens to tenantdb.ControlChannel.
func (s *Store) Hear(signal tenantdb.Signal) { s.forget(signal.Tenant) }

// Reset forgets everything remembered, as after a time without notifications.
func (s *Store) Reset() { s.cache.Reset() }

func (s *Store) forget(id tenancy.ID) {
	s.cache.Forget(func(k cacheKey, _ *verified) bool { return k.tenant == id })
}

// now is the clock in the precision that Postgres keeps.
func (s *Store) now() time.Time { return s.config.Now().UTC().Truncate(time.Microsecond) }
