package main

import (
	"context"
	"fmt"
	"log/slog"
	"net"

	"github.com/askspoke/spoke/tenancy/ratelimit"
)

// checkRedis refuses what is no URL of Redis, and a connection that goes over a network without TLS. No message shows the
// URL, which has a password.
func (s settings) checkRedis() error {
	if s.RedisURL == "" {
		return nil
	}
	options, err := ratelimit.ParseRedisURL(s.RedisURL)
	if err != nil {
		return fmt.Errorf("SPOKE_REDIS_URL is %w", err)
	}
	host, _, err := net.SplitHostPort(options.Addr)
	if err != nil {
		host = options.Addr // a socket's path
	}
	if options.TLSConfig == nil && !isLocal(host) {
		return fmt.Errorf("SPOKE_REDIS_URL is redis://, which sends its password and clients' addresses in the clear to %s: use rediss://", host)
	}
	return nil
}

// openLimiter returns what counts requests: over Redis when the settings name one, which is nil otherwise.
func openLimiter(ctx context.Context, s settings, log *slog.Logger) (*ratelimit.Limiter, *ratelimit.Redis, error) {
	if s.RedisURL == "" {
		return ratelimit.New(ratelimit.Config{}), nil, nil
	}
	shared, err := ratelimit.OpenRedis(ctx, ratelimit.RedisConfig{URL: s.RedisURL, Log: log})
	if err != nil {
		return nil, nil, fmt.Errorf("SPOKE_REDIS_URL is %w", err)
	}
	return ratelimit.New(ratelimit.Config{Shared: shared}), shared, nil
}
