// Package journal writes and reads a tenant's journal: one row for each accepted change and each refused request, in the
// tenant's own schema.
//
// It decides in one place, [Recorder], how a change and its journal row travel together. It does not know what a change
// is: the caller brings the SQL of it. Refused requests wait in a [Buffer] and are written behind the answers. [List] and
// [Get] are for people who look, [Follow] for programs that must miss nothing, and [Output] writes entries as files for
// both. A [Pruner] removes what is old.
//
// Invariants: the row of a change exists exactly when it was made, both or neither; a refused request has one row or, when
// there is too much, none, and is counted then; rows are never updated; ids and times are the program's; a reader that
// follows by cursor sees every row once and in an order that never changes, whenever its transaction committed. [Loader]
// copies the rows of another journal into an empty one, in that order.
package journal

import (
	"context"
	"encoding/json"
	"time"
)

// Action is what was done to a resource.
type Action string

// The actions.
const (
	ActionCreate       Action = "create"
	ActionUpdate       Action = "update"
	ActionDisable      Action = "disable" // active became false
	ActionRestore      Action = "restore" // active became true again
	ActionDelete       Action = "delete"
	ActionMemberAdd    Action = "member_add"
	ActionMemberRemove Action = "member_remove"
)

// Outcome says what became of a request that the journal has.
type Outcome string

// The outcomes.
const (
	Accepted Outcome = "accepted" // the change was made
	Refused  Outcome = "refused"  // it was not: Detail is a Refusal
)

// Entry is one row of the journal.
type Entry struct {
	ID           string    // a UUIDv7; made by Record when empty
	At           time.Time // in microseconds, as Postgres keeps it
	Outcome      Outcome   // empty is Accepted
	Status       int       // of the HTTP answer to what was refused; 0 where it was accepted
	Action       Action
	ResourceType string // User, Group; of a refused request that asked for neither: empty
	ResourceID   string // a UUID; of a refused request that named none: empty
	Version      int64  // of the resource after the change; 0 of what was refused
	Actor        string // the id of the client's token; from the context's Origin when empty
	RequestID    string // ours, which is in the answer; from the context's Origin when empty
	// ProviderRequestID is what the identity provider calls the request; from the context's Origin when empty.
	ProviderRequestID string
	// Duration is the time from the request's arrival, in microseconds as it is kept: of an accepted change to the sending of
	// its statement, which writes the row too and so cannot know how long it takes itself; of a refused request to the end
	// of its answer. From the context's Origin when 0.
	Duration time.Duration
	Detail   json.RawMessage
}

// Origin is who makes a change and in which request. A request's first layer puts it into the context.
type Origin struct {
	Actor, RequestID, ProviderRequestID string
	// Start is when the request arrived; zero: nobody asks how long it takes.
	Start time.Time
	// Observe, when set, is called with each entry that was written, after it was: once, in the goroutine of the change.
	Observe func(Entry)
}

type originKey struct{}

// WithOrigin returns a context that carries o.
func WithOrigin(ctx context.Context, o Origin) context.Context {
	return context.WithValue(ctx, originKey{}, o)
}

// OriginFrom returns the context's Origin, and the zero Origin when there is none.
func OriginFrom(ctx context.Context) Origin {
	o, _ := ctx.Value(originKey{}).(Origin)
	return o
}
