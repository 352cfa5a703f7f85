package conformance

import (
	"context"
	"crypto/rand"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/askspoke/spoke/scim/scimtest/requirement"
)

// Outcome is how a check ended.
type Outcome string

// The outcomes. Only Failed says that a provider does not conform.
const (
	Passed     Outcome = "passed"
	Failed     Outcome = "failed"
	Departs    Outcome = "departs"     // it fails a check whose requirements are all SHOULD
	Tolerated  Outcome = "tolerated"   // it accepts what a check tolerates, in the profile auto
	NotOffered Outcome = "not offered" // it does without the feature that the check needs
)

// Outcomes lists the outcomes, in the order of a report.
func Outcomes() []Outcome { return []Outcome{Passed, Tolerated, NotOffered, Departs, Failed} }

// Result is a check and how it ended.
type Result struct {
	Check   Check
	Outcome Outcome
	// Detail says what was not offered, or what went wrong, with the last request and its answer.
	Detail string
	Took   time.Duration
	Left   []string // paths of what the check created and the provider would not delete
}

// Run plays the checks one after the other and returns their results. It tells each to report, unless that is nil.
func (s *Session) Run(ctx context.Context, checks []Check, report func(Result)) []Result {
	results := make([]Result, 0, len(checks))
	for _, c := range checks {
		if ctx.Err() != nil {
			break
		}
		r := s.Play(ctx, c)
		if report != nil {
			report(r)
		}
		results = append(results, r)
	}
	return results
}

// Play plays one check.
func (s *Session) Play(ctx context.Context, c Check) Result {
	for _, f := range c.Needs {
		if how, missing := s.missing[f]; missing {
			return Result{Check: c, Outcome: NotOffered, Detail: how}
		}
	}
	return s.play(ctx, c)
}

func (s *Session) play(ctx context.Context, c Check) (r Result) {
	began := time.Now()
	t := &Trial{Session: s, ctx: ctx, check: c, prefix: "scimtest-" + s.id + "-" + strings.ToLower(rand.Text()[:8]) + "-"}
	r = Result{Check: c, Outcome: Passed}
	defer func() {
		switch end := recover().(type) {
		case nil, stop:
		case tolerated:
			r.Outcome = Tolerated
		case notOffered:
			r.Outcome, r.Detail = NotOffered, end.how
		default:
			panic(end)
		}
		if len(t.failures) > 0 {
			r.Outcome, r.Detail = Failed, strings.Join(t.failures, "\n")
			if !c.Binding() {
				r.Outcome = Departs
			}
		}
		r.Left = t.clean()
		r.Took = time.Since(began)
	}()
	c.Run(t)
	return r
}

// TestProfiles plays all checks, as parallel subtests, at a provider that is lenient and at one that is strict. Both must
// pass each; only where a check lists tolerances, the lenient one must accept what the strict one refuses. notOffered are
// the checks that cannot be played at either, by name, with why: no other may be left out, and these must be.
//
//nolint:tparallel // the caller's test says whether it is parallel itself
func TestProfiles(t *testing.T, auto, strict *Session, notOffered map[string]string) {
	t.Helper()
	names := make(map[string]bool)
	for _, c := range Checks() {
		names[c.Name] = true
		wanted := map[*Session]Outcome{auto: Passed, strict: Passed}
		if _, without := notOffered[c.Name]; without {
			wanted = map[*Session]Outcome{auto: NotOffered, strict: NotOffered}
		} else if len(c.Tolerates) > 0 {
			wanted[auto] = Tolerated
		}
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			for session, want := range wanted {
				if r := session.Play(t.Context(), c); r.Outcome != want {
					t.Errorf("%s in the profile %s, want %s %s: %s", r.Outcome, session.profile, want, requirementsOf(c), r.Detail)
				}
			}
		})
	}
	for name := range notOffered {
		if !names[name] {
			t.Errorf("there is no check %q", name)
		}
	}
}

func requirementsOf(c Check) string {
	var b strings.Builder
	for _, id := range c.Shows {
		r, _ := requirement.Find(id)
		fmt.Fprintf(&b, "[RFC %s section %s, %s] ", r.RFC(), r.Section(), r.Level)
	}
	return strings.TrimSpace(b.String())
}
