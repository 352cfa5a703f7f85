package health

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
)

// Facts that a program stored are read by all that come after it. A file is never changed: a new version adds one.
func TestStoredFactsAreRead(t *testing.T) {
	t.Parallel()
	pace := DefaultPace()
	read := func(name string) Facts {
		text, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		var f Facts
		if err := json.Unmarshal(text, &f); err != nil {
			t.Fatal(err)
		}
		return f
	}
	f := read("facts_v1.json")
	now := t0.Add(steadyEnd + 5*time.Minute)
	v := Evaluate(f, now, pace)
	if v.State != AtRisk || v.Cadence != tick || v.Failed != 41 || v.Changes != 100 {
		t.Errorf("verdict %+v", v)
	}
	f, closed := Fold(f, nil, now.Add(time.Hour), pace)
	if len(closed) != 1 || closed[0].Summary().Failed != 41 || f.Version != FactsVersion {
		t.Errorf("closed %+v, version %d", closed, f.Version)
	}
	for _, text := range []string{`{}`, `{"version":0}`, `{"version":1,"of_a_later_program":{"a":1}}`} {
		var f Facts
		if err := json.Unmarshal([]byte(text), &f); err != nil {
			t.Errorf("%s: %v", text, err)
		} else if v := Evaluate(f, now, pace); v.State != AwaitingFirstRequest {
			t.Errorf("%s: %s", text, v.State)
		}
	}
}

// However long a tenant lives, its facts stay small, and so does the number of times that a silent one is looked at.
func TestFactsAreBounded(t *testing.T) {
	t.Parallel()
	pace := DefaultPace()
	f := Facts{Users: 1_000_000, Tokens: Tokens{Count: 2, Expires: t0.Add(40 * day)}}
	actions := []Action{Read, Create, Update, Disable, Restore, Delete, MemberAdd, MemberRemove, Reference, Authenticate, Other}
	outcomes := []Outcome{Accepted, Unchanged, Refused, Failed, Limited, Held, Unauthorized, Forbidden}
	at := t0
	for range 200 {
		var list []request
		for minute := range 3 {
			for _, resource := range []string{"", "User", "Group"} {
				for i, action := range actions {
					list = append(list, request{at: at.Add(time.Duration(minute) * time.Minute), resource: resource, action: action, outcome: outcomes[i%len(outcomes)], n: 1_234_567, took: time.Hour})
				}
			}
		}
		f, _ = fold(f, list, end(list), pace)
		at = at.Add(tick)
	}
	text, err := json.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	if len(f.Cycles) != MaxCycles || len(text) > 64<<10 {
		t.Errorf("%d cycles, %d bytes", len(f.Cycles), len(text))
	}
	looked := 0
	for now := at; now.Before(at.Add(365 * day)); looked++ {
		due := Evaluate(f, now, pace).DueAt
		f, _ = Fold(f, nil, now, pace)
		if due.IsZero() {
			break
		}
		now = due
	}
	if looked > 300 {
		t.Errorf("a silent tenant was looked at %d times in a year", looked)
	}
}

func TestFaster(t *testing.T) {
	t.Parallel()
	pace := DefaultPace()
	if diff := gocmp.Diff(pace, pace.Faster(1)); diff != "" {
		t.Errorf("as fast (-want +got):\n%s", diff)
	}
	fast := pace.Faster(60)
	got := fmt.Sprintln(fast.Bucket, fast.Late, fast.Gap, fast.Cadence, fast.Retries, fast.Daily, fast.Disabled, fast.Stale, fast.TokenNotice, fast.TellAgain)
	want := "1s 5s 10s 40s [6m0s 12m0s 24m0s] 24m0s 11h12m0s 24m0s 12h0m0s 24m0s\n"
	if got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if fast.Slow != pace.Slow || fast.FewFailures != pace.FewFailures || fast.FailureRatio != pace.FailureRatio {
		t.Errorf("what is not the provider's time has changed: %+v", fast)
	}
	if pace.Retries[0] != 6*time.Hour {
		t.Errorf("the pace itself was changed: %v", pace.Retries)
	}
}
