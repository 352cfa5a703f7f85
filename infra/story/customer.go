//go:build unix

package main

import (
	"context"
	"time"

	"github.com/askspoke/spoke/services/onboarding/client"
)

// people is how many users a customer has.
const people = 120

// A customer is a tenant and its identity provider.
type customer struct {
	*provider

	name, notify string
	tokenID      string
}

// onboard makes a tenant with a token, and an identity provider that does not run yet.
func (s *stage) onboard(ctx context.Context, name, slug string) (*customer, error) {
	c := &customer{name: name, notify: "it@" + slug + ".test"}
	notify := []string{c.notify}
	r, err := s.spoke.api.CreateTenantWithResponse(ctx, nil, client.NewTenant{
		Slug: slug, Name: &name, Token: &client.NewToken{Name: "Entra ID"},
		Settings: &client.NewSettings{
			Notify: &notify,
			// The least window there is. Of 120 users ten are many, and a percentage decides nothing.
			Guard: &client.Guard{WindowSeconds: 60, Count: guardCount, Minimum: 1000, Percent: 100},
		},
	})
	if err != nil {
		return nil, err
	}
	made, err := answer(r.JSON201, r.ApplicationProblemJSONDefault, r.Body)
	if err != nil {
		return nil, err
	}
	const gap = 10 * time.Minute
	c.tokenID = made.Token.ID
	c.provider = &provider{
		source: newSource(people), slug: slug, http: s.spoke.HTTP, token: made.Token.Secret,
		every: 15 * time.Millisecond, gap: s.paced(gap), pause: s.paced(gap * 8 / 5), usual: s.paced(gap * 12 / 5),
		records: map[string]record{}, groups: map[string]bool{},
	}
	return c, nil
}

// newToken makes a token, which ends after a time unless that is 0, and revokes the one before.
func (s *stage) newToken(ctx context.Context, c *customer, name string, lives time.Duration) error {
	body := client.NewToken{Name: name}
	if lives > 0 {
		end := time.Now().Add(lives)
		body.ExpiresAt = &end
	}
	r, err := s.spoke.api.CreateTokenWithResponse(ctx, c.slug, nil, body)
	if err != nil {
		return err
	}
	made, err := answer(r.JSON201, r.ApplicationProblemJSONDefault, r.Body)
	if err != nil {
		return err
	}
	c.signIn(made.Secret)
	before := c.tokenID
	c.tokenID = made.ID
	revoked, err := s.spoke.api.RevokeTokenWithResponse(ctx, c.slug, before)
	if err == nil && revoked.ApplicationProblemJSONDefault != nil {
		_, err = answer[int](nil, revoked.ApplicationProblemJSONDefault, revoked.Body)
	}
	return err
}
