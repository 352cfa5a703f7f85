package gateway

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/netip"

	"github.com/gin-gonic/gin"

	"github.com/askspoke/spoke/billing"
	"github.com/askspoke/spoke/scim"
	"github.com/askspoke/spoke/scim/provider"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/hostname"
	"github.com/askspoke/spoke/tenancy/ratelimit"
	"github.com/askspoke/spoke/tenancy/token"
)

// Rates are what the gateway lets through. A nil Rates is no limit.
type Rates struct {
	// Tenant returns the rates of a tenant by the name of its plan, "" for none. It is asked for each request.
	Tenant func(plan string) ratelimit.Limits
	// Issue is how fast a tenant's clients together may be issued access tokens. They live for an hour at least.
	Issue ratelimit.Rate
	// Failures is how many wrong tokens, client secrets and assertions one address may show at one tenant, and ten times as many at all tenants
	// together: one customer's broken set-up does not slow down others that come from the same addresses, as all of an
	// identity provider's customers do.
	Failures ratelimit.Rate
	// Public is how often one address may read what needs no token.
	Public ratelimit.Rate
}

// DefaultRates returns the rates of a catalogue's plans. The bursts are two seconds of reading or writing, and five of
// bulks.
func DefaultRates(plans billing.Catalogue) *Rates {
	return &Rates{
		Tenant: func(plan string) ratelimit.Limits {
			e := plans.Entitlements(billing.PlanID(plan))
			return ratelimit.Limits{
				Read: rate(e.ReadsPerSecond, 2), Write: rate(e.WritesPerSecond, 2), Bulk: rate(e.BulksPerSecond, 5),
			}
		},
		Issue:    ratelimit.Rate{PerSecond: 5, Burst: 50},
		Failures: ratelimit.Rate{PerSecond: 1, Burst: 20},
		Public:   ratelimit.Rate{PerSecond: 10, Burst: 50},
	}
}

func rate(perSecond, seconds int) ratelimit.Rate {
	if perSecond == billing.Unlimited {
		return ratelimit.NoLimit()
	}
	return ratelimit.Rate{PerSecond: float64(perSecond), Burst: perSecond * seconds}
}

// limit delays a request that comes too fast, and refuses one that would have to wait for long. A bulk counts as one of
// its class when it comes; when it is done its operations have taken from the writes what was there, so that a tenant has
// no second budget in bulks, and is never in debt.
func (g *Gateway) limit(c *gin.Context) {
	x := exchangeOf(c)
	if g.config.Rates == nil {
		return
	}
	ctx := c.Request.Context()
	if x.stranger {
		g.take(c, ratelimit.Subject{Class: ratelimit.Public, Key: g.addressOf(c.Request)}, g.config.Rates.Public)
		return
	}
	limits, class := g.config.Rates.Tenant(x.tenant.Settings.Plan), classOf(c.Request)
	subject := func(class ratelimit.Class) ratelimit.Subject {
		return ratelimit.Subject{Class: class, Key: string(x.tenant.ID)}
	}
	switch class {
	case ratelimit.Read:
		g.take(c, subject(class), limits.Read)
	case ratelimit.Write:
		g.take(c, subject(class), limits.Write)
	case ratelimit.Bulk:
		if g.take(c, subject(class), limits.Bulk) {
			c.Next()
			g.limiter.Drain(ctx, subject(ratelimit.Write), limits.Write, len(x.response.Operations))
		}
	}
}

// classOf tells what a request counts as. It reads the path as the provider does, so that no spelling of /Bulk is cheaper
// than another; one that cannot be read is refused later, and is a write until then.
func classOf(r *http.Request) ratelimit.Class {
	path, err := provider.ParsePath(r, BasePath)
	switch {
	case r.Method == http.MethodGet, r.Method == http.MethodHead, r.Method == http.MethodOptions:
		return ratelimit.Read
	case err != nil:
		return ratelimit.Write
	case provider.IsBulk(path):
		return ratelimit.Bulk
	case r.Method == http.MethodPost && provider.IsSearch(path):
		return ratelimit.Read
	}
	return ratelimit.Write
}

// take takes a token for the request, and fails it when there is none.
func (g *Gateway) take(c *gin.Context, subject ratelimit.Subject, rate ratelimit.Rate) bool {
	decision, err := g.limiter.Take(c.Request.Context(), subject, rate)
	if err != nil {
		fail(c, fmt.Errorf("wait for the rate limit: %w", err))
		return false
	}
	decision.Header(c.Writer.Header())
	g.metrics.RateLimit(string(decision.Class), string(decision.Outcome))
	if decision.Outcome != ratelimit.Refused {
		return true
	}
	if x := exchangeOf(c); !x.stranger {
		g.metrics.RateLimitRefused(x.tenant.Slug, string(decision.Class))
	}
	fail(c, &scim.Error{
		Status: http.StatusTooManyRequests, Rule: scim.RuleLimitRate,
		Detail: fmt.Sprintf("Requests (%s) come faster than %g a second. Nothing was changed; send the request again after the time in Retry-After.", decision.Class, rate.PerSecond),
	})
	return false
}

// addressOf is the client's address as far as limits tell addresses apart.
func (g *Gateway) addressOf(r *http.Request) string {
	return ratelimit.AddressKey(hostname.ClientAddr(r, g.config.TrustedProxies))
}

// errFailures refuses an attempt to authenticate before anybody is asked whether the token is right.
var errFailures = &scim.Error{
	Status: http.StatusTooManyRequests, Rule: scim.RuleLimitFailures,
	Detail: "Too many secret tokens from this address were not valid. Copy a current token into the identity provider, and send the request again after the time in Retry-After.",
}

// verify finds out whose token it is.
func (g *Gateway) verify(c *gin.Context, secret string, from netip.Addr) (client tenancy.Client, err error) {
	ctx, x := c.Request.Context(), exchangeOf(c)
	familiar, verify := g.verifier(x, secret, from)
	decision, err := g.attempt(ctx, c.Request, x.tenant.ID, familiar, func() (wrong bool, err error) {
		client, err = verify(ctx)
		return errors.Is(err, token.ErrRejected), err
	})
	if errors.Is(err, errFailures) {
		decision.Header(c.Writer.Header())
	}
	return client, err
}

// attempt tries what a client shows. What was right before is never kept waiting for the failures of others. Anything else
// takes from what its address may get wrong, and puts it back unless it is wrong (nor is it the client's failure when
// Postgres is away); so once that is used up, attempts are delayed and then refused, a new and right one among them goes
// in its turn, and Postgres is not asked more often than the rate. The error is try's, errFailures with the decision that
// refuses, or ctx's.
func (g *Gateway) attempt(ctx context.Context, r *http.Request, tenant tenancy.ID, familiar bool, try func() (wrong bool, err error)) (ratelimit.Decision, error) {
	if g.config.Rates == nil {
		_, err := try()
		return ratelimit.Decision{}, err
	}
	budgets := g.failures(r, tenant)
	if familiar {
		wrong, err := try()
		if wrong { // it was revoked, or is too old
			for _, b := range budgets {
				g.limiter.Drain(ctx, b.subject, b.rate, 1)
			}
		}
		return ratelimit.Decision{}, err
	}
	for i, b := range budgets {
		decision, err := g.limiter.Take(ctx, b.subject, b.rate)
		if err == nil {
			g.metrics.RateLimit(string(decision.Class), string(decision.Outcome))
		}
		if err != nil || decision.Outcome == ratelimit.Refused {
			g.putBack(ctx, budgets[:i])
		}
		if err != nil {
			return decision, fmt.Errorf("wait for the rate limit of failures: %w", err)
		}
		if decision.Outcome == ratelimit.Refused {
			return decision, errFailures
		}
	}
	wrong, err := try()
	if !wrong {
		g.putBack(ctx, budgets)
	}
	return ratelimit.Decision{}, err
}

// budget is a bucket of failures.
type budget struct {
	subject ratelimit.Subject
	rate    ratelimit.Rate
}

// failures returns what an attempt is counted in: its address at this tenant, and at all tenants.
func (g *Gateway) failures(r *http.Request, tenant tenancy.ID) []budget {
	address, one := g.addressOf(r), g.config.Rates.Failures
	const all = 10
	return []budget{
		{ratelimit.Subject{Class: ratelimit.Authentication, Key: address + " " + string(tenant)}, one},
		{ratelimit.Subject{Class: ratelimit.Authentication, Key: address}, ratelimit.Rate{PerSecond: one.PerSecond * all, Burst: one.Burst * all}},
	}
}

func (g *Gateway) putBack(ctx context.Context, budgets []budget) {
	for _, b := range budgets {
		g.limiter.Return(ctx, b.subject, b.rate)
	}
}
