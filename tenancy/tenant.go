// Package tenancy holds the words of multi-tenancy as plain values: tenant, identity, slug, state, client, and the errors
// that the packages below it return.
//
// It reads and writes nothing, and imports the standard library only, so every other package may know it.
//
// Invariants: an [ID] is a lower-case UUID and never changes; a [Slug] is a valid DNS label; the name of a tenant's
// schema follows from its ID and is quoted by package tenantdb alone.
package tenancy

import "time"

// Tenant is one customer.
type Tenant struct {
	ID        ID
	Slug      Slug
	Name      string // for people
	State     State
	Schema    string // the bare name of its schema; SQL takes it from tenantdb.SchemaFor(ID), which quotes it
	Settings  Settings
	Version   int64 // counts the changes of the tenant itself, from 1
	CreatedAt time.Time
	UpdatedAt time.Time
	// DeleteAfter is when a tenant that is deleting may be purged, and StateBefore what it goes back to when the deletion
	// is undone. Both are empty in other states.
	DeleteAfter time.Time
	StateBefore State
	// Extensions are the schemas that it adds, nil for none. Only package registry fills them in.
	Extensions *Extensions
}

// Client is who a verified token is: it is what the rest of a request knows of the caller.
type Client struct {
	TokenID   string // of the token, or of the OAuth client that it was issued to
	TenantID  ID
	Name      string    // the token's or the OAuth client's name, for people and for the journal
	Scopes    Scopes    // what it may do; never more than was granted
	ExpiresAt time.Time // zero: never
}
