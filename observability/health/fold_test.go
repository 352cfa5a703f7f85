package health

import (
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
)

func TestFoldDivides(t *testing.T) {
	t.Parallel()
	pace := DefaultPace()
	one := func(at time.Duration) request {
		return request{at: t0.Add(at), resource: "User", action: Create, outcome: Accepted}
	}
	for name, tc := range map[string]struct {
		at   []time.Duration
		want [][2]time.Duration // of the cycles, from and to
	}{
		"one request":           {[]time.Duration{0}, [][2]time.Duration{{0, 0}}},
		"within a bucket":       {[]time.Duration{0, 59 * time.Second}, [][2]time.Duration{{0, 59 * time.Second}}},
		"a pause of the gap":    {[]time.Duration{0, pace.Gap}, [][2]time.Duration{{0, pace.Gap}}},
		"a longer pause":        {[]time.Duration{0, pace.Gap + time.Second}, [][2]time.Duration{{0, 0}, {pace.Gap + time.Second, pace.Gap + time.Second}}},
		"many short pauses":     {[]time.Duration{0, 9 * time.Minute, 18 * time.Minute, 27 * time.Minute}, [][2]time.Duration{{0, 27 * time.Minute}}},
		"three at Entra's pace": {[]time.Duration{0, 40 * time.Minute, 80 * time.Minute}, [][2]time.Duration{{0, 0}, {40 * time.Minute, 40 * time.Minute}, {80 * time.Minute, 80 * time.Minute}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var requests []request
			for _, at := range tc.at {
				requests = append(requests, one(at))
			}
			f, closed := fold(Facts{}, requests, t0.Add(24*time.Hour), pace)
			var got [][2]time.Duration
			for _, c := range closed {
				got = append(got, [2]time.Duration{c.Started.Sub(t0), c.Ended.Sub(t0)})
			}
			if diff := gocmp.Diff(tc.want, got); diff != "" {
				t.Errorf("cycles (-want +got):\n%s", diff)
			}
			if f.Open != nil || len(f.Recent) != 0 || len(f.Cycles) != len(closed) {
				t.Errorf("left open: %+v, recent %v, remembered %d", f.Open, f.Recent, len(f.Cycles))
			}
		})
	}
}

// A bucket that has grown is read again, and more than once; what it had is not counted twice.
func TestFoldReplacesABucket(t *testing.T) {
	t.Parallel()
	pace := DefaultPace()
	row := Count{At: t0, Resource: "User", Action: Create, Outcome: Accepted, Count: 3, Duration: 3 * time.Millisecond, FirstAt: t0.Add(time.Second), LastAt: t0.Add(9 * time.Second)}
	grown := row
	grown.Count, grown.Duration, grown.LastAt = 5, 6*time.Millisecond, t0.Add(50*time.Second)
	now := t0.Add(70 * time.Second)
	f, _ := Fold(Facts{}, []Count{row}, now, pace)
	if f.ReadFrom().After(t0) {
		t.Fatalf("the bucket would not be read again: from %v", f.ReadFrom())
	}
	for _, rows := range [][]Count{{row}, {grown}, {row, grown}, {grown}} {
		f, _ = Fold(f, rows, now, pace)
	}
	want := []Tally{{Resource: "User", Action: Create, Outcome: Accepted, Count: 5, Duration: 6 * time.Millisecond}}
	if diff := gocmp.Diff(want, f.Current(now, pace).Counts); diff != "" {
		t.Errorf("the cycle under way (-want +got):\n%s", diff)
	}
	f, _ = Fold(f, []Count{grown}, t0.Add(pace.Bucket+pace.Late), pace)
	if !f.ReadFrom().After(t0) || len(f.Recent) != 0 {
		t.Errorf("the bucket is read from %v though nothing comes to it any more", f.ReadFrom())
	}
	f, _ = Fold(f, []Count{grown}, t0.Add(2*time.Minute), pace) // whoever reads too far back changes nothing
	if diff := gocmp.Diff(want, f.Open.Counts); diff != "" {
		t.Errorf("settled (-want +got):\n%s", diff)
	}
	if diff := gocmp.Diff(want, f.Totals); diff != "" {
		t.Errorf("totals (-want +got):\n%s", diff)
	}
	if want := t0.Add(50 * time.Second); !f.LastRequest.Equal(want) || !f.LastSuccess.Equal(want) {
		t.Errorf("last request %v, last success %v, want %v", f.LastRequest, f.LastSuccess, want)
	}
}

func TestFoldClosesInTime(t *testing.T) {
	t.Parallel()
	pace := DefaultPace()
	requests := burst(t0, 5, 0)
	last := end(requests)
	f, closed := fold(Facts{}, requests, last, pace)
	if len(closed) != 0 || f.Current(last, pace) == nil {
		t.Fatalf("closed at once: %v", closed)
	}
	gap, final := last.Add(pace.Gap), last.Add(pace.Gap+pace.Bucket+pace.Late)
	if f.Current(gap.Add(-1), pace) == nil || f.Current(gap, pace) != nil {
		t.Errorf("it is seen as under way before its end, and not after")
	}
	f, closed = Fold(f, nil, final.Add(-1), pace)
	if len(closed) != 0 {
		t.Fatalf("closed before nothing can belong to it any more: %v", closed)
	}
	f, closed = Fold(f, nil, final, pace)
	if len(closed) != 1 || closed[0].Kind != Initial || len(f.Cycles) != 1 {
		t.Errorf("closed %v, remembered %v", closed, f.Cycles)
	}
	if _, closed = Fold(f, nil, final.Add(time.Hour), pace); len(closed) != 0 {
		t.Errorf("closed twice: %v", closed)
	}
}

func TestKind(t *testing.T) {
	t.Parallel()
	pace := DefaultPace()
	find := func(at time.Time, n int64) []request {
		return []request{{at: at, resource: "User", action: Read, outcome: Accepted, n: n}}
	}
	next := t0.Add(40 * time.Minute)
	for name, tc := range map[string]struct {
		requests []request
		users    int64
		want     []Kind
	}{
		"a connection test":                      {find(t0, 2), 0, []Kind{Probe}},
		"refused credentials":                    {refusals(t0, 50), 0, []Kind{Probe}},
		"a test, then users":                     {append(find(t0, 2), burst(next, 10, 0)...), 10, []Kind{Probe, Initial}},
		"users that exist already are found":     {find(t0, pace.Probe+1), 6, []Kind{Initial}},
		"every change refused":                   {burst(t0, 0, 3), 0, []Kind{Initial}},
		"then what changed":                      {append(burst(t0, 100, 0), burst(next, 3, 1)...), 100, []Kind{Initial, Incremental}},
		"then nothing but finds":                 {append(burst(t0, 100, 0), find(next, 2)...), 100, []Kind{Initial, Incremental}},
		"walked again":                           {append(burst(t0, 100, 0), burst(next, 60, 0)...), 100, []Kind{Initial, Initial}},
		"less than half of it":                   {append(burst(t0, 100, 0), burst(next, 40, 0)...), 100, []Kind{Initial, Incremental}},
		"as many requests, of a grown directory": {append(burst(t0, 100, 0), burst(next, 60, 0)...), 1_000, []Kind{Initial, Incremental}},
		"a tiny directory walks with each cycle": {append(burst(t0, 10, 0), burst(next, 10, 0)...), 10, []Kind{Initial, Incremental}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, closed := fold(Facts{Users: tc.users}, tc.requests, t0.Add(24*time.Hour), pace)
			var got []Kind
			for _, c := range closed {
				got = append(got, c.Kind)
			}
			if diff := gocmp.Diff(tc.want, got); diff != "" {
				t.Errorf("kinds (-want +got):\n%s", diff)
			}
		})
	}
}

func TestSummary(t *testing.T) {
	t.Parallel()
	c := Cycle{Kind: Initial, Started: t0, Ended: t0.Add(time.Minute)}
	for _, r := range []Count{
		{Resource: "User", Action: Read, Outcome: Accepted, Count: 100},
		{Resource: "User", Action: Create, Outcome: Accepted, Count: 50, Duration: time.Second},
		{Resource: "User", Action: Update, Outcome: Unchanged, Count: 10},
		{Resource: "User", Action: Update, Outcome: Refused, Count: 7},
		{Resource: "User", Action: Delete, Outcome: Held, Count: 3},
		{Resource: "User", Action: Create, Outcome: Failed, Count: 2},
		{Resource: "User", Action: Create, Outcome: Limited, Count: 4},
		{Resource: "Group", Action: MemberAdd, Outcome: Accepted, Count: 900},
		{Resource: "Group", Action: Reference, Outcome: Refused, Count: 20},
		{Action: Other, Outcome: Accepted, Count: 1},
		{Action: Authenticate, Outcome: Unauthorized, Count: 5, Duration: time.Second},
		{Action: Authenticate, Outcome: Limited, Count: 8},
	} {
		c.Counts = add(c.Counts, []Count{r})
	}
	want := Summary{
		Kind: Initial, Started: t0, Ended: t0.Add(time.Minute), Requests: 1110, Succeeded: 1061, Changes: 76, Failed: 16,
		References: 20, Unauthorized: 5, Strangers: 13, Errors: 6, Duration: 2 * time.Second,
	}
	s := c.Summary()
	if diff := gocmp.Diff(want, s); diff != "" {
		t.Errorf("summary (-want +got):\n%s", diff)
	}
	if got, want := s.FailureRatio(), 16.0/76; got != want {
		t.Errorf("failure ratio %v, want %v", got, want)
	}
	if got, want := s.Rate(), 1110.0/60; got != want {
		t.Errorf("rate %v, want %v", got, want)
	}
}

func TestUsual(t *testing.T) {
	t.Parallel()
	pace := DefaultPace()
	cycles := func(bad int, pauses ...time.Duration) []request {
		list := burst(t0, 20, 0)
		at := t0
		for _, p := range pauses {
			at = at.Add(p)
			list = append(list, burst(at, 20, bad)...)
		}
		return list
	}
	m := func(list ...int) (out []time.Duration) {
		for _, n := range list {
			out = append(out, time.Duration(n)*time.Minute)
		}
		return out
	}
	for name, tc := range map[string]struct {
		requests []request
		want     time.Duration
	}{
		"too few":             {cycles(0, m(40, 40, 40, 40, 40)...), 0},
		"Entra":               {cycles(0, m(40, 41, 40, 39, 40, 40)...), 40 * time.Minute},
		"one cycle left out":  {cycles(0, m(40, 40, 80, 40, 40, 40)...), 40 * time.Minute},
		"events":              {cycles(0, m(15, 200, 30, 90, 12, 400, 60, 25)...), 0},
		"a night":             {cycles(0, m(40, 40, 40, 40, 40, 40, 900, 40, 40)...), 40 * time.Minute},
		"irregular again":     {cycles(0, m(40, 40, 40, 40, 40, 40, 15, 200, 30, 90, 12, 400, 60, 25)...), 0},
		"kept in quarantine":  {cycles(20, m(40, 40, 40, 40, 40, 40, 360, 360, 720, 1440, 1440, 1440, 1440, 1440, 1440, 1440)...), 40 * time.Minute},
		"daily":               {cycles(0, m(1440, 1440, 1440, 1440, 1440, 1440)...), 24 * time.Hour},
		"strangers are none":  {append(cycles(0, m(40, 40, 40, 40, 40, 40)...), every(t0.Add(20*time.Minute), 40*time.Minute, 6, func(at time.Time) []request { return refusals(at, 1) })...), 40 * time.Minute},
		"it becomes a slower": {cycles(0, m(40, 40, 40, 40, 40, 40, 120, 120, 120, 120, 120, 120)...), 2 * time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f, _ := fold(Facts{}, tc.requests, t0.Add(60*24*time.Hour), pace)
			if f.Usual != tc.want {
				t.Errorf("usual %v, want %v", f.Usual, tc.want)
			}
		})
	}
}
