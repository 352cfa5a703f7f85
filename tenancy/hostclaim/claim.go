package hostclaim

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"github.com/askspoke/spoke/tenancy"
)

// valuePrefix begins the value of a record, so that one sees in the DNS what it is for.
const valuePrefix = "spoke-host-verification="

// settled are the states in which a tenant's hosts can change.
var settled = pq.StringArray{string(tenancy.StateActive), string(tenancy.StateSuspended), string(tenancy.StatePaused)}

// Claim says that a host is a tenant's, and returns the TXT record to publish. A host that is claimed already has the same
// record, for a new lifetime; one that the tenant has verified is returned as it is. Errors: *tenancy.HostError,
// tenancy.ErrHostTaken, tenancy.ErrHostLimit, tenancy.ErrNotFound, *tenancy.StateError.
func (s *Store) Claim(ctx context.Context, id tenancy.ID, host string) (Host, error) {
	name, err := s.normalize(host)
	if err != nil {
		return Host{}, fmt.Errorf("claim host: %w", err)
	}
	tx, err := s.config.DB.BeginTxx(ctx, nil)
	if err != nil {
		return Host{}, fmt.Errorf("claim host %q: %w", name, err)
	}
	defer tx.Rollback() // after a commit there is nothing to undo
	claimed, err := s.claim(ctx, tx, id, name)
	if err == nil {
		err = tx.Commit()
	}
	if err != nil {
		return Host{}, fmt.Errorf("claim host %q: %w", name, err)
	}
	return claimed, nil
}

func (s *Store) claim(ctx context.Context, tx *sqlx.Tx, id tenancy.ID, name string) (Host, error) {
	// The lock on the tenant's row is for the limit: two at once would each count without the other.
	if err := checkTenant(ctx, tx, id, "FOR NO KEY UPDATE"); err != nil {
		return Host{}, err
	}
	list, err := list(ctx, tx, id)
	if err != nil {
		return Host{}, err
	}
	at := slices.IndexFunc(list, func(h Host) bool { return h.Name == name })
	if at >= 0 && !list[at].VerifiedAt.IsZero() {
		return list[at], nil
	}
	if err := free(ctx, tx, name); err != nil {
		return Host{}, err
	}
	now := s.now()
	if at < 0 || !list[at].ExpiresAt.After(now) { // it is one more
		alive := 0
		for _, h := range list {
			if !h.VerifiedAt.IsZero() || h.ExpiresAt.After(now) {
				alive++
			}
		}
		if alive >= MaxHosts {
			return Host{}, fmt.Errorf("%w: %d are the most", tenancy.ErrHostLimit, MaxHosts)
		}
	}
	claimed := Host{Name: name, Record: recordPrefix + name}
	err = tx.QueryRowContext(ctx, `INSERT INTO `+claims+` AS c (tenant_id, host, value, created_at, expires_at)
		VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (tenant_id, host) DO UPDATE SET expires_at = EXCLUDED.expires_at,
			value = CASE WHEN c.expires_at > $4 THEN c.value ELSE EXCLUDED.value END,
			created_at = CASE WHEN c.expires_at > $4 THEN c.created_at ELSE EXCLUDED.created_at END
		RETURNING value, created_at, expires_at`, string(id), name, newValue(), now, now.Add(s.config.Lifetime)).
		Scan(&claimed.Value, &claimed.CreatedAt, &claimed.ExpiresAt)
	claimed.CreatedAt, claimed.ExpiresAt = claimed.CreatedAt.UTC(), claimed.ExpiresAt.UTC()
	return claimed, err
}

// newValue returns a value that nobody can guess.
func newValue() string {
	var b [24]byte
	rand.Read(b[:]) // never fails, by its documentation
	return valuePrefix + base64.RawURLEncoding.EncodeToString(b[:])
}

// querier is a pool or a transaction.
type querier interface {
	GetContext(ctx context.Context, to any, query string, args ...any) error
	SelectContext(ctx context.Context, to any, query string, args ...any) error
}

// checkTenant returns an error unless the tenant is there and its hosts can change. lock is SQL, or "".
func checkTenant(ctx context.Context, q querier, id tenancy.ID, lock string) error {
	if _, ok := id.Hex(); !ok {
		return tenancy.ErrNotFound
	}
	var states []tenancy.State
	if err := q.SelectContext(ctx, &states, `SELECT state FROM `+tenants+` WHERE id = $1 `+lock, string(id)); err != nil {
		return err
	}
	switch {
	case len(states) == 0:
		return tenancy.ErrNotFound
	case !slices.Contains(settled, string(states[0])):
		return &tenancy.StateError{Act: "change", State: states[0]}
	}
	return nil
}

// free returns tenancy.ErrHostTaken for a host that somebody has verified.
func free(ctx context.Context, q querier, name string) error {
	var taken bool
	err := q.GetContext(ctx, &taken, `SELECT EXISTS (SELECT FROM `+hosts+` WHERE host = $1)`, name)
	if err == nil && taken {
		err = tenancy.ErrHostTaken
	}
	return err
}

// List returns the hosts that a tenant has verified and those that it claims, by name. It always asks Postgres.
func (s *Store) List(ctx context.Context, id tenancy.ID) ([]Host, error) {
	if _, ok := id.Hex(); !ok {
		return nil, nil
	}
	return list(ctx, s.config.DB, id)
}

func list(ctx context.Context, q querier, id tenancy.ID) ([]Host, error) {
	var rows []struct {
		Host     string
		Value    string
		Claimed  time.Time
		Expires  time.Time
		Verified bool
	}
	err := q.SelectContext(ctx, &rows, `SELECT host, '' AS value, created_at AS claimed, created_at AS expires, true AS verified FROM `+hosts+`
			WHERE tenant_id = $1
		UNION ALL SELECT host, value, created_at, expires_at, false FROM `+claims+` AS c
			WHERE tenant_id = $1 AND NOT EXISTS (SELECT FROM `+hosts+` AS h WHERE h.host = c.host AND h.tenant_id = $1)
		ORDER BY host`, string(id))
	if err != nil {
		return nil, fmt.Errorf("list hosts of tenant %s: %w", id, err)
	}
	var list []Host
	for _, r := range rows {
		h := Host{Name: r.Host, CreatedAt: r.Claimed.UTC()}
		if r.Verified {
			h.VerifiedAt = h.CreatedAt
		} else {
			h.Record, h.Value, h.ExpiresAt = recordPrefix+r.Host, r.Value, r.Expires.UTC()
		}
		list = append(list, h)
	}
	return list, nil
}

// find returns the tenant's host of that name, verified or claimed, or tenancy.ErrHostNotFound.
func (s *Store) find(ctx context.Context, id tenancy.ID, host string) (Host, error) {
	name, err := s.normalize(host)
	var invalid *tenancy.HostError
	if errors.As(err, &invalid) {
		return Host{}, tenancy.ErrHostNotFound
	}
	list, err := s.List(ctx, id)
	if err != nil {
		return Host{}, err
	}
	if at := slices.IndexFunc(list, func(h Host) bool { return h.Name == name }); at >= 0 {
		return list[at], nil
	}
	return Host{}, tenancy.ErrHostNotFound
}
