package health

import (
	"fmt"
	"slices"
	"time"
)

// last returns the last cycle that has ended and that want is true of, nil for none.
func (e *evaluation) last(want func(Summary) bool) *Summary {
	for i := len(e.facts.Cycles) - 1; i >= 0; i-- {
		if want(e.facts.Cycles[i]) {
			return &e.facts.Cycles[i]
		}
	}
	return nil
}

// fresh says whether what happened in a cycle matters still.
func (e *evaluation) fresh(s *Summary) bool {
	return s != nil && !e.reached(s.Ended.Add(e.pace.Remember))
}

// open returns the cycle that is under way, nil for none.
func (e *evaluation) open() *Summary {
	if e.facts.Open == nil {
		return nil
	}
	s := e.facts.Open.Summary()
	return &s
}

// started says whether the provider has begun to synchronise.
func (e *evaluation) started() bool {
	open := e.facts.Open
	return e.facts.LastInitial != nil || open != nil && open.Kind == Initial
}

// begun tells where the tenant is at the beginning, and how far the cycle under way is.
func (e *evaluation) begun() {
	f := &e.facts
	if !e.started() {
		text := "Nothing has been received yet."
		if !f.LastRequest.IsZero() {
			text = "The connection was tested, but the provider has not begun to send users."
		}
		e.because(CodeAwaiting, AwaitingFirstRequest, OK, text, "Start provisioning at the identity provider.")
		return
	}
	s := e.open()
	if s == nil {
		return
	}
	p := f.progress()
	e.verdict.Progress = p
	if s.Kind == Initial {
		text := sofar(p, *s)
		e.because(CodeInitial, InitialSync, OK, "The initial sync is under way: "+text+".", sentence(text))
	}
}

// sofar returns how far a cycle is, in words: "about 4 min left: 1,200 of about 4,000 requests".
func sofar(p *Progress, s Summary) string {
	if p == nil {
		return number(s.Requests, "request", "requests") + " so far"
	}
	text := thousands(p.Done) + " of about " + number(p.Of, "request", "requests")
	if p.Basis == Pages {
		text = thousands(p.Done) + " of " + number(p.Of, "entry", "entries") + " read"
	}
	if !p.ETA.IsZero() {
		text = "about " + span(p.ETA.Sub(s.Ended)) + " left: " + text
	}
	return text
}

// changes tells of failed changes: of the last cycle that had any, and of the one under way, whichever is worse. That one
// can make it worse at once, and better only when it has ended or is representative.
func (e *evaluation) changes() {
	tried := func(s Summary) bool { return s.Changes+s.References > 0 }
	last, open := e.last(tried), e.open()
	if e.held == nil && !e.fresh(last) { // in a quarantine nothing gets better while nothing comes
		last = nil
	}
	if open != nil && !tried(*open) {
		open = nil
	}
	worst, where := open, "in this cycle"
	if last != nil && (open == nil || judge(*last, e.pace) > judge(*open, e.pace) && !e.representative(*open, last.Changes)) {
		worst, where = last, "in the last cycle"
	}
	if worst == nil {
		return
	}
	s := *worst
	e.verdict.Changes, e.verdict.Failed = s.Changes, s.Failed
	if severity := judge(s, e.pace); severity > OK {
		state := Degraded
		if severity >= Warning {
			state = AtRisk
		}
		text := of(s.Failed, s.Changes, "change", "changes") + " failed " + where
		e.because(CodeChanges, state, severity, text+" ("+percent(s.FailureRatio())+").", e.limits(s, text, worst == open))
	} else if s.Changes > 0 {
		e.forecasts[""] = number(s.Changes, "change", "changes") + " " + where + ", and none failed."
	}
	if s.References > 0 {
		e.because(CodeReferences, Degraded, Notice,
			number(s.References, "change", "changes")+" of members or managers failed "+where+".",
			"Entra tries them again; it does not count them for its limit of "+percent(e.pace.FailureRatio)+".")
	}
}

// representative says whether a cycle that is under way says something about itself: it has had so many changes, and lasted
// for a while.
func (e *evaluation) representative(s Summary, changes int64) bool {
	return s.Changes >= changes && s.Length() >= e.pace.Gap
}

// answers tells of errors of ours, and of slow answers.
func (e *evaluation) answers() {
	const (
		few   = 10   // requests, of which a share or a mean says nothing
		share = 0.01 // of errors
	)
	s := e.open()
	if s == nil || s.Requests < few {
		s = e.last(func(s Summary) bool { return s.Requests >= few })
		if !e.fresh(s) {
			return
		}
	}
	if float64(s.Errors) >= share*float64(s.Requests) && s.Errors > 0 && s.Succeeded > 0 {
		e.because(CodeErrors, Degraded, Notice,
			of(s.Errors, s.Requests, "request", "requests")+" "+were(s.Errors)+" answered with an error of the server or slowed by the rate limit.",
			"The provider sends them again in its next cycle.")
	}
	if mean := s.Duration / time.Duration(s.Requests); mean > e.pace.Slow {
		e.because(CodeSlow, Degraded, Notice, fmt.Sprintf("An answer takes %.1f s in the mean.", mean.Seconds()), "")
	}
}

// length tells of a cycle that takes much longer than the last ones of its kind, and longer than the time to the next.
func (e *evaluation) length() {
	const (
		few  = 5 // cycles to compare with
		much = 3
	)
	s, usual := e.open(), e.facts.Usual
	if s == nil || s.Kind != Incremental || usual == 0 {
		return
	}
	var lengths []time.Duration
	for _, other := range e.facts.Cycles {
		if other.Kind == Incremental {
			lengths = append(lengths, other.Length())
		}
	}
	if len(lengths) < few {
		return
	}
	slices.Sort(lengths)
	if median := lengths[len(lengths)/2]; s.Length() > usual && s.Length() > much*median {
		e.because(CodeLong, Degraded, Notice,
			"This cycle has taken "+span(s.Length())+" so far; they usually take "+span(median)+" and come every "+span(usual)+".", "")
	}
}
