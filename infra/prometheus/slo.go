package prometheus

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// The objectives, over thirty days. An identity provider retries what fails, so an error costs a tenant time; what is
// slow costs a whole cycle its pace.
const (
	Availability = 0.999 // of SCIM requests are not answered with a failure of ours
	Latency      = 0.99  // of SCIM requests but bulks are answered within SlowAfter
	SlowAfter    = 500 * time.Millisecond
	budgetOver   = 30 * day
)

// An objective is a share of requests that must be good. Its series are spoke:scim_BAD:ratio_rateWINDOW, the share of bad
// ones in a window.
type objective struct {
	name, bad string
	target    float64
	// of returns the rates of bad requests and of all in a window.
	of func(window string) (bad, all string)
}

var objectives = []objective{
	{
		name: "availability", bad: "errors", target: Availability,
		// What the deletion guard holds is answered with 503 on purpose, so that the provider tries again.
		of: func(w string) (string, string) {
			return "clamp_min(\n" +
					"  (sum(rate(spoke_scim_requests_total{code=~\"5..\"}[" + w + "])) or vector(0))\n" +
					"  - (sum(rate(spoke_tenant_operations_total{outcome=\"held\"}[" + w + "])) or vector(0)), 0)",
				"sum(rate(spoke_scim_requests_total[" + w + "]))"
		},
	},
	{
		name: "latency", bad: "slow", target: Latency,
		// A bulk takes as long as it is; what failed is counted by the other objective.
		of: func(w string) (string, string) {
			const among = `class!="5xx",route!="/Bulk"`
			all := "sum(rate(spoke_scim_request_duration_seconds_count{" + among + "}[" + w + "]))"
			return all + "\n- sum(rate(spoke_scim_request_duration_seconds_bucket{" + among + `,le="` + number(SlowAfter.Seconds()) + "\"}[" + w + "]))", all
		},
	},
}

// The windows over which the budget's consumption is looked at: a long one that says it is worth a call, and a short one
// that says it still goes on (Google's SRE workbook, chapter 5, "multiwindow, multi-burn-rate alerts").
var windows = []time.Duration{5 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour, 6 * time.Hour, day, 3 * day}

type burn struct {
	long, short time.Duration
	rate        float64 // 1 uses up the budget in thirty days exactly
}

var (
	fastBurns = []burn{{time.Hour, 5 * time.Minute, 14.4}, {6 * time.Hour, 30 * time.Minute, 6}}
	slowBurns = []burn{{day, 2 * time.Hour, 3}, {3 * day, 6 * time.Hour, 1}}
)

// fewest is how many bad requests a burn alert needs: one failure of a hundred in a quiet night is no trend.
const fewest = 10

func sloFile(p Pace) File {
	quick := Group{Name: "spoke-slo", Interval: p.wait(30 * time.Second)}
	days := Group{Name: "spoke-slo-days", Interval: p.wait(2 * time.Minute)} // long windows cost more and change less
	alerts := Group{Name: "spoke-slo-alerts", Interval: p.wait(30 * time.Second)}
	for _, o := range objectives {
		for _, w := range windows {
			group := &quick
			if w >= day {
				group = &days
			}
			group.Rules = append(group.Rules, o.record(p, w)...)
		}
		days.Rules = append(days.Rules, o.budget(p))
		alerts.Rules = append(alerts.Rules, o.alerts(p)...)
	}
	return File{Name: "slo", Groups: []Group{quick, days, alerts}}
}

// record returns the rules for one window: the rates of bad and of all, and their ratio, which is nothing where there
// are no requests.
func (o objective) record(p Pace, w time.Duration) []Rule {
	bad, all := o.of(p.window(w))
	rate := func(what string) string { return "spoke:scim_" + what + ":rate" + short(w) }
	badRate, allRate := rate(o.bad), rate(o.name+"_requests")
	return []Rule{
		{Record: badRate, Expr: bad},
		{Record: allRate, Expr: all},
		{Record: o.ratio(w), Expr: fmt.Sprintf("%s / (%s > 0)", badRate, allRate)},
	}
}

// ratio names the share of bad requests in a window. The name is the same at every pace.
func (o objective) ratio(w time.Duration) string {
	return "spoke:scim_" + o.bad + ":ratio_rate" + short(w)
}

func (o objective) budget(p Pace) Rule {
	over := p.window(budgetOver)
	return Rule{
		Record: "spoke:scim_" + o.name + "_budget:remaining_ratio30d",
		Expr: fmt.Sprintf("1 - sum_over_time(spoke:scim_%s:rate5m[%s])\n  / (sum_over_time(spoke:scim_%s_requests:rate5m[%s]) > 0)\n  / %s",
			o.bad, over, o.name, over, number(1-o.target)),
	}
}

func (o objective) alerts(p Pace) []Rule {
	rules := []Rule{
		alert("Spoke"+title(o.name)+"BurnsFast", Critical, p.wait(2*time.Minute), o.burning(p, fastBurns),
			"SCIM's "+o.name+" budget is used up within days",
			"{{ $value | humanizePercentage }} of SCIM requests are "+o.says()+", against "+percent(1-o.target)+" that the objective allows."),
		alert("Spoke"+title(o.name)+"BurnsSlowly", Warning, p.wait(15*time.Minute), o.burning(p, slowBurns),
			"SCIM's "+o.name+" budget is used up before the month is over",
			"{{ $value | humanizePercentage }} of SCIM requests are "+o.says()+", for hours, against "+percent(1-o.target)+" that the objective allows."),
	}
	for i := range rules {
		rules[i].Labels["slo"] = o.name
	}
	return rules
}

// burning is true while a pair of windows burns, and enough requests were bad in the longest window.
func (o objective) burning(p Pace, burns []burn) string {
	pairs := make([]string, len(burns))
	for i, b := range burns {
		limit := number(b.rate * (1 - o.target))
		pairs[i] = fmt.Sprintf("(%s > %s and %s > %s)", o.ratio(b.long), limit, o.ratio(b.short), limit)
	}
	longest := burns[len(burns)-1].long
	return fmt.Sprintf("(\n  %s\n)\nand spoke:scim_%s:rate%s * %s >= %d",
		strings.Join(pairs, "\n  or "), o.bad, short(longest), p.seconds(longest), fewest)
}

func (o objective) says() string {
	if o.bad == "slow" {
		return "slower than " + SlowAfter.String()
	}
	return "answered with a failure of ours"
}

// short writes a window in a series' name, always in its largest unit: 5m, 1h, 3d.
func short(w time.Duration) string {
	switch {
	case w%day == 0:
		return strconv.Itoa(int(w/day)) + "d"
	case w%time.Hour == 0:
		return strconv.Itoa(int(w/time.Hour)) + "h"
	}
	return strconv.Itoa(int(w/time.Minute)) + "m"
}

// number writes a number without the noise of its last binary digits.
func number(f float64) string {
	return strings.TrimRight(strings.TrimRight(strconv.FormatFloat(f, 'f', 6, 64), "0"), ".")
}

func percent(f float64) string { return number(100*f) + " %" }

func title(word string) string { return strings.ToUpper(word[:1]) + word[1:] }
