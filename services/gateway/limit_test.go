package gateway_test

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/askspoke/spoke/billing"
	"github.com/askspoke/spoke/infra/fixture"
	"github.com/askspoke/spoke/infra/pgtest"
	"github.com/askspoke/spoke/infra/redistest"
	"github.com/askspoke/spoke/services/gateway"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/directory"
	"github.com/askspoke/spoke/tenancy/journal"
	"github.com/askspoke/spoke/tenancy/lifecycle"
	"github.com/askspoke/spoke/tenancy/ratelimit"
	"github.com/askspoke/spoke/tenancy/tenantdb"
	"github.com/askspoke/spoke/tenancy/token"
)

// slow is a rate at which nothing comes while a test runs.
func slow(burst int) ratelimit.Rate { return ratelimit.Rate{PerSecond: 0.01, Burst: burst} }

// limited serves n tenants with these rates, counted in memory.
func limited(t *testing.T, n int, rates *gateway.Rates) *server {
	t.Helper()
	db, tenants := pgtest.Tenants(t, n)
	return limitedOn(t, db, tenants, rates, nil)
}

func limitedOn(t *testing.T, db *tenantdb.DB, tenants []tenancy.Tenant, rates *gateway.Rates, limiter *ratelimit.Limiter) *server {
	t.Helper()
	return serve(t, db, tenants, db, directory.New(db, &journal.Recorder{DB: db}), func(c *gateway.Config) {
		c.Rates, c.Limiter = rates, limiter
	})
}

// counted serves two tenants and counts the gateway's statements.
func counted(t *testing.T, rates *gateway.Rates) (*server, *pgtest.Counter) {
	t.Helper()
	db, tenants := pgtest.Tenants(t, 2)
	through, counter := pgtest.Counted(t, pgtest.Address(t, db))
	return serve(t, db, tenants, through, directory.New(through, &journal.Recorder{DB: through}), func(c *gateway.Config) {
		c.Rates = rates
	}), counter
}

// Authentication and limits ask Postgres nothing when they are warm: with them a request costs the statements that it
// costs without, and one that is refused for its token none.
func TestNoStatementIsAdded(t *testing.T) {
	t.Parallel()
	cost := func(rates *gateway.Rates) map[string]int64 {
		s, statements := counted(t, rates)
		c := s.client(t, 0)
		wrong := c.as(invented())
		c.send("GET", "/Users", "").is(t, 200)
		wrong.send("GET", "/Users", "").is(t, 401)
		got := map[string]int64{}
		for name, request := range map[string]struct {
			client             *client
			method, path, body string
			status             int
		}{
			"read":       {c, "GET", "/Users/" + string(tenancy.NewID()), "", 404},
			"discovery":  {c, "GET", "/Schemas", "", 200},
			"create":     {c, "POST", "/Users", `{"userName":"ada"}`, 201},
			"delete":     {c, "DELETE", "/Users/" + string(tenancy.NewID()), "", 404},
			"wrong":      {wrong, "GET", "/Users", "", 401},
			"no token":   {c.as("x"), "GET", "/Users", "", 401},
			"needs none": {c.as(""), "GET", "/ServiceProviderConfig", "", 200},
		} {
			before := statements.Load()
			request.client.send(request.method, request.path, request.body).is(t, request.status)
			got[name] = statements.Load() - before
		}
		return got
	}
	without, with := cost(nil), cost(gateway.DefaultRates(nil))
	if diff := cmp.Diff(without, with); diff != "" {
		t.Errorf("statements (-without limits +with):\n%s", diff)
	}
	want := map[string]int64{"read": 1, "discovery": 0, "create": 1, "delete": with["delete"], "wrong": 0, "no token": 0, "needs none": 0}
	if diff := cmp.Diff(want, with); diff != "" {
		t.Errorf("statements (-want +got):\n%s", diff)
	}
}

func each(limits ratelimit.Limits) func(string) ratelimit.Limits {
	return func(string) ratelimit.Limits { return limits }
}

// refused is the answer to a request that came too fast.
func (a answer) refused(t *testing.T) {
	t.Helper()
	after, err := strconv.Atoi(a.is(t, http.StatusTooManyRequests).header.Get("Retry-After"))
	if err != nil || after < 1 {
		t.Errorf("Retry-After is %q", a.header.Get("Retry-After"))
	}
}

// The classes of a tenant have a budget each, other tenants have their own, and every answer says what is left.
func TestClasses(t *testing.T) {
	t.Parallel()
	s := limited(t, 2, &gateway.Rates{
		Tenant:   each(ratelimit.Limits{Read: slow(4), Write: slow(3), Bulk: slow(1)}),
		Failures: ratelimit.NoLimit(), Public: slow(2),
	})
	c, other := s.client(t, 0), s.client(t, 1)
	a := c.send("GET", "/Users", "").is(t, 200)
	want := http.Header{
		"Ratelimit-Policy": {`"read";q=4;w=400`}, "Ratelimit": {`"read";r=3;t=100`},
		"X-Ratelimit-Limit": {"4"}, "X-Ratelimit-Remaining": {"3"}, "X-Ratelimit-Reset": {"100"},
	}
	got := http.Header{}
	for name := range want {
		got[name] = a.header.Values(name)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("headers (-want +got):\n%s", diff)
	}
	c.send("POST", "/Users/.search", `{"schemas":["urn:ietf:params:scim:api:messages:2.0:SearchRequest"]}`).is(t, 200)
	c.send("HEAD", "/Users", "")
	c.send("GET", "/Nothing", "").is(t, 404)
	refusal := c.send("GET", "/Schemas", "")
	refusal.refused(t)
	// One comes 100 s after the first, and since then some time has passed.
	again := refusal.header.Get("Retry-After")
	if left, _ := strconv.Atoi(again); refusal.header.Get("RateLimit") != `"read";r=0;t=`+again || left > 100 || left < 100-int(patience.Seconds()) {
		t.Errorf("a refusal says %v", refusal.header)
	}
	ada := c.user("ada")
	c.send("PATCH", "/Users/"+ada, patch(op("replace", "title", "Countess"))).is(t, 200)
	c.send("DELETE", "/Users/"+ada, "").is(t, 204)
	c.send("POST", "/Users", `{"userName":"grace"}`).refused(t)
	c.bulk(operation{Method: "POST", Path: "/Users", BulkID: "1", Data: object{"userName": "a"}})
	c.send("POST", "/Bulk", `{}`).refused(t)

	// What needs no token is counted by address, and takes nothing from the tenant.
	stranger := other.as("")
	stranger.send("GET", "/ServiceProviderConfig", "").is(t, 200)
	stranger.send("GET", "/ServiceProviderConfig", "").is(t, 200)
	stranger.send("GET", "/ServiceProviderConfig", "").refused(t)
	other.send("GET", "/Users", "").is(t, 200)
	other.user("ada")

	text := s.scrape(t)
	for _, line := range []string{
		`spoke_ratelimit_requests_total{class="read",outcome="refused"} 1`, `spoke_ratelimit_requests_total{class="write",outcome="refused"} 1`,
		`spoke_ratelimit_requests_total{class="bulk",outcome="refused"} 1`, `spoke_ratelimit_requests_total{class="public",outcome="refused"} 1`,
		`spoke_ratelimit_requests_total{class="read",outcome="allowed"} 5`,
		`spoke_ratelimit_tenant_refused_total{class="read",tenant="tenant-1"} 1`,
	} {
		if !strings.Contains(text, line) {
			t.Errorf("the metrics have no %s", line)
		}
	}
	if strings.Contains(text, `spoke_ratelimit_tenant_refused_total{class="public"`) {
		t.Error("strangers are counted as the tenant")
	}
}

// A bulk is a bulk and a search a read however the path is spelled, as long as it is answered as one.
func TestSpellingsOfClasses(t *testing.T) {
	t.Parallel()
	for class, spellings := range map[string][]string{
		"bulk": {"/Bulk", "/bulk", "/Bulk/", "//Bulk", "/Bulk//", "///BULK///", "/%2fBulk", "/%2FBulk%2f", "/%42ulk", "/Bul%6b", "/%2f/b%75lk/"},
		"read": {"/Users/.search", "//Users//.search//", "/Users/%2esearch", "/Users%2f.SEARCH", "/.search", "//.search"},
	} {
		s := limited(t, 1, &gateway.Rates{
			Tenant:   each(ratelimit.Limits{Read: slow(len(spellings)), Write: slow(0), Bulk: slow(len(spellings))}),
			Failures: ratelimit.NoLimit(),
		})
		body := `{"schemas":["urn:ietf:params:scim:api:messages:2.0:SearchRequest"]}`
		if class == "bulk" {
			body = `{"schemas":["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],"Operations":[{"method":"DELETE","path":"/Users/x"}]}`
		}
		c := s.client(t, 0)
		for _, path := range spellings {
			if a := c.send("POST", path, body).is(t, 200); !strings.HasPrefix(a.header.Get("RateLimit"), `"`+class+`"`) {
				t.Errorf("POST %s counts as %s, want %s", path, a.header.Get("RateLimit"), class)
			}
		}
		for _, path := range spellings {
			c.send("POST", path, body).refused(t)
		}
	}
}

// The operations of a bulk take from the writes, what is there and no more.
func TestBulkTakesWrites(t *testing.T) {
	t.Parallel()
	s := limited(t, 1, &gateway.Rates{
		Tenant: each(ratelimit.Limits{Read: ratelimit.NoLimit(), Write: slow(4), Bulk: slow(2)}), Failures: ratelimit.NoLimit(),
	})
	c := s.client(t, 0)
	users := func(prefix string, n int) (list []operation) {
		for i := range n {
			list = append(list, operation{Method: "POST", Path: "/Users", BulkID: strconv.Itoa(i), Data: object{"userName": fmt.Sprint(prefix, i)}})
		}
		return list
	}
	c.bulk(users("a", 1)...)
	if a := c.send("POST", "/Users", `{"userName":"b"}`).is(t, 201); a.header.Get("X-RateLimit-Remaining") != "2" {
		t.Errorf("after a bulk of 1 and a write %s of 4 are left", a.header.Get("X-RateLimit-Remaining"))
	}
	c.bulk(users("c", 50)...)
	a := c.send("POST", "/Users", `{"userName":"d"}`)
	a.refused(t)
	if again, _ := strconv.Atoi(a.header.Get("Retry-After")); again > 100 {
		t.Errorf("after a bulk of 50 a write is to wait %d s, and one is due in 100: nobody is to be in debt", again)
	}
}

// The rates are those of the tenant's plan.
func TestPlan(t *testing.T) {
	t.Parallel()
	plans := billing.Catalogue{
		"small": {Entitlements: billing.Entitlements{ReadsPerSecond: 1, WritesPerSecond: 0, BulksPerSecond: 1}},
		"large": {Entitlements: billing.Entitlements{ReadsPerSecond: billing.Unlimited, WritesPerSecond: 500, BulksPerSecond: 1}},
	}
	s := limited(t, 3, gateway.DefaultRates(plans))
	manager := lifecycle.New(lifecycle.Config{DB: s.db, Plans: []string{"small", "large"}})
	for i, plan := range []string{"small", "large"} {
		if _, err := manager.Update(t.Context(), s.tenants[i].ID, 0, lifecycle.Change{Plan: &plan}); err != nil {
			t.Fatal(err)
		}
	}
	small, large, none := s.client(t, 0), s.client(t, 1), s.client(t, 2)
	for who, want := range map[*client]string{small: "2", large: "", none: "200"} {
		fixture.Eventually(t, "the plan holds", func() bool { return who.send("GET", "/Schemas", "").header.Get("X-RateLimit-Limit") == want })
	}
	if a := large.send("POST", "/Users", `{"userName":"a"}`).is(t, 201); a.header.Get("X-RateLimit-Limit") != "1000" {
		t.Errorf("large: %v", a.header)
	}
	small.send("POST", "/Users", `{"userName":"a"}`).refused(t)
	// Entra ID sends 25 requests a second for a job, and a burst of as many again.
	var requests []route
	for i := range 50 {
		requests = append(requests, route{"POST", "/Users", fmt.Sprintf(`{"userName":"u%d"}`, i), 201})
	}
	for _, a := range none.together(requests...) {
		a.is(t, 201)
	}
}

// Two gateways over one Postgres and one Redis have one budget. Redis is killed, and each goes on by itself; it comes
// back, and they share again. The gauge says which.
func TestReplicasShareABudget(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	db, tenants := pgtest.Tenants(t, 1)
	rates := &gateway.Rates{
		Tenant:   each(ratelimit.Limits{Read: slow(10), Write: slow(6), Bulk: slow(1)}),
		Failures: ratelimit.NoLimit(), Public: ratelimit.NoLimit(),
	}
	var replicas [2]*replica
	begin := func(within time.Duration) {
		for i := range replicas {
			shared, err := ratelimit.OpenRedis(t.Context(), ratelimit.RedisConfig{URL: server.URL, Within: within, Every: 20 * time.Millisecond})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { shared.Close() })
			s := limitedOn(t, db, tenants, rates, ratelimit.New(ratelimit.Config{Shared: shared}))
			if err := s.metrics.RateLimitShared(shared.Up); err != nil {
				t.Fatal(err)
			}
			replicas[i] = &replica{s, s.client(t, 0), shared}
		}
	}
	begin(patience) // a busy machine is no outage
	send := func(n int, method, path string) (ok, refused int) {
		for i := range n {
			switch a := replicas[i%2].client.send(method, path, ""); a.status {
			case http.StatusTooManyRequests:
				refused++
			case http.StatusOK, http.StatusNotFound:
				ok++
			default:
				t.Errorf("%s", a)
			}
		}
		return ok, refused
	}
	if ok, refused := send(16, "GET", "/Users"); ok != 10 || refused != 6 {
		t.Errorf("%d went and %d were refused, want 10 and 6", ok, refused)
	}
	gauge := func(want string) {
		t.Helper()
		for _, r := range replicas {
			fixture.Eventually(t, "spoke_ratelimit_redis_up "+want, func() bool {
				return strings.Contains(r.scrape(t), "\nspoke_ratelimit_redis_up "+want+"\n")
			})
		}
	}
	gauge("1")
	nobody := "/Users/" + string(tenancy.NewID())
	server.Away()
	// The requests that find it out are not counted anywhere else: six each go, and no answer is an error.
	if ok, refused := send(16, "DELETE", nobody); ok != 12 || refused != 4 {
		t.Errorf("without Redis %d went and %d were refused, want 6 on each", ok, refused)
	}
	gauge("0")
	server.Back()
	gauge("1")
	if ok, refused := send(16, "DELETE", nobody); ok != 6 || refused != 10 {
		t.Errorf("with Redis again %d went and %d were refused, want 6 and 10", ok, refused)
	}
	begin(500 * time.Millisecond) // a hang is known by the time it takes
	server.Hang()
	if ok, refused := send(16, "GET", "/Users"); ok < 16 || refused > 0 {
		t.Errorf("with Redis hanging %d went and %d were refused, want 8 on each", ok, refused)
	}
	gauge("0")
	server.Back()
	gauge("1")
	if ok, _ := send(2, "GET", "/Users"); ok != 0 && ok != 2 {
		t.Errorf("with Redis again %d went", ok)
	}
}

// replica is a replica with a client of its first tenant.
type replica struct {
	*server
	client *client
	shared *ratelimit.Redis
}

// invented returns a token of the right form that nobody was given.
func invented() string { return token.NewSecret(token.ForTenant).Reveal() }

// Wrong tokens use up what their address may get wrong at the tenant. Then they are refused before Postgres is asked,
// while a token that was right goes on from the same address, also when it is no longer remembered; and so does every
// other tenant.
func TestFailures(t *testing.T) {
	t.Parallel()
	s, statements := counted(t, &gateway.Rates{Tenant: each(unlimited()), Failures: slow(5), Public: ratelimit.NoLimit()})
	c, other := s.client(t, 0), s.client(t, 1)
	c.send("GET", "/Users", "").is(t, 200)
	for range 5 {
		c.as(invented()).send("GET", "/Users", "").is(t, 401)
	}
	before := statements.Load()
	for range 10 {
		c.as(invented()).send("GET", "/Users", "").refused(t)
	}
	c.as("x").send("GET", "/Users", "").refused(t)
	if n := statements.Load() - before; n != 0 {
		t.Errorf("refused attempts asked Postgres %d times", n)
	}
	c.send("GET", "/Users", "").is(t, 200)
	s.tokens.Reset() // as when notifications were missed
	c.send("GET", "/Users", "").is(t, 200)
	other.send("GET", "/Users", "").is(t, 200)
	other.as(invented()).send("GET", "/Users", "").is(t, 401)
	// A right token that this process has not seen yet goes in its turn, and this time there is none.
	s.client(t, 0).send("GET", "/Users", "").refused(t)
	// Nothing at all is no guess.
	c.as("").send("GET", "/Users", "").is(t, 401)
	if !strings.Contains(s.scrape(t), `spoke_ratelimit_requests_total{class="authentication",outcome="refused"} 12`) {
		t.Errorf("refusals are not counted")
	}
}

// While wrong tokens come as fast as they may, a right one that is new is delayed and gets in.
func TestNewTokenAmongFailures(t *testing.T) {
	t.Parallel()
	s := limited(t, 1, &gateway.Rates{
		Tenant: each(unlimited()), Failures: ratelimit.Rate{PerSecond: 1, Burst: 1}, Public: ratelimit.NoLimit(),
	})
	c := s.client(t, 0)
	fixture.Eventually(t, "one is delayed", func() bool {
		c.as(invented()).send("GET", "/Users", "").is(t, 401)
		return strings.Contains(s.scrape(t), `spoke_ratelimit_requests_total{class="authentication",outcome="delayed"}`)
	})
	c.send("GET", "/Users", "").is(t, 200)
}

// Right tokens take nothing from what may be wrong, and neither does a Postgres that is away.
func TestRightTokensAreNoFailures(t *testing.T) {
	t.Parallel()
	s := limited(t, 1, &gateway.Rates{Tenant: each(unlimited()), Failures: slow(2), Public: ratelimit.NoLimit()})
	for range 8 {
		s.client(t, 0).send("GET", "/Users", "").is(t, 200)
	}
	c := s.client(t, 0)
	c.send("GET", "/Users", "").is(t, 200)
	if err := s.tokens.Revoke(t.Context(), c.tenant.ID, c.tokenID); err != nil {
		t.Fatal(err)
	}
	fixture.Eventually(t, "the token is refused", func() bool { return c.send("GET", "/Users", "").status == 401 })
	c.send("GET", "/Users", "").is(t, 401) // one was left
	c.send("GET", "/Users", "").refused(t)
}

func unlimited() ratelimit.Limits {
	return ratelimit.Limits{Read: ratelimit.NoLimit(), Write: ratelimit.NoLimit(), Bulk: ratelimit.NoLimit()}
}
