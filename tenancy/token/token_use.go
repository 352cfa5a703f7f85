package token

import (
	"context"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"time"

	"github.com/lib/pq"

	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// flushBatch bounds how many tokens' uses one statement writes.
const flushBatch = 500

// flushTimeout is how long the last flush may take, when Run has been told to end.
const flushTimeout = 5 * time.Second

// use is one use of a token.
type use struct {
	at   time.Time
	from netip.Addr
}

// uses are those of one token that are not written yet: the earliest and the latest.
type uses struct {
	first, last use
	client      tenancy.Client
	never       bool // when it was looked up, it had never been used
}

func (u uses) join(other uses) uses {
	if other.first.at.Before(u.first.at) {
		u.first = other.first
	}
	if other.last.at.After(u.last.at) {
		u.last = other.last
	}
	u.never = u.never && other.never
	return u
}

// note keeps uses for the next Flush.
func (s *Store) note(u uses) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if noted, ok := s.uses[u.client.TokenID]; ok {
		u = noted.join(u)
	}
	s.uses[u.client.TokenID] = u
}

// Run writes first and last uses every now and then until ctx ends, and once more then. It returns nil; what cannot be
// written is logged and tried again.
func (s *Store) Run(ctx context.Context) error {
	ticker := time.NewTicker(s.config.FlushEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			s.flushOrLog(ctx)
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), flushTimeout)
			defer cancel()
			s.flushOrLog(last)
			return nil
		}
	}
}

func (s *Store) flushOrLog(ctx context.Context) {
	if err := s.Flush(ctx); err != nil {
		s.config.Logger.WarnContext(ctx, "times of last use not written", "error", err)
	}
}

// Flush writes the uses that were noted since the last Flush. What fails is kept for the next.
func (s *Store) Flush(ctx context.Context) error {
	s.mu.Lock()
	noted := s.uses
	s.uses = make(map[string]uses)
	s.mu.Unlock()
	// In order, so that two replicas that write the same rows do not lock each other out.
	for ids := range slices.Chunk(slices.Sorted(maps.Keys(noted)), flushBatch) {
		if err := s.writeUses(ctx, ids, noted); err != nil {
			for _, u := range noted {
				s.note(u)
			}
			return fmt.Errorf("write uses of tokens: %w", err)
		}
		for _, id := range ids {
			delete(noted, id)
		}
	}
	return nil
}

// writeUses writes the events of first uses before the uses, so that a crash between the two loses none.
func (s *Store) writeUses(ctx context.Context, ids []string, noted map[string]uses) error {
	var begun []Event
	n := len(ids)
	first, firstFrom, last, lastFrom := make([]string, n), make([]string, n), make([]string, n), make([]string, n)
	for i, id := range ids {
		u := noted[id]
		first[i], firstFrom[i] = timeText(u.first.at), tenantdb.AddressText(u.first.from)
		last[i], lastFrom[i] = timeText(u.last.at), tenantdb.AddressText(u.last.from)
		if u.never {
			begun = append(begun, Event{
				At: u.first.at, TenantID: u.client.TenantID, Credential: CredentialToken, CredentialID: id, Name: u.client.Name,
				Kind: EventFirstUse, ExpiresAt: u.client.ExpiresAt, Address: u.first.from,
			})
		}
	}
	if err := RecordEvents(ctx, s.config.DB, begun...); err != nil {
		return err
	}
	// A program from before first uses may have written a last one.
	_, err := s.config.DB.ExecContext(ctx, `UPDATE `+tokens+` AS t SET last_used_at = u.last, last_used_from = u.last_from,
			first_used_at = COALESCE(t.first_used_at, t.last_used_at, u.first),
			first_used_from = CASE WHEN COALESCE(t.first_used_at, t.last_used_at) IS NULL THEN u.first_from ELSE t.first_used_from END
		FROM unnest($1::uuid[], $2::timestamptz[], $3::text[], $4::timestamptz[], $5::text[]) AS u (id, first, first_from, last, last_from)
		WHERE t.id = u.id AND (t.last_used_at IS NULL OR t.last_used_at < u.last)`,
		pq.Array(ids), pq.Array(first), pq.Array(firstFrom), pq.Array(last), pq.Array(lastFrom))
	return err
}
