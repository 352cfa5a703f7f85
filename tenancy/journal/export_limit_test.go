package journal_test

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/journal"
)

func TestExports(t *testing.T) {
	t.Parallel()
	var e journal.Exports
	acme, globex := tenancy.NewID(), tenancy.NewID()
	begin := func(tenant tenancy.ID, want error) func() {
		t.Helper()
		end, err := e.Begin(tenant)
		if !errors.Is(err, want) {
			t.Fatalf("want %v, got %v", want, err)
		}
		return end
	}
	ends := make([]func(), 0, journal.MaxExports)
	for range journal.MaxTenantExports {
		ends = append(ends, begin(acme, nil))
	}
	begin(acme, journal.ErrTenantExports)
	for len(ends) < journal.MaxExports {
		ends = append(ends, begin(tenancy.NewID(), nil))
	}
	begin(globex, journal.ErrExports)
	begin(acme, journal.ErrTenantExports) // and not that there is no room for anybody
	ends[0]()
	ends[0]()
	begin(globex, nil)
	begin(acme, journal.ErrExports)
	for _, end := range ends[1:] {
		end()
	}
	for range journal.MaxTenantExports {
		begin(acme, nil)
	}
	begin(acme, journal.ErrTenantExports)
}

// Of many at once, as many begin as may.
func TestExportsAtOnce(t *testing.T) {
	t.Parallel()
	var e journal.Exports
	var begun atomic.Int64
	var wait sync.WaitGroup
	for range 10 * journal.MaxExports {
		wait.Go(func() {
			if _, err := e.Begin(tenancy.NewID()); err == nil {
				begun.Add(1)
			}
		})
	}
	wait.Wait()
	if begun.Load() != journal.MaxExports {
		t.Errorf("%d have begun", begun.Load())
	}
}
