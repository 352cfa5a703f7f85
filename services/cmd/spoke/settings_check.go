package main

import (
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/askspoke/spoke/observability/logging"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/hostname"
	"github.com/askspoke/spoke/tenancy/operator"
	"github.com/askspoke/spoke/tenancy/seal"
	"github.com/askspoke/spoke/tenancy/token"
)

// check refuses what is missing or unsafe, all of it at once.
func (s settings) check() error {
	return errors.Join(
		s.checkDatabase(), s.checkRedis(), s.checkMail(), s.checkDomain(), s.checkPublic(), s.checkKey(), s.checkProxies(), s.checkLimits(), s.checkHosts(), s.checkOIDC(), s.checkPlans(),
		s.checkTracing(),
		checkAddr("SPOKE_ADDR", s.Addr), checkAddr("SPOKE_METRICS_ADDR", s.MetricsAddr),
	)
}

func (s settings) checkDomain() error {
	if s.BaseDomain == "" {
		return errors.New("SPOKE_BASE_DOMAIN is not set: name the domain below which each tenant has a host, such as askspoke.com")
	}
	if _, err := hostname.NewResolver(s.BaseDomain); err != nil {
		return fmt.Errorf("SPOKE_BASE_DOMAIN: %w", err)
	}
	return nil
}

func (s settings) checkPublic() error {
	local := s.BaseDomain == "localhost" || strings.HasSuffix(s.BaseDomain, ".localhost")
	switch {
	case s.PublicScheme != "https" && s.PublicScheme != "http":
		return fmt.Errorf("SPOKE_PUBLIC_SCHEME is %.40q: it must be https or http", s.PublicScheme)
	case s.PublicScheme == "http" && !local:
		return errors.New("SPOKE_PUBLIC_SCHEME is http: tokens would cross the network in the clear. Put a TLS proxy in front and use https; http is for localhost alone")
	case s.PublicPort < 0 || s.PublicPort > 65535:
		return fmt.Errorf("SPOKE_PUBLIC_PORT is %d, which is no port", s.PublicPort)
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
	if _, err := seal.ParseKeys(s.SecretKey); err != nil {
		return fmt.Errorf("SPOKE_SECRET_KEY: %w", err)
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

func (s settings) checkLimits() error {
	var refused []error
	if s.MaxConnections < 2 { // as tenantdb.Open does
		refused = append(refused, fmt.Errorf("SPOKE_DATABASE_MAX_CONNECTIONS is %d: at least 2 are needed", s.MaxConnections))
	}
	if s.Prepared < 0 {
		refused = append(refused, errors.New("SPOKE_DATABASE_PREPARED_STATEMENTS is negative: 0 turns them off"))
	}
	if f := logging.Format(s.LogFormat); f != logging.JSON && f != logging.Text {
		refused = append(refused, fmt.Errorf("SPOKE_LOG_FORMAT is %.40q: it must be json or text", s.LogFormat))
	}
	if s.HealthInterval < time.Second {
		refused = append(refused, fmt.Errorf("SPOKE_HEALTH_INTERVAL is %s: it must be at least 1s", s.HealthInterval))
	}
	if !(s.Pace >= 1 && s.Pace <= fastest) { // nor is it a number that compares with none
		refused = append(refused, fmt.Errorf("SPOKE_PACE is %g: it must be from 1 to %d", s.Pace, fastest))
	}
	if s.Drain < 0 {
		refused = append(refused, fmt.Errorf("SPOKE_DRAIN_DELAY is %s: it must not be negative", s.Drain))
	}
	if s.Shutdown < 0 {
		refused = append(refused, fmt.Errorf("SPOKE_SHUTDOWN_TIMEOUT is %s: it must not be negative", s.Shutdown))
	}
	return errors.Join(refused...)
}

// fastest is the highest pace: a bucket of counts is a quarter of a second then.
const fastest = 240

// checkHosts refuses hosts for the API and the operator's console that a tenant could have, and one host for both.
func (s settings) checkHosts() error {
	if s.BaseDomain == "" {
		return nil
	}
	if s.apiHost() == s.consoleHost() {
		return fmt.Errorf("SPOKE_API_HOST and SPOKE_CONSOLE_HOST are both %s: they must be two hosts", s.apiHost())
	}
	return errors.Join(s.checkHost("SPOKE_API_HOST", s.APIHost, "api"), s.checkHost("SPOKE_CONSOLE_HOST", s.ConsoleHost, "console"))
}

func (s settings) checkHost(name, value, reserved string) error {
	if value == "" {
		return nil
	}
	host, err := hostname.Normalize(value)
	if err != nil || host != value {
		return fmt.Errorf("%s is %.80q: it must be a host in lower case, without a port, such as %s.askspoke.com", name, value, reserved)
	}
	label, below := strings.CutSuffix(host, "."+s.BaseDomain)
	if _, err := tenancy.ParseSlug(label); below && err == nil {
		return fmt.Errorf("%s is %.80q: a tenant can have the slug %s; use a reserved name such as %s, or a host outside of the base domain", name, host, label, reserved)
	}
	return nil
}

func (s settings) checkOIDC() error {
	if s.OIDCIssuer == "" {
		if s.ConsoleClient != "" || s.ConsoleSecret != "" {
			return errors.New("SPOKE_CONSOLE_OIDC_CLIENT_ID is set and SPOKE_OIDC_ISSUER is not: set both, or neither")
		}
		if s.OIDCAudience != "" {
			return errors.New("SPOKE_OIDC_AUDIENCE is set and SPOKE_OIDC_ISSUER is not: set both, or neither")
		}
		return nil
	}
	if s.OIDCAudience == "" && s.ConsoleClient != "" { // for the console alone
		return nil
	}
	if _, err := operator.NewOIDC(s.oidc()); err != nil {
		return fmt.Errorf("SPOKE_OIDC_ISSUER, SPOKE_OIDC_AUDIENCE and SPOKE_OIDC_ROLES: %w", err)
	}
	return nil
}

// checkAddr refuses what nobody can listen at. Whether this machine can is seen when it does.
func checkAddr(name, addr string) error {
	_, port, err := net.SplitHostPort(addr)
	if err == nil {
		_, err = strconv.ParseUint(port, 10, 16)
	}
	if err != nil {
		return fmt.Errorf("%s is %.40q: it must be an address with a port, such as :8080 or 127.0.0.1:8080", name, addr)
	}
	return nil
}
