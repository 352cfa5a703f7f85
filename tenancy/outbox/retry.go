package outbox

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	"github.com/lib/pq"
)

// maxReason bounds the characters of a reason that are kept.
const maxReason = 500

// Retry notes that claimed mails could not be sent and when they are tried again, all in one statement. Those that are too
// old are given up: they have failed, and the reason is kept. It returns how many were. A mail whose lease is over is left
// to who has it now.
func (s *Store) Retry(ctx context.Context, reason string, list ...Claimed) (gaveUp int, err error) {
	now := s.now()
	after := make([]time.Time, len(list))
	for i, m := range list {
		if now.Sub(m.CreatedAt) >= s.config.Retry.GiveUp {
			gaveUp++
			continue
		}
		// Not past the end, so that the last attempt is made then.
		after[i] = earlier(now.Add(s.config.Retry.wait(m.Attempts)), m.CreatedAt.Add(s.config.Retry.GiveUp))
	}
	return gaveUp, s.end(ctx, "put mail off", reason, list, after)
}

// Fail notes that claimed mails will never be sent, and why.
func (s *Store) Fail(ctx context.Context, reason string, list ...Claimed) error {
	return s.end(ctx, "give mail up", reason, list, make([]time.Time, len(list)))
}

// end notes of each mail that an attempt failed and when the next one is, where it is zero that it has failed.
func (s *Store) end(ctx context.Context, what, reason string, list []Claimed, due []time.Time) error {
	if len(list) == 0 {
		return nil
	}
	ids, leases, attempts, dues := make([]string, len(list)), make([]string, len(list)), make([]int64, len(list)), make([]sql.NullString, len(list))
	for i, m := range list {
		ids[i], leases[i], attempts[i] = m.ID, m.lease, int64(m.Attempts)+1
		dues[i] = sql.NullString{String: due[i].UTC().Format(time.RFC3339Nano), Valid: !due[i].IsZero()}
	}
	_, err := s.config.DB.ExecContext(ctx, `UPDATE `+outbox+` AS o SET due_at = c.due_at, attempts = c.attempts, last_error = $5, lease = NULL,
			failed_at = CASE WHEN c.due_at IS NULL THEN $6::timestamptz END
		FROM unnest($1::uuid[], $2::uuid[], $3::integer[], $4::timestamptz[]) AS c (id, lease, attempts, due_at)
		WHERE o.id = c.id AND o.lease = c.lease`,
		pq.Array(ids), pq.Array(leases), pq.Array(attempts), pq.Array(dues), shorten(reason), s.now())
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

// wait is how long a mail waits after one more attempt than failed before.
func (r Retry) wait(failed int) time.Duration {
	d := r.Most
	if failed < 30 { // beyond, doubling overflows
		d = min(r.First<<failed, r.Most)
	}
	return r.Jitter(d)
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// shorten makes a reason, which may quote a server, a text that Postgres takes.
func shorten(reason string) string {
	reason = strings.ReplaceAll(strings.ToValidUTF8(reason, "?"), "\x00", "?")
	if runes := []rune(reason); len(runes) > maxReason {
		return string(runes[:maxReason-1]) + "…"
	}
	return reason
}
