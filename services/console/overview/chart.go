package overview

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/askspoke/spoke/observability/health"
	"github.com/askspoke/spoke/services/console/word"
	"github.com/askspoke/spoke/tenancy/activity"
)

// chart is requests over time, as asset/chart.js draws them and a table tells them.
type chart struct {
	ID, Title string
	Bars      string  // the figures, as JSON
	Summary   string  // in a sentence
	Totals    []int64 // of chartClasses
	Rows      []chartRow
	Days      bool // a row is a day, of UTC
}

// chartRow is a step in which there were requests.
type chartRow struct {
	At      time.Time
	Of      []int64 // of chartClasses
	Changes string  // that were made, in words
}

// chartClasses are how the outcomes of requests are summed up.
var chartClasses = []struct {
	Name, colour string
	outcomes     []health.Outcome
}{
	{"Accepted", "--chart-1", []health.Outcome{health.Accepted, health.Unchanged}},
	{"Refused", "--chart-2", []health.Outcome{health.Refused, health.Unauthorized, health.Forbidden}},
	{"Slowed or held", "--chart-3", []health.Outcome{health.Limited, health.Held}},
	{"Errors of the server", "--chart-4", []health.Outcome{health.Failed}},
}

// bars is what asset/chart.js reads.
type bars struct {
	Step   int64    `json:"step"` // in seconds
	Days   bool     `json:"days"` // of UTC
	At     []int64  `json:"at"`   // seconds since 1970
	Series []series `json:"series"`
}

type series struct {
	Name   string  `json:"name"`
	Colour string  `json:"colour"` // the name of a variable
	Values []int64 `json:"values"`
}

// The charts of the overview, without figures.
var (
	lastDay   = chart{ID: "overview-day", Title: "Requests of the last 24 hours"}
	lastMonth = chart{ID: "overview-month", Title: "Requests of the last 30 days", Days: true}
)

// chartOf returns what makes a chart of a series that was read.
func chartOf(c chart) func([]activity.Point, error) (chart, error) {
	return func(points []activity.Point, err error) (chart, error) {
		if err != nil {
			return chart{}, err
		}
		return c.of(points)
	}
}

func (c chart) of(points []activity.Point) (chart, error) {
	b := bars{Days: c.Days, At: make([]int64, len(points)), Series: make([]series, len(chartClasses))}
	c.Totals = make([]int64, len(chartClasses))
	for i, class := range chartClasses {
		b.Series[i] = series{class.Name, class.colour, make([]int64, len(points))}
	}
	for i, p := range points {
		b.At[i] = p.At.Unix()
		row := chartRow{At: p.At, Of: make([]int64, len(chartClasses)), Changes: changesText(p.Changes)}
		for k, class := range chartClasses {
			for _, o := range class.outcomes {
				row.Of[k] += p.Outcomes[o]
			}
			b.Series[k].Values[i] = row.Of[k]
			c.Totals[k] += row.Of[k]
		}
		if len(p.Outcomes) > 0 {
			c.Rows = append(c.Rows, row)
		}
	}
	if len(points) > 1 {
		b.Step = b.At[1] - b.At[0]
	}
	c.Summary = summaryText(c.Totals)
	text, err := json.Marshal(b)
	if err != nil {
		return chart{}, fmt.Errorf("chart %s: %w", c.ID, err)
	}
	c.Bars = string(text)
	return c, nil
}

// Classes are the names of what a row's Of counts.
func (c chart) Classes() []string {
	names := make([]string, len(chartClasses))
	for i, class := range chartClasses {
		names[i] = class.Name
	}
	return names
}

// summaryText says what a chart shows.
func summaryText(totals []int64) string {
	var sum int64
	var parts []string
	for i, n := range totals {
		sum += n
		if n > 0 {
			parts = append(parts, strings.ToLower(chartClasses[i].Name)+" "+word.Number(n))
		}
	}
	if sum == 0 {
		return "No requests."
	}
	return word.Plural(sum, "request", "requests") + ": " + strings.Join(parts, ", ") + "."
}

// changesText tells of the changes of a step.
func changesText(changes map[health.Action]int64) string {
	var parts []string
	for _, c := range []struct {
		action health.Action
		verb   string
	}{
		{health.Create, "created"},
		{health.Update, "updated"},
		{health.Disable, "disabled"},
		{health.Restore, "enabled again"},
		{health.Delete, "deleted"},
		{health.MemberAdd, "members added"},
		{health.MemberRemove, "members removed"},
	} {
		if n := changes[c.action]; n > 0 {
			parts = append(parts, word.Number(n)+" "+c.verb)
		}
	}
	return strings.Join(parts, ", ")
}
