package token

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/lib/pq"
)

// flushBatch bounds how many times of last use one statement writes.
const flushBatch = 500

// flushTimeout is how long the last flush may take, when Run has been told to end.
const flushTimeout = 5 * time.Second

// Run writes the times of last use every now and then until ctx ends, and once more then. It returns nil; what cannot be
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

// Flush writes the times of last use that were noted since the last Flush. What fails is kept for the next.
func (s *Store) Flush(ctx context.Context) error {
	s.mu.Lock()
	uses := s.uses
	s.uses = make(map[string]time.Time)
	s.mu.Unlock()

	// In order, so that two replicas that write the same rows do not lock each other out.
	for ids := range slices.Chunk(slices.Sorted(maps.Keys(uses)), flushBatch) {
		if err := s.writeUses(ctx, ids, uses); err != nil {
			s.restore(uses)
			return fmt.Errorf("write times of last use: %w", err)
		}
		for _, id := range ids {
			delete(uses, id)
		}
	}
	return nil
}

func (s *Store) writeUses(ctx context.Context, ids []string, uses map[string]time.Time) error {
	times := make([]string, len(ids))
	for i, id := range ids {
		times[i] = uses[id].UTC().Format(time.RFC3339Nano)
	}
	_, err := s.config.DB.ExecContext(ctx, `UPDATE `+tokens+` AS t SET last_used_at = u.at
		FROM unnest($1::uuid[], $2::timestamptz[]) AS u (id, at)
		WHERE t.id = u.id AND (t.last_used_at IS NULL OR t.last_used_at < u.at)`, pq.Array(ids), pq.Array(times))
	return err
}

// restore notes uses again, unless later ones were noted meanwhile.
func (s *Store) restore(uses map[string]time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, at := range uses {
		if at.After(s.uses[id]) {
			s.uses[id] = at
		}
	}
}
