// Package journal writes and reads a tenant's journal: one row for each accepted change, in the tenant's own schema.
//
// It decides in one place, [Recorder], how a change and its journal row travel together. It does not know what a change
// is: the caller brings the SQL of it. It does not prune, and it does not record refused requests yet.
//
// Invariants: a row exists exactly when its change was made, both or neither; rows are never updated; ids and times are
// the program's; a reader that follows by cursor sees every row once and in an order that never changes, whenever its
// transaction committed. [Loader] copies the rows of another journal into an empty one, in that order.
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

// Entry is one row of the journal.
type Entry struct {
	ID           string    // a UUIDv7; made by Record when empty
	At           time.Time // in microseconds, as Postgres keeps it
	Action       Action
	ResourceType string // User or Group
	ResourceID   string // a UUID
	Version      int64  // of the resource after the change
	Actor        string // the name of the client; from the context's Origin when empty
	RequestID    string // from the context's Origin when empty
	Detail       json.RawMessage
}

// Origin is who makes a change and in which request. A request's first layer puts it into the context.
type Origin struct{ Actor, RequestID string }

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
