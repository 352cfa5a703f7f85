package main

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/caarlos0/env/v11"

	"github.com/askspoke/spoke/services/gateway"
	"github.com/askspoke/spoke/tenancy/hostname"
	"github.com/askspoke/spoke/tenancy/token"
)

// settings is what the environment says. Production takes everything from it; dev and the tests fill it in themselves.
type settings struct {
	DatabaseURL    string         `env:"DATABASE_URL"`
	BaseDomain     string         `env:"BASE_DOMAIN"`
	TokenKey       string         `env:"TOKEN_KEY"`
	Addr           string         `env:"ADDR" envDefault:":8080"`
	MetricsAddr    string         `env:"METRICS_ADDR" envDefault:"127.0.0.1:9090"`
	PublicScheme   string         `env:"PUBLIC_SCHEME" envDefault:"https"`
	PublicPort     int            `env:"PUBLIC_PORT"`
	TrustedProxies []netip.Prefix `env:"TRUSTED_PROXIES"`
	MaxConnections int            `env:"DATABASE_MAX_CONNECTIONS" envDefault:"32"`
	Prepared       int            `env:"DATABASE_PREPARED_STATEMENTS" envDefault:"100"`
	LogFormat      string         `env:"LOG_FORMAT" envDefault:"json"`
	LogLevel       string         `env:"LOG_LEVEL" envDefault:"info"`
	Shutdown       time.Duration  `env:"SHUTDOWN_TIMEOUT" envDefault:"30s"`
}

// environment documents the variables for --help.
const environment = `Everything comes from the environment:

  SPOKE_DATABASE_URL              Postgres, as a URL (required)
  SPOKE_BASE_DOMAIN               tenants are served at SLUG.BASE_DOMAIN (required)
  SPOKE_TOKEN_KEY                 32 random bytes in base64 under which tokens are hashed and
                                  cursors sealed (required); make one with: openssl rand -base64 32
  SPOKE_ADDR                      where SCIM is served (:8080)
  SPOKE_METRICS_ADDR              where /metrics, /healthz and /readyz are served (127.0.0.1:9090)
  SPOKE_PUBLIC_SCHEME             https or http in the URLs that clients see (https)
  SPOKE_PUBLIC_PORT               the port in them, where it is not the scheme's own
  SPOKE_TRUSTED_PROXIES           CIDRs whose X-Forwarded-* headers are believed, separated by commas (none)
  SPOKE_DATABASE_MAX_CONNECTIONS  connections to Postgres at most (32)
  SPOKE_DATABASE_PREPARED_STATEMENTS
                                  statements kept prepared on each of them at most, those of the busiest tenants; each
                                  takes Postgres 0.1 MiB on each connection; 0: none; none either behind a pooler (100)
  SPOKE_LOG_FORMAT, _LOG_LEVEL    json or text; debug, info, warn or error (json, info)
  SPOKE_SHUTDOWN_TIMEOUT          how long requests in flight may take to finish (30s)`

// readSettings reads the environment and refuses what is missing or unsafe, each by its name.
func readSettings() (settings, error) {
	var s settings
	if err := env.ParseWithOptions(&s, env.Options{Prefix: "SPOKE_"}); err != nil {
		return s, fmt.Errorf("read settings: %w", err)
	}
	return s, s.check()
}

func (s settings) check() error {
	return errors.Join(s.checkDatabase(), s.checkAddressing(), s.checkKey(), s.checkProxies())
}

func (s settings) checkDatabase() error {
	if s.DatabaseURL == "" {
		return errors.New("SPOKE_DATABASE_URL is not set: name the Postgres to use, such as postgres://spoke:PASSWORD@db.internal/spoke?sslmode=verify-full")
	}
	u, err := url.Parse(s.DatabaseURL)
	if err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql" {
		return errors.New("SPOKE_DATABASE_URL is not a postgres:// URL")
	}
	if s.Prepared < 0 {
		return errors.New("SPOKE_DATABASE_PREPARED_STATEMENTS is negative: 0 turns them off")
	}
	mode := u.Query().Get("sslmode")
	if !isLoopback(u.Hostname()) && (mode == "disable" || mode == "allow" || mode == "prefer") {
		return fmt.Errorf("SPOKE_DATABASE_URL has sslmode=%s, which sends passwords and people's data in the clear to %s: use sslmode=verify-full, or require", mode, u.Hostname())
	}
	return nil
}

func isLoopback(host string) bool {
	if host == "" || host == "localhost" || strings.HasPrefix(host, "/") {
		return true
	}
	address, err := netip.ParseAddr(host)
	return err == nil && address.IsLoopback()
}

func (s settings) checkAddressing() error {
	if s.BaseDomain == "" {
		return errors.New("SPOKE_BASE_DOMAIN is not set: name the domain below which each tenant has a host, such as askspoke.com")
	}
	if _, err := hostname.NewResolver(s.BaseDomain); err != nil {
		return fmt.Errorf("SPOKE_BASE_DOMAIN: %w", err)
	}
	local := s.BaseDomain == "localhost" || strings.HasSuffix(s.BaseDomain, ".localhost")
	switch {
	case s.PublicScheme != "https" && s.PublicScheme != "http":
		return errors.New("SPOKE_PUBLIC_SCHEME must be https or http")
	case s.PublicScheme == "http" && !local:
		return errors.New("SPOKE_PUBLIC_SCHEME is http: tokens would cross the network in the clear. Put a TLS proxy in front and use https; http is for localhost alone")
	case s.PublicPort < 0 || s.PublicPort > 65535:
		return errors.New("SPOKE_PUBLIC_PORT is no port")
	}
	return nil
}

func (s settings) checkKey() error {
	if s.TokenKey == "" {
		return errors.New("SPOKE_TOKEN_KEY is not set: make one with openssl rand -base64 32, and keep it: without it no token is valid any more")
	}
	if _, err := token.ParseKey(s.TokenKey); err != nil {
		return fmt.Errorf("SPOKE_TOKEN_KEY: %w", err)
	}
	return nil
}

func (s settings) checkProxies() error {
	for _, prefix := range s.TrustedProxies {
		if prefix.Bits() == 0 {
			return fmt.Errorf("SPOKE_TRUSTED_PROXIES has %s, which believes everybody: name the proxies' own addresses", prefix)
		}
	}
	return nil
}

func (s settings) gateway() gateway.Config {
	return gateway.Config{
		PublicScheme: s.PublicScheme, PublicPort: s.PublicPort,
		TrustedProxies: s.TrustedProxies, ShutdownTimeout: s.Shutdown,
	}
}
