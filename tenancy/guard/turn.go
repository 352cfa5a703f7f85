package guard

import (
	"context"
	"sync"

	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// turns lets one at a time in for each tenant. Memory is held for tenants that somebody waits for. The zero value is ready.
type turns struct {
	mu sync.Mutex
	of map[tenantdb.Schema]*turn
}

type turn struct {
	taken chan struct{} // full while somebody is in
	users int           // in, or waiting
}

// take waits for the tenant's turn. release ends it. The error is that of the context.
func (t *turns) take(ctx context.Context, schema tenantdb.Schema) (release func(), err error) {
	t.mu.Lock()
	if t.of == nil {
		t.of = make(map[tenantdb.Schema]*turn)
	}
	mine := t.of[schema]
	if mine == nil {
		mine = &turn{taken: make(chan struct{}, 1)}
		t.of[schema] = mine
	}
	mine.users++
	t.mu.Unlock()

	leave := func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		if mine.users--; mine.users == 0 {
			delete(t.of, schema)
		}
	}
	select {
	case mine.taken <- struct{}{}:
		return func() { <-mine.taken; leave() }, nil
	case <-ctx.Done():
		leave()
		return nil, ctx.Err()
	}
}
