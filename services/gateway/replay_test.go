package gateway_test

import (
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/askspoke/spoke/infra/pgtest"
	"github.com/askspoke/spoke/observability/metrics"
	"github.com/askspoke/spoke/services/gateway"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/directory"
	"github.com/askspoke/spoke/tenancy/guard"
	"github.com/askspoke/spoke/tenancy/journal"
	"github.com/askspoke/spoke/tenancy/ratelimit"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// replayer is an administrator who sends requests again, through a gateway of a tenant's own that nobody else reaches.
type replayer struct {
	t       *testing.T
	db      *tenantdb.DB
	tenant  tenancy.Tenant
	gateway *gateway.Gateway
	mu      sync.Mutex
	refused []journal.Entry
}

func newReplayer(t *testing.T, configure ...func(*gateway.Config)) *replayer {
	t.Helper()
	db, tenants := pgtest.Tenants(t, 1)
	return replayerOver(t, db, tenants[0], db, configure...)
}

func replayerOver(t *testing.T, db *tenantdb.DB, tenant tenancy.Tenant, through *tenantdb.DB, configure ...func(*gateway.Config)) *replayer {
	t.Helper()
	r := &replayer{t: t, db: db, tenant: tenant}
	config := gateway.Config{PublicScheme: "https", CursorKey: [32]byte{1}, Journal: r}
	for _, set := range configure {
		set(&config)
	}
	r.gateway = gateway.New(config, nil, nil, nil, directory.New(through, &journal.Recorder{DB: through}), metrics.New(metrics.Build{}), slog.New(slog.DiscardHandler))
	return r
}

// Add keeps what was refused.
func (r *replayer) Add(_ tenancy.ID, e journal.Entry) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.refused = append(r.refused, e)
	return true
}

const replayActor = "admin:7d1a2b1e-8f0c-4a53-9f53-6d8f9c1f0a11"

func (r *replayer) replay(method, path, body string, set ...func(*gateway.Replay)) gateway.Replayed {
	r.t.Helper()
	path, query, _ := strings.Cut(path, "?")
	request := gateway.Replay{
		Host: "acme." + domain, Method: method, Path: path, Query: query, Body: []byte(body), Actor: replayActor,
		RequestID: uuid.NewString(), ProviderRequestID: "entra-1", Address: netip.MustParseAddr("192.0.2.7"),
	}
	for _, s := range set {
		s(&request)
	}
	answer, err := r.gateway.Replay(r.t.Context(), r.tenant, request)
	if err != nil {
		r.t.Fatalf("%s %s: %v", method, path, err)
	}
	return answer
}

func checkOnly(r *gateway.Replay) { r.Check = true }

func (r *replayer) entries() []journal.Entry {
	r.t.Helper()
	page, err := journal.List(r.t.Context(), r.db, tenantdb.SchemaFor(r.tenant.ID), journal.Query{})
	if err != nil {
		r.t.Fatal(err)
	}
	return page.Entries
}

func (r *replayer) user(name string) string {
	r.t.Helper()
	return r.create("/Users", object{"userName": name})
}

func (r *replayer) group(name string, members ...string) string {
	r.t.Helper()
	return r.create("/Groups", object{"displayName": name, "members": elements(members)})
}

func (r *replayer) create(path string, body object) string {
	r.t.Helper()
	answer := r.replay(http.MethodPost, path, body.String())
	if answer.Status != http.StatusCreated {
		r.t.Fatalf("%d %s", answer.Status, answer.Body)
	}
	var made struct{ ID string }
	if err := json.Unmarshal(answer.Body, &made); err != nil {
		r.t.Fatal(err)
	}
	return made.ID
}

// What is sent again is judged, made and journaled as a client's request, by who sends it.
func TestReplay(t *testing.T) {
	t.Parallel()
	r := newReplayer(t)
	once := func(x *gateway.Replay) { x.Once, x.RequestID = "form-1", "3f1f7d3c-5b9b-4f5e-8f0e-000000000001" }
	made := r.replay(http.MethodPost, "/Users", `{"userName":"ann"}`, once)
	again := r.replay(http.MethodPost, "/Users", `{"userName":"ann"}`, once)
	if made.Status != http.StatusCreated || string(again.Body) != string(made.Body) || made.Header.Get("X-Request-Id") != "3f1f7d3c-5b9b-4f5e-8f0e-000000000001" {
		t.Errorf("%d %s, and again %d %s, %v", made.Status, made.Body, again.Status, again.Body, made.Header)
	}
	if !strings.HasPrefix(made.Header.Get("Location"), "https://acme."+domain+"/scim/v2/Users/") {
		t.Errorf("%v", made.Header)
	}
	list := r.entries()
	if len(list) != 1 || list[0].Actor != replayActor || list[0].ProviderRequestID != "entra-1" || list[0].RequestID != "3f1f7d3c-5b9b-4f5e-8f0e-000000000001" {
		t.Errorf("%+v", list)
	}
	taken := r.replay(http.MethodPost, "/Users", `{"userName":"Ann"}`, once)
	if taken.Status != http.StatusConflict || taken.Why.Rule != "attribute.unique" || taken.Why.Attribute != "userName" || taken.Why.Hint == "" {
		t.Errorf("%d %s %+v", taken.Status, taken.Body, taken.Why)
	}
	if len(r.refused) != 1 || r.refused[0].Actor != replayActor || r.refused[0].Status != http.StatusConflict {
		t.Errorf("%+v", r.refused)
	}
}

// A check says what would be refused, by the statements themselves, and changes and keeps nothing.
func TestReplayCheck(t *testing.T) {
	t.Parallel()
	r := newReplayer(t)
	ann := r.user("ann")
	inner := r.group("Inner")
	outer := r.group("Outer", inner)
	before := len(r.entries())
	members := func(id string) string {
		return patch(op("add", "members", array(object{"value": id})))
	}
	for _, tc := range [...]struct {
		method, path, body string
		status             int
		rule               string
	}{
		{"POST", "/Users", `{"userName":"bob"}`, 201, ""},
		{"POST", "/Users", `{"userName":"ANN"}`, 409, "attribute.unique"},
		{"POST", "/Users", `{"userName":7}`, 400, "attribute.type"},
		{"PATCH", "/Users/" + ann, patch(op("replace", "active", false)), 200, ""},
		{"PATCH", "/Users/" + uuid.NewString(), patch(op("replace", "active", false)), 404, "request.resource"},
		{"PATCH", "/Groups/" + outer, members(ann), 204, ""},
		{"PATCH", "/Groups/" + outer, members(uuid.NewString()), 400, "members.unknown"},
		{"PATCH", "/Groups/" + inner, members(outer), 400, "members.circle"},
		{"PUT", "/Users/" + ann, `{"userName":"anna"}`, 200, ""},
		{"DELETE", "/Users/" + ann, "", 204, ""},
		{"DELETE", "/Groups/" + outer, "", 204, ""},
		{"GET", "/Users?filter=userName+eq+x", "", 200, ""},
	} {
		got := r.replay(tc.method, tc.path, tc.body, checkOnly)
		if got.Status != tc.status || got.Why.Rule != tc.rule {
			t.Errorf("%s %s %s: %d %q, want %d %q: %s", tc.method, tc.path, tc.body, got.Status, got.Why.Rule, tc.status, tc.rule, got.Body)
		}
	}
	if after := len(r.entries()); after != before || len(r.refused) != 0 {
		t.Errorf("checks left %d entries and %d refusals", after-before, len(r.refused))
	}
	if got := r.replay(http.MethodGet, "/Users/"+ann, ""); got.Status != http.StatusOK || !strings.Contains(string(got.Body), `"active":true`) {
		t.Errorf("%d %s", got.Status, got.Body)
	}
	if got := r.replay(http.MethodGet, "/Users", ""); !strings.Contains(string(got.Body), `"totalResults":1`) {
		t.Errorf("%s", got.Body)
	}
}

// A check asks the deletion guard, which says by which rule it would hold, and notes and opens nothing. What is held or was
// rejected already is so for a check as well.
func TestReplayCheckAsksTheGuard(t *testing.T) {
	t.Parallel()
	r := newReplayer(t)
	r.tenant.Settings.Guard = tenancy.Guard{Window: time.Hour, Count: 1, Minimum: 100, Percent: 100}
	ann, bob := r.user("ann"), r.user("bob")
	schema, holds := tenantdb.SchemaFor(r.tenant.ID), guard.New(r.db, nil)
	check := func(method, id, body string, status int, rule string, says ...string) {
		t.Helper()
		got := r.replay(method, "/Users/"+id, body, checkOnly)
		if got.Status != status || got.Why.Rule != rule {
			t.Errorf("%d %q: %s", got.Status, got.Why.Rule, got.Body)
		}
		for _, text := range says {
			if !strings.Contains(string(got.Body), text) {
				t.Errorf("no %q in %s", text, got.Body)
			}
		}
	}
	check(http.MethodDelete, ann, "", 204, "") // one is no burst
	if got := r.replay(http.MethodDelete, "/Users/"+ann, ""); got.Status != http.StatusNoContent {
		t.Fatalf("%d %s", got.Status, got.Body)
	}
	disable := patch(op("replace", "active", false))
	for range 2 {
		check(http.MethodDelete, bob, "", 503, "guard.held", "would hold this (its rule is the count)", "2 users and groups within 1h, and at most 1 may be")
		check(http.MethodPatch, bob, disable, 503, "guard.held", "would hold this (its rule is the count)")
		check(http.MethodPatch, bob, patch(op("replace", "title", "Dr")), 200, "")
		check(http.MethodDelete, uuid.NewString(), "", 404, "request.resource")
	}
	if hold, err := holds.Open(t.Context(), schema); !errors.Is(err, guard.ErrNotFound) {
		t.Fatalf("a check opened %+v, %v", hold, err)
	}
	held := r.replay(http.MethodDelete, "/Users/"+bob, "")
	hold, err := holds.Open(t.Context(), schema)
	if held.Status != http.StatusServiceUnavailable || err != nil || hold.Noted != 1 {
		t.Fatalf("%d, %+v %v", held.Status, hold, err)
	}
	check(http.MethodPatch, bob, disable, 503, "guard.held", "approves the hold "+hold.ID)
	if after, err := holds.Open(t.Context(), schema); err != nil || after.Noted != 1 {
		t.Errorf("a check was noted: %+v %v", after, err)
	}
	if _, err := holds.Reject(t.Context(), schema, hold.ID, replayActor, time.Time{}); err != nil {
		t.Fatal(err)
	}
	check(http.MethodDelete, bob, "", 403, "guard.rejected", "rejected that (hold "+hold.ID+")")
	if list := r.entries(); len(list) != 3 {
		t.Errorf("%+v", list)
	}
}

// An administrator who sends deletions again does not get past the guard, the tenant's state, nor its rates.
func TestReplayRefused(t *testing.T) {
	t.Parallel()
	limits := gateway.Rates{Tenant: func(string) ratelimit.Limits {
		return ratelimit.Limits{Read: ratelimit.Rate{PerSecond: 0.001, Burst: 1}, Write: ratelimit.NoLimit(), Bulk: ratelimit.NoLimit()}
	}}
	r := newReplayer(t, func(c *gateway.Config) { c.Rates = &limits })
	r.tenant.Settings.Guard = tenancy.Guard{Window: time.Hour, Count: 1, Minimum: 100, Percent: 100}
	ann, bob := r.user("ann"), r.user("bob")
	if got := r.replay(http.MethodDelete, "/Users/"+ann, ""); got.Status != http.StatusNoContent {
		t.Fatalf("%d %s", got.Status, got.Body)
	}
	held := r.replay(http.MethodDelete, "/Users/"+bob, "")
	hold, err := guard.New(r.db, nil).Open(t.Context(), tenantdb.SchemaFor(r.tenant.ID))
	if held.Status != http.StatusServiceUnavailable || held.Why.Rule != "guard.held" || err != nil || hold.Found.Actor != replayActor {
		t.Errorf("%d %+v, %+v %v", held.Status, held.Why, hold, err)
	}
	r.replay(http.MethodGet, "/Users/"+bob, "")
	if got := r.replay(http.MethodGet, "/Users/"+bob, ""); got.Status != http.StatusTooManyRequests || got.Why.Rule != "limit.rate" {
		t.Errorf("%d %s", got.Status, got.Body)
	}
	for state, status := range map[tenancy.State]int{tenancy.StateSuspended: 403, tenancy.StatePaused: 503, tenancy.StateDeleting: 403} {
		r.tenant.State = state
		if got := r.replay(http.MethodPost, "/Users", `{"userName":"eve"}`); got.Status != status {
			t.Errorf("%s: %d %s", state, got.Status, got.Body)
		}
	}
}

// What is no request, and a check of a bulk, are errors of whoever asks.
func TestReplayNoRequest(t *testing.T) {
	t.Parallel()
	r := newReplayer(t)
	for _, request := range []gateway.Replay{
		{Method: "POST", Path: "Users"},
		{Method: "POST", Path: "/Users?x=y"},
		{Method: "POST", Path: "/Users#x"},
		{Method: "POST", Path: "/Users/%zz"},
		{Method: "GE T", Path: "/Users"},
		{Method: "POST", Path: "//bulk/", Body: []byte(`{"Operations":[{"method":"POST","path":"/Users","data":{"userName":"x"}}]}`), Check: true},
	} {
		request.Host, request.Actor, request.RequestID = "acme."+domain, replayActor, uuid.NewString()
		if _, err := r.gateway.Replay(t.Context(), r.tenant, request); !errors.Is(err, gateway.ErrReplay) {
			t.Errorf("%s %s: %v", request.Method, request.Path, err)
		}
	}
	if list := r.entries(); len(list) != 0 {
		t.Errorf("%+v", list)
	}
}

// A long answer is cut, and Postgres may be away.
func TestReplayAnswers(t *testing.T) {
	t.Parallel()
	db, tenants := pgtest.Tenants(t, 1)
	proxy := pgtest.NewProxy(t, pgtest.Address(t, db))
	r := replayerOver(t, db, tenants[0], pgtest.Open(t, proxy.URL, tenantdb.Options{}))
	for _, name := range []string{"a", "b", "c"} {
		body := `{"userName":"` + name + `","title":"` + strings.Repeat("x", 30<<10) + `"}`
		if got := r.replay(http.MethodPost, "/Users", body); got.Status != http.StatusCreated {
			t.Fatalf("%d %s", got.Status, got.Body)
		}
	}
	got := r.replay(http.MethodGet, "/Users", "")
	if diff := cmp.Diff([]any{200, true, gateway.MaxReplayed}, []any{got.Status, got.Truncated, len(got.Body)}); diff != "" {
		t.Error(diff)
	}
	proxy.Away()
	if got := r.replay(http.MethodPost, "/Users", `{"userName":"d"}`); got.Status != http.StatusServiceUnavailable || got.Why.Rule != "server.database" {
		t.Errorf("%d %s", got.Status, got.Body)
	}
	if got := r.replay(http.MethodPost, "/Users", `{"userName":"d"}`, checkOnly); got.Status != http.StatusServiceUnavailable {
		t.Errorf("%d %s", got.Status, got.Body)
	}
	proxy.Back()
}
