package oauth

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/issuer"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// Algorithms returns the names of the algorithms with which assertions may be signed.
func Algorithms() []string { return issuer.Algorithms() }

// NewTrust is what one says to let assertions of another issuer stand for a client.
type NewTrust struct {
	// ID is the trust's, "" for a new one. With the ID of a request that is made once, a later attempt returns the trust
	// that an earlier one made.
	ID         string
	Issuer     string   // the https URL that is iss in its assertions, and where its OpenID configuration is found
	Audience   string   // that aud must have
	Subject    string   // that sub must be
	Algorithms []string // nil: all of Algorithms
}

// maxTrustText bounds the texts of a trust, in bytes.
const maxTrustText = 500

func (s *Store) checkTrust(n NewTrust) error {
	for _, f := range []struct{ name, text string }{{"issuer", n.Issuer}, {"audience", n.Audience}, {"subject", n.Subject}} {
		switch {
		case f.text == "":
			return &TrustError{f.name, "must not be empty"}
		case len(f.text) > maxTrustText:
			return &TrustError{f.name, fmt.Sprintf("is longer than %d bytes", maxTrustText)}
		case !utf8.ValidString(f.text) || strings.ContainsFunc(f.text, func(r rune) bool { return !unicode.IsPrint(r) }) || strings.TrimSpace(f.text) != f.text:
			return &TrustError{f.name, "has a character that cannot be shown, or a space at its edge"}
		}
	}
	for _, a := range n.Algorithms {
		if known := Algorithms(); !slices.Contains(known, a) {
			return &TrustError{"algorithms", fmt.Sprintf("cannot have %.20q: they are some of %s", a, strings.Join(known, ", "))}
		}
	}
	if err := issuer.Check(n.Issuer, s.config.PrivateIssuers); err != nil {
		return &TrustError{"issuer", err.Error()}
	}
	return nil
}

// AddTrust lets assertions of another issuer stand for a client. Errors: *TrustError, ErrNotFound, ErrRevoked, ErrTrusts,
// ErrGone for an ID whose trust was revoked.
func (s *Store) AddTrust(ctx context.Context, tenant tenancy.ID, clientID string, n NewTrust) (Trust, error) {
	if err := s.checkTrust(n); err != nil {
		return Trust{}, err
	}
	t := Trust{
		ID: cmp.Or(n.ID, uuid.NewString()), Issuer: n.Issuer, Audience: n.Audience, Subject: n.Subject, CreatedAt: s.now(),
		Algorithms: slices.Compact(slices.Sorted(slices.Values(n.Algorithms))),
	}
	if len(t.Algorithms) == 0 {
		t.Algorithms = Algorithms()
	}
	err := s.change(ctx, tenant, clientID, func(tx *sqlx.Tx, c Client) error {
		live := 0
		for _, other := range c.Trusts {
			if other.ID == t.ID {
				t = other
				return gone(other.RevokedAt)
			}
			if other.RevokedAt.IsZero() {
				live++
			}
		}
		if live >= s.config.Trusts {
			return ErrTrusts
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO `+trusts+` (id, tenant_id, client_id, issuer, audience, subject, algorithms, created_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
			t.ID, string(tenant), clientID, t.Issuer, t.Audience, t.Subject, pq.StringArray(t.Algorithms), t.CreatedAt)
		return err
	})
	if err != nil {
		return Trust{}, fmt.Errorf("add trust to oauth client %.40s: %w", clientID, err)
	}
	return t, nil
}

// RevokeTrust makes a trust and the access tokens that were issued for it worthless, as RevokeSecret does. Errors:
// ErrNotFound, ErrRevoked, ErrNoTrust, or that only the announcement failed, after which the call may be repeated.
func (s *Store) RevokeTrust(ctx context.Context, tenant tenancy.ID, clientID, trustID string) error {
	err := s.change(ctx, tenant, clientID, func(tx *sqlx.Tx, c Client) error {
		if !slices.ContainsFunc(c.Trusts, func(t Trust) bool { return t.ID == trustID }) {
			return ErrNoTrust
		}
		_, err := tx.ExecContext(ctx, `UPDATE `+trusts+` SET revoked_at = $3 WHERE tenant_id = $1 AND id = $2 AND revoked_at IS NULL`,
			string(tenant), trustID, s.now())
		return err
	})
	if err != nil {
		return fmt.Errorf("revoke trust of oauth client %.40s: %w", clientID, err)
	}
	return nil
}

// readTrusts adds the trusts to a tenant's clients.
func (s *Store) readTrusts(ctx context.Context, db sqlx.QueryerContext, tenant tenancy.ID, list []Client) error {
	var rows []struct {
		ID           string         `db:"id"`
		ClientID     string         `db:"client_id"`
		Issuer       string         `db:"issuer"`
		Audience     string         `db:"audience"`
		Subject      string         `db:"subject"`
		Algorithms   pq.StringArray `db:"algorithms"`
		CreatedAt    time.Time      `db:"created_at"`
		RevokedAt    sql.NullTime   `db:"revoked_at"`
		LastUsedAt   sql.NullTime   `db:"last_used_at"`
		LastUsedFrom sql.NullString `db:"last_used_from"`
	}
	err := sqlx.SelectContext(ctx, db, &rows, `SELECT id, client_id, issuer, audience, subject, algorithms, created_at, revoked_at, last_used_at, last_used_from
		FROM `+trusts+` WHERE tenant_id = $1 ORDER BY created_at, id`, string(tenant))
	if err != nil {
		return err
	}
	for _, r := range rows {
		for i := range list {
			if list[i].ID == r.ClientID {
				list[i].Trusts = append(list[i].Trusts, Trust{
					ID: r.ID, Issuer: r.Issuer, Audience: r.Audience, Subject: r.Subject, Algorithms: r.Algorithms,
					CreatedAt: r.CreatedAt.UTC(), RevokedAt: tenantdb.TimeOf(r.RevokedAt), LastUsedAt: tenantdb.TimeOf(r.LastUsedAt), LastUsedFrom: tenantdb.AddressOf(r.LastUsedFrom),
				})
			}
		}
	}
	return nil
}
