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
	users    int64
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

// watch evaluates as the worker does: whenever something was heard, and else when it is due. It returns what changed, a
// line each, what was told, and how often it looked while nothing was heard.
func watch(facts Facts, requests []request, change func(f *Facts, now time.Time), until time.Time, pace Pace) (lines []string, idle int) {
	var before Verdict
	var told Told
	now := t0
	for next := 0; now.Before(until); {
		change(&facts, now)
		var closed []Cycle
		facts, closed = Fold(facts, counted(requests[:next], facts.ReadFrom(), now, pace), now, pace)
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
		if len(closed) == 0 {
			idle++
		}
		before = v
		due := soonest(v.DueAt, told.Due(pace))
		if next < len(requests) && (due.IsZero() || !requests[next].at.After(due)) {
			now = later(now, requests[next].at).Add(time.Second)
			for next < len(requests) && !requests[next].at.After(now) {
				next++
			}
			idle--
		} else if due.IsZero() {
			break
		} else {
			now = due
		}
	}
	return lines, idle
}

// TestEntra plays some weeks of a tenant of 15,000 users, and compares the states and mails with a story that can be read.
func TestEntra(t *testing.T) {
	t.Parallel()
	pace := DefaultPace()
	job := &entra{pace: pace, users: 15_000}
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
	at := job.cycle(s, begins, job.users)
	for restarted, again := false, false; at.Before(ends); {
		changes := int64(40)
		switch {
		case !restarted && !at.Before(mapping):
			restarted, changes = true, job.users
		case job.disabled && !again:
			again, job.disabled, at = true, false, renewed // somebody starts the job again
			job.failed, job.shutOut = time.Time{}, 0
		case !job.failed.IsZero():
			changes = 300 // what failed is tried again
		}
		at = job.cycle(s, at, changes)
	}
	lines, _ := watch(Facts{}, job.sent, func(f *Facts, now time.Time) {
		f.Users = 0
		if now.After(begins.Add(time.Hour)) {
			f.Users = job.users
		}
		f.Tokens = Tokens{Count: 1, Expires: expires}
		switch {
		case !now.Before(renewed):
			f.Tokens.Expires = renewed.Add(365 * day)
		case !now.Before(expires):
			f.Tokens.Count = 0
		}
	}, ends, pace)
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
