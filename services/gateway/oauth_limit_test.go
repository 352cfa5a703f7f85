package gateway_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/askspoke/spoke/infra/fixture"
	"github.com/askspoke/spoke/services/gateway"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/oauth"
	"github.com/askspoke/spoke/tenancy/ratelimit"
	"github.com/askspoke/spoke/tenancy/token"
)

func grant(id, secret string) url.Values {
	return url.Values{"grant_type": {"client_credentials"}, "client_id": {id}, "client_secret": {secret}}
}

// is fails the test at once when the status or the code is another, or a refusal for the rate does not say until when.
func (a oauthAnswer) is(t *testing.T, status int, code string) {
	t.Helper()
	if a.status != status || a.Code != code || status == http.StatusTooManyRequests && a.header.Get("Retry-After") == "" {
		t.Fatalf("want %d %s: %d %v %s", status, code, a.status, a.header, a.body)
	}
}

// A forged access token that names a published key takes from what its address may get wrong, and is refused when that is
// used up; an access token that was right before never is.
func TestForgedAccessTokensAreFailures(t *testing.T) {
	t.Parallel()
	s, statements := counted(t, &gateway.Rates{Tenant: each(unlimited()), Issue: ratelimit.NoLimit(), Failures: slow(5), Public: ratelimit.NoLimit()})
	c := s.oauthClient(t, 0, oauth.NewClient{})
	right, unseen := c.fetch().AccessToken, c.fetch().AccessToken
	for range 8 {
		c.as(right).send("GET", "/Users", "").is(t, 200)
	}
	parts := strings.Split(right, ".")
	forged := c.as(parts[0] + "." + parts[1] + "." + strings.Repeat("A", 86))
	for range 5 {
		forged.send("GET", "/Users", "").is(t, 401)
	}
	before := statements.Load()
	for range 10 {
		forged.send("GET", "/Users", "").refused(t)
	}
	if n := statements.Load() - before; n != 0 {
		t.Errorf("refused attempts asked Postgres %d times", n)
	}
	c.as(right).send("GET", "/Users", "").is(t, 200)
	s.clients.Reset() // as when notifications were missed
	c.as(right).send("GET", "/Users", "").is(t, 200)
	c.as(unseen).send("GET", "/Users", "").refused(t) // it goes in its turn
	s.client(t, 1).send("GET", "/Users", "").is(t, 200)
}

// Wrong secrets and assertions at the token endpoint take from the same; a secret that was right before goes on.
func TestTokenEndpointFailures(t *testing.T) {
	t.Parallel()
	s, statements := counted(t, &gateway.Rates{Tenant: each(unlimited()), Issue: slow(4), Failures: slow(6), Public: ratelimit.NoLimit()})
	c, other := s.oauthClient(t, 0, oauth.NewClient{}), s.oauthClient(t, 1, oauth.NewClient{})
	c.form(grant(c.id, c.secret)).is(t, 200, "")
	invented := token.NewSecret(token.ForClient).Reveal()
	assertion := form(c.id, newIssuer(t).sign(t, newIssuer(t).claims()))
	for range 2 {
		c.form(grant(string(tenancy.NewID()), c.secret)).is(t, 401, "invalid_client")
		c.form(grant(c.id, invented)).is(t, 401, "invalid_client")
		c.form(assertion).is(t, 401, "invalid_client")
	}
	before := statements.Load()
	for range 5 {
		c.form(grant(c.id, invented)).is(t, 429, "temporarily_unavailable")
		c.form(assertion).is(t, 429, "temporarily_unavailable")
	}
	if n := statements.Load() - before; n != 0 {
		t.Errorf("refused attempts asked Postgres %d times", n)
	}
	c.as(invented).send("GET", "/Users", "").refused(t) // one budget for every door
	for range 3 {                                       // nothing wrong has taken from the tenant's own rate
		c.form(grant(c.id, c.secret)).is(t, 200, "")
	}
	other.form(grant(other.id, other.secret)).is(t, 200, "")
	if !strings.Contains(s.scrape(t), `spoke_ratelimit_requests_total{class="authentication",outcome="refused"} 11`) {
		t.Error("refusals are not counted")
	}
}

// A tenant's clients are issued access tokens at the tenant's rate, and what is refused costs nothing.
func TestIssueRate(t *testing.T) {
	t.Parallel()
	s, statements := counted(t, &gateway.Rates{Tenant: each(unlimited()), Issue: slow(3), Failures: slow(2), Public: ratelimit.NoLimit()})
	c, other := s.oauthClient(t, 0, oauth.NewClient{}), s.oauthClient(t, 1, oauth.NewClient{})
	for range 3 {
		c.form(grant(c.id, c.secret)).is(t, 200, "")
	}
	before := statements.Load()
	for range 5 {
		c.form(grant(c.id, c.secret)).is(t, 429, "temporarily_unavailable")
	}
	if n := statements.Load() - before; n != 0 {
		t.Errorf("refused requests asked Postgres %d times", n)
	}
	for range 3 { // a new client is no failure, but has no rate of its own
		another := s.oauthClient(t, 0, oauth.NewClient{Name: "another"})
		another.form(grant(another.id, another.secret)).is(t, 429, "temporarily_unavailable")
		if got, err := s.clients.Client(t.Context(), another.tenant.ID, another.id); err != nil || !got.LastUsedAt.IsZero() {
			t.Errorf("a refused client is noted as used: %+v, %v", got, err)
		}
	}
	other.form(grant(other.id, other.secret)).is(t, 200, "")
	text := s.scrape(t)
	for _, line := range []string{
		`spoke_ratelimit_requests_total{class="issue",outcome="refused"} 8`, `spoke_ratelimit_tenant_refused_total{class="issue",tenant="tenant-1"} 8`,
	} {
		if !strings.Contains(text, line) {
			t.Errorf("the metrics have no %s", line)
		}
	}
}

// What a tenant that is not active refuses has used nothing up and noted nothing, and is no fault of ours in the log.
func TestOAuthStateUsesNothing(t *testing.T) {
	t.Parallel()
	s, trusted := start(t, 1), newIssuer(t)
	c := s.oauthClient(t, 0, oauth.NewClient{})
	if _, err := s.clients.AddTrust(t.Context(), c.tenant.ID, c.id, oauth.NewTrust{Issuer: trusted.url, Audience: "spoke", Subject: "entra"}); err != nil {
		t.Fatal(err)
	}
	assertion := trusted.request(t, c.id, trusted.claims())
	refused := func(status int, code, says string) {
		t.Helper()
		fixture.Eventually(t, says, func() bool {
			a := c.form(assertion)
			return a.status == status && a.Code == code && strings.Contains(a.Description, says)
		})
	}
	if err := s.manager.SetState(t.Context(), c.tenant.ID, tenancy.StatePaused); err != nil {
		t.Fatal(err)
	}
	// Not by the assertion: before the gateway hears of it, that would be used up.
	fixture.Eventually(t, "paused", func() bool { return c.form(grant(c.id, c.secret)).status == 503 })
	refused(503, "temporarily_unavailable", "is paused")
	if _, err := s.manager.Delete(t.Context(), c.tenant.ID, time.Hour); err != nil {
		t.Fatal(err)
	}
	refused(400, "unauthorized_client", "is being deleted")
	if _, err := s.manager.Undelete(t.Context(), c.tenant.ID); err != nil {
		t.Fatal(err)
	}
	got, err := s.clients.Client(t.Context(), c.tenant.ID, c.id)
	if err != nil || !got.Trusts[0].LastUsedAt.IsZero() {
		t.Errorf("a refused trust is noted as used: %+v, %v", got, err)
	}
	if err := s.manager.SetState(t.Context(), c.tenant.ID, tenancy.StateActive); err != nil {
		t.Fatal(err)
	}
	fixture.Eventually(t, "the same assertion counts", func() bool { return c.form(assertion).status == 200 })
	c.form(assertion).is(t, 401, "invalid_client") // once
	if log := s.log.String(); strings.Contains(log, `"level":"ERROR"`) {
		t.Errorf("a state is logged as an error:\n%s", log)
	}
}

// The endpoints answer at one spelling of their paths, so that a proxy's rule for it covers all that reaches them.
func TestSpellingsOfOAuthEndpoints(t *testing.T) {
	t.Parallel()
	s := start(t, 1)
	c := s.oauthClient(t, 0, oauth.NewClient{})
	kind := []string{"Content-Type", "application/x-www-form-urlencoded"}
	for _, path := range []string{"/oauth%2ftoken", "/oauth/%74oken", "/%6fauth/token", "/oauth%2Ftoken"} {
		c.oauthRequest("POST", path, grant(c.id, c.secret).Encode(), kind...).is(t, 404, "invalid_request")
	}
	c.oauthRequest("GET", "/oauth/jwks%2ejson", "").is(t, 404, "invalid_request")
	c.oauthRequest("GET", "/%2ewell-known/oauth-authorization-server", "").is(t, 404, "invalid_request")
	c.oauthRequest("POST", "/oauth/token?x=1", grant(c.id, c.secret).Encode(), kind...).is(t, 200, "")
}
