package health

import "time"

// NoticeKind is why somebody is told.
type NoticeKind string

// The kinds.
const (
	Worse     NoticeKind = "worse"     // a reason came, or became more severe
	Again     NoticeKind = "again"     // it lasts for another day
	Recovered NoticeKind = "recovered" // it is over
	Digest    NoticeKind = "digest"    // several of these, gathered because there were too many
)

// Audience is who is told.
type Audience string

// The audiences.
const (
	ToTenant   Audience = "tenant"   // the addresses of the tenant's settings
	ToOperator Audience = "operator" // whoever runs Spoke
)

// News is what is to be told. It is one mail for each address of its audience.
type News struct {
	// Key is the same when the same news are made again from what was stored, and unique within the tenant otherwise.
	Key      string     `json:"key"`
	Kind     NoticeKind `json:"kind"`
	To       []Audience `json:"to"`
	Codes    []Code     `json:"codes"`   // what it is about
	Reasons  []Reason   `json:"reasons"` // what is so now, the worst first; empty when all is well
	Before   State      `json:"before"`
	State    State      `json:"state"`
	Severity Severity   `json:"severity"`
	Forecast string     `json:"forecast"`
	Lines    []string   `json:"lines"` // what happened, a sentence each
	At       time.Time  `json:"at"`
}

// Told is what was told of a tenant, stored as JSON between two evaluations. {} is read as the zero Told: nothing was.
type Told struct {
	Version int `json:"version"`
}

// Notices returns what to tell now that a verdict follows another, and what has been told then. The first verdict of a
// tenant follows the zero Verdict.
func Notices(before, after Verdict, told Told, now time.Time, pace Pace) ([]News, Told) {
	_, _, _, _ = before, after, now, pace
	return nil, told
}

// Due returns when Notices has to be called again though the verdict stays as it is; zero for never.
func (t Told) Due(pace Pace) time.Time {
	_ = pace
	return time.Time{}
}
