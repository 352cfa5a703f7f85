package signon

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/askspoke/spoke/tenancy"
)

// An OpenID provider that does not name itself in its answers can be brought the answer of another: one sends the browser on
// to the other, with a state of ours that is for itself (mix-up, RFC 9700 section 4.4). So connections of a tenant to
// different issuers have different redirect URIs, and an answer counts at the one that was asked with.

var callbackForm = regexp.MustCompile(`^[a-z2-7]{26}$`)

// NewCallback returns the number of a redirect URI that no connection has.
func NewCallback() string { return strings.ToLower(rand.Text()) }

// FreeCallback returns the number of a redirect URI that a further connection of a tenant may have, to whatever issuer: "" is
// the plain one.
func (s *Store) FreeCallback(ctx context.Context, tenant tenancy.ID) (string, error) {
	var other bool
	err := s.config.DB.GetContext(ctx, &other, `SELECT EXISTS (SELECT 1 FROM `+connections+` WHERE tenant_id = $1 AND kind = 'oidc')`, string(tenant))
	if err != nil {
		return "", fmt.Errorf("find a redirect URI for tenant %s: %w", tenant, err)
	}
	if !other {
		return "", nil
	}
	return NewCallback(), nil
}

// callbackTaken is the condition that a connection other than $2 of the tenant $1 has the redirect URI of the settings in an
// argument, and goes to another issuer.
func callbackTaken(settings string) string {
	return `EXISTS (SELECT 1 FROM ` + connections + ` AS o WHERE o.tenant_id = $1 AND o.id <> $2 AND o.kind = 'oidc'
		AND COALESCE(o.config->>'callback', '') = COALESCE(` + settings + `::jsonb->>'callback', '') AND o.config->>'issuer' <> ` + settings + `::jsonb->>'issuer')`
}

// ownCallback refuses settings of a connection to an OpenID provider whose redirect URI another issuer has.
func ownCallback(ctx context.Context, db getter, tenant tenancy.ID, id, config string) error {
	var taken bool
	if err := db.GetContext(ctx, &taken, `SELECT `+callbackTaken("$3"), string(tenant), id, config); err != nil {
		return fmt.Errorf("look for the redirect URI of sign-on connection %s: %w", id, err)
	}
	if taken {
		return ErrCallback
	}
	return nil
}

// mayChange refuses what a change must not do to a connection's settings: keep a secret for another issuer than it was entered
// for, whoever runs which would be told it by the next sign-in or test, and take another issuer's redirect URI. What was
// read holds for the statement that follows, since a revision is of one config alone.
func (s *Store) mayChange(ctx context.Context, tenant tenancy.ID, id string, n ConnectionChange, config string) error {
	c, err := s.Get(ctx, tenant, id)
	if err != nil {
		return err
	}
	if c.Kind != KindOIDC || c.Revision != n.Revision || c.State == Enforced || c.Live() && n.DraftOnly {
		return nil // the statement refuses it, or there is nothing to tell
	}
	var is, was OIDC
	if err := errors.Join(json.Unmarshal(c.Config, &was), json.Unmarshal([]byte(config), &is)); err != nil {
		return fmt.Errorf("%w: %w", ErrConfig, err)
	}
	if n.Secret == nil && c.HasSecret && is.Issuer != was.Issuer {
		return ErrElse
	}
	return ownCallback(ctx, s.config.DB, tenant, c.ID, config)
}
