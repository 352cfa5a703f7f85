package health

import "time"

// NewsKind is why somebody is told.
type NewsKind string

// The kinds.
const (
	Worse     NewsKind = "worse"     // a reason came, or became more severe
	Again     NewsKind = "again"     // it lasts for another day
	Recovered NewsKind = "recovered" // it is over
	Digest    NewsKind = "digest"    // what was gathered because it came and went, or was too much
)

// Audience is who is told.
type Audience string

// The audiences.
const (
	ToTenant   Audience = "tenant"   // the addresses of the tenant's settings
	ToOperator Audience = "operator" // whoever runs Spoke
)

// News is what is to be told at once: one mail for each address of its audience.
type News struct {
	// Key is the same when the same news are made again from what was stored, and another for any other news of the tenant.
	Key      string     `json:"key"`
	Kind     NewsKind   `json:"kind"`
	To       []Audience `json:"to"`
	Codes    []Code     `json:"codes"`   // what it is about, each once
	Lines    []string   `json:"lines"`   // what happened, a sentence each
	Reasons  []Reason   `json:"reasons"` // all that is so now, the worst first
	Before   State      `json:"before"`  // empty where there was no verdict before
	State    State      `json:"state"`
	Severity Severity   `json:"severity"`
	Forecast string     `json:"forecast"`
	At       time.Time  `json:"at"`
}

// ToldVersion is the version of Told that this program writes.
const ToldVersion = 1

// Told is what was told of a tenant, stored as JSON between two evaluations. {} is read as the zero Told: nothing was.
// It is bounded: by the number of codes, Pace.TellMost and MaxWaiting.
type Told struct {
	Version int           `json:"version"`
	Seq     int64         `json:"seq,omitzero"`      // of the last news
	Reasons map[Code]Tell `json:"reasons,omitempty"` // that are so, or were within Pace.TellAgain
	Sent    []time.Time   `json:"sent,omitempty"`    // the news within Pace.TellDay, the oldest first
	Waiting []Event       `json:"waiting,omitempty"` // what is to be told when there is room, the oldest first
	Dropped int           `json:"dropped,omitzero"`  // events that found no room among those
	// Unserved says that the tenant was not served when it was last looked at, so that nothing is known of its provider.
	Unserved bool `json:"unserved,omitzero"`
}

// MaxWaiting is how many events are gathered at most.
const MaxWaiting = 20

// Tell is what was told of one reason.
type Tell struct {
	At       time.Time `json:"at"`               // when it was last told that it is so
	Severity Severity  `json:"severity"`         // the greatest that was told since
	Lasts    bool      `json:"lasts,omitzero"`   // it is so
	Open     bool      `json:"open,omitzero"`    // its end has to be told
	Times    int       `json:"times,omitzero"`   // that it was told again, one after the other
	Returns  int       `json:"returns,omitzero"` // how often it came back since At without being told
}

// wait returns how long it is not told again.
func (t Tell) wait(pace Pace) time.Duration {
	d := pace.TellAgain
	for i := 0; i < t.Times && t.Returns == 0 && d < pace.TellSeldom; i++ {
		d *= 2
	}
	return max(pace.TellAgain, min(d, pace.TellSeldom))
}

// Event is one thing to tell.
type Event struct {
	At       time.Time `json:"at"`
	Kind     NewsKind  `json:"kind"`
	Code     Code      `json:"code"`
	Severity Severity  `json:"severity"`
	Text     string    `json:"text"`
}
