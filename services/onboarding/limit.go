package onboarding

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/askspoke/spoke/tenancy/bounded"
	"github.com/askspoke/spoke/tenancy/operator"
	"github.com/askspoke/spoke/tenancy/ratelimit"
)

// Rates are how fast calls may come.
type Rates struct {
	Caller   ratelimit.Rate // of one API key, or one subject of the OpenID provider
	Failures ratelimit.Rate // of one address, with a wrong credential or without one
}

// DefaultRates returns rates that a run which creates a thousand tenants, several at once, does not reach.
func DefaultRates() Rates {
	return Rates{Caller: ratelimit.Rate{PerSecond: 100, Burst: 200}, Failures: ratelimit.Rate{PerSecond: 1, Burst: 20}}
}

// limit delays a call that comes too fast, and refuses one that would have to wait for long.
func (s *Server) limit(c *gin.Context) {
	if s.Limiter == nil {
		return
	}
	caller := ratelimit.Subject{Class: ratelimit.Operator, Key: exchangeOf(c).caller.Actor}
	d, err := s.Limiter.Take(c.Request.Context(), caller, s.config.Rates.Caller)
	if err != nil {
		fail(c, fmt.Errorf("wait for the rate limit: %w", err))
		return
	}
	s.Metrics.RateLimit(string(d.Class), string(d.Outcome))
	d.Header(c.Writer.Header())
	if d.Outcome == ratelimit.Refused {
		fail(c, newProblem(rateLimited, "Calls come faster than %g a second. Nothing was changed; send the request again after the time in Retry-After.", d.Rate.PerSecond))
	}
}

// errFailures refuses an attempt before anybody is asked whether the credential is right.
var errFailures = newProblem(rateLimited, "Too many calls from this address had no valid credential. Send the request again after the time in Retry-After.")

// countFailures runs verify, unless the client's address has failed too often. An attempt takes from what its address may
// get wrong and puts it back when it is right, so that Postgres is not asked more often than the rate. A credential that
// was valid lately is never kept waiting for the failures of others.
func (s *Server) countFailures(c *gin.Context, credential string, verify func() error) error {
	if s.Limiter == nil {
		return verify()
	}
	ctx, mark := c.Request.Context(), sha256.Sum256([]byte(credential))
	address := ratelimit.Subject{Class: ratelimit.Authentication, Key: ratelimit.AddressKey(exchangeOf(c).address) + " api"}
	if _, familiar := s.familiar.Get(mark); familiar {
		err := verify()
		if !errors.Is(err, operator.ErrRejected) {
			return err
		}
		s.familiar.Delete(mark) // it was revoked, or has expired
	}
	d, err := s.Limiter.Take(ctx, address, s.config.Rates.Failures)
	if err != nil {
		return fmt.Errorf("wait for the rate limit of failures: %w", err)
	}
	s.Metrics.RateLimit(string(d.Class), string(d.Outcome))
	if d.Outcome == ratelimit.Refused {
		d.Header(c.Writer.Header())
		return errFailures
	}
	err = verify()
	switch {
	case err == nil:
		s.familiar.Set(mark, struct{}{})
		s.Limiter.Return(ctx, address, s.config.Rates.Failures)
	case !errors.Is(err, operator.ErrRejected) && !errors.Is(err, errNoCredential): // Postgres or the provider is away
		s.Limiter.Return(ctx, address, s.config.Rates.Failures)
	}
	return err
}

// newFamiliar returns room for the credentials that were valid lately, as hashes. They are verified all the same.
func newFamiliar() bounded.Map[[sha256.Size]byte, struct{}] {
	return bounded.New[[sha256.Size]byte, struct{}](bounded.Options{Size: 10_000, TTL: 24 * time.Hour})
}
