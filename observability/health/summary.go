package health

import (
	"cmp"
	"slices"
	"time"
)

// Summary returns the cycle in a few numbers.
func (c *Cycle) Summary() Summary {
	s := Summary{Kind: c.Kind, Started: c.Started, Ended: c.Ended}
	for _, t := range c.Counts {
		good := t.Outcome.good()
		s.Requests += t.Count
		s.Duration += t.Duration
		if good {
			s.Succeeded += t.Count
		}
		switch {
		case t.Outcome == Unauthorized:
			s.Unauthorized += t.Count
		case t.Action.changes():
			s.Changes += t.Count
			if !good {
				s.Failed += t.Count
			}
		case t.Action.refers() && !good:
			s.References += t.Count
		}
		if strange(t.Action, t.Outcome) {
			s.Strangers += t.Count
		}
		if t.Outcome == Failed || t.Outcome == Limited && t.Action != Authenticate {
			s.Errors += t.Count
		}
	}
	return s
}

// Length returns the time from the cycle's first request to its last.
func (s Summary) Length() time.Duration { return s.Ended.Sub(s.Started) }

// Rate returns the cycle's requests per second, 0 where it is too short to tell.
func (s Summary) Rate() float64 { return perSecond(s.Requests, s.Length()) }

// FailureRatio returns how many of the changes failed, 0 to 1.
func (s Summary) FailureRatio() float64 {
	if s.Changes == 0 {
		return 0
	}
	return float64(s.Failed) / float64(s.Changes)
}

func perSecond(n int64, in time.Duration) float64 {
	if in <= 0 {
		return 0
	}
	return float64(n) / in.Seconds()
}

// strange says whether nobody knows who sent a request.
func strange(a Action, o Outcome) bool { return o == Unauthorized || a == Authenticate }

func (r Count) strange() bool { return strange(r.Action, r.Outcome) }

// strange says whether nobody knows who sent any of the cycle's requests.
func (c *Cycle) strange() bool {
	return !slices.ContainsFunc(c.Counts, func(t Tally) bool { return !strange(t.Action, t.Outcome) })
}

func (o Outcome) good() bool { return o == Accepted || o == Unchanged }

// changes says whether the action is one whose failures Entra counts. Members and managers are references, which it leaves
// out; they are left out of the successes as well, or a group of many members would hide the users that fail.
func (a Action) changes() bool {
	switch a {
	case Create, Update, Disable, Restore, Delete:
		return true
	}
	return false
}

func (a Action) refers() bool { return a == Reference || a == MemberAdd || a == MemberRemove }

// walked returns about how many resources the cycle touched: the provider looks each up, changes it, or both.
func (c *Cycle) walked() int64 {
	reads, changes := map[string]int64{}, map[string]int64{}
	for _, t := range c.Counts {
		switch {
		case t.Resource == "" || t.Outcome == Unauthorized:
		case t.Action == Read:
			reads[t.Resource] += t.Count
		case t.Action.changes():
			changes[t.Resource] += t.Count
		}
	}
	var sum int64
	for _, resource := range []string{"User", "Group"} {
		sum += max(reads[resource], changes[resource])
	}
	return sum
}

// pages returns how far the client has read the lists of the cycle, and how long they are together. A list of which it has
// read no page was looked into by a filter.
func (c *Cycle) pages() (position, total int64) {
	for _, t := range c.Counts {
		if t.Position == 0 {
			continue
		}
		position += min(t.Position, t.Total)
		total += t.Total
	}
	return position, total
}

// add counts rows into tallies, which stay ordered.
func add(tallies []Tally, rows []Count) []Tally {
	for _, r := range rows {
		i, found := slices.BinarySearchFunc(tallies, r, func(t Tally, r Count) int {
			return cmp.Or(cmp.Compare(t.Resource, r.Resource), cmp.Compare(t.Action, r.Action), cmp.Compare(t.Outcome, r.Outcome))
		})
		if !found {
			tallies = slices.Insert(tallies, i, Tally{Resource: r.Resource, Action: r.Action, Outcome: r.Outcome})
		}
		t := &tallies[i]
		t.Count += r.Count
		t.Duration += r.Duration
		t.Position, t.Total = max(t.Position, r.Position), max(t.Total, r.Total)
	}
	return tallies
}
