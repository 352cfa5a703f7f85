package health

import (
	"slices"
	"time"
)

// clock is the only way in which an evaluation sees the time. It remembers when the first of its answers changes, so a
// verdict made by it holds until due.
type clock struct {
	now time.Time
	due time.Time // zero: never
}

// reached says whether the time t has come.
func (c *clock) reached(t time.Time) bool {
	if !c.now.Before(t) {
		return true
	}
	if c.due.IsZero() || t.Before(c.due) {
		c.due = t.UTC()
	}
	return false
}

// The units in which people are told how long ago or ahead something is: the largest of which there are more than one and
// a half.
var units = []struct {
	size time.Duration
	name func(n int64) string
}{
	{24 * time.Hour, func(n int64) string { return number(n, "day", "days") }},
	{time.Hour, func(n int64) string { return number(n, "h", "h") }},
	{time.Minute, func(n int64) string { return number(n, "min", "min") }},
	{time.Second, func(n int64) string { return number(n, "s", "s") }},
}

// fine is the first of the units that are told in steps.
const fine = 2

// steps are the minutes and seconds that are told. There are few, because a verdict is made anew with each.
var steps = []int64{1, 2, 3, 4, 5, 10, 15, 20, 30, 40, 50, 60, 75}

// since returns how long ago t is, such as "26 h ago", to the nearest day or hour, or to about a minute or second. What is
// longer ago than 30 days is told by its date, which does not change any more.
func (c *clock) since(t time.Time) string {
	if c.reached(t.Add(30 * units[0].size)) {
		return "on " + date(t)
	}
	for i, u := range units {
		if i < len(units)-1 && !c.reached(t.Add(u.size*3/2)) {
			continue
		}
		if i < fine {
			n := int64((c.now.Sub(t) + u.size/2) / u.size)
			c.reached(t.Add(time.Duration(n)*u.size + u.size/2))
			return u.name(n) + " ago"
		}
		told := steps[0]
		for _, n := range steps[1:] {
			if c.reached(t.Add(time.Duration(n) * u.size)) {
				told = n
			}
		}
		return u.name(told) + " ago"
	}
	return "" // the last unit always returns
}

// until returns how far ahead t is, such as "6 days", as since does.
func (c *clock) until(t time.Time) string {
	for i, u := range units {
		if i < len(units)-1 && c.reached(t.Add(-u.size*3/2)) {
			continue
		}
		if i < fine {
			n := int64((t.Sub(c.now) + u.size/2 - 1) / u.size)
			c.reached(t.Add(-(time.Duration(n)*u.size - u.size/2)))
			return u.name(n)
		}
		told := int64(90)
		for _, n := range slices.Backward(steps) {
			if c.reached(t.Add(-time.Duration(n) * u.size)) {
				told = n
			}
		}
		return u.name(told)
	}
	return "" // the last unit always returns
}
