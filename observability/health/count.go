package health

import "time"

// Action is what a request asked for.
type Action string

// The actions. A refused change is a create, an update or a delete by its method.
const (
	Read         Action = "read" // GET and .search
	Create       Action = "create"
	Update       Action = "update"
	Disable      Action = "disable"
	Restore      Action = "restore"
	Delete       Action = "delete"
	MemberAdd    Action = "member_add"
	MemberRemove Action = "member_remove"
	Reference    Action = "reference"    // a refused change where the refusal is about members or manager
	Authenticate Action = "authenticate" // a request that bears credentials, which were refused; one without any is a stranger's
	Other        Action = "other"        // discovery, the envelope of a bulk request
)

// Outcome is how a request ended.
type Outcome string

// The outcomes.
const (
	Accepted     Outcome = "accepted"
	Unchanged    Outcome = "unchanged"    // accepted, and there was nothing to change
	Refused      Outcome = "refused"      // 4xx, but for those below
	Failed       Outcome = "failed"       // 5xx, but for a held one
	Limited      Outcome = "limited"      // 429
	Held         Outcome = "held"         // 503 of the deletion guard
	Unauthorized Outcome = "unauthorized" // 401
	Forbidden    Outcome = "forbidden"    // 403 because of the tenant's state
)

// Count is how many requests of a kind came in one bucket of time. Its key is At, Resource, Action and Outcome: a later
// Count of the same key replaces it.
type Count struct {
	At       time.Time     `json:"at" db:"at"`             // when the bucket began
	Resource string        `json:"resource" db:"resource"` // User, Group, or empty
	Action   Action        `json:"action" db:"action"`
	Outcome  Outcome       `json:"outcome" db:"outcome"`
	Count    int64         `json:"count" db:"count"`
	Duration time.Duration `json:"duration,omitzero" db:"-"` // of all together
	FirstAt  time.Time     `json:"first_at" db:"first_at"`
	LastAt   time.Time     `json:"last_at" db:"last_at"`
	Position int64         `json:"position,omitzero" db:"position"` // how far a client has read the pages of a list; 0: it read none
	Total    int64         `json:"total,omitzero" db:"total"`       // how long that list is
}

// Tally is how many requests of a kind a cycle or a tenant had.
type Tally struct {
	Resource string        `json:"resource"`
	Action   Action        `json:"action"`
	Outcome  Outcome       `json:"outcome"`
	Count    int64         `json:"count"`
	Duration time.Duration `json:"duration"` // of all together, in nanoseconds
	// Position is how far a client has read the pages of a list, and Total how long that list is. 0: it read none.
	Position int64 `json:"position,omitzero"`
	Total    int64 `json:"total,omitzero"`
}
