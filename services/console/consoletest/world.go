// Package consoletest has a console for tests: a World over a database of its own, browsers in it, and what identity providers
// do meanwhile.
//
// The tests of each part of the console are outside of it, in package PART_test, and stand on this package. It starts no real
// browser: the tests that need one are in package console, so that one process of tests starts Chromium.
package consoletest

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"

	"github.com/askspoke/spoke/infra/fixture"
	"github.com/askspoke/spoke/infra/pgtest"
	"github.com/askspoke/spoke/observability/metrics"
	"github.com/askspoke/spoke/services/console"
	"github.com/askspoke/spoke/services/console/asset"
	"github.com/askspoke/spoke/services/console/web"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/admin"
	"github.com/askspoke/spoke/tenancy/directory"
	"github.com/askspoke/spoke/tenancy/guard"
	"github.com/askspoke/spoke/tenancy/hostclaim"
	"github.com/askspoke/spoke/tenancy/hostname"
	"github.com/askspoke/spoke/tenancy/journal"
	"github.com/askspoke/spoke/tenancy/lifecycle"
	"github.com/askspoke/spoke/tenancy/oauth"
	"github.com/askspoke/spoke/tenancy/operator"
	"github.com/askspoke/spoke/tenancy/registry"
	"github.com/askspoke/spoke/tenancy/seal"
	"github.com/askspoke/spoke/tenancy/signon"
	"github.com/askspoke/spoke/tenancy/signon/saml"
	"github.com/askspoke/spoke/tenancy/status"
	"github.com/askspoke/spoke/tenancy/tenantdb"
	"github.com/askspoke/spoke/tenancy/token"
)

const tokenKey = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="

// World is a console over a database of its own, at a real socket, with the tenants acme and globex.
type World struct {
	*console.Server
	console.Parts
	URL          string // of the socket
	Acme, Globex tenancy.Tenant
	Clock        *fixture.Clock
	Log          *fixture.Log
	Config       console.Config

	sessions *scs.SessionManager
}

// Option changes the world before it begins.
type Option func(*console.Config, *console.Parts)

// NewWorld returns a World over a new database.
func NewWorld(t *testing.T, options ...Option) *World {
	t.Helper()
	return Over(t, pgtest.DB(t), options...)
}

// Over is NewWorld over a database that there is.
func Over(t *testing.T, db *tenantdb.DB, options ...Option) *World {
	t.Helper()
	w := &World{Clock: &fixture.Clock{}, Log: &fixture.Log{}}
	tenants := lifecycle.New(lifecycle.Config{DB: db, Settle: -1})
	Must(t, tenants.MigrateControl(t.Context()))
	log := slog.New(slog.NewJSONHandler(w.Log, nil))
	key, err := token.ParseKey(tokenKey)
	Must(t, err)
	hosts, err := hostname.NewResolver("askspoke.test")
	Must(t, err)
	parts := console.Parts{
		DB: db, Tenants: tenants, Registry: registry.New(registry.Config{DB: db, Hosts: hosts, RememberNot: time.Millisecond}),
		Hosts: hostclaim.New(hostclaim.Config{DB: db, Bases: hosts}), Guard: guard.New(db, w.Clock.Now), Status: status.New(status.Config{DB: db}),
		Directory: directory.New(db, &journal.Recorder{DB: db}), Exports: new(journal.Exports), Metrics: metrics.New(metrics.Build{}), Logger: log,
	}
	parts.Admins, err = admin.New(admin.Config{DB: db, Key: key, Now: w.Clock.Now, Logger: log})
	Must(t, err)
	parts.Operators, err = operator.New(operator.Config{DB: db, Key: key, Now: w.Clock.Now, Logger: log})
	Must(t, err)
	parts.Tokens, err = token.New(token.Config{DB: db, Key: key, Now: w.Clock.Now, Logger: log})
	Must(t, err)
	parts.Clients, err = oauth.New(oauth.Config{DB: db, Key: key, Now: w.Clock.Now, Logger: log})
	Must(t, err)
	sealer, err := seal.New(key)
	Must(t, err)
	parts.SignOn, err = signon.New(signon.Config{DB: db, Key: key, Seal: sealer, Now: w.Clock.Now, PrivateProviders: true, Logger: log})
	Must(t, err)
	parts.SAML, err = saml.New(saml.Options{DB: db, Key: key, Now: w.Clock.Now, PrivateProviders: true, Logger: log})
	Must(t, err)
	for _, made := range []struct {
		slug tenancy.Slug
		name string
		into *tenancy.Tenant
	}{{"acme", "Acme Inc.", &w.Acme}, {"globex", "Globex", &w.Globex}} {
		*made.into, err = tenants.Create(t.Context(), lifecycle.NewTenant{Slug: made.slug, Name: made.name, Settings: tenancy.DefaultSettings()})
		Must(t, err)
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	var running sync.WaitGroup
	running.Go(func() { _ = parts.Registry.Run(ctx) })
	server := httptest.NewUnstartedServer(nil)
	config := console.Config{
		Origin:    func(host string) string { return "http://" + host },
		TenantURL: func(slug tenancy.Slug) string { return "http://" + string(slug) + ".askspoke.test/scim/v2" },
		Host:      hosts.Host, OperatorHost: "console.askspoke.test", Now: w.Clock.Now,
	}
	for _, o := range options {
		o(&config, &parts)
	}
	w.Config, w.Parts, w.sessions = config, parts, web.NewSessions(parts.Admins.Sessions(), config.Secure)
	w.Server, err = console.New(config, parts)
	if errors.Is(err, asset.ErrNotBuilt) {
		t.Fatalf("%v (./task test does it)", err)
	}
	Must(t, err)
	tenantHosts, operatorHost := w.Handler(), w.OperatorHandler()
	server.Config.Handler = http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.Host == config.OperatorHost {
			operatorHost.ServeHTTP(rw, r)
			return
		}
		tenantHosts.ServeHTTP(rw, r)
	})
	server.Start()
	w.URL = server.URL
	running.Go(func() { _ = w.Run(ctx) })
	t.Cleanup(func() {
		stop()
		running.Wait()
		server.Close()
	})
	return w
}

// Must ends the test on an error.
func Must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
