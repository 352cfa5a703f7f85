package main

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strings"

	"github.com/lib/pq"
)

// databaseExample is what the URL of a database looks like.
const databaseExample = "postgres://spoke:PASSWORD@db.internal/spoke?sslmode=verify-full"

func (s settings) checkDatabase() error {
	if s.DatabaseURL == "" {
		return errors.New("SPOKE_DATABASE_URL is not set: name the Postgres to use, such as " + databaseExample)
	}
	config, err := readDatabaseURL("SPOKE_DATABASE_URL", s.DatabaseURL)
	if err != nil {
		return err
	}
	return checkEncrypted(config)
}

// readDatabaseURL returns what the driver makes of the URL, which was given as name, and of the PG* variables and the
// service file that add to it. The error does not show the URL, which has a password.
func readDatabaseURL(name, text string) (pq.Config, error) {
	u, err := url.Parse(text)
	switch {
	case err != nil || misplaced(u):
		return pq.Config{}, fmt.Errorf("%s cannot be read as a URL such as %s: a user or password must have %%25 for %%, %%2F for /, %%3F for ?, %%23 for # and %%40 for @", name, databaseExample)
	case u.Scheme != "postgres" && u.Scheme != "postgresql":
		return pq.Config{}, fmt.Errorf("%s is not a postgres:// URL, such as %s", name, databaseExample)
	}
	config, err := pq.NewConfig(text)
	if err != nil {
		return config, fmt.Errorf("%s, with the PG* variables of the environment, is refused by the driver: %w", name, err)
	}
	return config, nil
}

// misplaced tells whether part of a password stands behind the host, where messages would show it: a /, ? or # in the
// password ends the host, and then the @ comes too late.
func misplaced(u *url.URL) bool {
	return u.Fragment != "" || strings.Contains(u.EscapedPath()+u.RawQuery, "@")
}

// checkEncrypted refuses a connection that may go over a network without TLS, to whichever of its hosts.
func checkEncrypted(config pq.Config) error {
	switch config.SSLMode {
	case pq.SSLModeDisable, pq.SSLModeAllow, pq.SSLModePrefer:
	default:
		return nil // also where nothing is said, which the driver takes for require
	}
	hosts := append([]pq.ConfigMultihost{{Host: config.Host, Hostaddr: config.Hostaddr}}, config.Multi...)
	for _, h := range hosts {
		host := h.Host
		if h.Hostaddr.IsValid() { // it alone is connected to
			host = h.Hostaddr.String()
		}
		if !isLocal(host) {
			return fmt.Errorf("SPOKE_DATABASE_URL, with the PG* variables of the environment, has sslmode=%s, which sends passwords and people's data in the clear to %s: use sslmode=verify-full, or require", config.SSLMode, host)
		}
	}
	return nil
}

// isLocal tells whether a host is this machine: nothing, localhost, a socket or a loopback address.
func isLocal(host string) bool {
	if host == "" || host == "localhost" || strings.HasPrefix(host, "/") || strings.HasPrefix(host, "@") {
		return true
	}
	address, err := netip.ParseAddr(host)
	return err == nil && address.IsLoopback()
}
