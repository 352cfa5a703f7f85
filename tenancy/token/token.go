// Package token issues the bearer tokens with which an identity provider signs in to a tenant, and verifies them.
//
// It does not read HTTP. Which scopes a request needs its caller decides; from which addresses a token may be used is
// decided here.
//
// Invariants: a secret is shown once, when it is made, and nowhere kept: the database has an HMAC of it, and no cache, log or
// error has the secret. A token counts for one tenant only; at another it is unknown. Expiry is checked at every use,
// also of a remembered token. A revocation reaches every replica by notification within a second and, should that be
// lost, when what is remembered expires. Without Postgres, remembered tokens still verify, and for others the error is
// one for which tenantdb.Unavailable is true: a rejection always is an answer of Postgres. Of a line of tokens that
// replace each other at most two are live, and the older one goes only when the newer one was used, or when somebody
// insists.
package token

import (
	"errors"
	"fmt"
	"net/netip"
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
	ErrLimit          = errors.New("tenant has as many live tokens as it may have")
	ErrName           = errors.New("token name must have 1 to 100 printable characters")
	ErrExpiry         = errors.New("token would have expired already")
	ErrNotFound       = errors.New("token not found")
	ErrRevokedAlready = errors.New("token was revoked or has expired") // so it cannot be replaced
	ErrMade           = errors.New("token was made already")           // and somebody may have its secret
)

// Why a rotation cannot be started, completed or cancelled.
var (
	ErrRotating   = errors.New("token is being rotated")
	ErrNoRotation = errors.New("token is not being rotated")
	// ErrUnproven says that nobody has used the new token yet, so the identity provider may still have the old one.
	ErrUnproven = errors.New("new token was not used yet")
)

// Token is what is known of a token, without its secret.
type Token struct {
	ID            string
	TenantID      tenancy.ID
	Name          string
	Hint          string // the secret's last four characters
	Scopes        tenancy.Scopes
	CIDRs         CIDRs  // from where it may be used; none: from everywhere
	Line          string // the id of the first token of those that replaced each other
	Replaces      string // the id of the token that it was made to replace, or ""
	CreatedAt     time.Time
	ExpiresAt     time.Time  // zero: never
	RevokedAt     time.Time  // zero: not revoked
	FirstUsedAt   time.Time  // zero: never; some seconds late
	FirstUsedFrom netip.Addr // the zero Addr: never, or it had none
	LastUsedAt    time.Time  // zero: never; some seconds late
	LastUsedFrom  netip.Addr
}

// Live says whether the token is accepted at a time.
func (t Token) Live(at time.Time) bool {
	return t.RevokedAt.IsZero() && (t.ExpiresAt.IsZero() || at.Before(t.ExpiresAt))
}

// The control schema's tables.
var (
	tokens  = tenantdb.Control.Table("tokens")
	tenants = tenantdb.Control.Table("tenants")
	events  = tenantdb.Control.Table("token_events")
	secrets = tenantdb.Control.Table("oauth_secrets")
	clients = tenantdb.Control.Table("oauth_clients")
	trusts  = tenantdb.Control.Table("oauth_trusts")
)
