package directory_test

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/askspoke/spoke/infra/pgtest"
	"github.com/askspoke/spoke/scim/memstore"
	"github.com/askspoke/spoke/scim/provider"
	"github.com/askspoke/spoke/scim/scimtest"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/directory"
	"github.com/askspoke/spoke/tenancy/journal"
	"github.com/askspoke/spoke/tenancy/lifecycle"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

var shapes = map[string]journal.Shape{"one statement": journal.OneStatement, "transaction": journal.Transaction}

// TestContract holds the store to what every provider.Store promises, in both shapes of journaling.
func TestContract(t *testing.T) {
	t.Parallel()
	for name, shape := range shapes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			scimtest.Run(t, stores(t, shape))
		})
	}
	t.Run("guarded", func(t *testing.T) {
		t.Parallel()
		settings := tenancy.DefaultSettings()
		settings.Guard = tenancy.Guard{Window: time.Minute, Count: 1_000_000, Minimum: 1_000_000, Percent: 100}
		open := stores(t, journal.OneStatement)
		scimtest.Run(t, func(t *testing.T) provider.Store {
			s := open(t).(directory.Store)
			return s.Behind(settings)
		})
	})
}

// TestLikeMemory plays random work here and in memory, and compares.
func TestLikeMemory(t *testing.T) {
	t.Parallel()
	for name, shape := range shapes {
		open := stores(t, shape)
		for seed := range uint64(3) {
			t.Run(fmt.Sprint(name, " ", seed), func(t *testing.T) {
				t.Parallel()
				scimtest.Compare(t, memstore.New(), open(t), seed, 300)
			})
		}
	}
}

// stores returns what opens an empty store: a new tenant of one database.
func stores(t *testing.T, shape journal.Shape) func(*testing.T) provider.Store {
	t.Helper()
	db, _ := pgtest.Tenants(t, 0)
	manager := lifecycle.New(lifecycle.Config{DB: db})
	d := directory.New(db, &journal.Recorder{DB: db, Shape: shape})
	var n atomic.Int64
	return func(t *testing.T) provider.Store {
		t.Helper()
		made, err := manager.Create(t.Context(), lifecycle.NewTenant{
			Slug: tenancy.Slug(fmt.Sprint("rule-", n.Add(1))), Settings: tenancy.DefaultSettings(),
		})
		if err != nil {
			t.Fatal(err)
		}
		return d.Store(tenantdb.SchemaFor(made.ID), true)
	}
}
