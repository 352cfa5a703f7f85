package health

import "time"

// Code names a reason, for programs. A verdict has each at most once.
type Code string

// The codes, with the state that they imply.
const (
	CodeAwaiting    Code = "awaiting_first_request" // awaiting_first_request
	CodeInitial     Code = "initial_sync"           // initial_sync
	CodePaused      Code = "paused"                 // paused
	CodeChanges     Code = "changes_failing"        // degraded, or at_risk
	CodeReferences  Code = "references_failing"     // degraded
	CodeCredentials Code = "credentials_failing"    // degraded, at_risk, or quarantine_suspected
	CodeConnection  Code = "connection_failing"     // the same, for errors of ours
	CodeErrors      Code = "errors"                 // degraded
	CodeSlow        Code = "answers_slow"           // degraded
	CodeLong        Code = "cycle_long"             // degraded
	CodeLate        Code = "cycle_late"             // degraded
	CodeWidened     Code = "cadence_widened"        // quarantine_suspected
	CodeSilent      Code = "silent"                 // stale, or disabled_suspected
	CodeExpiring    Code = "token_expiring"         // token_expiring
	CodeExpired     Code = "token_expired"          // token_expiring
	CodeGuard       Code = "guard_held"             // guard_held
)

// Reason is one thing that is so with a tenant.
type Reason struct {
	Code     Code     `json:"code"`
	State    State    `json:"state"` // that it implies when no other is worse
	Severity Severity `json:"severity"`
	Text     string   `json:"text"` // a sentence for people
}

// Verdict is how a tenant's provisioning does at a time.
type Verdict struct {
	State    State     `json:"state"`              // that of the first reason, Healthy without any
	Severity Severity  `json:"severity"`           // that of the first reason, OK without any
	Reasons  []Reason  `json:"reasons"`            // the worst first
	Forecast string    `json:"forecast"`           // what is to come, as sentences for people; may be empty
	Progress *Progress `json:"progress,omitempty"` // of the cycle under way; nil where there is none, or nothing to compare it with
	// DueAt is when time alone may change what this verdict says, or when a cycle has to be closed. Until then nobody need
	// look at a tenant that is silent. Zero: never.
	DueAt time.Time `json:"due_at,omitzero"`

	// For metrics.

	Cadence time.Duration `json:"cadence"`          // the usual time between two cycles; 0: they come irregularly
	Changes int64         `json:"changes"`          // of the cycle that was judged
	Failed  int64         `json:"failed"`           // of those Changes
	NextAt  time.Time     `json:"next_at,omitzero"` // when the provider is expected next; zero: not known
}

// Progress is how far a cycle is.
type Progress struct {
	Ratio float64   `json:"ratio"`        // 0 to 0.99
	ETA   time.Time `json:"eta,omitzero"` // zero: not known
	Basis Basis     `json:"basis"`
	Done  int64     `json:"done"` // requests, or list entries
	Of    int64     `json:"of"`   // about how many there will be
}

// Basis is what a progress is estimated from.
type Basis string

// The bases.
const (
	LastCycle Basis = "last_cycle" // the requests of the last cycle of the same kind
	Pages     Basis = "pages"      // how far the provider has read a list
)
