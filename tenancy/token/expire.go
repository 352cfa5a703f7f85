package token

import (
	"context"
	"fmt"
	"time"

	"github.com/askspoke/spoke/tenancy"
)

const day = 24 * time.Hour

// warnings are how many days before its expiry a credential is warned of, ascending.
var warnings = [...]int{1, 7, 30}

// sayExpired is for how long after its expiry a credential still gets the event that it has expired: longer than nobody
// sweeps, and short enough that those which expired before there were events get none.
const sayExpired = 7 * day

// WarnExpiring writes an event for each live token and client secret that expires within 30, 7 or 1 days, once each, and
// one when it has expired. A credential that was made to live no longer than so many days is not warned of them. It may be
// called as often as one likes, by several replicas at once. It returns how many credentials it looked at.
func (s *Store) WarnExpiring(ctx context.Context) (int, error) {
	now, total := s.now(), 0
	after := credential{ExpiresAt: now.Add(-sayExpired), ID: "00000000-0000-0000-0000-000000000000"}
	for {
		list, err := s.expiring(ctx, after, now)
		if err != nil {
			return total, fmt.Errorf("warn of tokens that expire: %w", err)
		}
		var found []Event
		for _, c := range list {
			if e, ok := c.event(now); ok {
				found = append(found, e)
			}
		}
		if err := RecordEvents(ctx, s.config.DB, found...); err != nil {
			return total, fmt.Errorf("warn of tokens that expire: %w", err)
		}
		if total += len(list); len(list) < expiringPage {
			return total, nil
		}
		after = list[len(list)-1]
	}
}

// expiringPage is how many credentials are looked at with one statement.
const expiringPage = 500

// credential is a token or a client secret that expires.
type credential struct {
	ID        string     `db:"id"`
	TenantID  string     `db:"tenant_id"`
	Kind      Credential `db:"credential"`
	Name      string     `db:"name"`
	CreatedAt time.Time  `db:"created_at"`
	ExpiresAt time.Time  `db:"expires_at"`
}

// expiring returns a page of the credentials that expire soon or have expired lately, by their expiry.
func (s *Store) expiring(ctx context.Context, after credential, now time.Time) ([]credential, error) {
	var list []credential
	until := now.Add(time.Duration(warnings[len(warnings)-1]) * day)
	err := s.config.DB.SelectContext(ctx, &list, `SELECT id, tenant_id, credential, name, created_at, expires_at FROM (
			SELECT id, tenant_id, 'token' AS credential, name, created_at, expires_at FROM `+tokens+`
			WHERE revoked_at IS NULL AND expires_at >= $1 AND expires_at <= $3
			UNION ALL
			SELECT s.id, s.tenant_id, 'client_secret', c.name, s.created_at, s.expires_at FROM `+secrets+` AS s
			JOIN `+clients+` AS c ON c.id = s.client_id
			WHERE s.revoked_at IS NULL AND c.revoked_at IS NULL AND s.expires_at >= $1 AND s.expires_at <= $3
		) AS e WHERE (expires_at, id) > ($1, $2::uuid) ORDER BY expires_at, id LIMIT $4`, after.ExpiresAt, after.ID, until, expiringPage)
	return list, err
}

// event returns what is to be said of the credential now, and false for nothing.
func (c credential) event(now time.Time) (Event, bool) {
	e := Event{
		At: now, TenantID: tenancy.ID(c.TenantID), Credential: c.Kind, CredentialID: c.ID, Name: c.Name,
		Kind: EventExpiring, ExpiresAt: c.ExpiresAt.UTC(),
	}
	if !now.Before(c.ExpiresAt) {
		e.Kind = EventExpired
		return e, true
	}
	for _, days := range warnings {
		within := time.Duration(days) * day
		if c.ExpiresAt.Sub(now) <= within {
			e.Days = days
			return e, c.ExpiresAt.Sub(c.CreatedAt) > within
		}
	}
	return e, false
}
