// Package activity counts the requests of each tenant, by what they asked for and what became of them, and reads the counts.
//
// A [Recorder] counts in memory and writes once a second. It does not know HTTP or SCIM: who counts says what a request
// was, in the words of package health, which also knows what the counts say of a tenant's provisioning.
//
// Invariants: counting never waits for Postgres; memory is bounded, and what it cannot hold is counted as dropped; nothing
// is counted twice, however often a statement is sent: a row has one writer, which writes all that it has counted in a time
// and not what came since, and a row only grows. What Postgres cannot be told is kept and written later. A statement
// touches one tenant's schema.
package activity

import (
	"time"

	"github.com/askspoke/spoke/observability/health"
	"github.com/askspoke/spoke/tenancy"
)

// Kind is what is counted together.
type Kind struct {
	Resource string // User, Group, or "" for neither
	Action   health.Action
	Outcome  health.Outcome
}

// Request is one request, or one operation of a bulk, that was answered.
type Request struct {
	Tenant tenancy.ID
	Kind
	Duration time.Duration
	// Position is how far the client has read a list with this page, and Total how long the list is; 0, 0: it read none. A
	// list by a filter has no Position.
	Position, Total int
}
