package ratelimit

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// RedisConfig says where Redis is.
type RedisConfig struct {
	// URL is redis:// or, with TLS, rediss://, with user, password and database as far as there are any. It is a secret.
	URL    string
	Prefix string        // of the keys; default "spoke:limit:"
	Within time.Duration // how long Redis may take for an answer; default 75 milliseconds
	Every  time.Duration // how often a Redis that is away is tried; default 500 milliseconds
	Log    *slog.Logger  // hears of each change of state once; default: nobody does
}

// tolerated is how many failures in a row are taken for an outage.
const tolerated = 3

// ErrURL says that a URL is none of Redis. It does not show the URL, which has a password.
var ErrURL = errors.New("not a URL of Redis such as rediss://:PASSWORD@redis.internal:6379")

// Redis keeps buckets for all replicas. While it is away (it refuses, hangs, or is a replica that cannot be written to)
// requests do not ask it: one goroutine tries it until it is back.
type Redis struct {
	config   RedisConfig
	client   client
	up       atomic.Bool
	failures atomic.Int64

	mu      sync.Mutex
	life    context.Context
	end     context.CancelFunc
	probing sync.WaitGroup
}

// client is what is used of a redis.Client. Go would compile the generic types of its fields anew in every package that
// can see them, some 8 MB each.
type client interface {
	redis.Scripter
	Close() error
}

// quiet ends the library's own printing, which is a setting of the process: Redis's state is logged here, once.
var quiet = sync.OnceFunc(func() { redis.SetLogger(silent{}) })

type silent struct{}

func (silent) Printf(context.Context, string, ...any) {}

// ParseRedisURL returns what the URL says. The error is ErrURL.
func ParseRedisURL(url string) (*redis.Options, error) {
	options, err := redis.ParseURL(url)
	if err != nil {
		return nil, ErrURL // err shows the URL
	}
	return options, nil
}

// OpenRedis connects. A Redis that is away now is no error: it is used when it is there. The error is ErrURL.
func OpenRedis(ctx context.Context, config RedisConfig) (*Redis, error) {
	options, err := ParseRedisURL(config.URL)
	if err != nil {
		return nil, err
	}
	if config.Prefix == "" {
		config.Prefix = "spoke:limit:"
	}
	if config.Within == 0 {
		config.Within = 75 * time.Millisecond
	}
	if config.Every == 0 {
		config.Every = 500 * time.Millisecond
	}
	if config.Log == nil {
		config.Log = slog.New(slog.DiscardHandler)
	}
	quiet()
	// One attempt within the time, whatever the URL's parameters say: to ask again would take twice.
	options.MaxRetries, options.DialerRetries, options.ContextTimeoutEnabled = -1, 1, true
	options.DialTimeout, options.ReadTimeout, options.WriteTimeout, options.PoolTimeout = time.Second, config.Within, config.Within, config.Within
	options.DisableIdentity = true // what a connection needs no round trip for
	options.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	r := &Redis{config: config, client: redis.NewClient(options)}
	r.life, r.end = context.WithCancel(context.WithoutCancel(ctx))
	r.up.Store(true)
	if err := r.probe(ctx); err != nil {
		r.away(ctx, err)
	}
	return r, nil
}

// Up tells whether the buckets are shared now: false for a nil Redis too.
func (r *Redis) Up() bool { return r != nil && r.up.Load() }

// Close ends the connections.
func (r *Redis) Close() error {
	r.mu.Lock()
	r.end()
	r.mu.Unlock()
	r.probing.Wait()
	return r.client.Close()
}

// run has the script change a bucket. A failure is counted, and the caller goes on without Redis.
func (r *Redis) run(ctx context.Context, what operation, subject Subject, s shape, n int64) (verdict, error) {
	// The client may go away: that is no failure of Redis, and what was taken is taken.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), r.config.Within)
	defer cancel()
	v, err := r.ask(ctx, what, subject, s, n)
	if err == nil {
		r.failures.Store(0)
	} else if r.failures.Add(1) >= tolerated {
		r.away(ctx, err)
	}
	return v, err
}

func (r *Redis) ask(ctx context.Context, what operation, subject Subject, s shape, n int64) (verdict, error) {
	key := r.config.Prefix + string(subject.Class) + ":" + subject.Key
	reply, err := script.Run(ctx, r.client, []string{key}, string(what), s.interval, s.span, s.longest, n).Int64Slice()
	if err != nil {
		return verdict{}, fmt.Errorf("ask redis: %w", err)
	}
	if len(reply) != 4 {
		return verdict{}, fmt.Errorf("ask redis: an answer of %d numbers", len(reply))
	}
	return verdict{granted: reply[0] == 1, wait: reply[1], remaining: reply[2], full: reply[3]}, nil
}

// probe asks Redis as a request does, a write included.
func (r *Redis) probe(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, r.config.Within)
	defer cancel()
	_, err := r.ask(ctx, drain, Subject{Class: "probe"}, shape{interval: 1000, span: 1000}, 1)
	return err
}

// away begins an outage, if none goes on.
func (r *Redis) away(ctx context.Context, cause error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.life.Err() != nil || !r.up.CompareAndSwap(true, false) {
		return
	}
	r.config.Log.WarnContext(ctx, "rate limits are not shared while redis is away", "error", cause)
	r.probing.Go(r.await)
}

// await tries Redis until it is back.
func (r *Redis) await() {
	again := time.NewTicker(r.config.Every)
	defer again.Stop()
	for {
		select {
		case <-r.life.Done():
			return
		case <-again.C:
		}
		if r.probe(r.life) == nil {
			r.failures.Store(0)
			r.up.Store(true)
			r.config.Log.InfoContext(r.life, "rate limits are shared again")
			return
		}
	}
}
