// Package filter reads the fields of a form that asks for some of a list: texts, and a period of time.
//
// It does not look for anything. What is wrong with a field is told beside it, and is no error.
package filter

import (
	"net/url"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// maxFilter is how long the text of a filter may be, in bytes.
const maxFilter = 512

// Read reads the fields of a filter by their names in a form and an address. It returns what is wrong with each, for people.
func Read(values url.Values, fields map[string]*string) map[string]string {
	problems := map[string]string{}
	for name, field := range fields {
		text := strings.TrimSpace(values.Get(name))
		switch {
		case len(text) > maxFilter:
			problems[name] = "This is too long to be looked for."
			text = strings.ToValidUTF8(text[:80], "") + "…"
		case !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl):
			problems[name] = "This has characters that nothing in the log has."
			text = strings.ToValidUTF8(text, "�")
		}
		*field = text
	}
	return problems
}

// Period reads the fields from and to, either of which may be empty, and writes into them what they are. What is wrong with
// them is added to the problems.
func Period(from, to *string, problems map[string]string) (begin, end time.Time) {
	for name, field := range map[string]struct {
		text *string
		at   *time.Time
	}{"from": {from, &begin}, "to": {to, &end}} {
		var ok bool
		if *field.at, ok = momentOf(*field.text); !ok && problems[name] == "" {
			problems[name] = "Write a time as 2026-03-01 12:00, in UTC. With an offset it is 2026-03-01T13:00+01:00."
		}
		if !field.at.IsZero() { // so that what leads from here means the same for everybody
			*field.text = field.at.Format(time.RFC3339Nano)
		}
	}
	if !begin.IsZero() && !end.IsZero() && !begin.Before(end) && problems["to"] == "" {
		problems["to"] = "The end is not after the beginning."
	}
	return begin, end
}

// Stamp is a time as a filter's field has it, to the minute.
func Stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04") }
