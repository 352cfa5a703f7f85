package oauth

import (
	"crypto/sha256"
	"sync"
	"time"

	"github.com/askspoke/spoke/tenancy"
)

// How much is remembered of what was right, for each tenant: what one tenant shows takes no room from the others.
const (
	familiarOfTenant = 64
	familiarSecret   = 24 * time.Hour // since it was right last; an access token as long as it lives
	familiarSweep    = time.Hour
)

// familiar remembers what was shown and found right, by its hash. Nothing that was not right gets in, so the tenants in it
// are real ones; each has a bounded number of entries for a bounded time, and at the bound the oldest goes. That something
// is familiar only says that showing it again is no guess: it is verified each time.
type familiar struct {
	now func() time.Time

	mu      sync.RWMutex
	tenants map[tenancy.ID]map[[sha256.Size]byte]known
	swept   time.Time
}

// known is when something was right, and until when that is remembered.
type known struct{ since, until time.Time }

func newFamiliar(now func() time.Time) *familiar {
	return &familiar{now: now, tenants: make(map[tenancy.ID]map[[sha256.Size]byte]known), swept: now()}
}

func hashOf(text string) [sha256.Size]byte { return sha256.Sum256([]byte(text)) }

func (f *familiar) has(tenant tenancy.ID, hash [sha256.Size]byte) bool {
	f.mu.RLock()
	defer f.mu.RUnlock()
	k, ok := f.tenants[tenant][hash]
	return ok && f.now().Before(k.until)
}

func (f *familiar) add(tenant tenancy.ID, hash [sha256.Size]byte, until time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := f.now()
	if now.Sub(f.swept) >= familiarSweep {
		f.sweep(now)
	}
	mine, ok := f.tenants[tenant]
	if !ok {
		mine = make(map[[sha256.Size]byte]known)
		f.tenants[tenant] = mine
	}
	if _, ok := mine[hash]; !ok && len(mine) >= familiarOfTenant {
		var oldest [sha256.Size]byte
		for h, k := range mine {
			if first, ok := mine[oldest]; !ok || k.since.Before(first.since) {
				oldest = h
			}
		}
		delete(mine, oldest)
	}
	mine[hash] = known{now, until}
}

func (f *familiar) remove(tenant tenancy.ID, hash [sha256.Size]byte) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.drop(tenant, hash)
}

func (f *familiar) drop(tenant tenancy.ID, hash [sha256.Size]byte) {
	delete(f.tenants[tenant], hash)
	if len(f.tenants[tenant]) == 0 {
		delete(f.tenants, tenant)
	}
}

// sweep drops what is past, also of tenants that nobody asks for any more.
func (f *familiar) sweep(now time.Time) {
	f.swept = now
	for tenant, mine := range f.tenants {
		for hash, k := range mine {
			if !now.Before(k.until) {
				f.drop(tenant, hash)
			}
		}
	}
}
