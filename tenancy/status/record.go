package status

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"github.com/askspoke/spoke/observability/health"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// Record is what is known of one tenant.
type Record struct {
	ID          tenancy.ID
	Slug        tenancy.Slug
	HeardAt     time.Time // when counts of its requests were last written; zero: never
	EvaluatedAt time.Time // when the verdict was made; zero: never yet
	Since       time.Time // when its state began
	Verdict     health.Verdict
	Facts       health.Facts
	Told        health.Told
	Size
	CountedAt time.Time // when the directory was counted; zero: never yet
	ChangedAt time.Time // when the directory last changed; zero: not known
}

// Size is how large a tenant's directory is.
type Size struct{ Users, ActiveUsers, Groups int64 }

// columns are those of a row, of h, the table, and t, which has the tenant's slug.
const columns = `h.tenant_id, t.slug, h.heard_at, h.evaluated_at, h.state, h.since, h.verdict, h.facts, h.told, h.users,
	h.active_users, h.groups, h.counted_at, h.changed_at`

type row struct {
	TenantID    string       `db:"tenant_id"`
	Slug        string       `db:"slug"`
	HeardAt     sql.NullTime `db:"heard_at"`
	EvaluatedAt sql.NullTime `db:"evaluated_at"`
	State       string       `db:"state"`
	Since       time.Time    `db:"since"`
	Verdict     []byte       `db:"verdict"`
	Facts       []byte       `db:"facts"`
	Told        []byte       `db:"told"`
	Users       int64        `db:"users"`
	ActiveUsers int64        `db:"active_users"`
	Groups      int64        `db:"groups"`
	CountedAt   sql.NullTime `db:"counted_at"`
	ChangedAt   sql.NullTime `db:"changed_at"`
}

func (r row) record() (Record, error) {
	record := Record{
		ID: tenancy.ID(r.TenantID), Slug: tenancy.Slug(r.Slug), HeardAt: tenantdb.TimeOf(r.HeardAt),
		EvaluatedAt: tenantdb.TimeOf(r.EvaluatedAt), Since: r.Since.UTC(),
		Size:      Size{r.Users, r.ActiveUsers, r.Groups},
		CountedAt: tenantdb.TimeOf(r.CountedAt), ChangedAt: tenantdb.TimeOf(r.ChangedAt),
	}
	for _, part := range []struct {
		text []byte
		into any
	}{{r.Verdict, &record.Verdict}, {r.Facts, &record.Facts}, {r.Told, &record.Told}} {
		if err := json.Unmarshal(part.text, part.into); err != nil {
			return record, fmt.Errorf("health of tenant %q: %w", r.Slug, err)
		}
	}
	return record, nil
}

// encode returns the verdict, the facts and what was told as JSON.
func (r Record) encode() (verdict, facts, told string, err error) {
	var out [3]string
	for i, part := range []any{r.Verdict, r.Facts, r.Told} {
		text, err := json.Marshal(part)
		if err != nil {
			return "", "", "", err
		}
		out[i] = string(text)
	}
	return out[0], out[1], out[2], nil
}
