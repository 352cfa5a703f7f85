package gateway_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"github.com/askspoke/spoke/infra/fixture"
	"github.com/askspoke/spoke/infra/pgtest"
	"github.com/askspoke/spoke/observability/health"
	"github.com/askspoke/spoke/services/gateway"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/directory"
	"github.com/askspoke/spoke/tenancy/journal"
	"github.com/askspoke/spoke/tenancy/ratelimit"
	"github.com/askspoke/spoke/tenancy/status"
	"github.com/askspoke/spoke/tenancy/tenantdb"
	"github.com/askspoke/spoke/tenancy/token"
)

// monitored is a server whose tenants may read their metrics, the first of which has been looked at.
func monitored(t *testing.T, configure ...func(*gateway.Config)) *server {
	t.Helper()
	db, tenants := pgtest.Tenants(t, 2)
	known := status.New(status.Config{DB: db})
	evaluate(t, known, tenants[0].ID)
	configure = append(configure, func(c *gateway.Config) { c.Status = known })
	return serve(t, db, tenants, db, directory.New(db, &journal.Recorder{DB: db}), configure...)
}

var evaluatedAt = time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)

// evaluate writes what a worker would have found.
func evaluate(t *testing.T, store *status.Store, tenant tenancy.ID) {
	t.Helper()
	now := time.Now().Add(time.Hour) // later than what Ensure has made due
	if err := store.Ensure(t.Context(), time.Now()); err != nil {
		t.Fatal(err)
	}
	claim, err := store.Claim(t.Context(), now, 10)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range claim.Tenants {
		if c.ID != tenant {
			continue
		}
		c.Verdict = health.Verdict{State: health.AtRisk, Severity: health.Warning, Cadence: 40 * time.Minute, Changes: 200, Failed: 50}
		c.Facts = health.Facts{
			LastRequest: evaluatedAt, LastSuccess: evaluatedAt.Add(-time.Minute), Tokens: health.Tokens{Count: 1, Expires: evaluatedAt.Add(time.Hour)},
			Totals: []health.Tally{
				{Resource: "User", Action: health.Create, Outcome: health.Accepted, Count: 40}, {Resource: "User", Action: health.Read, Outcome: health.Accepted, Count: 7},
			},
			Recent: []health.Count{{At: evaluatedAt, Resource: "User", Action: health.Create, Outcome: health.Accepted, Count: 2}},
			Hold:   &health.Hold{OpenedAt: evaluatedAt, Held: 3},
		}
		if err := store.Save(t.Context(), claim.ID, []status.Evaluated{{Claimed: c, DueAt: now.Add(time.Hour)}}, now); err != nil {
			t.Fatal(err)
		}
		if err := store.SaveSize(t.Context(), tenant, status.Size{Users: 12, ActiveUsers: 11, Groups: 2}, now); err != nil {
			t.Fatal(err)
		}
	}
}

// monitor returns a client with a token of these scopes.
func (s *server) monitor(t *testing.T, i int, scopes tenancy.Scopes) *client {
	t.Helper()
	secret, issued, err := s.tokens.Issue(t.Context(), s.tenants[i].ID, token.NewToken{Name: "Prometheus", Scopes: scopes})
	if err != nil {
		t.Fatal(err)
	}
	tenant := s.tenants[i]
	return &client{t: t, server: s, tenant: tenant, host: string(tenant.Slug) + "." + domain, secret: secret.Reveal(), tokenID: issued.ID}
}

// figures asks for a path outside of SCIM.
func (c *client) figures(method, path string, headers ...string) answer {
	c.t.Helper()
	request, err := http.NewRequestWithContext(c.t.Context(), method, "http://"+c.host+path, http.NoBody)
	if err != nil {
		c.t.Fatal(err)
	}
	if c.secret != "" {
		request.Header.Set("Authorization", "Bearer "+c.secret)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	response, err := c.server.http.RoundTrip(request)
	if err != nil {
		c.t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	a := answer{response.StatusCode, response.Header, body}
	if a.header.Get("X-Request-Id") == "" || a.header.Get("Cache-Control") != "no-store" {
		c.t.Errorf("the headers are %v", a.header)
	}
	if a.status >= 400 && method != http.MethodHead {
		var problem struct {
			Status int
			Detail string
		}
		if err := json.Unmarshal(a.body, &problem); err != nil || problem.Status != a.status || problem.Detail == "" || a.header.Get("Content-Type") != "application/problem+json" {
			c.t.Errorf("this is no problem: %s", a)
		}
		for _, leak := range leaks {
			if leak != "tenant_" && strings.Contains(string(a.body), leak) {
				c.t.Errorf("an error lets out %q: %s", leak, a)
			}
		}
	}
	return a
}

func TestATenantReadsItsMetrics(t *testing.T) {
	t.Parallel()
	s := monitored(t)
	c := s.monitor(t, 0, tenancy.ReadMetrics)
	slug := string(c.tenant.Slug)
	path := gateway.MetricsPath + slug
	text := c.figures("GET", path).is(t, http.StatusOK)
	if kind := text.header.Get("Content-Type"); !strings.HasPrefix(kind, "text/plain; version=0.0.4") {
		t.Errorf("the Content-Type is %s", kind)
	}
	for _, line := range []string{
		`spoke_tenant_health{state="at_risk",tenant="` + slug + `"} 1`,
		`spoke_tenant_health{state="healthy",tenant="` + slug + `"} 0`,
		`spoke_tenant_health_severity{tenant="` + slug + `"} 2`,
		`spoke_tenant_last_request_timestamp_seconds{tenant="` + slug + `"} 1.772600767e+09`,
		`spoke_tenant_last_success_timestamp_seconds{tenant="` + slug + `"} 1.772600707e+09`,
		`spoke_tenant_cycle_interval_seconds{tenant="` + slug + `"} 2400`,
		`spoke_tenant_failure_ratio{tenant="` + slug + `"} 0.25`,
		`spoke_tenant_users{tenant="` + slug + `"} 12`, `spoke_tenant_active_users{tenant="` + slug + `"} 11`, `spoke_tenant_groups{tenant="` + slug + `"} 2`,
		`spoke_tenant_token_expiry_timestamp_seconds{tenant="` + slug + `"} 1.772604367e+09`,
		`spoke_tenant_guard_held{tenant="` + slug + `"} 3`,
		`spoke_tenant_operations_total{action="create",outcome="accepted",resource="User",tenant="` + slug + `"} 42`,
	} {
		if !strings.Contains(string(text.body), line+"\n") {
			t.Errorf("no %s", line)
		}
	}
	for line := range strings.Lines(string(text.body)) {
		if !strings.HasPrefix(line, "#") && !strings.Contains(line, `tenant="`+slug+`"`) {
			t.Errorf("a figure of somebody else: %s", line)
		}
	}
	if problems, err := promlint.New(bytes.NewReader(text.body)).Lint(); err != nil || len(problems) > 0 {
		t.Errorf("%v, %v", problems, err)
	}
	open := c.figures("GET", path, "Accept", "application/openmetrics-text;version=1.0.0").is(t, http.StatusOK)
	if !strings.HasSuffix(string(open.body), "# EOF\n") || !strings.HasPrefix(open.header.Get("Content-Type"), "application/openmetrics-text") {
		t.Errorf("this is not OpenMetrics: %s", open)
	}
	c.figures("HEAD", path).is(t, http.StatusOK)
	unseen := s.monitor(t, 1, tenancy.ReadMetrics)
	other := string(unseen.tenant.Slug)
	if got := unseen.figures("GET", gateway.MetricsPath+other).is(t, http.StatusOK); !strings.Contains(string(got.body), `spoke_tenant_health{state="awaiting_first_request",tenant="`+other+`"} 1`) {
		t.Errorf("of a tenant that nobody has looked at: %s", got)
	}
	if strings.Contains(s.scrape(t), `spoke_tenant_requests_total{`) {
		t.Error("a scrape counts as a request of the tenant's provider")
	}
}

func TestWhoMayNotReadMetrics(t *testing.T) {
	t.Parallel()
	s := monitored(t)
	c, other := s.monitor(t, 0, tenancy.ReadMetrics), s.monitor(t, 1, tenancy.ReadMetrics)
	path := gateway.MetricsPath + string(c.tenant.Slug)
	for name, test := range map[string]struct {
		client       *client
		method, path string
		status       int
	}{
		"no token":                        {c.as(""), "GET", path, http.StatusUnauthorized},
		"a wrong token":                   {c.as("wrong"), "GET", path, http.StatusUnauthorized},
		"another tenant's token":          {c.as(other.secret), "GET", path, http.StatusUnauthorized},
		"a token for all of SCIM":         {s.client(t, 0), "GET", path, http.StatusForbidden},
		"another tenant's slug":           {c, "GET", gateway.MetricsPath + string(other.tenant.Slug), http.StatusNotFound},
		"a slug that nobody has":          {c, "GET", gateway.MetricsPath + "nobody", http.StatusNotFound},
		"another spelling":                {c, "GET", gateway.MetricsPath + "%74" + string(c.tenant.Slug[1:]), http.StatusNotFound},
		"another spelling of the segment": {c, "GET", "/%6Detrics/tenants/" + string(c.tenant.Slug), http.StatusNotFound},
		"another method":                  {c, "POST", path, http.StatusMethodNotAllowed},
	} {
		if got := test.client.figures(test.method, test.path); got.status != test.status || strings.Contains(string(got.body), "spoke_") {
			t.Errorf("%s: %s", name, got)
		}
	}
	if challenge := c.as("").figures("GET", path).header.Get("WWW-Authenticate"); !strings.HasPrefix(challenge, "Bearer") {
		t.Errorf("the challenge is %q", challenge)
	}
	c.send("GET", "/Users", "").is(t, http.StatusForbidden) // the scraper's token reads nobody's name
	both := s.monitor(t, 0, tenancy.AllScopes|tenancy.ReadMetrics)
	both.send("GET", "/Users", "").is(t, http.StatusOK)
	both.figures("GET", path).is(t, http.StatusOK)
	if err := s.manager.SetState(t.Context(), c.tenant.ID, tenancy.StateSuspended); err != nil {
		t.Fatal(err)
	}
	fixture.Eventually(t, "the tenant is suspended", func() bool { return c.figures("GET", path).status == http.StatusForbidden })
}

func TestMetricsOfATenantAreLimited(t *testing.T) {
	t.Parallel()
	s := monitored(t, func(c *gateway.Config) {
		two := ratelimit.Rate{PerSecond: 0.0001, Burst: 2}
		c.Rates = &gateway.Rates{
			Tenant:   func(string) ratelimit.Limits { return ratelimit.Limits{Read: two, Write: two, Bulk: two} },
			Failures: ratelimit.Rate{PerSecond: 100, Burst: 100}, Issue: two, Public: two,
		}
	})
	c := s.monitor(t, 0, tenancy.ReadMetrics)
	path := gateway.MetricsPath + string(c.tenant.Slug)
	c.figures("GET", path).is(t, http.StatusOK)
	c.figures("GET", path).is(t, http.StatusOK)
	if got := c.figures("GET", path).is(t, http.StatusTooManyRequests); got.header.Get("Retry-After") == "" {
		t.Errorf("it does not say how long to wait: %v", got.header)
	}
}

func TestMetricsOfATenantWithoutPostgres(t *testing.T) {
	t.Parallel()
	db, tenants := pgtest.Tenants(t, 1)
	proxy := pgtest.NewProxy(t, pgtest.Address(t, db))
	through := pgtest.Open(t, proxy.URL, tenantdb.Options{})
	s := serve(t, db, tenants, through, directory.New(through, &journal.Recorder{DB: through}), func(c *gateway.Config) {
		c.Status = status.New(status.Config{DB: through})
	})
	c := s.monitor(t, 0, tenancy.ReadMetrics)
	path := gateway.MetricsPath + string(c.tenant.Slug)
	c.figures("GET", path).is(t, http.StatusOK)
	proxy.Away()
	if got := c.figures("GET", path).is(t, http.StatusServiceUnavailable); got.header.Get("Retry-After") == "" {
		t.Errorf("it does not say how long to wait: %v", got.header)
	}
	proxy.Back()
	fixture.Eventually(t, "the figures are back", func() bool { return c.figures("GET", path).status == http.StatusOK })
}

func TestWithoutStatusThereAreNoMetricsOfTenants(t *testing.T) {
	t.Parallel()
	s := start(t, 1)
	c := s.monitor(t, 0, tenancy.ReadMetrics)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+c.host+gateway.MetricsPath+string(c.tenant.Slug), http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+c.secret)
	c.roundTrip(request).is(t, http.StatusNotFound)
}
