package health

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/askspoke/spoke/tenancy"
)

// drawRequests returns what some provider sends, in the order of time, some of it stored late but not later than the pace
// allows for.
func drawRequests(t *rapid.T, pace Pace) []request {
	var list []request
	at := t0.Add(time.Duration(rapid.IntRange(0, 90).Draw(t, "offset")) * time.Second)
	for range rapid.IntRange(1, 14).Draw(t, "cycles") {
		bad := rapid.SampledFrom([]int{0, 0, 30, 60, 100}).Draw(t, "bad")
		size := rapid.SampledFrom([]int64{1, 1, 3, 40, 3_000}).Draw(t, "size")
		for range rapid.IntRange(1, 6).Draw(t, "parts") {
			r := request{at: at, n: size, resource: "User", lag: time.Duration(rapid.Int64Range(0, int64(pace.Late)).Draw(t, "lag"))}
			r.action = rapid.SampledFrom([]Action{Read, Create, Update, Delete, MemberAdd, Reference, Authenticate}).Draw(t, "action")
			switch {
			case r.action == Authenticate:
				r.outcome = Unauthorized
			case r.action == Reference, rapid.IntRange(1, 100).Draw(t, "luck") <= bad:
				r.outcome = rapid.SampledFrom([]Outcome{Refused, Failed, Limited, Held}).Draw(t, "failure")
			default:
				r.outcome = rapid.SampledFrom([]Outcome{Accepted, Unchanged}).Draw(t, "success")
			}
			if r.action == Read {
				r.position, r.total = rapid.Int64Range(0, 500).Draw(t, "position"), 500
			}
			r.took = time.Duration(rapid.Int64Range(0, int64(4*time.Second)).Draw(t, "took"))
			list = append(list, r)
			at = at.Add(time.Duration(rapid.SampledFrom([]int{0, 1, 20, 60, 300, 600}).Draw(t, "pause")) * time.Second)
		}
		at = at.Add(rapid.SampledFrom([]time.Duration{
			40 * time.Minute, 40 * time.Minute, 41 * time.Minute, 10*time.Minute + time.Second, 3 * time.Hour, 6 * time.Hour, 24 * time.Hour, 29 * 24 * time.Hour,
		}).Draw(t, "until the next"))
	}
	return list
}

// drawFacts returns the facts of some tenant, and a time from which on nothing is folded.
func drawFacts(t *rapid.T, pace Pace) (Facts, time.Time) {
	requests := drawRequests(t, pace)
	last := end(requests)
	now := last.Add(pace.Late)
	f := Facts{Users: rapid.Int64Range(0, 4_000).Draw(t, "users")}
	if rapid.Bool().Draw(t, "a token expires") {
		days := rapid.IntRange(-40, 40).Draw(t, "in days")
		f.Tokens = Tokens{Count: rapid.IntRange(0, 2).Draw(t, "tokens"), Expires: last.Add(time.Duration(days)*24*time.Hour + time.Minute)}
	}
	if rapid.IntRange(0, 4).Draw(t, "hold") == 0 {
		f.Hold = &Hold{OpenedAt: last, Held: rapid.Int64Range(0, 2).Draw(t, "held")}
	}
	f.Tenant = rapid.SampledFrom([]tenancy.State{"", tenancy.StateActive, tenancy.StateActive, tenancy.StateSuspended}).Draw(t, "state")
	f.EnabledAt = rapid.SampledFrom([]time.Time{{}, t0, last.Add(-time.Hour)}).Draw(t, "enabled")
	f, _ = fold(f, requests, now, pace)
	return f, now.Add(time.Duration(rapid.Int64Range(0, int64(50*24*time.Hour)).Draw(t, "later")))
}

func TestEvaluateIsTheSameUntilDue(t *testing.T) {
	t.Parallel()
	pace := DefaultPace()
	rapid.Check(t, func(t *rapid.T) {
		f, now := drawFacts(t, pace)
		for range 5 {
			v := Evaluate(f, now, pace)
			if diff := gocmp.Diff(v, Evaluate(f, now, pace)); diff != "" {
				t.Fatalf("two verdicts of the same facts:\n%s", diff)
			}
			if !v.DueAt.IsZero() && !v.DueAt.After(now) {
				t.Fatalf("due at %v, which has passed at %v", v.DueAt, now)
			}
			wait := 100 * 24 * time.Hour
			if !v.DueAt.IsZero() {
				wait = v.DueAt.Sub(now)
			}
			before := now.Add(time.Duration(rapid.Int64Range(0, int64(wait)-1).Draw(t, "wait")))
			for _, at := range []time.Time{before, now.Add(wait - 1)} {
				if diff := gocmp.Diff(v, Evaluate(f, at, pace)); diff != "" {
					t.Fatalf("at %v, before it is due at %v, it is another than at %v:\n%s", at, v.DueAt, now, diff)
				}
			}
			folded, _ := Fold(f, nil, now, pace)
			if diff := gocmp.Diff(v, Evaluate(folded, now, pace), cmpopts.IgnoreFields(Verdict{}, "DueAt")); diff != "" {
				t.Fatalf("it depends on whether ended cycles were folded:\n%s", diff)
			}
			now = now.Add(wait)
		}
	})
}

func TestFoldInPiecesIsFoldAtOnce(t *testing.T) {
	t.Parallel()
	pace := DefaultPace()
	rapid.Check(t, func(t *rapid.T) {
		requests := drawRequests(t, pace)
		last := end(requests).Add(time.Duration(rapid.Int64Range(0, int64(30*time.Minute)).Draw(t, "after")))
		last = last.Add(pace.Late)
		whole, closed := fold(Facts{Users: 100}, requests, last, pace)
		pieces := Facts{Users: 100}
		var ended []Cycle
		steps := rapid.SliceOfN(rapid.Int64Range(0, int64(last.Sub(t0))), 0, 40).Draw(t, "steps")
		for range rapid.IntRange(0, 10).Draw(t, "looks at a burst") { // most of the time nothing comes
			r := rapid.SampledFrom(requests).Draw(t, "near")
			steps = append(steps, min(int64(r.at.Sub(t0))+rapid.Int64Range(0, int64(3*time.Minute)).Draw(t, "off"), int64(last.Sub(t0))))
		}
		slices.Sort(steps)
		for _, step := range append(steps, int64(last.Sub(t0))) {
			now := t0.Add(time.Duration(step))
			rows := counted(requests, pieces.ReadFrom(), now, pace)
			rows = rapid.Permutation(append(rows, pieces.Recent...)).Draw(t, "rows")
			var more []Cycle
			pieces, more = Fold(pieces, rows, now, pace)
			ended = append(ended, more...)
		}
		if diff := gocmp.Diff(closed, ended, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("cycles (-at once +in pieces):\n%s", diff)
		}
		whole.Shown, pieces.Shown = Shown{}, Shown{} // what was shown on the way
		if diff := gocmp.Diff(whole, pieces, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("facts (-at once +in pieces):\n%s", diff)
		}
		var sum, total int64
		for _, r := range requests {
			sum += max(r.n, 1)
		}
		for _, tally := range add(whole.Totals, whole.Recent) {
			total += tally.Count
		}
		if sum != total {
			t.Fatalf("%d requests were counted as %d", sum, total)
		}
	})
}

func TestProgressNeverFalls(t *testing.T) {
	t.Parallel()
	pace := DefaultPace()
	rapid.Check(t, func(t *rapid.T) {
		requests := drawRequests(t, pace)
		f := Facts{Users: 100}
		shown := map[time.Time]float64{}
		for _, r := range requests {
			now := r.at.Add(pace.Late)
			f, _ = fold(f, requests, now, pace)
			v := Evaluate(f, now, pace)
			if v.Progress == nil {
				continue
			}
			p, key := *v.Progress, time.Time{}
			current := f.Current(now, pace)
			for at := range shown { // a late row may bring the beginning forward
				if !at.Before(current.Started) && !at.After(current.Ended) {
					key = at
				}
			}
			if key.IsZero() {
				key = current.Started
			}
			if p.Ratio < shown[key] || p.Ratio > 0.99 || p.Ratio < 0 {
				t.Fatalf("progress %v after %v", p.Ratio, shown[key])
			}
			shown[key] = p.Ratio
		}
	})
}

func TestFactsSurviveJSON(t *testing.T) {
	t.Parallel()
	pace := DefaultPace()
	rapid.Check(t, func(t *rapid.T) {
		f, now := drawFacts(t, pace)
		text, err := json.Marshal(f)
		if err != nil {
			t.Fatal(err)
		}
		var back Facts
		if err := json.Unmarshal(text, &back); err != nil {
			t.Fatal(err)
		}
		if diff := gocmp.Diff(f, back, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("facts (-written +read):\n%s", diff)
		}
		if diff := gocmp.Diff(Evaluate(f, now, pace), Evaluate(back, now, pace)); diff != "" {
			t.Fatalf("verdict (-before +after):\n%s", diff)
		}
	})
}

func TestFoldLeavesItsArgument(t *testing.T) {
	t.Parallel()
	pace := DefaultPace()
	rapid.Check(t, func(t *rapid.T) {
		f, now := drawFacts(t, pace)
		before, err := json.Marshal(f)
		if err != nil {
			t.Fatal(err)
		}
		Fold(f, counted(burst(now, 3, 3), time.Time{}, now.Add(time.Hour), pace), now.Add(time.Hour), pace)
		Evaluate(f, now.Add(time.Hour), pace)
		after, err := json.Marshal(f)
		if err != nil {
			t.Fatal(err)
		}
		if diff := gocmp.Diff(string(before), string(after)); diff != "" {
			t.Fatal(diff)
		}
	})
}
