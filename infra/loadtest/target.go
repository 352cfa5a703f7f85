package main

import "fmt"

// A target is what a figure of a result is held against.
type target struct {
	what  string // of the figure
	of    func(result) float64
	limit float64
	most  bool // the limit is the most that the figure may be, else the least
}

// halfOfBare: all that the product does beside the plain statement may cost as much as the plain statement.
var halfOfBare = []target{{what: "of the bare server's rate", of: result.rateRatio, limit: 0.5}}

// cheapRecords: what tells what happened, the journal and the metrics, costs a small part of what happens.
var cheapRecords = []target{{what: "of the rate without journal and metrics", of: result.rateRatio, limit: 0.85}}

// lastPageLikeFirst: a page of the journal is found by an index, wherever it is.
var lastPageLikeFirst = []target{{what: "times the first page's p50", of: result.medianRatio, limit: 2, most: true}}

// pagesAlike: what the console shows is found by indexes, however large the directory is.
var pagesAlike = []target{{what: "times the p50 of the small directory's page, where it differs most", of: result.worstPage, limit: 2, most: true}}

// sameForAnySize: what a change of one member costs depends on the change, not on the group.
var sameForAnySize = []target{
	{what: "times the small group's p50", of: result.medianRatio, limit: 1.5, most: true},
	{what: "times the large group's rate for the small one", of: func(r result) float64 { return 1 / r.rateRatio() }, limit: 1.5, most: true},
}

// alikeForAnySize is what a change of one member may cost in a group of ten times that size.
var alikeForAnySize = []target{{what: "times the small group's p50", of: result.medianRatio, limit: 3, most: true}}

// membersUntouched: a group is read without a look at its members.
var membersUntouched = []target{{what: "times the small group's p50", of: result.medianRatio, limit: 1.5, most: true}}

// boundedMemory: members are sent on as they are read, so Spoke holds a part of each answer at a time.
var boundedMemory = []target{{what: "times the answers in flight is what the memory grew by", of: result.held, limit: 0.5, most: true}}

var threeTimesSingles = []target{{what: "times the rate of single creates", of: result.rateRatio, limit: 3}}

var pageLikeFirst = []target{{what: "times the first page's p50", of: result.medianRatio, limit: 1.2, most: true}}

// deepLikeFirst: an index is found by walking to it, so its page costs in proportion to its depth, on top of what each page
// costs for the count of all users in totalResults. At the end of 200,000 users it was 1.7 times the first page.
var deepLikeFirst = []target{{what: "times the first page's p50", of: result.medianRatio, limit: 2, most: true}}

// andLikeFind is of processor time: the latency of requests this short is mostly the wait for a processor, which the load
// takes too.
var andLikeFind = []target{{what: "times the processor time of find", of: result.cpuRatio, limit: 3, most: true}}

// oneRoundTrip: the request itself asks Postgres once, and who it is from and how fast costs nothing more.
var oneRoundTrip = []target{{what: "statements for a request", of: func(r result) float64 { return r.statements }, limit: 1, most: true}}

var threeTimesDDL = []target{{what: "times the p50 of the plain DDL", of: result.medianRatio, limit: 3, most: true}}

var lastLikeFirst = []target{{what: "times the first hundred's time for the last", of: func(r result) float64 { return 1 / r.rateRatio() }, limit: 1.3, most: true}}

// A verdict is a target with the figure that a result has for it.
type verdict struct {
	What  string  `json:"what"`
	Value float64 `json:"value"`
	Limit float64 `json:"limit"`
	Most  bool    `json:"at_most"`
	Met   bool    `json:"met"`
}

func (t target) judge(r result) verdict {
	v := verdict{What: t.what, Value: t.of(r), Limit: t.limit, Most: t.most}
	if t.most {
		v.Met = v.Value <= t.limit
	} else {
		v.Met = v.Value >= t.limit
	}
	return v
}

func (v verdict) String() string {
	bound, met := "at least", "met"
	if v.Most {
		bound = "at most"
	}
	if !v.Met {
		met = "NOT MET"
	}
	return fmt.Sprintf("%.2f %s (target: %s %.2f): %s", v.Value, v.What, bound, v.Limit, met)
}
