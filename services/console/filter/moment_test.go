package filter

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// A time without an offset is in UTC, one with an offset is an instant, and nothing else is a time.
func TestMomentOf(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for text, want := range map[string]time.Time{
		"":                               {},
		"2026-03-01 12:00":               noon,
		"2026-03-01T12:00":               noon,
		"2026-03-01T12:00:00":            noon,
		"2026-03-01T12:00:00Z":           noon,
		"2026-03-01T12:00Z":              noon,
		"2026-03-01T21:00:00+09:00":      noon,
		"2026-03-01T21:00:00 09:00":      noon, // the plus was not escaped
		"2026-03-01T21:00+09:00":         noon,
		"2026-03-01T07:00:00-05:00":      noon,
		"2026-03-01T12:00:00.000001Z":    noon.Add(time.Microsecond),
		"2026-03-01":                     noon.Add(-12 * time.Hour),
		"2026-03-29T02:30:00+01:00":      time.Date(2026, 3, 29, 1, 30, 0, 0, time.UTC), // which no clock in Berlin shows
		"2026-10-25T02:30:00+02:00":      time.Date(2026, 10, 25, 0, 30, 0, 0, time.UTC),
		"2026-10-25T02:30:00+01:00":      time.Date(2026, 10, 25, 1, 30, 0, 0, time.UTC),
		"9999-12-31T23:59:59.999999999Z": time.Date(9999, 12, 31, 23, 59, 59, 999999999, time.UTC),
	} {
		got, ok := momentOf(text)
		if diff := cmp.Diff(want, got); !ok || diff != "" {
			t.Errorf("%q: %v\n%s", text, ok, diff)
		}
		shown := Shown(text)
		if again, ok := momentOf(shown.Text); !ok || !again.Equal(want) || !shown.Known {
			t.Errorf("%q is shown as %+v", text, shown)
		}
		if instant, err := time.Parse(time.RFC3339, shown.Instant); !want.IsZero() && (err != nil || !instant.Equal(want)) {
			t.Errorf("%q is %+v: %v", text, shown, err)
		}
	}
	for _, text := range []string{
		"yesterday", "12:00", " 09:00", "T 09:00", "2026", "2026-02-30", "2026-03-01T24:00", "2026-03-01T12:00:00+99:00", "2026-03-01 12:00 CET", "0000-12-31T23:00",
		"0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59-01:00", "+010000-01-01T00:00:00Z", "2026-03-01T12:00:00[Europe/Berlin]", "\x00", "1e9",
	} {
		if got, ok := momentOf(text); ok {
			t.Errorf("%q is taken for %v", text, got)
		}
		if diff := cmp.Diff(Moment{Text: text}, Shown(text)); diff != "" {
			t.Errorf("%q:\n%s", text, diff)
		}
	}
}
