package onboarding_test

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/askspoke/spoke/billing"
	"github.com/askspoke/spoke/infra/fixture"
	"github.com/askspoke/spoke/infra/pgtest"
	"github.com/askspoke/spoke/observability/metrics"
	"github.com/askspoke/spoke/services/onboarding"
	"github.com/askspoke/spoke/services/onboarding/client"
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
	"github.com/askspoke/spoke/tenancy/ratelimit"
	"github.com/askspoke/spoke/tenancy/status"
	"github.com/askspoke/spoke/tenancy/tenantdb"
	"github.com/askspoke/spoke/tenancy/token"
	"github.com/askspoke/spoke/tenancy/transfer"
)

const tokenKey = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="

// world is an API over a database of its own, at a real socket, with a key for each role.
type world struct {
	*httptest.Server
	db        *tenantdb.DB
	operators *operator.Store
	tokens    *token.Store
	admins    *admin.Store
	exports   journal.Exports
	metrics   *metrics.Registry
	log       *fixture.Log
	keys      map[operator.Role]string
	ids       map[operator.Role]string
	clock     *fixture.Clock
	txt       *records
	stop      func()
}

// records are the TXT records that there are.
type records struct {
	mu sync.Mutex
	of map[string][]string
}

// LookupTXT returns the records of a name.
func (r *records) LookupTXT(_ context.Context, name string) ([]string, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if list := r.of[strings.TrimSuffix(name, ".")]; list != nil {
		return list, nil
	}
	return nil, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
}

func (r *records) publish(name, text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.of[name] = append(r.of[name], text)
}

// option changes the world before it begins.
type option func(*setting)

type setting struct {
	url       string // of the database; "": the database itself
	oidc      *operator.OIDC
	lifecycle lifecycle.Config
	limit     int
	stall     time.Duration
	plans     billing.Catalogue
	rates     onboarding.Rates
	limiter   *ratelimit.Limiter
}

func newWorld(t *testing.T, options ...option) *world {
	t.Helper()
	return over(t, pgtest.Control(t), options...)
}

// over returns a world over a database that is migrated.
func over(t *testing.T, db *tenantdb.DB, options ...option) *world {
	t.Helper()
	w := &world{db: db, log: &fixture.Log{}, clock: &fixture.Clock{}, keys: make(map[operator.Role]string), ids: make(map[operator.Role]string)}
	s := setting{limit: 5, lifecycle: lifecycle.Config{Settle: -1, Plans: []string{"pro", "free"}}}
	for _, o := range options {
		o(&s)
	}
	used := db
	if s.url != "" {
		used = pgtest.Open(t, s.url, tenantdb.Options{})
	}
	s.lifecycle.DB = used
	log := slog.New(slog.NewJSONHandler(w.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	key, err := token.ParseKey(tokenKey)
	if err != nil {
		t.Fatal(err)
	}
	if w.tokens, err = token.New(token.Config{DB: used, Key: key, Limit: s.limit, Now: w.clock.Now, Logger: log}); err != nil {
		t.Fatal(err)
	}
	if w.operators, err = operator.New(operator.Config{DB: used, Key: key, Now: w.clock.Now, Logger: log}); err != nil {
		t.Fatal(err)
	}
	w.metrics = metrics.New(metrics.Build{})
	manager := lifecycle.New(s.lifecycle)
	resources := directory.New(used, &journal.Recorder{DB: used})
	bases, err := hostname.NewResolver("askspoke.com")
	if err != nil {
		t.Fatal(err)
	}
	clients, err := oauth.New(oauth.Config{DB: used, Key: key, Logger: log})
	if err != nil {
		t.Fatal(err)
	}
	w.admins, err = admin.New(admin.Config{DB: used, Key: key, Now: w.clock.Now, Logger: log})
	if err != nil {
		t.Fatal(err)
	}
	w.txt = &records{of: make(map[string][]string)}
	server, err := onboarding.New(onboarding.Config{
		TenantURL: func(s tenancy.Slug) string { return "https://" + string(s) + ".askspoke.com/scim/v2" },
		SetupURL: func(s tenancy.Slug, secret string) string {
			return "https://" + string(s) + ".askspoke.com/setup/" + secret
		},
		Now: w.clock.Now, Rates: s.rates, Stall: s.stall,
	}, onboarding.Parts{
		Admins: w.admins, Tenants: manager, Transfer: transfer.New(used, manager, resources), Tokens: w.tokens, Clients: clients,
		Hosts:     hostclaim.New(hostclaim.Config{DB: used, Bases: bases, Resolver: w.txt}),
		Operators: w.operators, OIDC: s.oidc, Directory: resources, DB: used, Guard: guard.New(used, w.clock.Now), Status: status.New(status.Config{DB: used}), Plans: s.plans, Exports: &w.exports, Limiter: s.limiter, Metrics: w.metrics, Logger: log,
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- server.Run(ctx) }()
	w.Server = httptest.NewServer(server.Handler())
	w.stop = sync.OnceFunc(func() {
		w.Close()
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(w.stop)
	for _, role := range []operator.Role{operator.Read, operator.Manage, operator.Admin} {
		secret, made, err := w.operators.CreateKey(t.Context(), operator.NewKey{Name: "test " + string(role), Role: role, CreatedBy: operator.Shell})
		if err != nil {
			t.Fatal(err)
		}
		w.keys[role], w.ids[role] = secret.Reveal(), made.ID
	}
	return w
}

// as returns the generated client with the key of a role.
func (w *world) as(t *testing.T, role operator.Role) *client.ClientWithResponses {
	t.Helper()
	return w.bearing(t, w.keys[role])
}

// bearing returns the generated client with a credential.
func (w *world) bearing(t *testing.T, credential string) *client.ClientWithResponses {
	t.Helper()
	c, err := client.NewClientWithResponses(w.URL, client.WithHTTPClient(checking{t}), client.WithRequestEditorFn(func(_ context.Context, r *http.Request) error {
		r.Header.Set("Authorization", "Bearer "+credential)
		return nil
	}))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// answer is what a raw request was answered.
type answer struct {
	status int
	header http.Header
	body   string
	json   map[string]any
}

// send sends a request as it is written: "POST /v1/tenants", a body, and headers in pairs. Without a header Authorization
// it has the admin's key, and without a Content-Type that of JSON.
func (w *world) send(t *testing.T, line, body string, headers ...string) answer {
	t.Helper()
	method, path, _ := strings.Cut(line, " ")
	request, err := http.NewRequestWithContext(t.Context(), method, w.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+w.keys[operator.Admin])
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
		if headers[i+1] == "" {
			request.Header.Del(headers[i])
		}
	}
	response, err := checking{t}.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	a := answer{status: response.StatusCode, header: response.Header, body: string(text)}
	if media := response.Header.Get("Content-Type"); strings.Contains(media, "json") && media != "application/x-ndjson" {
		if err := json.Unmarshal(text, &a.json); err != nil {
			t.Fatalf("%s: %s: %v", line, text, err)
		}
	}
	return a
}

// problem returns the kind of a problem and the fields that it names.
func (a answer) problem() (kind string, fields []string) {
	kind, _ = a.json["type"].(string)
	kind = strings.TrimPrefix(kind, "/problems/")
	list, _ := a.json["errors"].([]any)
	for _, e := range list {
		fields = append(fields, e.(map[string]any)["field"].(string))
	}
	return kind, fields
}

// create makes a tenant.
func (w *world) create(t *testing.T, slug string) client.Tenant {
	t.Helper()
	r, err := w.as(t, operator.Manage).CreateTenantWithResponse(t.Context(), nil, client.NewTenant{Slug: slug})
	if err != nil || r.JSON201 == nil {
		t.Fatalf("create tenant %s: %v, %s", slug, err, r.Body)
	}
	return r.JSON201.Tenant
}

func pointer[T any](v T) *T { return &v }

func newTenant(slug string) client.NewTenant { return client.NewTenant{Slug: slug} }
