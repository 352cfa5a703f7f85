// Package activity counts the requests of each tenant, by what they asked for and what became of them, and reads the counts.
//
// A [Recorder] counts in memory and writes once a second. It does not know HTTP or SCIM: who counts says what a request
// was, in the words below. What the counts say of a tenant's provisioning is package health's.
//
// Invariants: counting never waits for Postgres; memory is bounded, and what it cannot hold is counted as dropped; nothing
// is counted twice, however often a statement is sent: a row has one writer, which writes all that it has counted in a time
// and not what came since, and a row only grows. What Postgres cannot be told is kept and written later. A statement
// touches one tenant's schema.
package activity

import (
	"time"

	"github.com/askspoke/spoke/tenancy"
)

// Action is what a request wanted. Those of accepted changes are the journal's words.
type Action string

// The actions.
const (
	Read         Action = "read" // GET, and POST to .search
	Create       Action = "create"
	Update       Action = "update"
	Disable      Action = "disable"
	Restore      Action = "restore"
	Delete       Action = "delete"
	MemberAdd    Action = "member_add"
	MemberRemove Action = "member_remove"
	Reference    Action = "reference"    // a change that was refused for its members or its manager
	Authenticate Action = "authenticate" // a request that did not get further
	Other        Action = "other"        // discovery, a bulk as a whole, no endpoint
)

// Outcome is what became of a request.
type Outcome string

// The outcomes.
const (
	Accepted     Outcome = "accepted"
	Unchanged    Outcome = "unchanged"    // the directory was so already
	Refused      Outcome = "refused"      // 4xx but for the following
	Failed       Outcome = "failed"       // 5xx but for the guard's
	Limited      Outcome = "limited"      // 429
	Held         Outcome = "held"         // 503 of the guard against deletions
	Unauthorized Outcome = "unauthorized" // 401
	Forbidden    Outcome = "forbidden"    // 403 for the tenant's state
)

// Kind is what is counted together.
type Kind struct {
	Resource string // User, Group, or "" for neither
	Action   Action
	Outcome  Outcome
}

// Request is one request, or one operation of a bulk, that was answered.
type Request struct {
	Tenant tenancy.ID
	Kind
	Duration time.Duration
	// Position is how far the client has read a list with this page, and Total how long the list is; 0, 0: it read none.
	Position, Total int
}

// DefaultBucket is the time whose requests are counted together.
const DefaultBucket = time.Minute
