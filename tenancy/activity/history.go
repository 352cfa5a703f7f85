package activity

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"
	"golang.org/x/sync/singleflight"

	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/bounded"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// The steps of a History.
const (
	Quarter = 15 * time.Minute // of LastDay
	Day     = 24 * time.Hour   // of LastMonth
)

const (
	quarters = 24 * 4
	days     = 30
	// settled is how long after its end a day is taken for complete: a process that Postgres was away from writes its counts
	// when it is back. stale is when it is read again nevertheless.
	settled = 6 * time.Hour
	stale   = Day
)

// HistoryConfig are a History's dependencies. Only DB is required.
type HistoryConfig struct {
	DB      sqlx.QueryerContext
	Size    int           // how many tenants' days are remembered; default 2000, which is some 40 MB at most
	Timeout time.Duration // for what many wait for together; default 10 s
	Now     func() time.Time
}

// History reads what was counted of a tenant lately, in steps, and remembers the days that are over: a month of a tenant that
// never rests is 30 × 1440 × some 20 rows, which take a third of a second to sum up, and two days of it a fifteenth of that.
// A remembered day is read again after a day. It is safe for concurrent use; what it returns belongs to all who ask, and is
// not to be changed.
type History struct {
	config  HistoryConfig
	past    bounded.Map[tenancy.ID, past]
	flights singleflight.Group
}

// past are the days of a tenant that are over.
type past struct {
	read time.Time // when the first of them was
	days []Point
}

// NewHistory returns a History that remembers nothing yet.
func NewHistory(config HistoryConfig) *History {
	config.Size = cmp.Or(config.Size, 2000)
	config.Timeout = cmp.Or(config.Timeout, 10*time.Second)
	if config.Now == nil {
		config.Now = time.Now
	}
	return &History{config: config, past: bounded.New[tenancy.ID, past](bounded.Options{Size: config.Size})}
}

// LastDay returns the last 24 hours in steps of a Quarter, the last of which is under way.
func (h *History) LastDay(ctx context.Context, tenant tenancy.ID) ([]Point, error) {
	return h.shared(ctx, "day "+string(tenant), func(ctx context.Context) ([]Point, error) {
		now := h.config.Now().UTC()
		from := now.Truncate(Quarter).Add(-(quarters - 1) * Quarter)
		return Series(ctx, h.config.DB, tenantdb.SchemaFor(tenant), from, from.Add(quarters*Quarter), Quarter)
	})
}

// LastMonth returns the last 30 days, of UTC, the last of which is under way.
func (h *History) LastMonth(ctx context.Context, tenant tenancy.ID) ([]Point, error) {
	return h.shared(ctx, "month "+string(tenant), func(ctx context.Context) ([]Point, error) {
		return h.month(ctx, tenant)
	})
}

func (h *History) month(ctx context.Context, tenant tenancy.ID) ([]Point, error) {
	now := h.config.Now().UTC()
	today := now.Truncate(Day)
	from := today.Add(-(days - 1) * Day)
	known, ok := h.past.Get(tenant)
	if age := now.Sub(known.read); !ok || age < 0 || age >= stale {
		known = past{read: now}
	}
	for len(known.days) > 0 && known.days[0].At.Before(from) {
		known.days = known.days[1:]
	}
	if len(known.days) > 0 && known.days[0].At.After(from) { // the clock went back
		known = past{read: now}
	}
	list := append(make([]Point, 0, days), known.days[:min(len(known.days), days)]...)
	rest, err := Series(ctx, h.config.DB, tenantdb.SchemaFor(tenant), from.Add(time.Duration(len(list))*Day), today.Add(Day), Day)
	if err != nil {
		return nil, err
	}
	list = append(list, rest...)
	over := 0
	for over < len(list) && !list[over].At.Add(Day+settled).After(now) {
		over++
	}
	known.days = list[:over:over]
	h.past.Set(tenant, known)
	return list, nil
}

// shared has many who ask for the same at once ask Postgres once. Who goes away does not fail the others.
func (h *History) shared(ctx context.Context, key string, read func(context.Context) ([]Point, error)) ([]Point, error) {
	flight := h.flights.DoChan(key, func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), h.config.Timeout)
		defer cancel()
		return read(ctx)
	})
	select {
	case <-ctx.Done():
		return nil, fmt.Errorf("read series: %w", ctx.Err())
	case result := <-flight:
		list, _ := result.Val.([]Point)
		return list, result.Err
	}
}
