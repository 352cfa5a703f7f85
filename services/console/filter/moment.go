package filter

import (
	"strings"
	"time"
)

// momentOf reads a time of a filter: an instant as RFC 3339 has it, or a time in UTC as people write it; "" is no time. Postgres
// knows no year 0.
func momentOf(text string) (at time.Time, ok bool) {
	if text == "" {
		return time.Time{}, true
	}
	const offset = len("+01:00")
	if i := len(text) - offset; i > 0 && text[i] == ' ' && strings.Contains(text, "T") { // a plus that nobody has escaped
		text = text[:i] + "+" + text[i+1:]
	}
	for _, layout := range []string{
		"2006-01-02T15:04", "2006-01-02 15:04", "2006-01-02T15:04:05", "2006-01-02 15:04:05", time.DateOnly, time.RFC3339, "2006-01-02T15:04Z07:00",
	} {
		if at, err := time.Parse(layout, text); err == nil && at.UTC().Year() >= 1 && at.UTC().Year() <= 9999 {
			return at.UTC(), true
		}
	}
	return time.Time{}, false
}

// A Moment is a time in a field of a filter.
type Moment struct {
	Text    string // in UTC, as people write it; what was written, where that is no time
	Instant string // as RFC 3339 has it, "" for none
	Known   bool   // it is a time, or none was written
}

// Shown is a field's text as a page shows it.
func Shown(text string) Moment {
	at, ok := momentOf(text)
	switch {
	case !ok || at.IsZero():
		return Moment{Text: text, Known: ok}
	case at.Second() == 0 && at.Nanosecond() == 0:
		return Moment{at.Format("2006-01-02 15:04"), at.Format(time.RFC3339), true}
	}
	return Moment{at.Format("2006-01-02 15:04:05.999999999"), at.Format(time.RFC3339Nano), true}
}
