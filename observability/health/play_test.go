package health

import (
	"slices"
	"time"
)

// t0 is when the tests' tenants begin.
var t0 = time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)

// request is n requests of one kind at a time, that are stored after a lag.
type request struct {
	at       time.Time
	lag      time.Duration
	resource string
	action   Action
	outcome  Outcome
	n        int64
	took     time.Duration // each
	position int64
	total    int64
}

// counted returns the rows as they are stored at a time, of the buckets from a time on.
func counted(requests []request, from, now time.Time, pace Pace) []Count {
	var rows []Count
	at := map[Count]int{}
	for _, r := range requests {
		c := Count{At: r.at.Truncate(pace.Bucket), Resource: r.resource, Action: r.action, Outcome: r.outcome}
		if r.at.Add(r.lag).After(now) || c.At.Before(from) {
			continue
		}
		i, ok := at[c]
		if !ok {
			i = len(rows)
			at[c] = i
			c.FirstAt, c.LastAt = r.at, r.at
			rows = append(rows, c)
		}
		row := &rows[i]
		row.Count += max(r.n, 1)
		row.Duration += r.took * time.Duration(max(r.n, 1))
		row.FirstAt, row.LastAt = earlier(row.FirstAt, r.at), later(row.LastAt, r.at)
		row.Position, row.Total = max(row.Position, r.position), max(row.Total, r.total)
	}
	return rows
}

// burst is a cycle of finds and changes, one find for each change, a second apart: good ones first.
func burst(at time.Time, good, bad int) []request {
	var list []request
	for i := range good + bad {
		at := at.Add(time.Duration(i) * time.Second)
		outcome := Accepted
		if i >= good {
			outcome = Refused
		}
		list = append(list, request{at: at, resource: "User", action: Read, outcome: Accepted},
			request{at: at, resource: "User", action: Create, outcome: outcome})
	}
	return list
}

// big is a cycle of so many changes within a time, in ten parts.
func big(at time.Time, takes time.Duration, good, bad int64) []request {
	var list []request
	for i := range int64(10) {
		at := at.Add(takes * time.Duration(i) / 9)
		for _, part := range []struct {
			outcome Outcome
			n       int64
		}{{Accepted, good}, {Refused, bad}} {
			if part.n > 0 {
				list = append(list, request{at: at, resource: "User", action: Update, outcome: part.outcome, n: part.n/10 + b2i(i < part.n%10)})
			}
		}
	}
	return slices.DeleteFunc(list, func(r request) bool { return r.n == 0 })
}

func b2i(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// refusals is a cycle of so many requests whose credentials are refused.
func refusals(at time.Time, n int64) []request {
	return []request{{at: at, action: Authenticate, outcome: Unauthorized, n: n}}
}

// every repeats a cycle: n times from at on, a pause apart.
func every(at time.Time, pause time.Duration, n int, cycle func(at time.Time) []request) []request {
	var list []request
	for i := range n {
		list = append(list, cycle(at.Add(time.Duration(i)*pause))...)
	}
	return list
}

// fold counts all of it at once.
func fold(facts Facts, requests []request, now time.Time, pace Pace) (Facts, []Cycle) {
	return Fold(facts, counted(requests, facts.ReadFrom(), now, pace), now, pace)
}

// end returns the time of the last request.
func end(requests []request) time.Time {
	return slices.MaxFunc(requests, func(a, b request) int { return a.at.Compare(b.at) }).at
}

// codes returns the codes of a verdict, with what is worse first.
func codes(v Verdict) []Code {
	var list []Code
	for _, r := range v.Reasons {
		list = append(list, r.Code)
	}
	return list
}
