package status

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/askspoke/spoke/tenancy"
)

// Claim is some tenants that one process evaluates.
type Claim struct {
	ID      string // of the claim itself
	Tenants []Claimed
}

// Claimed is a tenant as it was when it was claimed.
type Claimed struct {
	Record
	CreatedAt time.Time
	Tenant    tenancy.State // of the tenant itself
	Heard     bool          // counts were written since they were last read
	mark      *string
}

// Claim takes at most limit tenants that are due and that nobody else has claimed, the longest due first. They are to be
// saved within the lease. A tenant that is coming into being or going for good is not taken.
func (s *Store) Claim(ctx context.Context, now time.Time, limit int) (Claim, error) {
	now = now.UTC()
	c := Claim{ID: uuid.NewString()}
	var rows []claimedRow
	// A statement that is sent twice finds what it has claimed.
	err := s.config.DB.SelectContext(ctx, &rows, `UPDATE `+table+` AS h SET claim = $1::uuid, claimed_until = $3 FROM (
			SELECT tenant_id, t.slug, t.created_at, t.state AS tenant_state FROM `+table+` AS h JOIN `+tenants+` AS t ON t.id = h.tenant_id
			WHERE due_at <= $2 AND (claimed_until IS NULL OR claimed_until <= $2 OR claim = $1::uuid)
				AND t.state IN ('active', 'suspended', 'paused', 'deleting')
			ORDER BY due_at, tenant_id LIMIT $4 FOR UPDATE OF h SKIP LOCKED
		) AS t WHERE h.tenant_id = t.tenant_id
		RETURNING `+columns+`, t.created_at, t.tenant_state, h.mark, h.mark IS DISTINCT FROM h.read_mark AS heard, h.due_at`,
		c.ID, now, now.Add(s.config.Lease), limit)
	if err != nil {
		return Claim{}, fmt.Errorf("claim tenants: %w", err)
	}
	slices.SortFunc(rows, func(a, b claimedRow) int {
		return cmp.Or(a.DueAt.Compare(b.DueAt), cmp.Compare(a.TenantID, b.TenantID))
	})
	c.Tenants = make([]Claimed, len(rows))
	for i, r := range rows {
		record, err := r.record()
		if err != nil {
			return Claim{}, fmt.Errorf("claim tenants: %w", err)
		}
		c.Tenants[i] = Claimed{record, r.CreatedAt.UTC(), tenancy.State(r.Tenant), r.Heard, r.Mark}
	}
	return c, nil
}

type claimedRow struct {
	row
	CreatedAt time.Time `db:"created_at"`
	Tenant    string    `db:"tenant_state"`
	Mark      *string   `db:"mark"`
	Heard     bool      `db:"heard"`
	DueAt     time.Time `db:"due_at"`
}

// Save writes what became of tenants of the claim, at now: the Record's Verdict, Facts, Told and ChangedAt. dueAt says when
// each is to be looked at again; one that was marked meanwhile is due at once. What the claim has lost to another process is
// left out: that one evaluates anew.
func (s *Store) Save(ctx context.Context, claim string, list []Evaluated, now time.Time) error {
	if len(list) == 0 {
		return nil
	}
	now = now.UTC()
	n := len(list)
	ids, marks, due, states, severities := make([]string, n), make([]*string, n), make([]string, n), make([]string, n), make([]int64, n)
	verdicts, facts, told, changed := make([]string, n), make([]string, n), make([]string, n), make([]*string, n)
	for i, e := range list {
		ids[i], marks[i], due[i] = string(e.ID), e.mark, timeText(e.DueAt)
		states[i], severities[i] = string(e.Verdict.State), int64(e.Verdict.Severity)
		if !e.ChangedAt.IsZero() {
			text := timeText(e.ChangedAt)
			changed[i] = &text
		}
		var err error
		if verdicts[i], facts[i], told[i], err = e.encode(); err != nil {
			return fmt.Errorf("save tenant %s: %w", e.ID, err)
		}
	}
	// The rows are locked in the order in which Mark locks them.
	_, err := s.config.DB.ExecContext(ctx, `WITH locked AS MATERIALIZED (SELECT tenant_id FROM `+table+`
			WHERE tenant_id = ANY ($3::uuid[]) ORDER BY tenant_id FOR NO KEY UPDATE)
		UPDATE `+table+` AS h SET claim = NULL, claimed_until = NULL, evaluated_at = $2,
			read_mark = e.mark, due_at = CASE WHEN h.mark IS DISTINCT FROM e.mark THEN $2 ELSE e.due_at END,
			since = CASE WHEN h.state = e.state THEN h.since ELSE $2 END, state = e.state, severity = e.severity,
			verdict = e.verdict, facts = e.facts, told = e.told, changed_at = GREATEST(h.changed_at, e.changed_at)
		FROM unnest($3::uuid[], $4::uuid[], $5::timestamptz[], $6::text[], $7::smallint[], $8::jsonb[], $9::jsonb[], $10::jsonb[],
			$11::timestamptz[]) AS e (tenant_id, mark, due_at, state, severity, verdict, facts, told, changed_at)
		WHERE h.tenant_id = e.tenant_id AND h.claim = $1::uuid AND h.tenant_id IN (SELECT tenant_id FROM locked)`,
		claim, now, pq.Array(ids), pq.Array(marks), pq.Array(due), pq.Array(states), pq.Array(severities),
		pq.Array(verdicts), pq.Array(facts), pq.Array(told), pq.Array(changed))
	if err != nil {
		return fmt.Errorf("save health: %w", err)
	}
	return nil
}

// Release gives up what is left of a claim, so that others need not wait for the end of the lease.
func (s *Store) Release(ctx context.Context, claim string) error {
	_, err := s.config.DB.ExecContext(ctx, `WITH locked AS MATERIALIZED (SELECT tenant_id FROM `+table+`
			WHERE claim = $1::uuid ORDER BY tenant_id FOR NO KEY UPDATE)
		UPDATE `+table+` SET claim = NULL, claimed_until = NULL WHERE claim = $1::uuid AND tenant_id IN (SELECT tenant_id FROM locked)`, claim)
	if err != nil {
		return fmt.Errorf("release tenants: %w", err)
	}
	return nil
}

// Evaluated is what became of a claimed tenant.
type Evaluated struct {
	Claimed
	DueAt time.Time // when it is to be looked at again
}

func timeText(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }
