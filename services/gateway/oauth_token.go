package gateway

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/askspoke/spoke/scim"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/hostname"
	"github.com/askspoke/spoke/tenancy/oauth"
	"github.com/askspoke/spoke/tenancy/ratelimit"
)

// token answers the client credentials grant (RFC 6749 section 4.4).
func (g *Gateway) token(ctx context.Context, r *http.Request, x *oauthExchange) error {
	request, err := readTokenRequest(r)
	if err != nil {
		return err
	}
	request.Place = g.place(x.tenant, x.host)
	request.From = hostname.ClientAddr(r, g.config.TrustedProxies)
	issued, err := g.issue(ctx, r, x, request)
	if err != nil {
		return err
	}
	x.answer = struct {
		AccessToken string `json:"access_token"`
		Type        string `json:"token_type"`
		ExpiresIn   int64  `json:"expires_in"`
		Scope       string `json:"scope"`
	}{issued.Text, "Bearer", int64(issued.Life / time.Second), issued.Scope.String()}
	return nil
}

// issue issues an access token within what the address may get wrong, the tenant's rate of access tokens and its share of
// connections. A secret that was right before asks the rate first, so that it costs no statement when there is nothing
// for it; anything else only when it was found right, so that strangers use up nothing of the tenant's.
func (g *Gateway) issue(ctx context.Context, r *http.Request, x *oauthExchange, request oauth.Request) (issued oauth.AccessToken, err error) {
	familiar := g.clients.FamiliarClient(request)
	if familiar {
		if err := g.takeIssue(ctx, x); err != nil {
			return issued, err
		}
	}
	request.Admit = func(ctx context.Context) error {
		x.client = request.ClientID
		if err := admitClient(x.tenant.State); err != nil { // only now: strangers do not learn the state
			return err
		}
		if familiar {
			return nil
		}
		return g.takeIssue(ctx, x)
	}
	decision, err := g.attempt(ctx, r, x.tenant.ID, familiar, func() (wrong bool, err error) {
		leave, err := g.issuing.enter(ctx, x.tenant.ID)
		if err != nil {
			return false, err
		}
		defer leave()
		issued, err = g.clients.Issue(ctx, request)
		var refusal *oauth.Error
		return errors.As(err, &refusal) && refusal.Code == oauth.InvalidClient, err
	})
	var busy *scim.Error // of SCIM's machinery: too many failures, or no turn in the tenant's share
	switch {
	case errors.Is(err, errFailures):
		decision.Header(x.header)
		return issued, tooMany("Too many client secrets and assertions from this address were not valid. Send the request again after the time in Retry-After.")
	case errors.As(err, &busy) && busy.Status == http.StatusTooManyRequests:
		x.header.Set("Retry-After", "1")
		return issued, tooMany("Too many requests for access tokens of this tenant are at work at once. Send the request again later.")
	}
	return issued, err
}

// takeIssue takes from the tenant's rate of access tokens.
func (g *Gateway) takeIssue(ctx context.Context, x *oauthExchange) error {
	if g.config.Rates == nil {
		return nil
	}
	decision, err := g.limiter.Take(ctx, ratelimit.Subject{Class: ratelimit.Issue, Key: string(x.tenant.ID)}, g.config.Rates.Issue)
	if err != nil {
		return fmt.Errorf("wait for the rate limit of access tokens: %w", err)
	}
	decision.Header(x.header)
	g.metrics.RateLimit(string(decision.Class), string(decision.Outcome))
	if decision.Outcome != ratelimit.Refused {
		return nil
	}
	g.metrics.RateLimitRefused(x.tenant.Slug, string(decision.Class))
	return tooMany("Access tokens of this tenant are asked for too fast. Use each for as long as it lives, and send the request again after the time in Retry-After.")
}

// tooMany refuses with 429 (RFC 6585 section 4), for which OAuth has no code of its own.
func tooMany(description string) error {
	return refuseOAuth(http.StatusTooManyRequests, oauth.TemporarilyUnavailable, description)
}

// admitClient is admit for who wants an access token.
func admitClient(state tenancy.State) error {
	switch state {
	case tenancy.StateActive:
		return nil
	case tenancy.StateSuspended:
		return &oauth.Error{Code: oauth.UnauthorizedClient, Description: "Provisioning is suspended for this tenant. Ask the operator of the service to resume it."}
	case tenancy.StateDeleting:
		return &oauth.Error{Code: oauth.UnauthorizedClient, Description: "This tenant is being deleted. Ask the operator of the service to undo the deletion if it is still needed."}
	}
	return &oauth.Error{Code: oauth.TemporarilyUnavailable, Description: "Provisioning is paused for this tenant for a short while. Send the request again later."}
}
