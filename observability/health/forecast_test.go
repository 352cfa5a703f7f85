package health

import (
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
)

// What people read, as it is.
func TestTexts(t *testing.T) {
	t.Parallel()
	pace := DefaultPace()
	first := steadyEnd + tick
	failed := append(steady(), big(t0.Add(first), 5*time.Minute, 50, 50)...)
	for name, tc := range map[string]struct {
		look
		text, forecast string
	}{
		"41 of 100": {
			look{requests: big(t0, 90*time.Second, 59, 41), after: 2 * time.Minute},
			"41 of 100 changes failed in this cycle (41 %).",
			"41 of 100 changes failed in this cycle; Entra quarantines above 40 % from 5,000 failures; at this rate in about 3 h.",
		},
		"when the cycle has ended": {
			look{requests: big(t0, 90*time.Second, 59, 41), after: time.Hour},
			"41 of 100 changes failed in the last cycle (41 %).",
			"41 of 100 changes failed in the last cycle; Entra quarantines above 40 % from 5,000 failures; that is 4,959 failures away.",
		},
		"30 %": {
			look{requests: big(t0, 90*time.Second, 70, 30), after: 2 * time.Minute},
			"30 of 100 changes failed in this cycle (30 %).",
			"30 of 100 changes failed in this cycle; Entra quarantines above 40 % from 5,000 failures, or from 40,000 whatever their share.",
		},
		"reached": {
			look{requests: big(t0, time.Hour, 5_000, 5_001), after: time.Hour + time.Minute},
			"5,001 of 10,001 changes failed in this cycle (50 %).",
			"5,001 of 10,001 changes failed in this cycle; Entra quarantines above 40 % from 5,000 failures, or from 40,000 whatever their share: that is reached, so a quarantine is to be expected.",
		},
		"one of two": {
			look{requests: big(t0, 10*time.Second, 1, 1), after: time.Hour},
			"1 of 2 changes failed in the last cycle (50 %).",
			"1 of 2 changes failed in the last cycle; Entra quarantines above 40 % from 5,000 failures, which is far.",
		},
		"one of one": {
			look{requests: big(t0, 10*time.Second, 0, 1), after: time.Hour},
			"1 of 1 change failed in the last cycle (100 %).",
			"1 of 1 change failed in the last cycle; Entra quarantines above 40 % from 5,000 failures, which is far.",
		},
		"a token": {
			look{facts: Facts{Tokens: Tokens{Count: 1, Expires: t0.Add(6 * day)}}},
			"The token expires in 6 days, on 8 March 2026.",
			"The token expires in 6 days. Make another and enter it at the provider; until then both work.",
		},
		"a token of several": {
			look{facts: Facts{Tokens: Tokens{Count: 2, Expires: t0.Add(20 * time.Hour)}}},
			"One of 2 tokens expires in 20 h, on 3 March 2026.",
			"One of 2 tokens expires in 20 h. Make another and enter it at the provider; until then both work.",
		},
		"an expired token": {
			look{facts: Facts{Tokens: Tokens{Expires: t0.Add(-2 * time.Hour)}}},
			"The token expired 2 h ago.",
			"Every request is refused with 401 until another token is entered at the provider; Entra quarantines a job for that.",
		},
		"a first sync": {
			look{requests: burst(t0, 60, 0), after: time.Minute},
			"The initial sync is under way: 120 requests so far.", "120 requests so far.",
		},
		"a sync that reads pages": {
			look{requests: []request{
				{at: t0, resource: "User", action: Read, outcome: Accepted, n: 10, position: 1_000, total: 4_000},
				{at: t0.Add(time.Minute), resource: "User", action: Read, outcome: Accepted, position: 1_200, total: 4_000},
			}, after: 2 * time.Minute},
			"The initial sync is under way: about 2 min left: 1,200 of 4,000 entries read.",
			"About 2 min left: 1,200 of 4,000 entries read.",
		},
		"a sync that finds by a filter": {
			look{requests: append(burst(t0, 60, 0), request{at: t0.Add(30 * time.Second), resource: "User", action: Read, outcome: Accepted, total: 1}), after: time.Minute},
			"The initial sync is under way: 121 requests so far.", "121 requests so far.",
		},
		"a sync like the last": {
			look{requests: join(big(t0, 10*time.Minute, 4_000, 0), big(t0.Add(2*time.Hour), 2*time.Minute, 2_400, 0)), facts: Facts{Users: 4_000}, after: 2*time.Hour + 2*time.Minute},
			"The initial sync is under way: about 80 s left: 2,400 of about 4,000 requests.",
			"About 80 s left: 2,400 of about 4,000 requests.",
		},
		"stale": {
			look{requests: steady(), after: steadyEnd + 26*time.Hour},
			"Last heard 26 h ago, usually every 40 min.",
			"If it stays silent, Entra has disabled the job or its credentials: look at it there.",
		},
		"a quarantine": {
			look{requests: failed, after: first + 3*time.Hour},
			"The last cycle failed 3 h ago and none has come since, instead of every 40 min.",
			"If it is a quarantine, Entra tries again at about 19:20 UTC on 2 March, and disables the job on 30 March 2026. Once the cause is gone, provisioning can be restarted there at once.",
		},
		"an attempt": {
			look{requests: append(failed, big(t0.Add(first+6*time.Hour), time.Minute, 1, 1)...), after: first + 7*time.Hour},
			"1 cycle has come since changes fail, hours apart instead of every 40 min, and failed.",
			"If it is a quarantine, Entra tries again at about 01:20 UTC on 3 March, and disables the job on 30 March 2026. Once the cause is gone, provisioning can be restarted there at once.",
		},
		"held": {
			look{facts: Facts{Hold: &Hold{OpenedAt: t0, Held: 600}}},
			"Deletions are held since 08:00 UTC on 2 March because there were too many at once: 600 wait.",
			"They stay held until somebody approves or rejects them; other changes go on.",
		},
		"healthy": {
			look{requests: steady(), after: steadyEnd + time.Minute},
			"",
			"20 changes in this cycle, and none failed.",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			now := t0.Add(tc.after)
			f, _ := fold(tc.facts, tc.requests, now, pace)
			v := Evaluate(f, now, pace)
			text := ""
			if len(v.Reasons) > 0 {
				text = v.Reasons[0].Text
			}
			if diff := gocmp.Diff(tc.text, text); diff != "" {
				t.Errorf("text (-want +got):\n%s", diff)
			}
			if diff := gocmp.Diff(tc.forecast, v.Forecast); diff != "" {
				t.Errorf("forecast (-want +got):\n%s", diff)
			}
		})
	}
}

func TestProgress(t *testing.T) {
	t.Parallel()
	pace := DefaultPace()
	initial := big(t0, 10*time.Minute, 4_000, 0)
	second := t0.Add(2 * time.Hour)
	small := big(t0.Add(time.Hour), time.Minute, 100, 0)
	for name, tc := range map[string]struct {
		requests []request
		at       time.Time
		want     *Progress
	}{
		"nothing to compare":       {initial, t0.Add(10 * time.Minute), nil},
		"none under way":           {initial, t0.Add(time.Hour), nil},
		"the same kind":            {join(initial, small, big(second, time.Minute, 25, 0)), second.Add(time.Minute), &Progress{0.25, second.Add(4 * time.Minute), LastCycle, 25, 100}},
		"as many":                  {join(initial, small, big(second, time.Minute, 100, 0)), second.Add(time.Minute), &Progress{0.99, time.Time{}, LastCycle, 100, 100}},
		"more":                     {join(initial, small, big(second, time.Minute, 120, 0)), second.Add(time.Minute), &Progress{0.99, time.Time{}, LastCycle, 120, 100}},
		"far more is another kind": {join(initial, small, big(second, time.Minute, 151, 0)), second.Add(time.Minute), nil},
		"too few to tell a rate":   {join(initial, small, big(second, time.Minute, 5, 0)), second.Add(time.Minute), &Progress{0.05, time.Time{}, LastCycle, 5, 100}},
		"a restart":                {join(initial, small, big(second, time.Minute, 3_000, 0)), second.Add(time.Minute), &Progress{0.75, second.Add(80 * time.Second), LastCycle, 3_000, 4_000}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f, _ := fold(Facts{Users: 4_000}, tc.requests, tc.at, pace)
			if diff := gocmp.Diff(tc.want, Evaluate(f, tc.at, pace).Progress); diff != "" {
				t.Errorf("progress (-want +got):\n%s", diff)
			}
		})
	}
}

// A cycle that turns out to walk the directory again was taken for a short one: until its progress has caught up with what
// was shown of that, nothing is shown.
func TestProgressOfARestartIsNotShownTwice(t *testing.T) {
	t.Parallel()
	pace := DefaultPace()
	at := t0.Add(2 * time.Hour)
	requests := join(big(t0, 10*time.Minute, 4_000, 0), big(t0.Add(time.Hour), time.Minute, 100, 0),
		[]request{{at: at, resource: "User", action: Read, outcome: Accepted, n: 80}}, big(at.Add(time.Minute), 9*time.Minute, 3_900, 0))
	var got []float64
	f := Facts{Users: 4_000}
	for i := range 11 {
		now := at.Add(time.Duration(i) * time.Minute)
		f, _ = fold(f, requests, now, pace)
		p := Evaluate(f, now, pace).Progress
		if p == nil {
			p = &Progress{Ratio: -1}
		}
		got = append(got, p.Ratio)
	}
	if diff := gocmp.Diff([]float64{0.8, -1, -1, -1, -1, -1, -1, -1, 0.8, 0.8975, 0.99}, got); diff != "" {
		t.Errorf("progress by the minute (-want +got):\n%s", diff)
	}
}
