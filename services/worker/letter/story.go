package letter

import (
	"slices"
	"strings"
	"time"

	"github.com/askspoke/spoke/observability/health"
	"github.com/askspoke/spoke/tenancy"
)

// story is what is told of one tenant.
type story struct {
	Slug  tenancy.Slug
	Name  string
	Since time.Time // of the state; zero: not known
	News  health.News
}

// Subject is the subject of a tenant's letter.
func (s story) Subject() string { return "Provisioning of " + s.Name + ": " + s.Headline() }

// Headline says in a few words what happened: of the worst that the news are about.
func (s story) Headline() string {
	codes := s.News.Codes
	for _, r := range s.News.Reasons {
		if slices.Contains(codes, r.Code) {
			codes = []health.Code{r.Code}
			break
		}
	}
	if len(codes) == 0 {
		return "news"
	}
	words, ok := headlines[codes[0]]
	lasts := s.lasts(codes[0])
	switch {
	case !ok && lasts:
		return "something needs your attention"
	case !ok, !lasts && len(codes) > 1 && s.News.Severity < health.Warning:
		return "all is well again"
	case !lasts:
		return words.over
	case s.News.Kind == health.Again:
		return words.still
	case s.News.Kind == health.Digest && len(s.News.Codes) > 1:
		return words.now + ", and more"
	}
	return words.now
}

// lasts says whether a reason is so now.
func (s story) lasts(code health.Code) bool {
	return slices.ContainsFunc(s.News.Reasons, func(r health.Reason) bool { return r.Code == code })
}

// State is the state in words.
func (s story) State() string { return stateWords(s.News.State) }

// Before is the state before, empty where it is the same or there was none.
func (s story) Before() string {
	if s.News.Before == "" || s.News.Before == s.News.State {
		return ""
	}
	return stateWords(s.News.Before)
}

func stateWords(state health.State) string {
	if words, ok := states[state]; ok {
		return words
	}
	return strings.ReplaceAll(string(state), "_", " ")
}

// Others are the reasons that are so now, but for those that were just told, and for what nobody need be told.
func (s story) Others() []string {
	var list []string
	for _, r := range s.News.Reasons {
		told := slices.ContainsFunc(s.News.Lines, func(line string) bool { return strings.HasSuffix(line, r.Text) })
		if !told && r.Severity > health.OK {
			list = append(list, r.Text)
		}
	}
	return list
}

// Over says whether nothing is left that asks for somebody.
func (s story) Over() bool { return s.News.Severity < health.Warning }

// At is when it was found, and SinceText since when the state is.
func (s story) At() string { return moment(s.News.At) }

// SinceText is since when the state is, empty where that is not known.
func (s story) SinceText() string {
	if s.Since.IsZero() {
		return ""
	}
	return moment(s.Since)
}

// Color is that of the severity, for HTML.
func (s story) Color() string {
	switch s.News.Severity {
	case health.Critical:
		return "#b3261e"
	case health.Warning:
		return "#b25e00"
	case health.Notice, health.OK:
	}
	return "#1e7b34"
}

// rank is where it stands among others: the worst first, and what is over last.
func (s story) rank() int { return int(s.News.Severity) }

// advice is what to do about what is so now, each once. decide tells how held deletions are decided about.
func (s story) advice(decide ...string) []string {
	var list []string
	for _, r := range s.News.Reasons {
		words := advices[r.Code]
		if r.Severity < health.Warning || words == "" || slices.Contains(list, words) {
			continue
		}
		list = append(list, words)
		if r.Code == health.CodeGuard {
			list = append(list, decide...)
		}
	}
	return list
}

// moment is a time to the minute.
func moment(t time.Time) string { return t.UTC().Format("15:04 UTC on 2 January 2006") }
