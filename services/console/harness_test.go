package console

import (
	"bytes"
	"context"
	"errors"
	"html"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

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

// clock is a time that goes on, and that a test moves besides.
type clock struct {
	mu    sync.Mutex
	ahead time.Duration
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.ahead)
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ahead += d
}

// logBuffer keeps what is logged.
type logBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *logBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *logBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
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

// browser is somebody at a host: it keeps cookies, and follows no redirect.
type browser struct {
	*world
	host   string
	client *http.Client
}

// at returns a browser without a session at a host.
func (w *world) at(t *testing.T, host string) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	must(t, err)
	var dialer net.Dialer
	transport := &http.Transport{DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return dialer.DialContext(ctx, network, strings.TrimPrefix(w.url, "http://"))
	}}
	t.Cleanup(transport.CloseIdleConnections)
	return &browser{world: w, host: host, client: &http.Client{
		Jar: jar, Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// stranger returns a browser without a session at acme.
func (w *world) stranger(t *testing.T) *browser {
	t.Helper()
	return w.at(t, "acme.askspoke.test")
}

// as returns a browser at acme in which an administrator with a role, whose name begins the address, is signed in.
func (w *world) as(t *testing.T, role admin.Role) *browser {
	t.Helper()
	return w.asAt(t, w.acme, role)
}

func (w *world) asAt(t *testing.T, tenant tenancy.Tenant, role admin.Role) *browser {
	t.Helper()
	email := string(role) + "@" + string(tenant.Slug) + ".example"
	a, err := w.Admins.ByEmail(t.Context(), tenant.ID, email)
	if errors.Is(err, admin.ErrNotFound) {
		a, err = w.Admins.Add(t.Context(), admin.NewAdministrator{
			ID: uuid.NewString(), Tenant: tenant.ID, Email: email, Name: "The " + string(role), Role: role, CreatedBy: operator.Shell,
		})
	}
	must(t, err)
	return w.withSession(t, string(tenant.Slug)+".askspoke.test", standing{Kind: byAdmin, Tenant: tenant.ID, ID: a.ID})
}

// withLink returns a browser at acme that came by a set-up link.
func (w *world) withLink(t *testing.T, purpose operator.Purpose) *browser {
	t.Helper()
	return w.withLinkAt(t, "acme.askspoke.test", purpose)
}

// withLinkAt is withLink at another host of acme's.
func (w *world) withLinkAt(t *testing.T, host string, purpose operator.Purpose) *browser {
	t.Helper()
	_, l, err := w.Operators.CreateLink(t.Context(), operator.NewLink{Tenant: w.acme.ID, Purpose: purpose, CreatedBy: operator.Shell})
	must(t, err)
	return w.withSession(t, host, standing{Kind: byLink, Tenant: w.acme.ID, ID: l.ID, Purpose: purpose})
}

// withSession returns a browser at a host that has a session.
func (w *world) withSession(t *testing.T, host string, who standing) *browser {
	t.Helper()
	who.Began = w.clock.now()
	who.Until = who.Began.Add(sessionLife)
	ctx, err := w.sessions.Load(t.Context(), "")
	must(t, err)
	x := &exchange{server: w.Server, session: ctx}
	x.put(standingKey, who)
	secret, _, err := w.sessions.Commit(ctx)
	must(t, err)
	b := w.at(t, host)
	b.client.Jar.SetCookies(&url.URL{Scheme: "http", Host: host, Path: "/"}, []*http.Cookie{{Name: w.sessions.Cookie.Name, Value: secret, Path: "/"}})
	return b
}

// answered is a page that came.
type answered struct {
	status int
	header http.Header
	body   string
}

// text is the page without its tags, and with one space between words.
func (a answered) text() string {
	var b strings.Builder
	in := false
	for _, r := range a.body {
		switch {
		case r == '<':
			in = true
			b.WriteByte(' ')
		case r == '>':
			in = false
		case !in:
			b.WriteRune(r)
		}
	}
	return strings.Join(strings.Fields(html.UnescapeString(b.String())), " ")
}

// has fails the test unless the page has each of the texts.
func (a answered) has(t *testing.T, texts ...string) answered {
	t.Helper()
	for _, text := range texts {
		if !strings.Contains(a.text(), text) {
			t.Errorf("the page does not say %q:\n%s", text, a.text())
		}
	}
	return a
}

// is fails the test unless the answer has the status.
func (a answered) is(t *testing.T, status int) answered {
	t.Helper()
	if a.status != status {
		t.Fatalf("want %d, got %d: %s %s", status, a.status, a.header.Get("Location"), a.text())
	}
	return a
}

// get asks for a page as a browser does.
func (b *browser) get(t *testing.T, path string) answered {
	t.Helper()
	return b.send(t, http.MethodGet, path, nil, nil)
}

// post sends a form as a page of the same host does.
func (b *browser) post(t *testing.T, path string, form url.Values) answered {
	t.Helper()
	return b.send(t, http.MethodPost, path, form, http.Header{"Sec-Fetch-Site": {"same-origin"}, "Origin": {"http://" + b.host}})
}

func (b *browser) send(t *testing.T, method, path string, form url.Values, header http.Header) answered {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, "http://"+b.host+path, strings.NewReader(form.Encode()))
	must(t, err)
	request.Header.Set("Accept", "text/html")
	if method == http.MethodPost {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for name, values := range header {
		request.Header[name] = values
	}
	response, err := b.client.Do(request)
	must(t, err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	must(t, err)
	return answered{response.StatusCode, response.Header, string(body)}
}
