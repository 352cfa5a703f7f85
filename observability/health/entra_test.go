package health

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the story under testdata instead of comparing with it")

// entra is Microsoft Entra's side of a job, as it is described: a cycle every 40 minutes; quarantine when more than 40 % of
// the changes of a cycle fail and at least 5,000 do, or when no request of three cycles succeeds; then attempts 6, 12 and 24
// hours after the first failure and daily, until 28 days have passed.
type entra struct {
	pace     Pace
	sent     []request
	failed   time.Time // the first failure of the quarantine, zero for none
	shutOut  int       // cycles without a success, one after the other
	since    time.Time // of those
	disabled bool
}

// server is how the server answers at a time.
type server struct {
	bad     func(at time.Time) int64 // changes that fail, of 100
	expired func(at time.Time) bool
}

// cycle sends the changes of one cycle in parts of a minute, each after a find, and returns when the next begins.
func (e *entra) cycle(s server, at time.Time, changes int64) time.Time {
	const perMinute = 600
	failed := int64(0)
	if s.expired(at) {
		e.sent = append(e.sent, request{at: at, action: Authenticate, outcome: Unauthorized})
		if e.shutOut++; e.shutOut == 1 {
			e.since = at
		}
	} else {
		e.shutOut = 0
		e.sent = append(e.sent, request{at: at, resource: "User", action: Read, outcome: Accepted})
		for done, part := int64(0), at; done < changes; part = part.Add(time.Minute) {
			n := min(perMinute, changes-done)
			bad := n * s.bad(part) / 100
			done += n
			failed += bad
			for _, r := range []request{
				{at: part, resource: "User", action: Read, outcome: Accepted, n: n},
				{at: part.Add(59 * time.Second), resource: "User", action: Update, outcome: Accepted, n: n - bad},
				{at: part.Add(59 * time.Second), resource: "User", action: Update, outcome: Refused, n: bad},
			} {
				if r.n > 0 {
					e.sent = append(e.sent, r)
				}
			}
		}
	}
	p := e.pace
	switch {
	case e.shutOut >= p.FailedCycles && e.failed.IsZero():
		e.failed = e.since
	case failed >= p.FailuresAssessed && float64(failed) > p.FailureRatio*float64(changes) && e.failed.IsZero():
		e.failed = at
	case failed == 0 && e.shutOut == 0:
		e.failed = time.Time{}
	}
	if e.failed.IsZero() {
		return at.Add(p.Cadence)
	}
	e.disabled = !at.Before(e.failed.Add(p.Disabled))
	for _, retry := range p.Retries {
		if next := e.failed.Add(retry); next.After(at) {
			return next
		}
	}
	return at.Add(p.Daily)
}

// watch evaluates as the worker does: whenever something was heard, and else when it is due. It returns what changed and
// what was told, a line each.
func watch(p played, pace Pace) (lines []string) {
	var facts Facts
	var before Verdict
	var told Told
	now := t0
	for next, from := 0, 0; now.Before(p.ends); {
		p.know(&facts, now)
		for from < next && p.sent[from].at.Truncate(pace.Bucket).Before(facts.ReadFrom()) {
			from++
		}
		facts, _ = Fold(facts, counted(p.sent[from:next], facts.ReadFrom(), now, pace), now, pace)
		v := Evaluate(facts, now, pace)
		elapsed := now.Sub(t0)
		at := fmt.Sprintf("day %2d %02d:%02d", elapsed/day, elapsed%day/time.Hour, elapsed%time.Hour/time.Minute)
		if v.State != before.State || v.Severity != before.Severity {
			lines = append(lines, fmt.Sprintf("%s  %-22s %-8s %s", at, v.State, v.Severity, v.Forecast))
		}
		var news []News
		news, told = Notices(before, v, told, now, pace)
		for _, n := range news {
			lines = append(lines, fmt.Sprintf("%s      mail: %s, to %s: %s", at, n.Kind, n.To, strings.Join(n.Lines, " ")))
		}
		before = v
		due := soonest(v.DueAt, told.Due(pace))
		if next < len(p.sent) && (due.IsZero() || !p.sent[next].at.After(due)) {
			now = later(now, p.sent[next].at).Add(pace.Bucket / 60)
			for next < len(p.sent) && !p.sent[next].at.After(now) {
				next++
			}
		} else if due.IsZero() {
			break
		} else {
			now = due
		}
	}
	return lines
}

// played is what happens to a tenant of 15,000 users in some weeks: what Entra sends, and what the store of tenants knows.
type played struct {
	sent []request
	know func(f *Facts, now time.Time)
	ends time.Time
}

func playEntra(pace Pace) played {
	const users = 15_000
	job := &entra{pace: pace}
	var (
		begins  = t0.Add(time.Hour)      // provisioning is started
		thirty  = t0.Add(10 * time.Hour) // 30 % fail
		mapping = t0.Add(14 * time.Hour) // a mapping is changed and the job restarted: 45 % fail
		mended  = t0.Add(14*time.Hour + 40*time.Hour)
		expires = t0.Add(40 * day)
		renewed = t0.Add(75 * day)
		ends    = t0.Add(76 * day)
	)
	s := server{
		bad: func(at time.Time) int64 {
			switch {
			case at.Before(thirty) || !at.Before(mended):
				return 0
			case at.Before(mapping):
				return 30
			}
			return 45
		},
		expired: func(at time.Time) bool { return !at.Before(expires) && at.Before(renewed) },
	}
	job.sent = append(job.sent, request{at: t0.Add(20 * time.Minute), resource: "User", action: Read, outcome: Accepted, n: 2})
	at := job.cycle(s, begins, users)
	for restarted, again := false, false; at.Before(ends); {
		changes := int64(40)
		switch {
		case !restarted && !at.Before(mapping):
			restarted, changes = true, users
		case job.disabled && !again:
			again, job.disabled, at = true, false, renewed // somebody starts the job again
			job.failed, job.shutOut = time.Time{}, 0
		case !job.failed.IsZero():
			changes = 300 // what failed is tried again
		}
		at = job.cycle(s, at, changes)
	}
	return played{job.sent, func(f *Facts, now time.Time) {
		f.Users = 0
		if now.After(begins.Add(time.Hour)) {
			f.Users = users
		}
		f.Tokens = Tokens{Count: 1, Expires: expires}
		switch {
		case !now.Before(renewed):
			f.Tokens.Expires = renewed.Add(365 * day)
		case !now.Before(expires):
			f.Tokens.Count = 0
		}
	}, ends}
}

// TestEntra compares the states and mails with a story that can be read.
func TestEntra(t *testing.T) {
	t.Parallel()
	pace := DefaultPace()
	p := playEntra(pace)
	lines := watch(p, pace)
	got := strings.Join(lines, "\n") + "\n"
	path := filepath.Join("testdata", "entra.txt")
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := gocmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
		t.Errorf("the story (-told +seen), which -update writes anew:\n%s", diff)
	}
}

// TestEntraFaster plays the same sixty times as fast.
func TestEntraFaster(t *testing.T) {
	t.Parallel()
	const n = 60
	pace := DefaultPace()
	p := playEntra(pace)
	states := func(lines []string) (states []string) {
		for _, line := range lines {
			if fields := strings.Fields(line); fields[3] != "mail:" {
				states = append(states, fields[3]+" "+fields[4])
			}
		}
		return states
	}
	want := states(watch(p, pace))
	fast := played{know: func(f *Facts, now time.Time) {
		p.know(f, t0.Add(now.Sub(t0)*n))
		f.Tokens.Expires = t0.Add(f.Tokens.Expires.Sub(t0) / n)
	}, ends: t0.Add(p.ends.Sub(t0) / n)}
	for _, r := range p.sent {
		r.at = t0.Add(r.at.Sub(t0) / n)
		fast.sent = append(fast.sent, r)
	}
	if diff := gocmp.Diff(want, states(watch(fast, pace.Faster(n)))); diff != "" {
		t.Errorf("states (-at Entra's pace +faster):\n%s", diff)
	}
}
