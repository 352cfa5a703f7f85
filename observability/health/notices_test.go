package health

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

// verdict returns one with the given reasons, such as "changes_failing warning".
func verdict(reasons ...string) Verdict {
	v := Verdict{State: Healthy}
	for _, text := range reasons {
		code, name, _ := strings.Cut(text, " ")
		severity := map[string]Severity{"notice": Notice, "warning": Warning, "critical": Critical}[name]
		v.Reasons = append(v.Reasons, Reason{Code(code), AtRisk, severity, code + " is " + name + "."})
		v.State, v.Severity = AtRisk, max(v.Severity, severity)
	}
	return v
}

// told is a step of a table: a time, what is so then, and the news of it.
type toldStep struct {
	at   time.Duration
	is   []string
	want string
}

func brief(list []News) string {
	var texts []string
	for _, n := range list {
		var codes []string
		for _, c := range n.Codes {
			codes = append(codes, string(c))
		}
		texts = append(texts, string(n.Kind)+" "+strings.Join(codes, ","))
	}
	return strings.Join(texts, "; ")
}

func TestNotices(t *testing.T) {
	t.Parallel()
	const warn, bad, widened = "changes_failing warning", "changes_failing critical", "cadence_widened critical"
	for name, steps := range map[string][]toldStep{
		"a notice is not told": {{0, []string{"token_expiring notice"}, ""}, {day, nil, ""}},
		"worse and over":       {{0, []string{warn}, "worse changes_failing"}, {time.Minute, []string{warn}, ""}, {time.Hour, nil, "recovered changes_failing"}, {day, nil, ""}},
		"over when it is only a notice": {
			{0, []string{warn}, "worse changes_failing"}, {time.Hour, []string{"changes_failing notice"}, "recovered changes_failing"},
		},
		"worse still":      {{0, []string{warn}, "worse changes_failing"}, {time.Hour, []string{bad}, "worse changes_failing"}, {2 * time.Hour, []string{bad}, ""}},
		"less is no news":  {{0, []string{bad}, "worse changes_failing"}, {time.Hour, []string{warn}, ""}, {2 * time.Hour, []string{bad}, ""}, {3 * time.Hour, nil, "recovered changes_failing"}},
		"again after 24 h": {{0, []string{warn}, "worse changes_failing"}, {day - 1, []string{warn}, ""}, {day, []string{warn}, "again changes_failing"}, {day + 1, []string{warn}, ""}},
		"then ever more seldom": {
			{0, []string{warn}, "worse changes_failing"},
			{day, []string{warn}, "again changes_failing"},
			{3*day - 1, []string{warn}, ""},
			{3 * day, []string{warn}, "again changes_failing"},
			{7 * day, []string{warn}, "again changes_failing"},
			{14*day - 1, []string{warn}, ""},
			{14 * day, []string{warn}, "again changes_failing"},
			{21 * day, []string{warn}, "again changes_failing"},
		},
		"two in one mail": {{0, []string{widened, warn}, "worse cadence_widened,changes_failing"}, {time.Hour, nil, "recovered cadence_widened,changes_failing"}},
		"one comes, one goes": {
			{0, []string{warn}, "worse changes_failing"}, {time.Hour, []string{widened}, "worse cadence_widened,changes_failing"},
		},
		"again together, none before 24 h": {
			{0, []string{warn}, "worse changes_failing"},
			{10 * time.Hour, []string{widened, warn}, "worse cadence_widened"},
			{day, []string{widened, warn}, ""},
			{34*time.Hour - 1, []string{widened, warn}, ""},
			{34 * time.Hour, []string{widened, warn}, "again cadence_widened,changes_failing"},
		},
		"it comes and goes": {
			{0, []string{warn}, "worse changes_failing"},
			{time.Hour, nil, "recovered changes_failing"},
			{2 * time.Hour, []string{warn}, ""},
			{3 * time.Hour, nil, ""},
			{4 * time.Hour, []string{warn}, ""},
			{5 * time.Hour, nil, ""},
			{day - 1, nil, ""},
			{day, nil, "digest changes_failing"},
			{2 * day, nil, ""},
		},
		"and is so when a day has passed": {
			{0, []string{warn}, "worse changes_failing"},
			{time.Hour, nil, "recovered changes_failing"},
			{2 * time.Hour, []string{warn}, ""},
			{day, []string{warn}, "digest changes_failing"},
			{25 * time.Hour, nil, "recovered changes_failing"},
		},
		"it comes back worse": {
			{0, []string{warn}, "worse changes_failing"}, {time.Hour, nil, "recovered changes_failing"}, {2 * time.Hour, []string{bad}, "worse changes_failing"},
		},
		"it comes back the next day": {
			{0, []string{warn}, "worse changes_failing"}, {time.Hour, nil, "recovered changes_failing"}, {25 * time.Hour, []string{warn}, "worse changes_failing"},
		},
		"a token that has expired is not over": {
			{0, []string{"token_expiring critical"}, "worse token_expiring"},
			{time.Hour, []string{"token_expired critical"}, "worse token_expired"},
			{2 * time.Hour, nil, "recovered token_expired"},
		},
		"nothing is over while the tenant is not served": {
			{0, []string{warn, "guard_held warning"}, "worse changes_failing,guard_held"},
			{time.Hour, []string{"paused notice"}, "recovered guard_held"},
			{2 * day, []string{"paused notice"}, ""},
			{3 * day, []string{warn}, "again changes_failing"},
			{3*day + time.Hour, nil, "recovered changes_failing"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var before Verdict
			var told Told
			for _, step := range steps {
				now := t0.Add(step.at)
				v := verdict(step.is...)
				var news []News
				news, told = Notices(before, v, told, now, DefaultPace())
				if got := brief(news); got != step.want {
					t.Errorf("after %v, %v: %q, want %q", step.at, step.is, got, step.want)
				}
				before = v
			}
		})
	}
}

func TestNewsSayAll(t *testing.T) {
	t.Parallel()
	before, after := verdict("changes_failing warning"), verdict("credentials_failing critical", "token_expiring notice")
	after.Forecast = "It will be bad."
	_, told := Notices(Verdict{}, before, Told{}, t0, DefaultPace())
	news, _ := Notices(before, after, told, t0.Add(time.Hour), DefaultPace())
	want := []News{{
		Key: "2:worse:credentials_failing+changes_failing", Kind: Worse, To: []Audience{ToTenant, ToOperator},
		Codes:   []Code{CodeCredentials, CodeChanges},
		Lines:   []string{"credentials_failing is critical.", "It is over: changes failed."},
		Reasons: after.Reasons, Before: AtRisk, State: AtRisk, Severity: Critical, Forecast: "It will be bad.", At: t0.Add(time.Hour),
	}}
	if diff := gocmp.Diff(want, news); diff != "" {
		t.Errorf("news (-want +got):\n%s", diff)
	}
	again, _ := Notices(before, after, told, t0.Add(61*time.Minute), DefaultPace())
	if again[0].Key != news[0].Key {
		t.Errorf("made again from what was stored they have the key %q, not %q", again[0].Key, news[0].Key)
	}
	ours, _ := Notices(Verdict{}, verdict("connection_failing warning"), Told{}, t0, DefaultPace())
	if diff := gocmp.Diff([]Audience{ToOperator}, ours[0].To); diff != "" {
		t.Errorf("errors of ours (-want +got):\n%s", diff)
	}
}

// All codes in turn come and go: after as many mails as a day may have, the rest is gathered, but not what is critical.
func TestDigestRatherThanFlood(t *testing.T) {
	t.Parallel()
	pace := DefaultPace()
	var told Told
	var before Verdict
	var got []string
	tell := func(at time.Duration, is ...string) {
		v := verdict(is...)
		news, next := Notices(before, v, told, t0.Add(at), pace)
		before, told = v, next
		for _, n := range news {
			got = append(got, fmt.Sprintf("%v %s %d lines", at, n.Kind, len(n.Lines)))
		}
	}
	tell(0, "changes_failing warning")
	tell(1*time.Hour, "guard_held warning")
	tell(2*time.Hour, "silent warning")
	tell(3*time.Hour, "token_expiring warning")
	tell(4*time.Hour, "connection_failing warning") // and token_expiring is over: gathered
	tell(5 * time.Hour)                             // gathered
	tell(6*time.Hour, "credentials_failing critical")
	tell(7*time.Hour, "token_expired critical")
	tell(8*time.Hour, "silent critical") // beyond what is kept for that: gathered
	tell(9 * time.Hour)
	if due := told.Due(pace); !due.Equal(t0.Add(26 * time.Hour)) {
		t.Errorf("due %v after the first, when there is room", due.Sub(t0))
	}
	tell(26*time.Hour - 1)
	tell(26 * time.Hour)
	want := []string{
		"0s worse 1 lines", "1h0m0s worse 2 lines", "2h0m0s worse 2 lines", "3h0m0s worse 2 lines",
		"6h0m0s digest 4 lines", "7h0m0s worse 2 lines", "26h0m0s digest 3 lines",
	}
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Errorf("news (-want +got):\n%s", diff)
	}
}

func TestNoticesHoldTheirBounds(t *testing.T) {
	t.Parallel()
	pace := DefaultPace()
	all := []Code{CodeChanges, CodeCredentials, CodeConnection, CodeWidened, CodeSilent, CodeExpiring, CodeExpired, CodeGuard, CodePaused}
	rapid.Check(t, func(t *rapid.T) {
		var told Told
		var before Verdict
		var sent []time.Time
		last := map[Code]time.Time{}
		keys := map[string]bool{}
		now := t0
		for range 60 {
			now = now.Add(rapid.SampledFrom([]time.Duration{time.Minute, time.Hour, 7 * time.Hour, 30 * time.Hour}).Draw(t, "later"))
			if due := told.Due(pace); !due.IsZero() && due.Before(now) && rapid.Bool().Draw(t, "in time") {
				now = due
			}
			var is []string
			for _, code := range all {
				if s := rapid.SampledFrom([]string{"", "", "notice", "warning", "critical"}).Draw(t, string(code)); s != "" {
					is = append(is, string(code)+" "+s)
				}
			}
			v := verdict(is...)
			news, next := Notices(before, v, told, now, pace)
			text, err := json.Marshal(next)
			if err != nil {
				t.Fatal(err)
			}
			var back Told
			if err := json.Unmarshal(text, &back); err != nil {
				t.Fatal(err)
			}
			if diff := gocmp.Diff(next, back, cmpopts.EquateEmpty()); diff != "" {
				t.Fatalf("told (-written +read):\n%s", diff)
			}
			if due := back.Due(pace); !due.IsZero() && !due.After(now) {
				t.Fatalf("due at %v, which has passed at %v: %+v", due, now, back)
			}
			if len(text) > 8_000 {
				t.Fatalf("told has %d bytes: %s", len(text), text)
			}
			if len(news) > 1 {
				t.Fatalf("%d news at once", len(news))
			}
			for _, n := range news {
				sent = append(sent, now)
				if keys[n.Key] {
					t.Fatalf("the key %s twice", n.Key)
				}
				keys[n.Key] = true
				if n.Kind == Again {
					for _, code := range n.Codes {
						if now.Sub(last[code]) < pace.TellAgain && next.Reasons[code].Times > 0 && next.Reasons[code].Lasts {
							t.Fatalf("%s again after %v", code, now.Sub(last[code]))
						}
					}
				}
				for _, code := range n.Codes {
					last[code] = now
				}
			}
			day := 0
			for _, at := range sent {
				if now.Sub(at) < pace.TellDay {
					day++
				}
			}
			if day > pace.TellMost {
				t.Fatalf("%d mails within a day", day)
			}
			told, before = back, v
		}
	})
}
