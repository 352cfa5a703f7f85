package guard

import (
	"cmp"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/journal"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// Check returns nil where the change may be made, and else a *HeldError or a *RejectedError; the attempt is noted then. A
// resource that is not there is left to whoever would delete it. One leaver is no burst, whatever the settings say.
//
// In a rehearsal (journal.Rehearse) it says what it would say, and notes and opens nothing.
//
// It is one statement, and another one where two processes open a hold in the same moment. Whatever else passes between
// Check and the change is not counted: see [Store.Do].
func (s *Store) Check(ctx context.Context, schema tenantdb.Schema, g tenancy.Guard, a Attempt) error {
	if g == (tenancy.Guard{}) {
		g = tenancy.DefaultGuard()
	}
	a.Actor = cmp.Or(a.Actor, journal.OriginFrom(ctx).Actor)
	found, err := json.Marshal(Found{Guard: g, ResourceType: a.ResourceType, Actor: a.Actor})
	if err != nil {
		return fmt.Errorf("guard the directory: %w", err)
	}
	statement, err := checkStatement(schema, a.ResourceType)
	if err != nil {
		return fmt.Errorf("guard the directory: %w", err)
	}
	const rounds = 10 // each other one is that of a hold that was opened and decided meanwhile
	for range rounds {
		id, err := uuid.NewRandom()
		if err != nil {
			return fmt.Errorf("guard the directory: %w", err)
		}
		var verdict string
		var row holdRow
		err = s.ask(ctx, statement, arguments(g, a, id.String(), string(found)), append([]any{&verdict}, row.scan()...))
		if err != nil {
			return fmt.Errorf("guard the directory: %w", err)
		}
		if verdict == verdictAbsent || verdict == verdictApproved || verdict == verdictPasses {
			return nil
		}
		if !row.id.Valid {
			continue // another process has opened the hold first
		}
		hold, err := row.hold()
		switch {
		case err != nil:
			return fmt.Errorf("guard the directory: %w", err)
		case verdict == verdictRejected:
			return &RejectedError{Hold: hold}
		}
		opened := verdict != verdictHeld
		if opened && journal.Rehearsed(ctx) {
			hold.ID = "" // there is none
		}
		return &HeldError{Hold: hold, Opened: opened}
	}
	return fmt.Errorf("guard the directory: holds are opened and decided faster than one can be read")
}

// ask runs the statement of Check. In a rehearsal it is taken back: meanwhile who would open a hold too waits for it.
func (s *Store) ask(ctx context.Context, statement string, args, into []any) error {
	if !journal.Rehearsed(ctx) {
		return s.db.QueryRowFixed(ctx, statement, args...).Scan(into...)
	}
	tx, err := s.db.BeginTxx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	return tx.QueryRowContext(ctx, statement, args...).Scan(into...)
}

// arguments are those of checkStatement, for a hold that may be opened with that id.
func arguments(g tenancy.Guard, a Attempt, id, found string) []any {
	begin := a.At.Add(-g.Window)
	const astray = time.Minute // by so much the time in an entry's id may be before its own
	var first uuid.UUID
	binary.BigEndian.PutUint64(first[:8], uint64(begin.Add(-astray).UnixMilli())<<16)
	return []any{
		a.ResourceID, a.ResourceType, string(a.Action), a.At, begin, g.Count, max(g.Minimum, 2), g.Percent, id, found, a.Actor, MaxHeld, first.String(),
	}
}

// The verdicts of checkStatement, beside the rules of a hold that is opened.
const (
	verdictAbsent   = "absent"
	verdictRejected = "rejected"
	verdictHeld     = "held"
	verdictApproved = "approved"
	verdictPasses   = "passes"
)

// tables are where the resources are, and what people know them by.
var tables = map[string]struct{ name, shown string }{
	"User":  {"users", `COALESCE(document->>'userName', display, '')`},
	"Group": {"groups", `display`},
}

// checkStatement returns the statement of Check. Its arguments are the resource's id $1 and type $2, the action $3, the
// time $4, where the window begins $5, count, minimum and percent $6 to $8, the id $9 and the facts $10 of a hold that may
// be opened, the actor $11, MaxHeld $12, and an id $13 before which no entry of the window is.
//
// What need not be counted is not: the journal is not read unless the count decides, and no further than to the count; the
// directory is not read below the minimum, and no further than to where it is large enough. recent are the leavers but for
// this one, elder those that were there when the count began: whom the window created the percentage does not know.
func checkStatement(schema tenantdb.Schema, resourceType string) (string, error) {
	table, ok := tables[resourceType]
	if !ok {
		return "", fmt.Errorf("there is no resource type %q", resourceType)
	}
	holds, held, resources := schema.Table("holds"), schema.Table("held"), schema.Table(table.name)
	return `WITH target AS MATERIALIZED (SELECT ` + table.shown + ` AS name, created FROM ` + resources + ` WHERE id = $1::uuid),
		open AS MATERIALIZED (SELECT ` + holdColumns + ` FROM ` + holds + ` WHERE state = 'held'),
		rejection AS MATERIALIZED (SELECT ` + holdColumns + ` FROM ` + holds + ` o WHERE state = 'rejected' AND until > $4::timestamptz
			AND EXISTS (SELECT 1 FROM ` + held + ` h WHERE h.hold_id = o.id AND h.resource_id = $1::uuid)
			AND NOT EXISTS (SELECT 1 FROM ` + holds + ` a WHERE a.state = 'approved' AND a.until > $4::timestamptz AND a.decided_at >= o.decided_at)
			ORDER BY decided_at DESC, id LIMIT 1),
		gate AS MATERIALIZED (SELECT CASE
			WHEN NOT EXISTS (SELECT 1 FROM target) THEN 'absent'
			WHEN EXISTS (SELECT 1 FROM rejection) THEN 'rejected'
			WHEN EXISTS (SELECT 1 FROM open) THEN 'held'
			WHEN EXISTS (SELECT 1 FROM ` + holds + ` WHERE state = 'approved' AND until > $4::timestamptz) THEN 'approved' END AS verdict,
			GREATEST($5::timestamptz, (SELECT max(CASE state WHEN 'approved' THEN until ELSE decided_at END) FROM ` + holds + `)) AS since),
		recent AS MATERIALIZED (SELECT resource_id, resource_type, bool_or(action = 'delete') AS gone FROM ` + schema.Table("journal") + `
			WHERE action IN ('delete', 'disable') AND outcome = 'accepted' AND (SELECT verdict IS NULL FROM gate)
				AND at > (SELECT since FROM gate) AND resource_id <> $1::uuid
			GROUP BY resource_id, resource_type LIMIT $6::bigint),
		seen AS MATERIALIZED (SELECT count(*) + 1 AS leavers, (SELECT verdict IS NULL FROM gate) AND count(*) < $6
			AND count(*) FILTER (WHERE resource_type = $2::text) + 1 >= $7::bigint
			AND (SELECT created <= since FROM target, gate) AS compared FROM recent),
		elder AS MATERIALIZED (SELECT count(*) + 1 AS resources, count(*) FILTER (WHERE gone) AS gone FROM recent r
			WHERE (SELECT compared FROM seen) AND resource_type = $2::text AND NOT EXISTS (SELECT 1 FROM ` + schema.Table("journal") + ` c
				WHERE c.resource_id = r.resource_id AND c.id >= $13::uuid AND c.action = 'create' AND c.at > (SELECT since FROM gate))),
		size AS MATERIALIZED (SELECT count(*) + (SELECT gone FROM elder) AS directory FROM (
			SELECT 1 FROM ` + resources + ` WHERE created <= (SELECT since FROM gate) LIMIT (
				SELECT CASE WHEN compared AND resources >= $7 THEN GREATEST((resources * 100 + $8::bigint - 1) / $8 - gone, 0) ELSE 0 END
				FROM seen, elder)) r),
		judged AS MATERIALIZED (SELECT COALESCE(verdict, CASE WHEN leavers > $6 THEN 'count'
			WHEN compared AND resources >= $7 AND resources * 100 > $8 * directory THEN 'percent' ELSE 'passes' END) AS verdict,
			leavers, resources, directory FROM gate, seen, elder, size),
		opened AS (INSERT INTO ` + holds + ` (id, opened_at, found, state, noted)
			SELECT $9::uuid, $4::timestamptz, $10::text::jsonb || jsonb_strip_nulls(jsonb_build_object('rule', verdict, 'leavers', leavers,
				'resources', CASE verdict WHEN 'percent' THEN resources END, 'directory', CASE verdict WHEN 'percent' THEN directory END)), 'held', 1
			FROM judged WHERE verdict IN ('count', 'percent') ON CONFLICT DO NOTHING RETURNING ` + holdColumns + `),
		noted AS (INSERT INTO ` + held + ` AS h (hold_id, resource_id, action, resource_type, name, first_at, last_at, attempts, actor)
			SELECT o.id, $1::uuid, $3::text, $2, t.name, $4, $4, 1, $11::text FROM target t, (
				SELECT id FROM open, judged WHERE verdict = 'held' AND (noted < $12::bigint OR EXISTS (
					SELECT 1 FROM ` + held + ` WHERE hold_id = open.id AND resource_id = $1 AND action = $3))
				UNION ALL SELECT id FROM opened) o
			ON CONFLICT (hold_id, resource_id, action) DO UPDATE SET last_at = GREATEST(h.last_at, EXCLUDED.last_at), actor = EXCLUDED.actor,
				attempts = h.attempts + CASE WHEN EXCLUDED.last_at > h.last_at THEN 1 ELSE 0 END
			RETURNING hold_id, xmax = 0 AS fresh),
		counted AS (UPDATE ` + holds + ` SET noted = noted + 1
			WHERE id IN (SELECT hold_id FROM noted WHERE fresh) AND id IN (SELECT id FROM open))
		SELECT j.verdict, ` + holdColumns + ` FROM judged j LEFT JOIN (
			SELECT 'held' AS of, ` + holdColumns + ` FROM open UNION ALL
			SELECT 'rejected', ` + holdColumns + ` FROM rejection UNION ALL
			SELECT found->>'rule', ` + holdColumns + ` FROM opened) h ON h.of = j.verdict`, nil
}
