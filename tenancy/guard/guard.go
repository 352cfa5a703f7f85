// Package guard holds a burst of deletions until somebody decides whether it is meant, and never the single leaver: a
// wrong scoping filter, or a source directory that was emptied, must not empty the tenant's (ADR 0012).
//
// It counts what the tenant's journal says, so it knows of no deletion that the journal has not. It does not delete, and
// does not know what asks: whoever would delete or disable a resource asks first, by [Store.Do]. It tells nobody: who is
// to be told sees the open hold.
//
// Invariants:
//   - A tenant has one open hold at most. While it is open, no deletion and no disabling passes.
//   - What is held has not been done, and is noted: by whom it was asked for, when first and last, and how often.
//   - In one process the count is exact. Of n processes that serve one tenant, n - 1 changes can pass beyond the
//     threshold: those that the others had under way when the last one that fits was counted.
package guard

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/journal"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// MaxHeld is how many attempts a hold notes. What is beyond is held as well, but is in no list, and a rejection does not
// know of it.
const MaxHeld = 100_000

// Store guards the tenants of one database. It is safe for concurrent use.
type Store struct {
	db    *tenantdb.DB
	now   func() time.Time // of decisions
	turns turns
}

// New returns a Store over db. now is the clock of decisions; nil is time.Now.
func New(db *tenantdb.DB, now func() time.Time) *Store {
	if now == nil {
		now = time.Now
	}
	return &Store{db: db, now: now}
}

// Attempt is a deletion or a disabling that somebody asks for.
type Attempt struct {
	ResourceType string // User or Group
	ResourceID   string // a UUID
	Action       journal.Action
	At           time.Time
	Actor        string // the id of the client's token; from the context's journal.Origin when empty
}

// State is what has been decided about a hold.
type State string

// The states.
const (
	Open     State = "held"     // nothing yet
	Approved State = "approved" // what is deleted or disabled until Hold.Until passes
	Rejected State = "rejected" // what was held stays until Hold.Until
)

// Hold is a burst that is, or was, held.
type Hold struct {
	ID        string
	Opened    time.Time
	Found     Found
	State     State
	Decided   time.Time // zero while it is open, as is what follows
	DecidedBy string
	Until     time.Time
	Noted     int // attempts that Held lists
}

// Rule says which threshold was passed.
type Rule string

// The rules.
const (
	RuleCount   Rule = "count"   // more than Guard.Count, of users and groups together
	RulePercent Rule = "percent" // more than Guard.Percent of the users, or of the groups, that were there before
)

// Found is what made a hold of an attempt. Each number has that attempt with the others.
type Found struct {
	Rule         Rule          `json:"rule"`
	Guard        tenancy.Guard `json:"guard"`
	Leavers      int           `json:"leavers"`       // users and groups that were deleted or disabled within the window, each once
	ResourceType string        `json:"resource_type"` // of the attempt
	// Directory is how many resources of that type there were when the window began, or after the last decision, and
	// Resources how many of these are leavers. Both are 0 for RuleCount, which does not ask.
	Resources int    `json:"resources,omitempty"`
	Directory int    `json:"directory,omitempty"`
	Actor     string `json:"actor"`
}

// HeldError says that a change was not made, because it is part of a burst that is held.
type HeldError struct {
	Hold   Hold // without an ID where a rehearsal would have opened it
	Opened bool // this attempt has opened the hold, or would
}

func (e *HeldError) Error() string {
	if e.Hold.ID == "" {
		return fmt.Sprintf("the deletion guard would hold it, for the %s of %d leavers", e.Hold.Found.Rule, e.Hold.Found.Leavers)
	}
	return fmt.Sprintf("held by the deletion guard: hold %s, opened for the %s of %d leavers", e.Hold.ID, e.Hold.Found.Rule, e.Hold.Found.Leavers)
}

// RejectedError says that a change was not made, because somebody decided that the resource stays.
type RejectedError struct {
	Hold Hold
}

func (e *RejectedError) Error() string {
	return fmt.Sprintf("rejected with hold %s by %s until %s", e.Hold.ID, e.Hold.DecidedBy, e.Hold.Until.Format(time.RFC3339))
}

// Refused tells whether an error is the guard's: a *HeldError or a *RejectedError.
func Refused(err error) bool {
	var held *HeldError
	var rejected *RejectedError
	return errors.As(err, &held) || errors.As(err, &rejected)
}

// Do makes a change unless the guard holds it: then it does not call change, and returns a *HeldError or a
// *RejectedError. In this process the tenant's guarded changes are made one after another, so that each is counted before
// the next one asks.
func (s *Store) Do(ctx context.Context, schema tenantdb.Schema, g tenancy.Guard, a Attempt, change func() error) error {
	release, err := s.turns.take(ctx, schema)
	if err != nil {
		return fmt.Errorf("wait to %s a %s: %w", a.Action, a.ResourceType, err)
	}
	defer release()
	if err := s.Check(ctx, schema, g, a); err != nil {
		return err
	}
	return change()
}
