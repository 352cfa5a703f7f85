package health

import "time"

// Kind is what a cycle is for.
type Kind string

// The kinds.
const (
	// Probe is a handful of reads before the provider has begun, as "Test connection" sends.
	Probe Kind = "probe"
	// Initial is the first cycle that synchronises, or one that walks most of the directory again after a restart.
	Initial Kind = "initial"
	// Incremental is a cycle of what has changed since.
	Incremental Kind = "incremental"
)

// Cycle is a run of the provider: requests without a pause longer than Pace.Gap. Those of whom nobody knows who sent them
// are counted in it, but do not make it last: a monitor that asks without a right token would have it last for ever. They
// are a cycle of their own where no client is heard, since the provider's own token may be wrong.
type Cycle struct {
	Kind    Kind      `json:"kind"`
	Started time.Time `json:"started"` // of the first request
	Ended   time.Time `json:"ended"`   // of the last request, so far; of the last one of a client, where one came
	Counts  []Tally   `json:"counts"`  // ordered by resource, action and outcome
}

// Summary is a cycle in a few numbers.
type Summary struct {
	Kind         Kind          `json:"kind"`
	Started      time.Time     `json:"started"`
	Ended        time.Time     `json:"ended"`
	Requests     int64         `json:"requests"`
	Succeeded    int64         `json:"succeeded,omitzero"`    // accepted or unchanged, of any action
	Changes      int64         `json:"changes,omitzero"`      // tried on users and groups, without members and managers
	Failed       int64         `json:"failed,omitzero"`       // of those Changes, whatever the reason
	References   int64         `json:"references,omitzero"`   // refused changes of members and managers
	Unauthorized int64         `json:"unauthorized,omitzero"` // requests whose credentials were refused
	Strangers    int64         `json:"strangers,omitzero"`    // requests of whom nobody knows who sent them, those Unauthorized among them
	Errors       int64         `json:"errors,omitzero"`       // requests answered with 5xx or 429, but for held ones and slowed strangers
	Duration     time.Duration `json:"duration,omitzero"`     // of all requests together, in nanoseconds
}
