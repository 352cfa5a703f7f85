// Package token issues the bearer tokens with which an identity provider signs in to a tenant, and verifies them.
//
// It does not read HTTP and does not decide what a client may do.
//
// Invariants: a secret is shown once, by Mint, and nowhere kept: the database has an HMAC of it, and no cache, log or
// error has the secret. A token counts for one tenant only; at another it is unknown. Expiry is checked at every use,
// also of a remembered token. A revocation reaches every replica by notification within a second and, should that be
// lost, when what is remembered expires. Without Postgres, remembered tokens still verify, and for others the error is
// one for which tenantdb.Unavailable is true: a rejection always is an answer of Postgres.
package token

import (
	"errors"
	"fmt"
	"time"

	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// Why a token is rejected. A client hears the same 401 for all; the difference is for the tenant's administrator.
var (
	ErrRejected  = errors.New("token is rejected") // what the others wrap
	ErrMalformed = fmt.Errorf("%w: it is malformed", ErrRejected)
	ErrUnknown   = fmt.Errorf("%w: it is unknown", ErrRejected) // at this tenant
	ErrExpired   = fmt.Errorf("%w: it has expired", ErrRejected)
	ErrRevoked   = fmt.Errorf("%w: it was revoked", ErrRejected)
)

// Why a token cannot be issued or revoked.
var (
	ErrLimit    = errors.New("tenant has as many live tokens as it may have")
	ErrName     = errors.New("token name must have 1 to 100 printable characters")
	ErrExpiry   = errors.New("token would have expired already")
	ErrNotFound = errors.New("token not found")
)

// Token is what is known of a token, without its secret.
type Token struct {
	ID         string
	TenantID   tenancy.ID
	Name       string
	Hint       string // the secret's last four characters
	CreatedAt  time.Time
	ExpiresAt  time.Time // zero: never
	RevokedAt  time.Time // zero: not revoked
	LastUsedAt time.Time // zero: never; some seconds late
}

// Live says whether the token is accepted at a time.
func (t Token) Live(at time.Time) bool {
	return t.RevokedAt.IsZero() && (t.ExpiresAt.IsZero() || at.Before(t.ExpiresAt))
}

// The control schema's tables.
var (
	tokens  = tenantdb.Control.Table("tokens")
	tenants = tenantdb.Control.Table("tenants")
)
