package prometheus

import (
	"strconv"
	"time"

	"github.com/prometheus/common/model"
)

// Pace is how many times faster than the clock time passes for the rules: every window and every wait is divided by it.
type Pace float64

// Real is the pace of production.
const Real Pace = 1

// Where time runs faster, a target is still scraped no more than once a second: a shorter window would see no two
// samples, and a group cannot be evaluated more often.
const (
	leastWindow = 5 * time.Second
	leastWait   = time.Second
)

const (
	day  = 24 * time.Hour
	week = 7 * day
)

func (p Pace) divide(d, least time.Duration) time.Duration {
	if p == Real || d == 0 {
		return d
	}
	return max(time.Duration(float64(d)/float64(p)).Round(time.Second), least)
}

// window returns a range for an expression: 5m.
func (p Pace) window(d time.Duration) string {
	return model.Duration(p.divide(d, leastWindow)).String()
}

// wait returns how long an alert holds before it fires, or how often a group is evaluated.
func (p Pace) wait(d time.Duration) Duration { return Duration(p.divide(d, leastWait)) }

// seconds returns a duration as a number for an expression that compares seconds.
func (p Pace) seconds(d time.Duration) string {
	return strconv.FormatFloat(p.divide(d, leastWait).Seconds(), 'f', -1, 64)
}
