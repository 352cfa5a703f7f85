package console

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/askspoke/spoke/infra/pgtest"
	"github.com/askspoke/spoke/observability/metrics"
	"github.com/askspoke/spoke/services/console/asset"
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

// world is a console over a database of its own, at a real socket, with the tenants acme and globex.
type world struct {
	*Server
	url          string // of the socket
	acme, globex tenancy.Tenant
	clock        *clock
	log          *logBuffer
}

// option changes the world before it begins.
type option func(*Config, *Parts)

func newWorld(t *testing.T, options ...option) *world {
	t.Helper()
	return over(t, pgtest.DB(t), options...)
}

func over(t *testing.T, db *tenantdb.DB, options ...option) *world {
	t.Helper()
	w := &world{clock: &clock{}, log: &logBuffer{}}
	tenants := lifecycle.New(lifecycle.Config{DB: db, Settle: -1})
	must(t, tenants.MigrateControl(t.Context()))
	log := slog.New(slog.NewJSONHandler(w.log, nil))
	key, err := token.ParseKey(tokenKey)
	must(t, err)
	hosts, err := hostname.NewResolver("askspoke.test")
	must(t, err)
	parts := Parts{
		DB: db, Tenants: tenants, Registry: registry.New(registry.Config{DB: db, Hosts: hosts, RememberNot: time.Millisecond}),
		Hosts: hostclaim.New(hostclaim.Config{DB: db, Bases: hosts}), Guard: guard.New(db, w.clock.now), Status: status.New(status.Config{DB: db}),
		Directory: directory.New(db, &journal.Recorder{DB: db}), Metrics: metrics.New(metrics.Build{}), Logger: log,
	}
	parts.Admins, err = admin.New(admin.Config{DB: db, Key: key, Now: w.clock.now, Logger: log})
	must(t, err)
	parts.Operators, err = operator.New(operator.Config{DB: db, Key: key, Now: w.clock.now, Logger: log})
	must(t, err)
	parts.Tokens, err = token.New(token.Config{DB: db, Key: key, Now: w.clock.now, Logger: log})
	must(t, err)
	parts.Clients, err = oauth.New(oauth.Config{DB: db, Key: key, Now: w.clock.now, Logger: log})
	must(t, err)
	sealer, err := seal.New(key)
	must(t, err)
	parts.SignOn, err = signon.New(signon.Config{DB: db, Key: key, Seal: sealer, Now: w.clock.now, PrivateProviders: true, Logger: log})
	must(t, err)
	parts.SAML, err = saml.New(saml.Options{DB: db, Key: key, Now: w.clock.now, PrivateProviders: true, Logger: log})
	must(t, err)
	for _, made := range []struct {
		slug tenancy.Slug
		name string
		into *tenancy.Tenant
	}{{"acme", "Acme Inc.", &w.acme}, {"globex", "Globex", &w.globex}} {
		*made.into, err = tenants.Create(t.Context(), lifecycle.NewTenant{Slug: made.slug, Name: made.name, Settings: tenancy.DefaultSettings()})
		must(t, err)
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	var running sync.WaitGroup
	running.Go(func() { _ = parts.Registry.Run(ctx) })
	server := httptest.NewUnstartedServer(nil)
	config := Config{
		Origin:    func(host string) string { return "http://" + host },
		TenantURL: func(slug tenancy.Slug) string { return "http://" + string(slug) + ".askspoke.test/scim/v2" },
		Host:      hosts.Host, OperatorHost: "console.askspoke.test", Now: w.clock.now,
	}
	for _, o := range options {
		o(&config, &parts)
	}
	w.Server, err = New(config, parts)
	if errors.Is(err, asset.ErrNotBuilt) {
		t.Fatalf("%v (./task test does it)", err)
	}
	must(t, err)
	tenantHosts, operatorHost := w.Handler(), w.OperatorHandler()
	server.Config.Handler = http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.Host == config.OperatorHost {
			operatorHost.ServeHTTP(rw, r)
			return
		}
		tenantHosts.ServeHTTP(rw, r)
	})
	server.Start()
	w.url = server.URL
	running.Go(func() { _ = w.Run(ctx) })
	t.Cleanup(func() {
		stop()
		running.Wait()
		server.Close()
	})
	return w
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
