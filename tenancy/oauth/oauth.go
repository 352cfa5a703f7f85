// Package oauth issues access tokens to a tenant's clients by the client credentials grant of OAuth 2.0 (RFC 6749 section
// 4.4), and verifies them. A client shows a secret, or an assertion that an issuer which it trusts has signed (RFC 7523,
// workload identity federation).
//
// It does not read HTTP, and does not decide what a request needs: package gateway does.
//
// Invariants: the database holds no secret that is worth anything without the key of the environment: client secrets are
// hashed under it, signing keys sealed. An access token counts at the tenant URL that it was issued for and nowhere else,
// for as long as the secret or the trust that it was issued for is live, and gives at most what its client may do at the
// time of its use. A revocation reaches every replica by notification within a second and, should that be lost, when
// what is remembered expires. Only what a key of ours has signed is looked up, so strangers ask Postgres for nothing
// but keys that they invent, a few at once. Package issuer says how other issuers are asked.
package oauth

import (
	"errors"
	"fmt"
	"net/netip"
	"time"

	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/tenantdb"
	"github.com/askspoke/spoke/tenancy/token"
)

// Code is what an Error is to a client (RFC 6749 section 5.2).
type Code string

// The codes.
const (
	InvalidRequest       Code = "invalid_request"
	InvalidClient        Code = "invalid_client"
	InvalidScope         Code = "invalid_scope"
	UnauthorizedClient   Code = "unauthorized_client"
	UnsupportedGrantType Code = "unsupported_grant_type"
	// TemporarilyUnavailable is of RFC 6749 section 4.1.2.1, the only code for a server that cannot tell.
	TemporarilyUnavailable Code = "temporarily_unavailable"
)

// Error refuses an access token. Description is for the administrator of an identity provider; Err is not.
type Error struct {
	Code        Code
	Description string
	Err         error
}

// Error returns the code, the description and the cause.
func (e *Error) Error() string {
	if e.Err == nil {
		return fmt.Sprintf("%s: %s", e.Code, e.Description)
	}
	return fmt.Sprintf("%s: %s: %v", e.Code, e.Description, e.Err)
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

func refuse(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Description: fmt.Sprintf(format, args...)}
}

// How long an access token lives.
const (
	MinTokenLife     = time.Hour
	MaxTokenLife     = 6 * time.Hour
	DefaultTokenLife = MinTokenLife
)

// Why a client, a secret or a trust cannot be made or changed. Names, expiries and addresses have the errors of package
// token: token.ErrName, token.ErrExpiry, *token.CIDRError.
var (
	ErrNotFound  = errors.New("oauth client not found")
	ErrNoSecret  = errors.New("client secret not found")
	ErrNoTrust   = errors.New("trust not found")
	ErrRevoked   = errors.New("oauth client is revoked")
	ErrGone      = errors.New("what an earlier attempt at the request made was revoked")
	ErrLimit     = errors.New("tenant has as many live oauth clients as it may have")
	ErrSecrets   = errors.New("oauth client has as many live secrets as it may have")
	ErrTrusts    = errors.New("oauth client has as many trusts as it may have")
	ErrTokenLife = fmt.Errorf("access tokens live from %s to %s, in whole seconds", MinTokenLife, MaxTokenLife)
)

// ErrTrust is what TrustError is.
var ErrTrust = errors.New("trust is invalid")

// TrustError says which field of a trust is refused, and why. Reason completes a sentence that begins with the field, and
// may be shown to a client.
type TrustError struct {
	Field  string // issuer, audience, subject, algorithms
	Reason string
}

// Error names the field and the reason.
func (e *TrustError) Error() string { return e.Field + " " + e.Reason }

// Is makes errors.Is(err, ErrTrust) true.
func (e *TrustError) Is(target error) bool { return target == ErrTrust }

// Client is one that may have access tokens of a tenant.
type Client struct {
	ID           string // what OAuth calls client_id
	TenantID     tenancy.ID
	Version      int64 // counts the changes of the four that follow, from 1
	Name         string
	Scopes       tenancy.Scopes
	CIDRs        token.CIDRs   // from where it may get and use access tokens; none: from everywhere
	TokenLife    time.Duration // of an access token
	CreatedAt    time.Time
	RevokedAt    time.Time  // zero: not revoked
	LastUsedAt   time.Time  // when an access token was issued last; zero: never
	LastUsedFrom netip.Addr // and to which address
	Secrets      []Secret   // the oldest first, those that are revoked or have expired too
	Trusts       []Trust    // likewise
}

// Secret is what is known of a client secret.
type Secret struct {
	ID           string
	Hint         string // its last four characters
	CreatedAt    time.Time
	ExpiresAt    time.Time // zero: never
	RevokedAt    time.Time // zero: not revoked
	LastUsedAt   time.Time
	LastUsedFrom netip.Addr
}

// Live says whether the secret is accepted at a time.
func (s Secret) Live(at time.Time) bool {
	return s.RevokedAt.IsZero() && (s.ExpiresAt.IsZero() || at.Before(s.ExpiresAt))
}

// Trust says which assertions stand for a client: those that the issuer has signed, with this audience and subject.
type Trust struct {
	ID           string
	Issuer       string // an https URL
	Audience     string
	Subject      string
	Algorithms   []string // of the signature
	CreatedAt    time.Time
	RevokedAt    time.Time // zero: not revoked
	LastUsedAt   time.Time
	LastUsedFrom netip.Addr
}

// The control schema's tables.
var (
	clients    = tenantdb.Control.Table("oauth_clients")
	secrets    = tenantdb.Control.Table("oauth_secrets")
	trusts     = tenantdb.Control.Table("oauth_trusts")
	assertions = tenantdb.Control.Table("oauth_assertions")
	keys       = tenantdb.Control.Table("oauth_keys")
)
