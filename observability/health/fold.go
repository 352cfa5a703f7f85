package health

import (
	"cmp"
	"slices"
	"time"
)

// Fold counts rows into the facts, and returns them with the cycles that have ended, each once, the oldest first. The rows
// are all those since facts.ReadFrom, in any order, and now is no later than when they were read. A row that was counted
// before is replaced, and one of a bucket before ReadFrom is left out, so it does no harm to read too much. With no rows
// Fold closes what time has closed. facts itself is not changed.
//
// A cycle is returned when nothing can belong to it any more: Pace.Gap after its last request, and when no bucket in which
// another request may be can still grow. What Fold returned is for good.
func Fold(facts Facts, rows []Count, now time.Time, pace Pace) (Facts, []Cycle) {
	f := facts.clone()
	f.Version = FactsVersion
	f.hear(rows)
	line := now.Add(-pace.Bucket - pace.Late).UTC()
	closed := f.settle(line, pace)
	if f.Open != nil && !line.Before(f.Open.Ended.Add(pace.Gap)) {
		closed = append(closed, f.shut(pace))
	}
	f.show(now, pace)
	return f, closed
}

// ReadFrom returns the beginning of the first bucket that has to be read for the next Fold: zero for all.
func (f Facts) ReadFrom() time.Time { return f.Settled }

// Current returns the cycle that is under way, with all that was counted of it, or nil.
func (f Facts) Current(now time.Time, pace Pace) *Cycle {
	v := f.view(&clock{now: now}, pace)
	return v.Open
}

// view returns the facts as they are when nothing more comes: all that was counted is settled, and the cycle that time has
// ended is closed.
func (f Facts) view(c *clock, pace Pace) Facts {
	v := f.clone()
	late := pace.Gap + pace.Bucket + pace.Late
	for _, ended := range v.settle(forever, pace) {
		c.reached(ended.Ended.Add(late)) // Fold has to return it then
	}
	if v.Open != nil {
		v.Open.Kind = v.kind(v.Open, pace)
		c.reached(v.Open.Ended.Add(late))
		if c.reached(v.Open.Ended.Add(pace.Gap)) {
			v.shut(pace)
		}
	}
	return v
}

// forever is after all times.
var forever = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)

// hear takes rows among the recent ones. Of two with one key it keeps the one that has grown further.
func (f *Facts) hear(rows []Count) {
	at := make(map[Count]int, len(f.Recent)+len(rows))
	for i, r := range f.Recent {
		at[r.key()] = i
	}
	for _, r := range rows {
		r.At, r.FirstAt, r.LastAt = r.At.UTC(), r.FirstAt.UTC(), r.LastAt.UTC()
		if r.Count <= 0 || r.At.Before(f.Settled) {
			continue
		}
		if i, ok := at[r.key()]; !ok {
			at[r.key()] = len(f.Recent)
			f.Recent = append(f.Recent, r)
		} else if r.Count > f.Recent[i].Count {
			f.Recent[i] = r
		}
		if !r.strange() {
			f.LastRequest = later(f.LastRequest, r.LastAt)
		}
		if r.Outcome.good() {
			f.LastSuccess = later(f.LastSuccess, r.LastAt)
		}
	}
	slices.SortFunc(f.Recent, func(a, b Count) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Resource, b.Resource), cmp.Compare(a.Action, b.Action), cmp.Compare(a.Outcome, b.Outcome))
	})
}

func (r Count) key() Count {
	return Count{At: r.At, Resource: r.Resource, Action: r.Action, Outcome: r.Outcome}
}

// settle counts for good the buckets that began at the line or before, and returns the cycles that they divide.
func (f *Facts) settle(line time.Time, pace Pace) (closed []Cycle) {
	for len(f.Recent) > 0 && !f.Recent[0].At.After(line) {
		at := f.Recent[0].At
		n := 1
		for n < len(f.Recent) && f.Recent[n].At.Equal(at) {
			n++
		}
		bucket := f.Recent[:n]
		f.Recent = f.Recent[n:]
		first, last, known := extent(bucket)
		if f.Open != nil && (first.Sub(f.Open.Ended) > pace.Gap || known && f.Open.strange() && first.Sub(f.Open.Started) > pace.Gap) {
			closed = append(closed, f.shut(pace))
		}
		switch {
		case f.Open == nil:
			f.Open = &Cycle{Started: first, Ended: last}
		case known || f.Open.strange():
			f.Open.Started, f.Open.Ended = earlier(f.Open.Started, first), later(f.Open.Ended, last)
		}
		f.Open.Counts = add(f.Open.Counts, bucket)
		f.Open.Kind = f.kind(f.Open, pace)
		f.Totals = add(f.Totals, bucket)
		f.Settled = later(f.Settled, at.Add(time.Microsecond)) // what Postgres tells apart; the bucket itself is not read again
	}
	if len(f.Recent) == 0 {
		f.Recent = nil
	}
	return closed
}

// extent returns when the first and the last request came of the rows of a bucket: of clients, where known says that there
// are any.
func extent(bucket []Count) (first, last time.Time, known bool) {
	for _, r := range bucket {
		switch {
		case first.IsZero() || !known && !r.strange():
			first, last, known = r.FirstAt, r.LastAt, !r.strange()
		case known != r.strange():
			first, last = earlier(first, r.FirstAt), later(last, r.LastAt)
		}
	}
	return first, last, known
}

// shut ends the open cycle.
func (f *Facts) shut(pace Pace) Cycle {
	c := *f.Open
	c.Kind = f.kind(&c, pace)
	f.Open = nil
	s := c.Summary()
	f.Cycles = append(f.Cycles, s)
	f.Cycles = f.Cycles[max(0, len(f.Cycles)-MaxCycles):]
	if s.Kind == Initial {
		f.LastInitial = &s
	}
	f.Usual = f.usual(pace)
	return c
}

// kind returns what a cycle is for, as far as it goes. While the size of the directory is not known no cycle walks it again.
func (f *Facts) kind(c *Cycle, pace Pace) Kind {
	s := c.Summary()
	walked := c.walked()
	switch {
	case f.LastInitial == nil && s.Changes+s.References == 0 && walked <= pace.Probe:
		return Probe
	case f.LastInitial == nil:
		return Initial
	case f.Users+f.Groups > 0 && s.Requests >= pace.WalkLeast && float64(s.Requests) >= pace.WalkRatio*float64(f.LastInitial.Requests) &&
		float64(walked) >= pace.WalkRatio*float64(f.Users+f.Groups):
		return Initial
	}
	return Incremental
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
