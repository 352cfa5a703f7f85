// Package gateway_test plays requests against a gateway that listens on a real socket, over a real Postgres.
package gateway_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/askspoke/spoke/infra/fixture"
	"github.com/askspoke/spoke/infra/pgtest"
	"github.com/askspoke/spoke/observability/metrics"
	"github.com/askspoke/spoke/scim"
	"github.com/askspoke/spoke/services/gateway"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/directory"
	"github.com/askspoke/spoke/tenancy/hostname"
	"github.com/askspoke/spoke/tenancy/journal"
	"github.com/askspoke/spoke/tenancy/lifecycle"
	"github.com/askspoke/spoke/tenancy/oauth"
	"github.com/askspoke/spoke/tenancy/registry"
	"github.com/askspoke/spoke/tenancy/tenantdb"
	"github.com/askspoke/spoke/tenancy/token"
)

const domain = "askspoke.test"

// patience bounds every wait for something that happens by itself.
const patience = 30 * time.Second

// server is a gateway that serves, and what stands behind it.
type server struct {
	db      *tenantdb.DB // of the test itself, never through a proxy
	manager *lifecycle.Manager
	tokens  *token.Store
	clients *oauth.Store
	key     token.Key
	tenants []tenancy.Tenant
	metrics *metrics.Registry
	log     *fixture.Log
	address string
	http    *http.Transport

	shutdown context.CancelFunc // begins the end of Run
	stopped  func() error       // waits for it and returns what Run returned
	expected bool               // that Run returns an error
}

// start serves n tenants from a new database.
func start(t *testing.T, n int) *server {
	t.Helper()
	db, tenants := pgtest.Tenants(t, n)
	return serve(t, db, tenants, db, directory.New(db, &journal.Recorder{DB: db}))
}

// serve starts a gateway whose own database is through, over the directory given. It ends with the test.
func serve(t *testing.T, db *tenantdb.DB, tenants []tenancy.Tenant, through *tenantdb.DB, d *directory.Directory, configure ...func(*gateway.Config)) *server {
	t.Helper()
	key, err := token.ParseKey(token.GenerateKey())
	if err != nil {
		t.Fatal(err)
	}
	return serveUnder(t, key, db, tenants, through, d, configure...)
}

// serveUnder is serve with a key, which replicas share.
func serveUnder(t *testing.T, key token.Key, db *tenantdb.DB, tenants []tenancy.Tenant, through *tenantdb.DB, d *directory.Directory, configure ...func(*gateway.Config)) *server {
	t.Helper()
	tokens, err := token.New(token.Config{DB: through, Key: key})
	if err != nil {
		t.Fatal(err)
	}
	clients, err := oauth.New(oauth.Config{DB: through, Key: key, PrivateIssuers: true})
	if err != nil {
		t.Fatal(err)
	}
	hosts, err := hostname.NewResolver(domain)
	if err != nil {
		t.Fatal(err)
	}
	listening := make(chan struct{})
	begun := sync.OnceFunc(func() { close(listening) })
	tenantsByHost := registry.New(registry.Config{DB: through, Hosts: hosts, Hear: func(signal tenantdb.Signal) {
		tokens.Hear(signal)
		clients.Hear(signal)
	}, Reset: func() {
		tokens.Reset()
		clients.Reset()
		begun()
	}})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	config := gateway.Config{PublicScheme: "https", CursorKey: [32]byte{1}, ShutdownTimeout: patience, Journal: witness{t}}
	for _, set := range configure {
		set(&config)
	}
	log := new(fixture.Log)
	counters := metrics.New(metrics.Build{})
	g := gateway.New(config, tenantsByHost, tokens, clients, d, counters, slog.New(slog.NewJSONHandler(log, nil)))
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	ended, listened := make(chan error, 1), make(chan error, 1)
	go func() { ended <- g.Run(ctx, listener) }()
	go func() { listened <- tenantsByHost.Run(ctx) }()
	<-listening // so that what a test has the gateway remember is not forgotten then
	s := &server{
		db: db, manager: lifecycle.New(lifecycle.Config{DB: db}), tokens: tokens, clients: clients, key: key, tenants: tenants,
		metrics: counters, log: log, address: listener.Addr().String(), shutdown: cancel, stopped: sync.OnceValue(func() error { return <-ended }),
	}
	s.http = &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "tcp", s.address)
		},
		MaxIdleConnsPerHost: 32, DisableCompression: true,
	}
	t.Cleanup(func() {
		s.http.CloseIdleConnections()
		cancel()
		if err := <-listened; err != nil {
			t.Errorf("the registry stopped listening: %v", err)
		}
		if err := s.stopped(); err != nil && !s.expected {
			t.Errorf("the gateway stopped: %v", err)
		}
	})
	return s
}

// scrape reads the metrics as Prometheus does.
func (s *server) scrape(t testing.TB) string {
	t.Helper()
	answer := httptest.NewRecorder()
	s.metrics.Handler().ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/metrics", http.NoBody))
	return answer.Body.String()
}

// client is an identity provider that is connected to one tenant.
type client struct {
	t       testing.TB
	server  *server
	tenant  tenancy.Tenant
	host    string
	secret  string // "" for none
	tokenID string
}

// client mints a token for the i-th tenant and returns who holds it.
func (s *server) client(t testing.TB, i int) *client {
	t.Helper()
	tenant := s.tenants[i]
	secret, minted, err := s.tokens.Mint(t.Context(), tenant.ID, "test", time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	return &client{t: t, server: s, tenant: tenant, host: string(tenant.Slug) + "." + domain, secret: secret.Reveal(), tokenID: minted.ID}
}

// as returns a client of the same host that shows another token.
func (c client) as(secret string) *client {
	c.secret = secret
	return &c
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// send sends a request below the tenant URL. headers are names and values in turn; an empty value leaves the header out.
func (c *client) send(method, path, body string, headers ...string) answer {
	c.t.Helper()
	request, err := http.NewRequestWithContext(c.t.Context(), method, "http://"+c.host+gateway.BasePath+path, strings.NewReader(body))
	if err != nil {
		c.t.Fatalf("%s %s: %v", method, path, err)
	}
	if c.secret != "" {
		request.Header.Set("Authorization", "Bearer "+c.secret)
	}
	if body != "" {
		request.Header.Set("Content-Type", "application/scim+json")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
		if headers[i+1] == "" {
			request.Header.Del(headers[i])
		}
	}
	return c.roundTrip(request)
}

func (c *client) roundTrip(request *http.Request) answer {
	c.t.Helper()
	response, err := c.server.http.RoundTrip(request)
	if err != nil {
		c.t.Fatalf("%s %s: %v", request.Method, request.URL.Path, err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		c.t.Fatalf("%s %s: %v", request.Method, request.URL.Path, err)
	}
	a := answer{response.StatusCode, response.Header, body}
	a.check(c.t, request.Method)
	return a
}

// leaks are what no client may ever read: the words of SQL, the driver, the runtime and the names of schemas.
var leaks = [...]string{
	"pq:", "sql:", "goroutine", "panic", "runtime error", ".go:", "SQLSTATE", "SELECT ", "INSERT ", "UPDATE ", "DELETE FROM", "WITH ",
	"tenant_", "user_name", "unique_name", "constraint", "relation \"", "dial tcp", "127.0.0.1", "connection refused", "driver:", "context ",
}

// check holds for every answer of every test.
func (a answer) check(t testing.TB, method string) {
	t.Helper()
	if a.header.Get("X-Request-Id") == "" {
		t.Errorf("an answer has no X-Request-Id: %s", a)
	}
	if len(a.body) > 0 && a.header.Get("Content-Type") != "application/scim+json" {
		t.Errorf("the Content-Type is %q: %s", a.header.Get("Content-Type"), a)
	}
	if a.status >= 400 && method != http.MethodHead {
		a.checkError(t)
	}
}

// checkError tells whether the body is an error message (RFC 7644 section 3.12) that tells nothing of our insides.
func (a answer) checkError(t testing.TB) {
	t.Helper()
	e := a.failure(t)
	if len(e.Schemas) != 1 || e.Schemas[0] != scim.ErrorSchema || e.Status != strings.Fields(a.String())[0] || e.Detail == "" {
		t.Errorf("this is no SCIM error: %s", a)
	}
	for _, leak := range leaks {
		if strings.Contains(string(a.body), leak) {
			t.Errorf("an error lets out %q: %s", leak, a)
		}
	}
}

// failure is the error message of RFC 7644 section 3.12.
type failure struct {
	Schemas  []string `json:"schemas"`
	Status   string   `json:"status"`
	SCIMType string   `json:"scimType"`
	Detail   string   `json:"detail"`
}

func (a answer) failure(t testing.TB) failure {
	t.Helper()
	var e failure
	decoder := json.NewDecoder(bytes.NewReader(a.body))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&e); err != nil {
		t.Errorf("this is no SCIM error: %v: %s", err, a)
	}
	return e
}

// String is the status and the body, for messages.
func (a answer) String() string {
	body := a.body
	if len(body) > 2000 {
		body = append(body[:2000:2000], "…"...)
	}
	return strconv.Itoa(a.status) + " " + string(body)
}

// is fails the test at once when the status is another.
func (a answer) is(t testing.TB, status int) answer {
	t.Helper()
	if a.status != status {
		t.Fatalf("status %d, want %d: %s", a.status, status, a)
	}
	return a
}

// object is the body as JSON.
func (a answer) object(t testing.TB) map[string]any {
	t.Helper()
	var object map[string]any
	if err := json.Unmarshal(a.body, &object); err != nil {
		t.Fatalf("the body is no JSON object: %v: %s", err, a)
	}
	return object
}

// id is the id of the resource in the body.
func (a answer) id(t testing.TB) string {
	t.Helper()
	id, _ := a.object(t)["id"].(string)
	if id == "" {
		t.Fatalf("the body has no id: %s", a)
	}
	return id
}

// list is a list message: what it says of itself and the ids of its resources.
type list struct {
	Total, StartIndex, ItemsPerPage int
	IDs                             []string
}

func (a answer) list(t testing.TB) list {
	t.Helper()
	var message struct {
		Schemas                                []string
		TotalResults, StartIndex, ItemsPerPage int
		Resources                              []struct{ ID string }
	}
	if err := json.Unmarshal(a.is(t, http.StatusOK).body, &message); err != nil {
		t.Fatalf("the body is no list: %v: %s", err, a)
	}
	if message.Resources == nil || len(message.Resources) != message.ItemsPerPage {
		t.Errorf("itemsPerPage does not fit Resources: %s", a)
	}
	l := list{message.TotalResults, message.StartIndex, message.ItemsPerPage, []string{}}
	for _, r := range message.Resources {
		l.IDs = append(l.IDs, r.ID)
	}
	return l
}

// values are the values of the elements of a multi-valued attribute, such as the ids of members.
func values(object map[string]any, attribute string) []string {
	elements, _ := object[attribute].([]any)
	ids := make([]string, 0, len(elements))
	for _, e := range elements {
		fields, _ := e.(map[string]any)
		id, _ := fields["value"].(string)
		ids = append(ids, id)
	}
	return ids
}

// user creates a user and returns its id.
func (c *client) user(userName string) string {
	c.t.Helper()
	return c.send(http.MethodPost, "/Users", object{"schemas": array(userSchema), "userName": userName}.String()).is(c.t, http.StatusCreated).id(c.t)
}

// group creates a group and returns its id.
func (c *client) group(displayName string, members ...string) string {
	c.t.Helper()
	body := object{"schemas": array(groupSchema), "displayName": displayName, "members": elements(members)}
	return c.send(http.MethodPost, "/Groups", body.String()).is(c.t, http.StatusCreated).id(c.t)
}

const (
	userSchema       = "urn:ietf:params:scim:schemas:core:2.0:User"
	groupSchema      = "urn:ietf:params:scim:schemas:core:2.0:Group"
	enterpriseSchema = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
	customSchema     = "urn:ietf:params:scim:schemas:extension:SpokeCustom:2.0:User"
	patchSchema      = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
)

// object is a JSON object to send.
type object map[string]any

func (o object) String() string {
	text, err := json.Marshal(o)
	if err != nil {
		panic(err)
	}
	return string(text)
}

func array(values ...any) []any { return append([]any{}, values...) }

func elements(ids []string) []any {
	out := make([]any, len(ids))
	for i, id := range ids {
		out[i] = object{"value": id}
	}
	return out
}

// patch is the body of a PATCH with these operations.
func patch(operations ...any) string {
	return object{"schemas": array(patchSchema), "Operations": operations}.String()
}

func op(name, path string, value any) object {
	o := object{"op": name}
	if path != "" {
		o["path"] = path
	}
	if value != nil {
		o["value"] = value
	}
	return o
}

// change is a row of the journal, as far as a client can know it.
type change struct {
	RequestID    string `db:"request_id"`
	Actor        string `db:"actor"`
	Action       string `db:"action"`
	ResourceType string `db:"resource_type"`
	ResourceID   string `db:"resource_id"`
}

// journal reads a tenant's journal in its order.
func (s *server) journal(t testing.TB, tenant tenancy.Tenant) []change {
	t.Helper()
	rows := []change{}
	err := s.db.SelectContext(t.Context(), &rows, `SELECT request_id, actor, action, resource_type, resource_id
		FROM `+tenantdb.SchemaFor(tenant.ID).Table("journal")+` ORDER BY xid, id`)
	if err != nil {
		t.Fatal(err)
	}
	return rows
}
