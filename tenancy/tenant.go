// Package tenancy holds the words of multi-tenancy as plain values: tenant, identity, slug, state, client, and the errors
// that the packages below it return.
//
// It reads and writes nothing, and imports the standard library only, so every other package may know it.
//
// Invariants: an [ID] is a lower-case UUID and never changes; a [Slug] is a valid DNS label; the name of a tenant's
// schema follows from its ID and is quoted by package tenantdb alone.
package tenancy

import "time"

// State is where a tenant is in its life. Only an active tenant is served.
type State string

// The states. A tenant is born creating and becomes active when its schema is complete.
const (
	StateCreating  State = "creating"  // its schema is not complete yet; answered as if it did not exist
	StateActive    State = "active"    // served
	StateSuspended State = "suspended" // refused with 403 until an operator resumes it
	StatePaused    State = "paused"    // refused with 503 for a short while, such as a move; clients try again
	StateDeleting  State = "deleting"  // answered as if it did not exist
)

// Valid says whether s is one of the states above.
func (s State) Valid() bool {
	switch s {
	case StateCreating, StateActive, StateSuspended, StatePaused, StateDeleting:
		return true
	}
	return false
}

// Profile decides how much a tenant's SCIM endpoint tolerates on input.
type Profile string

// The profiles.
const (
	ProfileAuto   Profile = "auto"   // every known deviation of a provider is tolerated; the default
	ProfileStrict Profile = "strict" // the RFC and nothing else
)

// Valid says whether p is one of the profiles above.
func (p Profile) Valid() bool { return p == ProfileAuto || p == ProfileStrict }

// Settings are what a tenant's administrator may change.
type Settings struct {
	UniqueGroupNames bool    // a second group with the same displayName is refused with 409
	Profile          Profile // empty is ProfileAuto
}

// DefaultSettings returns what a tenant starts with.
func DefaultSettings() Settings { return Settings{UniqueGroupNames: true, Profile: ProfileAuto} }

// Tenant is one customer.
type Tenant struct {
	ID        ID
	Slug      Slug
	Name      string // for people
	State     State
	Schema    string // the bare name of its schema; SQL takes it from tenantdb.SchemaFor(ID), which quotes it
	Settings  Settings
	CreatedAt time.Time
	// Extensions are the schemas that it adds, nil for none. Only package registry fills them in.
	Extensions *Extensions
}

// Client is who a verified token is: it is what the rest of a request knows of the caller.
type Client struct {
	TokenID   string
	TenantID  ID
	Name      string    // the token's name, for people and for the journal
	ExpiresAt time.Time // zero: never
}
