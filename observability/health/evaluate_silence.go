package health

import (
	"cmp"
	"time"
)

// quarantine is one that is suspected.
type quarantine struct {
	began time.Time // the first failure, from which Entra counts its attempts
	last  time.Time // the last attempt
}

// credentials tells of cycles in which nothing succeeded, because credentials were refused or because of errors of ours. A
// stray request or two with a wrong token, as anybody can send, is a Notice unless the tenant's own have expired; and so is any
// number of them while the provider itself comes and succeeds.
func (e *evaluation) credentials() {
	open := e.open()
	row := e.facts.Cycles
	if open != nil {
		if open.Succeeded > 0 {
			return
		}
		row = append(row[:len(row):len(row)], *open)
	}
	n, requests := 0, int64(0)
	for i := len(row) - 1; i >= 0 && row[i].shutOut(); i-- {
		if n > 0 && row[i+1].Started.Sub(row[i].Ended) > 2*e.pace.Daily {
			break
		}
		n++
		requests += row[i].Unauthorized + row[i].Errors
	}
	if n == 0 {
		return
	}
	first, last := row[len(row)-n], row[len(row)-1]
	code, text := CodeCredentials, "Credentials were refused"
	if !last.refused() {
		code, text = CodeConnection, "Every request was answered with an error of the server"
	}
	if n == 1 {
		text += " in one cycle"
	} else {
		text += " in " + number(int64(n), "cycle", "cycles") + " one after the other"
	}
	text += " (" + number(requests, "request", "requests") + "), and nothing has succeeded since."
	expired := code == CodeCredentials && !e.facts.Tokens.Expires.IsZero() && e.reached(e.facts.Tokens.Expires)
	// Anybody can send wrong tokens. They are the provider's own when the provider itself does not come as it should.
	missing := func(cadences float64) bool {
		usual := cmp.Or(e.facts.Usual, e.pace.Cadence)
		return code != CodeCredentials || expired || e.facts.LastSuccess.IsZero() || e.reached(e.facts.LastSuccess.Add(times(usual, cadences)))
	}
	const forecast = "Entra quarantines a job at once, or after a few cycles, when it cannot sign in or connect."
	switch {
	case e.facts.LastInitial != nil && n >= e.pace.FailedCycles && missing(e.pace.GoneCadences):
		e.held = &quarantine{first.Started, last.Started}
		e.because(code, QuarantineSuspected, Critical, text, e.attempts())
	case (n > 1 || requests >= e.pace.FewRequests || expired) && missing(e.pace.DueCadences):
		if e.started() || e.fresh(&last) {
			e.because(code, AtRisk, Warning, text, forecast)
		}
	case e.fresh(&last):
		e.because(code, Degraded, Notice, text, "")
	}
}

// widened tells of cycles that come much more seldom than usual since they fail. A cycle under way that does well
// for a while ends the suspicion before it has ended itself.
func (e *evaluation) widened() {
	row := e.facts.Cycles
	i := len(row) - 1
	if i < 0 || e.facts.LastInitial == nil || !failing(row[i], e.pace) {
		return
	}
	last := row[i]
	usual := e.facts.Usual
	if usual == 0 && (e.held != nil || judge(last, e.pace) == Critical || i > 0 && judge(row[i-1], e.pace) == Critical) {
		usual = e.pace.Cadence // nobody else stops for that
	}
	wide := times(usual, e.pace.WideCadences)
	if usual == 0 || wide > e.pace.Retries[0] {
		return
	}
	for i > 0 && failing(row[i-1], e.pace) {
		pause := row[i].Started.Sub(row[i-1].Started)
		if pause < wide || pause > 2*e.pace.Daily {
			break
		}
		i--
	}
	first := row[i]
	open := e.open()
	if !troubled(first, e.pace) || open != nil && e.representative(*open, e.pace.FewFailures) && !failing(*open, e.pace) {
		return
	}
	switch attempts := int64(len(row) - 1 - i); {
	case attempts > 0:
		e.suspect(first, last)
		e.because(CodeWidened, QuarantineSuspected, Critical,
			number(attempts, "cycle has", "cycles have")+" come since changes fail, hours apart instead of every "+span(usual)+", and failed.", e.attempts())
	case open != nil && open.Started.Sub(last.Started) >= wide && open.Started.Sub(last.Started) <= 2*e.pace.Daily:
		e.suspect(first, *open)
		e.because(CodeWidened, QuarantineSuspected, Critical,
			"The last cycle failed, and the one under way has come "+span(open.Started.Sub(last.Started))+" later, instead of every "+span(usual)+".", e.attempts())
	case open == nil && e.reached(later(last.Started, e.facts.EnabledAt.UTC()).Add(wide)):
		e.suspect(first, last)
		e.because(CodeWidened, QuarantineSuspected, Critical,
			"The last cycle failed "+e.since(last.Ended)+" and none has come since, instead of every "+span(usual)+".", e.attempts())
	}
}

func (e *evaluation) suspect(first, last Summary) {
	if e.held == nil {
		e.held = &quarantine{first.Started, last.Started}
	}
}

// attempt returns when Entra is expected to try again, zero when it is not any more.
func (e *evaluation) attempt() time.Time {
	q, p := e.held, e.pace
	end := q.began.Add(p.Disabled)
	for i := 0; ; i++ {
		at := q.began
		if i < len(p.Retries) {
			at = at.Add(p.Retries[i])
		} else {
			at = at.Add(p.Retries[len(p.Retries)-1] + time.Duration(i-len(p.Retries)+1)*p.Daily)
		}
		if at.After(end) {
			return time.Time{}
		}
		if at.Sub(q.last) > p.Gap && !e.reached(at) {
			return at
		}
	}
}

// attempts tells of Entra's next attempt.
func (e *evaluation) attempts() string {
	at := e.attempt()
	if at.IsZero() {
		return "Entra disables a job after " + span(e.pace.Disabled) + " in quarantine: provisioning has to be started again there."
	}
	e.verdict.NextAt = at
	return "If it is a quarantine, Entra tries again at about " + moment(at) + ", and disables the job on " +
		date(e.held.began.Add(e.pace.Disabled)) + ". Once the cause is gone, provisioning can be restarted there at once."
}

// heard returns when the provider came last, or since when it could have.
func (e *evaluation) heard() time.Time {
	at := later(e.facts.LastRequest, e.facts.EnabledAt.UTC())
	if n := len(e.facts.Cycles); n > 0 {
		at = later(at, e.facts.Cycles[n-1].Ended)
	}
	return at
}

// silence tells that nothing comes. Of a provider that comes regularly that is soon remarkable; one that pushes on events
// may have nothing to send for weeks. A cycle of whom nobody knows ends no silence once it lasts
// longer than a provider would try.
func (e *evaluation) silence() {
	if open := e.open(); open != nil && (open.Strangers < open.Requests || open.Length() <= e.pace.Gap) || !e.started() {
		return
	}
	p, usual, at := e.pace, e.facts.Usual, e.heard()
	const restart = "Look at the job at the identity provider, and start it again."
	given := e.held != nil && e.reached(e.held.began.Add(p.Disabled)) && e.reached(at.Add(p.Daily*3/2))
	switch gone := e.reached(at.Add(p.Disabled)); {
	case given:
		e.because(CodeSilent, DisabledSuspected, Critical, "Last heard "+e.since(at)+", after a quarantine of "+span(p.Disabled)+".", restart)
	case gone && usual == 0 && e.held == nil:
		e.because(CodeSilent, DisabledSuspected, Warning, "Last heard "+e.since(at)+". The provider is disabled, or nothing has changed there.", restart)
	case gone:
		e.because(CodeSilent, DisabledSuspected, Critical, "Last heard "+e.since(at)+".", restart)
	case e.held != nil: // a silence that is explained
	case usual == 0:
		if e.reached(at.Add(p.StaleIrregular)) {
			e.because(CodeSilent, Stale, Notice, "Last heard "+e.since(at)+"; this provider comes irregularly.", "")
		}
	case e.reached(at.Add(e.patience())):
		e.because(CodeSilent, Stale, Warning, "Last heard "+e.since(at)+", usually every "+span(usual)+".",
			"If it stays silent, Entra has disabled the job or its credentials: look at it there.")
	case e.reached(at.Add(times(usual, p.LateCadences))):
		e.because(CodeLate, Degraded, Notice, "Last heard "+e.since(at)+", usually every "+span(usual)+".", "")
	}
}

// patience returns how long a provider that comes regularly may be silent: a day, and more where its cycles or the pauses
// between them, such as its nights, are longer.
func (e *evaluation) patience() time.Duration {
	p := e.pace
	d := max(p.Stale, times(e.facts.Usual, p.StaleCadences))
	for _, pause := range e.facts.pauses(p) {
		d = max(d, min(2*pause, p.StaleIrregular))
	}
	return d
}

// next says when the provider is expected.
func (e *evaluation) next() {
	n := len(e.facts.Cycles)
	if e.held != nil || e.facts.Usual == 0 || n == 0 {
		return
	}
	at := e.facts.Cycles[n-1].Started
	if e.facts.Open != nil {
		at = e.facts.Open.Started
	}
	if at = at.Add(e.facts.Usual); !e.reached(at) {
		e.verdict.NextAt = at
	}
}
