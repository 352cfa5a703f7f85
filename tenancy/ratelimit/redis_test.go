package ratelimit_test

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"

	"github.com/askspoke/spoke/infra/fixture"
	"github.com/askspoke/spoke/infra/redistest"
	"github.com/askspoke/spoke/tenancy/ratelimit"
)

var acme = ratelimit.Subject{Class: ratelimit.Write, Key: "acme"}

// replica is a limiter that shares its buckets. Redis may take long for an answer, so that a busy machine is no outage,
// unless the test is about that.
func replica(t *testing.T, server *redistest.Server, within time.Duration, config ratelimit.Config) (*ratelimit.Limiter, *ratelimit.Redis, *fixture.Log) {
	t.Helper()
	log := new(fixture.Log)
	shared, err := ratelimit.OpenRedis(t.Context(), ratelimit.RedisConfig{
		URL: server.URL, Within: within, Every: 20 * time.Millisecond, Log: slog.New(slog.NewTextHandler(log, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { shared.Close() })
	config.Shared = shared
	return ratelimit.New(config), shared, log
}

// patient is how long Redis may take where that is not what the test is about: a busy machine is no outage.
const patient = 20 * time.Second

func outcomes(t *testing.T, n int, limiters ...*ratelimit.Limiter) map[ratelimit.Outcome]int {
	t.Helper()
	rate := ratelimit.Rate{PerSecond: 0.01, Burst: 10} // none comes while the test runs
	got := map[ratelimit.Outcome]int{}
	for i := range n {
		d, err := limiters[i%len(limiters)].Take(t.Context(), acme, rate)
		if err != nil {
			t.Fatal(err)
		}
		got[d.Outcome]++
	}
	return got
}

// Two replicas have one budget, a draw from one empties it for the other, and the key ends by itself.
func TestSharedBudget(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	a, shared, log := replica(t, server, patient, ratelimit.Config{})
	b, _, _ := replica(t, server, patient, ratelimit.Config{})
	want := map[ratelimit.Outcome]int{ratelimit.Allowed: 10, ratelimit.Refused: 4}
	if diff := cmp.Diff(want, outcomes(t, 14, a, b)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	rate := ratelimit.Rate{PerSecond: 0.01, Burst: 10}
	b.Return(t.Context(), acme, rate)
	if d, err := a.Take(t.Context(), acme, rate); err != nil || d.Outcome != ratelimit.Allowed {
		t.Errorf("after one was put back: %v, %v", d, err)
	}
	globex := ratelimit.Subject{Class: ratelimit.Write, Key: "globex"}
	a.Drain(t.Context(), globex, rate, 4)
	d, err := b.Take(t.Context(), globex, rate)
	d.Reset = d.Reset.Round(time.Minute)
	wanted := ratelimit.Decision{Class: ratelimit.Write, Rate: rate, Outcome: ratelimit.Allowed, Remaining: 5, Reset: 8 * time.Minute}
	if diff := cmp.Diff(wanted, d); err != nil || diff != "" {
		t.Errorf("after 4 of 10 were drained: %v (-want +got):\n%s", err, diff)
	}
	client := direct(t, server)
	if ttl := client.PTTL(t.Context(), "spoke:limit:write:acme").Val(); ttl <= 0 || ttl > 1000*time.Second {
		t.Errorf("the key ends in %s, want in 1000s", ttl)
	}
	if !shared.Up() || strings.Contains(log.String(), "away") {
		t.Errorf("Redis was away: %s", log)
	}
}

func direct(t *testing.T, server *redistest.Server) *redis.Client {
	t.Helper()
	options, err := ratelimit.ParseRedisURL(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	client := redis.NewClient(options)
	t.Cleanup(func() { client.Close() })
	return client
}

// Over two replicas no more than rate*t + burst go, delayed and given up ones included; and not much fewer.
func TestSharedBound(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	const tries = 5 // of which one shows it: a machine that stalls has few go
	for try := 1; ; try++ {
		n, delayed, most := crowd(t, server, fmt.Sprint("try ", try))
		if n > most {
			t.Errorf("%d went, want at most %d", n, most)
		}
		if n >= most/2 && delayed > 0 {
			return
		}
		if try == tries {
			t.Fatalf("%d went, %d of them delayed; want between %d and %d", n, delayed, most/2, most)
		}
	}
}

// crowd sends more than goes through for two seconds over two replicas. It returns how many went, how many of them were
// delayed, and how many may have gone.
func crowd(t *testing.T, server *redistest.Server, key string) (n, late, most int64) {
	t.Helper()
	config := ratelimit.Config{Wait: 200 * time.Millisecond, Waiters: 20}
	a, _, _ := replica(t, server, patient, config)
	b, _, _ := replica(t, server, patient, config)
	rate, subject := ratelimit.Rate{PerSecond: 100, Burst: 15}, ratelimit.Subject{Class: ratelimit.Write, Key: key}
	start := time.Now()
	var went, delayed atomic.Int64
	var wg sync.WaitGroup
	for i := range 40 {
		wg.Go(func() {
			limiter := []*ratelimit.Limiter{a, b}[i%2]
			for time.Since(start) < 2*time.Second {
				ctx, cancel := context.WithTimeout(t.Context(), time.Duration(1+i)*5*time.Millisecond)
				d, err := limiter.Take(ctx, subject, rate)
				cancel()
				if err == nil && d.Outcome != ratelimit.Refused {
					went.Add(1)
				}
				if err == nil && d.Outcome == ratelimit.Delayed {
					delayed.Add(1)
				}
			}
		})
	}
	wg.Wait()
	return went.Load(), delayed.Load(), int64(rate.PerSecond*time.Since(start).Seconds()) + int64(rate.Burst)
}

// A request asks Redis once, whether it goes, waits or is refused.
func TestOneRoundTrip(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	l, _, _ := replica(t, server, patient, ratelimit.Config{Wait: time.Second})
	client := direct(t, server)
	scripts := func() (n int) {
		for _, line := range strings.Split(client.Info(t.Context(), "commandstats").Val(), "\r\n") {
			if rest, ok := strings.CutPrefix(line, "cmdstat_evalsha:calls="); ok {
				for _, c := range rest {
					if c < '0' || c > '9' {
						break
					}
					n = 10*n + int(c-'0')
				}
			}
		}
		return n
	}
	before := scripts()
	rate := ratelimit.Rate{PerSecond: 20, Burst: 5}
	var wg sync.WaitGroup
	for range 40 {
		wg.Go(func() {
			if _, err := l.Take(t.Context(), acme, rate); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := scripts() - before; n != 40 {
		t.Errorf("40 requests asked %d times", n)
	}
}

// Redis is killed, hangs, or cannot be written to: requests go on with limits of this process, nobody waits for Redis
// for long, and once it is back the budget is shared again. Each change of state is logged once.
func TestOutage(t *testing.T) {
	t.Parallel()
	for name, outage := range map[string]struct {
		begin, end func(*testing.T, *redistest.Server)
		within     time.Duration // of Redis's answers; a hang is known by the time it takes
	}{
		"killed": {
			func(_ *testing.T, s *redistest.Server) { s.Away() }, func(_ *testing.T, s *redistest.Server) { s.Back() }, patient,
		},
		"hung": {
			func(_ *testing.T, s *redistest.Server) { s.Hang() }, func(_ *testing.T, s *redistest.Server) { s.Back() }, time.Second,
		},
		"read only": {
			func(t *testing.T, s *redistest.Server) {
				t.Helper()
				if err := direct(t, s).ReplicaOf(t.Context(), "127.0.0.1", "1").Err(); err != nil {
					t.Fatal(err)
				}
			},
			func(t *testing.T, s *redistest.Server) {
				t.Helper()
				if err := direct(t, s).ReplicaOf(t.Context(), "NO", "ONE").Err(); err != nil {
					t.Fatal(err)
				}
			},
			patient,
		},
		"script forgotten": { // no outage
			func(t *testing.T, s *redistest.Server) {
				t.Helper()
				if err := direct(t, s).ScriptFlush(t.Context()).Err(); err != nil {
					t.Fatal(err)
				}
			},
			nil, patient,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := redistest.Start(t)
			a, shared, log := replica(t, server, outage.within, ratelimit.Config{})
			fixture.Eventually(t, "redis is used", shared.Up)
			outage.begin(t, server)
			generous := ratelimit.Rate{PerSecond: 1e6, Burst: 1e6}
			start := time.Now()
			for range 1000 {
				if d, err := a.Take(t.Context(), acme, generous); err != nil || d.Outcome == ratelimit.Refused {
					t.Fatalf("%v, %v", d, err)
				}
			}
			if outage.end == nil {
				if !shared.Up() {
					t.Errorf("taken for an outage: %s", log)
				}
				return
			}
			if spent := time.Since(start); spent > patient+3*outage.within {
				t.Errorf("1000 requests took %s", spent)
			}
			if shared.Up() {
				t.Error("the outage was not seen")
			}
			if diff := cmp.Diff(map[ratelimit.Outcome]int{ratelimit.Allowed: 10, ratelimit.Refused: 2}, localOutcomes(t, a)); diff != "" {
				t.Errorf("limits of this process (-want +got):\n%s", diff)
			}
			outage.end(t, server)
			fixture.Eventually(t, "redis is used again", shared.Up)
			b, _, _ := replica(t, server, patient, ratelimit.Config{})
			if diff := cmp.Diff(map[ratelimit.Outcome]int{ratelimit.Allowed: 10, ratelimit.Refused: 4}, outcomes(t, 14, a, b)); diff != "" {
				t.Errorf("shared again (-want +got):\n%s", diff)
			}
			for _, event := range []string{"rate limits are not shared while redis is away", "rate limits are shared again"} {
				if n := strings.Count(log.String(), event); n != 1 {
					t.Errorf("%q was logged %d times:\n%s", event, n, log)
				}
			}
		})
	}
}

func localOutcomes(t *testing.T, l *ratelimit.Limiter) map[ratelimit.Outcome]int {
	t.Helper()
	got := map[ratelimit.Outcome]int{}
	for range 12 {
		d, err := l.Take(t.Context(), ratelimit.Subject{Class: ratelimit.Read, Key: "local"}, ratelimit.Rate{PerSecond: 0.01, Burst: 10})
		if err != nil {
			t.Fatal(err)
		}
		got[d.Outcome]++
	}
	return got
}

// A Redis that is not there when a replica starts is used once it is.
func TestRedisComesLater(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	server.Away()
	l, shared, log := replica(t, server, 300*time.Millisecond, ratelimit.Config{})
	if shared.Up() {
		t.Error("a Redis that is away is up")
	}
	if diff := cmp.Diff(map[ratelimit.Outcome]int{ratelimit.Allowed: 10, ratelimit.Refused: 2}, localOutcomes(t, l)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	server.Back()
	fixture.Eventually(t, "redis is used", shared.Up)
	if strings.Contains(log.String(), "redis://") {
		t.Errorf("the URL is logged: %s", log)
	}
}

func TestParseRedisURL(t *testing.T) {
	t.Parallel()
	for _, url := range []string{"", "redis", "http://a:secret@b", "redis://a:sec%ret@b:6379", "redis://:secret@b:port", "redis://:secret@b/none"} {
		if _, err := ratelimit.ParseRedisURL(url); err != ratelimit.ErrURL { //nolint:errorlint // itself, so that nothing of the URL is in it
			t.Errorf("%q: %v", url, err)
		}
	}
	options, err := ratelimit.ParseRedisURL("rediss://ann:secret@redis.internal:6380/2")
	if err != nil || options.TLSConfig == nil || options.TLSConfig.ServerName != "redis.internal" || options.Password != "secret" || options.DB != 2 {
		t.Errorf("%+v, %v", options, err)
	}
}
