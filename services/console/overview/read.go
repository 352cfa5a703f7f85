package overview

import (
	"context"
	"slices"
	"time"

	"github.com/askspoke/spoke/observability/health"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/activity"
	"github.com/askspoke/spoke/tenancy/directory"
	"github.com/askspoke/spoke/tenancy/journal"
	"github.com/askspoke/spoke/tenancy/status"
	"github.com/askspoke/spoke/tenancy/tenantdb"
	"github.com/askspoke/spoke/tenancy/token"
)

// overview is what the page shows.
type overview struct {
	Start                    *start // what to do first; nil: something has begun, and the rest is shown
	State                    stateShown
	Cycle                    *cycleShown // that is under way; nil: none is
	LastRequest, LastSuccess time.Time
	Cadence                  time.Duration // between two cycles; 0: they come irregularly, or nobody knows yet
	Size                     sizeShown
	Tokens                   []token.Token // that expire soon, or expired lately
	Refusals                 []refusalShown
	Cycles                   []health.Summary // that have ended, the latest first
	Day, Month               chart
}

// What is shown at most.
const (
	refusalsShown = 5
	cyclesShown   = 10
)

// How often the parts that change seldom, or cost something, are read while the page is watched.
const (
	refusalsEvery = 2 * time.Second
	tokensEvery   = 10 * time.Second
	dayEvery      = 5 * time.Second
	monthEvery    = 15 * time.Second
)

// aged is something that was read, and when.
type aged[T any] struct {
	value T
	read  time.Time // zero: never
}

// get returns what was read, and reads it anew where that is longer ago than limit.
func (a *aged[T]) get(limit time.Duration, read func() (T, error)) (T, error) {
	if now := time.Now(); a.read.IsZero() || now.Sub(a.read) >= limit {
		value, err := read()
		if err != nil {
			return value, err
		}
		a.value, a.read = value, now
	}
	return a.value, nil
}

// readOverview returns what reads the page of a tenant. It is for one goroutine, and remembers what need not be read each
// time. Its statements' cost does not depend on the size of the directory.
func (s *Pages) readOverview(id tenancy.ID) func(context.Context) (overview, error) {
	schema := tenantdb.SchemaFor(id)
	var (
		tokens     aged[[]token.Token]
		refusals   aged[[]refusalShown]
		day, month aged[chart]
	)
	return func(ctx context.Context) (data overview, err error) {
		now := s.Now().UTC()
		tenant, err := s.Tenants.ByID(ctx, id)
		if err != nil {
			return data, err
		}
		record, err := s.Status.Get(ctx, id)
		if err != nil {
			return data, err
		}
		j, err := s.judge(ctx, tenant, record, now)
		if err != nil {
			return data, err
		}
		if data.Size, err = s.sizeOf(ctx, schema, record, now); err != nil {
			return data, err
		}
		if data.Tokens, err = tokens.get(tokensEvery, func() ([]token.Token, error) { return s.expiring(ctx, id, now) }); err != nil {
			return data, err
		}
		if data.Refusals, err = refusals.get(refusalsEvery, func() ([]refusalShown, error) { return s.refused(ctx, schema) }); err != nil {
			return data, err
		}
		if data.Day, err = day.get(dayEvery, func() (chart, error) { return chartOf(lastDay)(s.history.LastDay(ctx, id)) }); err != nil {
			return data, err
		}
		if data.Month, err = month.get(monthEvery, func() (chart, error) { return chartOf(lastMonth)(s.history.LastMonth(ctx, id)) }); err != nil {
			return data, err
		}
		data.State = s.stateOf(record, j)
		data.Cycle = s.cycleOf(j)
		data.LastRequest, data.LastSuccess, data.Cadence = j.facts.LastRequest, j.facts.LastSuccess, j.verdict.Cadence
		data.Cycles = slices.Clone(j.facts.Cycles)
		slices.Reverse(data.Cycles)
		data.Cycles = data.Cycles[:min(len(data.Cycles), cyclesShown)]
		data.Start = startOf(data, j)
		return data, nil
	}
}

// sizeShown is how large the directory is. About says that it is no count of now.
type sizeShown struct {
	status.Size
	About bool
}

// addUpTo is how old the worker's count of a large directory is at most for what came since to be added. It counts once an
// hour.
const addUpTo = 90 * time.Minute

// sizeOf counts a small directory. Of a large one it takes the worker's last count, and adds what was counted of the requests
// since, as well as that can be told.
func (s *Pages) sizeOf(ctx context.Context, schema tenantdb.Schema, record status.Record, now time.Time) (sizeShown, error) {
	size, small, err := s.Directory.Store(schema, false).SmallSize(ctx, directory.Size(record.Size))
	if err != nil || small {
		return sizeShown{Size: status.Size(size)}, err
	}
	shown := sizeShown{Size: record.Size, About: true}
	if record.CountedAt.Before(now.Add(-addUpTo)) {
		return shown, nil
	}
	rows, err := activity.Since(ctx, s.DB, schema, record.CountedAt)
	for _, r := range rows { // those of the bucket in which it was counted are in the count, or some of them
		if r.Outcome == health.Accepted {
			shown.add(r)
		}
	}
	return shown, err
}

func (s *sizeShown) add(r health.Count) {
	n := map[health.Action]int64{health.Create: r.Count, health.Delete: -r.Count}[r.Action]
	switch r.Resource {
	case "User":
		s.Users += n
		s.ActiveUsers += n + map[health.Action]int64{health.Restore: r.Count, health.Disable: -r.Count}[r.Action]
	case "Group":
		s.Groups += n
	}
}

// expiring returns the tokens that expire soon or expired lately, and that no newer one replaces.
func (s *Pages) expiring(ctx context.Context, id tenancy.ID, now time.Time) ([]token.Token, error) {
	list, err := s.Tokens.List(ctx, id)
	if err != nil {
		return nil, err
	}
	notice := s.Pace.TokenNotice
	return slices.DeleteFunc(list, func(t token.Token) bool {
		return t.ExpiresAt.IsZero() || !t.RevokedAt.IsZero() || t.ExpiresAt.After(now.Add(notice)) || t.ExpiresAt.Before(now.Add(-notice))
	}), nil
}

// refusalShown is a request that was refused.
type refusalShown struct {
	journal.Entry
	What         string // was asked for
	Detail, Hint string
}

// refused returns the last requests that were refused, the latest first.
func (s *Pages) refused(ctx context.Context, schema tenantdb.Schema) ([]refusalShown, error) {
	page, err := journal.List(ctx, s.DB, schema, journal.Query{Outcome: journal.Refused, Limit: refusalsShown})
	if err != nil {
		return nil, err
	}
	list := make([]refusalShown, len(page.Entries))
	for i, e := range page.Entries {
		r, err := e.Refusal()
		if err != nil {
			return nil, err
		}
		list[i] = refusalShown{Entry: e, What: r.Method + " " + r.Path, Detail: r.Detail, Hint: r.Hint}
		list[i].Entry.Detail = nil // the body is not shown here
	}
	return list, nil
}
