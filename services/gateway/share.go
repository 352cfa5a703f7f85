package gateway

import (
	"context"
	"net/http"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/askspoke/spoke/scim"
	"github.com/askspoke/spoke/scim/provider"
	"github.com/askspoke/spoke/tenancy"
)

// How long a request may take, a little longer than a statement may, and how long one waits for its turn. A bulk bounds
// itself; this is for what it cannot bound.
const (
	requestTimeout = 12 * time.Second
	bulkTimeout    = 75 * time.Second
	turnTimeout    = 5 * time.Second
)

// timeoutOf returns how long a request may take.
func timeoutOf(path string) time.Duration {
	if provider.IsBulk(path) {
		return bulkTimeout
	}
	return requestTimeout
}

// shares bounds how many requests of one tenant are at work at once, so that one tenant's slow requests cannot take all
// connections to Postgres from the others. Memory is held for tenants that have requests only.
type shares struct {
	limit int64
	mu    sync.Mutex
	of    map[tenancy.ID]*share
}

type share struct {
	turns    *semaphore.Weighted
	requests int // at work or waiting
}

func newShares(limit int) *shares {
	return &shares{limit: int64(max(limit, 1)), of: make(map[tenancy.ID]*share)}
}

// enter waits for the tenant's turn. leave must be called when the request is done. The error is a 429.
func (s *shares) enter(ctx context.Context, id tenancy.ID) (leave func(), err error) {
	s.mu.Lock()
	mine, ok := s.of[id]
	if !ok {
		mine = &share{turns: semaphore.NewWeighted(s.limit)}
		s.of[id] = mine
	}
	mine.requests++
	s.mu.Unlock()

	ctx, cancel := context.WithTimeout(ctx, turnTimeout)
	defer cancel()
	err = mine.turns.Acquire(ctx, 1)
	leave = func() {
		if err == nil {
			mine.turns.Release(1)
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		if mine.requests--; mine.requests == 0 {
			delete(s.of, id)
		}
	}
	if err != nil {
		leave()
		return nil, &scim.Error{
			Status: http.StatusTooManyRequests, Rule: scim.RuleLimitTurns, Err: err,
			Detail: "Too many requests of this tenant are at work at once. Nothing was changed; send the request again later.",
		}
	}
	return leave, nil
}
