package health

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// number returns a count with its noun: "1 change", "1,200 changes".
func number(n int64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return thousands(n) + " " + many
}

// thousands returns n with a comma before each three digits.
func thousands(n int64) string {
	if n < 0 {
		return "-" + thousands(-n)
	}
	digits := strconv.FormatInt(n, 10)
	var b strings.Builder
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(d)
	}
	return b.String()
}

// span returns a duration to the nearest of a unit: "40 min", "3 h", "2 days".
func span(d time.Duration) string {
	for i, u := range units {
		if i < len(units)-1 && d < u.size*3/2 {
			continue
		}
		if n := int64((d + u.size/2) / u.size); n > 0 {
			return u.name(n)
		}
	}
	return "1 s"
}

// percent returns a ratio as "41 %", and one that is not zero never as 0.
func percent(ratio float64) string {
	switch p := ratio * 100; {
	case p > 0 && p < 1:
		return "under 1 %"
	case p > 99 && p < 100:
		return "over 99 %"
	default:
		return fmt.Sprintf("%.0f %%", p)
	}
}

// moment returns a time to the minute, date to the day, both in UTC.
func moment(t time.Time) string { return t.UTC().Format("15:04 UTC on 2 January") }
func date(t time.Time) string   { return t.UTC().Format("2 January 2006") }

// of returns "41 of 100 changes", "1 of 1 change".
func of(n, all int64, one, many string) string { return thousands(n) + " of " + number(all, one, many) }

// were returns the verb that goes with a number.
func were(n int64) string {
	if n == 1 {
		return "was"
	}
	return "were"
}
