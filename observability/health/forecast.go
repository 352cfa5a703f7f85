package health

import (
	"time"
	"unicode"
	"unicode/utf8"
)

// limits returns how far a cycle is from Entra's limits. now says that it is under way. failed is what failed, in words.
func (e *evaluation) limits(s Summary, failed string, now bool) string {
	p := e.pace
	rule := "; Entra quarantines above " + percent(p.FailureRatio) + " from " + number(p.FailuresAssessed, "failure", "failures")
	switch {
	case judge(s, p) == Critical:
		return failed + rule + ", or from " + thousands(p.FailuresMost) + " whatever their share: that is reached, so a quarantine is to be expected."
	case judge(s, p) < Warning:
		return failed + rule + ", which is far."
	case s.FailureRatio() <= p.FailureRatio:
		return failed + rule + ", or from " + thousands(p.FailuresMost) + " whatever their share."
	}
	left := p.FailuresAssessed - s.Failed
	if rate := perSecond(s.Failed, s.Length()); now && rate > 0 {
		return failed + rule + "; at this rate in about " + span(time.Duration(float64(left)/rate*float64(time.Second))) + "."
	}
	return failed + rule + "; that is " + number(left, "failure", "failures") + " away."
}

// sentence makes words a sentence.
func sentence(text string) string {
	r, size := utf8.DecodeRuneInString(text)
	return string(unicode.ToUpper(r)) + text[size:] + "."
}
