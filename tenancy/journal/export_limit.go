package journal

import (
	"errors"
	"sync"

	"github.com/askspoke/spoke/tenancy"
)

// How many exports a process has under way: of all tenants, and of one.
const (
	MaxExports       = 8
	MaxTenantExports = 2
)

// Why an export cannot begin now.
var (
	ErrExports       = errors.New("as many exports are under way as there may be at once")
	ErrTenantExports = errors.New("as many exports of the tenant are under way as there may be at once")
)

// Exports counts the exports that are under way in a process. Each holds a connection to its reader for as long as that reads,
// and asks Postgres for page after page. The zero value is ready. It is safe for concurrent use.
type Exports struct {
	mu  sync.Mutex
	all int
	of  map[tenancy.ID]int
}

// Begin takes a place for an export of a tenant, which end gives back; a second end does nothing. Errors: ErrTenantExports,
// ErrExports.
func (e *Exports) Begin(tenant tenancy.ID) (end func(), err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	switch {
	case e.of[tenant] >= MaxTenantExports:
		return nil, ErrTenantExports
	case e.all >= MaxExports:
		return nil, ErrExports
	}
	if e.of == nil {
		e.of = make(map[tenancy.ID]int)
	}
	e.all++
	e.of[tenant]++
	return sync.OnceFunc(func() { e.end(tenant) }), nil
}

func (e *Exports) end(tenant tenancy.ID) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.all--
	if e.of[tenant]--; e.of[tenant] == 0 {
		delete(e.of, tenant)
	}
}
