package health

import (
	"cmp"
	"slices"
	"time"

	"github.com/askspoke/spoke/tenancy"
)

// evaluation is a verdict that is being made. Every part of it sees the time through the clock alone.
type evaluation struct {
	*clock
	pace    Pace
	facts   Facts // a view
	verdict Verdict
	// forecasts are what the reasons say is to come; the worst reason's is the verdict's.
	forecasts map[Code]string
	held      *quarantine // that is suspected, nil for none
}

// Evaluate returns what the facts imply at a time. It folds nothing that is new, but sees a cycle as ended when its time
// has come. The verdict is the same at any time from now until its DueAt.
func Evaluate(facts Facts, now time.Time, pace Pace) Verdict {
	c := &clock{now: now.UTC()}
	e := evaluation{clock: c, pace: pace, facts: facts.view(c, pace), forecasts: map[Code]string{}}
	e.verdict.Cadence = e.facts.Usual
	e.token()
	e.guard()
	if e.serving() {
		e.begun()
		e.credentials()
		e.widened()
		e.changes()
		e.answers()
		e.length()
		e.silence()
		e.next()
	}
	return e.done()
}

// because adds a reason. forecast may be empty.
func (e *evaluation) because(code Code, state State, severity Severity, text, forecast string) {
	e.verdict.Reasons = append(e.verdict.Reasons, Reason{code, state, severity, text})
	e.forecasts[code] = forecast
}

func (e *evaluation) done() Verdict {
	v := e.verdict
	rank := States()
	slices.SortStableFunc(v.Reasons, func(a, b Reason) int {
		return cmp.Or(cmp.Compare(b.Severity, a.Severity), cmp.Compare(slices.Index(rank, b.State), slices.Index(rank, a.State)))
	})
	v.State = Healthy
	if v.Reasons == nil {
		v.Reasons = []Reason{} // [] in JSON
	}
	v.Forecast = e.forecasts[""]
	if len(v.Reasons) > 0 {
		v.State, v.Severity = v.Reasons[0].State, v.Reasons[0].Severity
		v.Forecast = ""
		for _, r := range v.Reasons {
			v.Forecast = cmp.Or(v.Forecast, e.forecasts[r.Code])
		}
	}
	v.DueAt = e.due
	return v
}

// serving says whether the tenant is served. When it is not, what the provider meets and when it comes is our doing, so
// nothing follows from it.
func (e *evaluation) serving() bool {
	var text string
	switch e.facts.Tenant {
	case "", tenancy.StateActive:
		return true
	case tenancy.StatePaused:
		text = "The tenant is paused: requests are answered with 503, and providers try again."
	case tenancy.StateSuspended:
		text = "The tenant is suspended: requests are refused with 403."
	case tenancy.StateDeleting, tenancy.StatePurging:
		text = "The tenant is being deleted: requests are refused."
	default:
		text = "The tenant is being set up: requests are not served yet."
	}
	e.because(CodePaused, Paused, Notice, text, "")
	return false
}

// guard tells of deletions that wait.
func (e *evaluation) guard() {
	h := e.facts.Hold
	if h == nil {
		return
	}
	text := "Deletions are held since " + moment(h.OpenedAt) + " because there were too many at once"
	if h.Held > 0 {
		text += ": " + number(h.Held, "waits", "wait")
	}
	e.because(CodeGuard, GuardHeld, Warning, text+".",
		"They stay held until somebody approves or rejects them; other changes go on.")
}

// token tells of credentials that expire.
func (e *evaluation) token() {
	t, p := e.facts.Tokens, e.pace
	if t.Expires.IsZero() {
		return
	}
	subject := "The token"
	if t.Count > 1 {
		subject = "One of " + number(int64(t.Count), "token", "tokens")
	}
	const advice = "Make another and enter it at the provider; until then both work."
	if e.reached(t.Expires) {
		if e.facts.LastSuccess.After(t.Expires) {
			return // the provider uses another
		}
		text := subject + " expired " + e.since(t.Expires) + "."
		e.because(CodeExpired, TokenExpiring, Critical, text,
			"Every request is refused with 401 until another token is entered at the provider; Entra quarantines a job for that.")
		return
	}
	severity := OK
	for _, s := range []struct {
		before   time.Duration
		severity Severity
	}{{p.TokenNotice, Notice}, {p.TokenWarning, Warning}, {p.TokenCritical, Critical}} {
		if e.reached(t.Expires.Add(-s.before)) {
			severity = s.severity
		}
	}
	if severity > OK {
		text := subject + " expires in " + e.until(t.Expires)
		e.because(CodeExpiring, TokenExpiring, severity, text+", on "+date(t.Expires)+".", text+". "+advice)
	}
}
