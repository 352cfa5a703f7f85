package health

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestSpan(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{
		0: "1 s", time.Millisecond: "1 s", time.Second: "1 s", 89 * time.Second: "89 s",
		90 * time.Second: "2 min", 40 * time.Minute: "40 min", 89 * time.Minute: "89 min",
		90 * time.Minute: "2 h", 3 * time.Hour: "3 h", 26 * time.Hour: "26 h", 36*time.Hour - 1: "36 h",
		36 * time.Hour: "2 days", 28 * day: "28 days", 1_000 * day: "1,000 days",
	} {
		if got := span(d); got != want {
			t.Errorf("%v is %q, want %q", d, got, want)
		}
	}
}

func TestNumbers(t *testing.T) {
	t.Parallel()
	for n, want := range map[int64]string{
		0: "0 changes", 1: "1 change", 2: "2 changes", 999: "999 changes", 1_000: "1,000 changes", 1_234_567: "1,234,567 changes", -1_000: "-1,000 changes",
	} {
		if got := number(n, "change", "changes"); got != want {
			t.Errorf("%d is %q, want %q", n, got, want)
		}
	}
	for ratio, want := range map[float64]string{0: "0 %", 0.001: "under 1 %", 0.41: "41 %", 0.999: "over 99 %", 1: "100 %"} {
		if got := percent(ratio); got != want {
			t.Errorf("%v is %q, want %q", ratio, got, want)
		}
	}
}

func TestSinceAndUntil(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		d            time.Duration
		since, until string
	}{
		{time.Second, "1 s ago", "1 s"},
		{40 * time.Minute, "40 min ago", "40 min"},
		{47 * time.Minute, "40 min ago", "50 min"},
		{89 * time.Minute, "75 min ago", "90 min"},
		{26 * time.Hour, "26 h ago", "26 h"},
		{6*day + 5*time.Hour, "6 days ago", "6 days"},
		{7 * day, "7 days ago", "7 days"},
		{29*day + 23*time.Hour, "30 days ago", "30 days"},
		{30 * day, "on 2 March 2026", "30 days"},
	} {
		c := clock{now: t0.Add(tc.d)}
		if got := c.since(t0); got != tc.since {
			t.Errorf("%v since is %q, want %q", tc.d, got, tc.since)
		}
		c = clock{now: t0.Add(-tc.d)}
		if got := c.until(t0); got != tc.until {
			t.Errorf("%v until is %q, want %q", tc.d, got, tc.until)
		}
	}
}

func TestWordsHoldUntilDue(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := time.Duration(rapid.Int64Range(int64(time.Second), int64(40*day)).Draw(t, "ago"))
		for name, say := range map[string]func(c *clock) string{
			"since": func(c *clock) string { return c.since(t0.Add(-d)) },
			"until": func(c *clock) string { return c.until(t0.Add(d)) },
		} {
			c := clock{now: t0}
			text := say(&c)
			due := c.due
			if due.IsZero() {
				if name == "until" && d <= time.Second {
					continue
				}
				if name == "since" && d >= 30*day {
					continue
				}
				t.Fatalf("%s %v never changes: %q", name, d, text)
			}
			before, then := clock{now: due.Add(-1)}, clock{now: due}
			if got := say(&before); got != text {
				t.Fatalf("%s %v: %q became %q before it was due", name, d, text, got)
			}
			if got := say(&then); got == text {
				t.Fatalf("%s %v: %q was due at %v and did not change", name, d, text, due)
			}
		}
	})
}
