package tenancy

import "fmt"

// State is where a tenant is in its life. Only an active tenant is served.
type State string

// The states. A tenant is born creating or importing and becomes active when its schema is complete.
const (
	StateCreating  State = "creating"  // its schema is not complete yet; answered as if it did not exist
	StateImporting State = "importing" // its schema is being filled; answered as if it did not exist
	StateActive    State = "active"    // served
	StateSuspended State = "suspended" // refused with 403 until an operator resumes it
	StatePaused    State = "paused"    // refused with 503 for a short while, such as a move; clients try again
	StateDeleting  State = "deleting"  // in its grace period: refused with 403, and it can be had back
	StatePurging   State = "purging"   // being removed for good; answered as if it did not exist
)

// Valid says whether s is one of the states above.
func (s State) Valid() bool {
	switch s {
	case StateCreating, StateImporting, StateActive, StateSuspended, StatePaused, StateDeleting, StatePurging:
		return true
	}
	return false
}

// Complete says whether a tenant in this state has a whole schema: it is neither coming into being nor going for good.
func (s State) Complete() bool {
	switch s {
	case StateActive, StateSuspended, StatePaused, StateDeleting:
		return true
	}
	return false
}

// StateError says that something cannot be done with a tenant in its state. Its text may be shown to an administrator.
type StateError struct {
	Act   string // what was tried: "suspend", "delete"
	State State  // that the tenant is in
}

// Error says what cannot be done and why.
func (e *StateError) Error() string {
	return fmt.Sprintf("cannot %s the tenant: %s", e.Act, e.why())
}

func (e *StateError) why() string {
	switch e.State {
	case StateCreating:
		return "it is being created; where that was broken off, create it again"
	case StateImporting:
		return "it is being imported; where that was broken off, it goes by itself"
	case StateDeleting:
		return "it is being deleted; undo the deletion first"
	case StatePurging:
		return "it is being removed for good"
	}
	return "it is " + string(e.State)
}

// Is makes errors.Is(err, ErrStateInvalid) true.
func (e *StateError) Is(target error) bool { return target == ErrStateInvalid }
