package oauth

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/tenantdb"
	"github.com/askspoke/spoke/tenancy/token"
)

// Place is where access tokens count.
type Place struct {
	Tenant   tenancy.ID
	Issuer   string // https://acme.askspoke.com
	Audience string // the tenant URL: https://acme.askspoke.com/scim/v2
}

// Request asks for an access token by the client credentials grant.
type Request struct {
	Place
	ClientID  string
	Secret    string // or
	Assertion string // of another issuer
	Scope     string // names with spaces between them; "": all that the client has
	From      netip.Addr
	// Admit, when set, is asked once the client has shown who it is and may have the token, before anything is written or
	// used up. Its error is Issue's.
	Admit func(context.Context) error
}

// AccessToken is one that was issued. Text is the token itself.
type AccessToken struct {
	Text  string
	Life  time.Duration // whole seconds
	Scope tenancy.Scopes
}

// String returns a placeholder.
func (AccessToken) String() string { return "[redacted]" }

// GoString returns a placeholder.
func (AccessToken) GoString() string { return "[redacted]" }

// grantee is a client that has shown who it is, and by what.
type grantee struct {
	id, name   string
	grant      token.Grant
	life       time.Duration
	credential string    // the id of its secret or its trust
	expires    time.Time // the credential's; zero: never
	secret     bool
	// spend uses up what may be used once, when nothing else is wrong.
	spend func(context.Context) error
}

// Issue returns an access token. Errors are an *Error, Admit's, or say that Postgres could not be asked (tenantdb.Unavailable).
func (s *Store) Issue(ctx context.Context, r Request) (AccessToken, error) {
	authenticate := s.bySecret
	if r.Assertion != "" {
		authenticate = s.byAssertion
	}
	g, err := authenticate(ctx, r)
	if err == nil && g.secret {
		s.shown.add(r.Tenant, r.shown(), s.config.Now().Add(familiarSecret))
	}
	if err != nil {
		if wrong := (*Error)(nil); errors.As(err, &wrong) && s.FamiliarClient(r) { // it was revoked, or has expired
			s.shown.remove(r.Tenant, r.shown())
		}
		return AccessToken{}, err
	}
	if err := g.grant.CIDRs.Permit(r.From); err != nil {
		from := "an unknown address"
		if r.From.IsValid() {
			from = "the address " + r.From.String()
		}
		return AccessToken{}, &Error{UnauthorizedClient, "The client may not be used from " + from + ". Add it to the addresses that the client permits.", err}
	}
	scope, err := g.scope(r.Scope)
	if err != nil {
		return AccessToken{}, err
	}
	if r.Admit != nil {
		if err := r.Admit(ctx); err != nil {
			return AccessToken{}, err
		}
	}
	issued, err := s.sign(ctx, r.Place, g, scope)
	if err != nil {
		return AccessToken{}, err
	}
	if g.spend != nil { // last, so that what fails before it leaves the assertion to be sent again
		if err := g.spend(ctx); err != nil {
			return AccessToken{}, err
		}
	}
	if err := s.used(ctx, r, g); err != nil {
		return AccessToken{}, err
	}
	return issued, nil
}

// FamiliarClient tells, from memory, whether the client's secret was right at the tenant when it was shown last, within a
// day. To try it again is no guess. An assertion, which counts once, is never familiar.
func (s *Store) FamiliarClient(r Request) bool {
	return r.Assertion == "" && s.shown.has(r.Tenant, r.shown())
}

// shown is the hash of a client and its secret. The id of a client that is right has no NUL.
func (r Request) shown() [sha256.Size]byte { return hashOf(r.ClientID + "\x00" + r.Secret) }

// scope returns the scopes that are asked for, as far as the client has them: all, or it is refused (RFC 6749 section
// 3.3).
func (g grantee) scope(asked string) (tenancy.Scopes, error) {
	names := strings.Fields(asked)
	if len(names) == 0 {
		return g.grant.Scopes, nil
	}
	scope, err := tenancy.ParseScopes(names)
	if err != nil {
		return 0, &Error{InvalidScope, "There is no such scope. The scopes are " + strings.Join(tenancy.ScopeNames(), ", ") + ".", err}
	}
	if !g.grant.Scopes.Has(scope) {
		return 0, refuse(InvalidScope, "The client may not have all of these scopes. It has: %s.", g.grant.Scopes)
	}
	return scope, nil
}

// wrongClient is the one answer to every client that does not show who it is.
func wrongClient() *Error {
	return refuse(InvalidClient, "The client is unknown at this host, or its secret or assertion is not right. Copy the client id and a current secret into the identity provider.")
}

// bySecret finds the client whose secret is shown.
func (s *Store) bySecret(ctx context.Context, r Request) (grantee, error) {
	secret, err := token.ParseSecret(token.ForClient, r.Secret)
	if err != nil || !canonical(r.ClientID) {
		return grantee{}, wrongClient()
	}
	hash := s.config.Key.Hash(secret)
	var row struct {
		clientRow
		Credential string       `db:"credential"`
		Hash       []byte       `db:"hash"`
		ExpiresAt  sql.NullTime `db:"expires_at"`
		Revoked    bool         `db:"revoked"`
	}
	err = s.config.DB.GetContext(ctx, &row, `SELECT c.id, c.name, c.scopes, c.cidrs, c.token_life, s.id AS credential, s.hash, s.expires_at,
			c.revoked_at IS NOT NULL OR s.revoked_at IS NOT NULL AS revoked
		FROM `+secrets+` AS s JOIN `+clients+` AS c ON c.id = s.client_id
		WHERE s.hash = $1 AND s.tenant_id = $2 AND c.tenant_id = $2 AND c.id = $3`, hash[:], string(r.Tenant), r.ClientID)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return grantee{}, wrongClient()
	case err != nil:
		return grantee{}, fmt.Errorf("look up client secret: %w", err)
	case !hmac.Equal(row.Hash, hash[:]):
		return grantee{}, wrongClient()
	case row.Revoked: // only who has the secret learns what became of it
		return grantee{}, refuse(InvalidClient, "The client secret was revoked. Copy a current one into the identity provider.")
	case row.ExpiresAt.Valid && !s.now().Before(row.ExpiresAt.Time):
		return grantee{}, refuse(InvalidClient, "The client secret has expired. Copy a current one into the identity provider.")
	}
	g, err := row.grantee()
	g.credential, g.expires, g.secret = row.Credential, tenantdb.TimeOf(row.ExpiresAt), true
	return g, err
}

func (r clientRow) grantee() (grantee, error) {
	grant, err := token.ReadGrant(r.Scopes, r.CIDRs)
	return grantee{id: r.ID, name: r.Name, grant: grant, life: time.Duration(r.TokenLife) * time.Second}, err
}

// claims are those of an access token (RFC 9068 section 2.2), the tenant, and the id of the secret or trust that it was
// issued for.
type claims struct {
	jwt.RegisteredClaims
	ClientID   string `json:"client_id"`
	Scope      string `json:"scope"`
	Tenant     string `json:"tenant_id"`
	Credential string `json:"credential_id"`
}

// accessTokenType is the typ of an access token (RFC 9068 section 2.1). Nothing else that we may sign has it.
const accessTokenType = "at+jwt"

// sign makes the token. It lives no longer than what it was issued for.
func (s *Store) sign(ctx context.Context, place Place, g grantee, scope tenancy.Scopes) (AccessToken, error) {
	now := s.now().Truncate(time.Second)
	r, err := s.rings.Get(ctx, periodOf(now))
	if err != nil {
		return AccessToken{}, err
	}
	life := g.life
	if !g.expires.IsZero() {
		life = min(life, g.expires.Sub(now).Truncate(time.Second))
	}
	unsigned := jwt.NewWithClaims(jwt.SigningMethodES256, claims{
		RegisteredClaims: jwt.RegisteredClaims{
			Issuer: place.Issuer, Subject: g.id, Audience: jwt.ClaimStrings{place.Audience}, ID: uuid.NewString(),
			IssuedAt: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(now.Add(life)),
		},
		ClientID: g.id, Scope: scope.String(), Tenant: string(place.Tenant), Credential: g.credential,
	})
	unsigned.Header["kid"], unsigned.Header["typ"] = r.signer.kid, accessTokenType
	text, err := unsigned.SignedString(r.signer.private)
	if err != nil {
		return AccessToken{}, fmt.Errorf("sign access token: %w", err)
	}
	return AccessToken{text, life, scope}, nil
}

// used notes when the client and its credential were used last, and for the first time as an event.
func (s *Store) used(ctx context.Context, r Request, g grantee) error {
	table := trusts
	if g.secret {
		table = secrets
	}
	now := s.now()
	from := ""
	if r.From.IsValid() {
		from = r.From.String()
	}
	var first bool
	err := s.config.DB.GetContext(ctx, &first, `WITH before AS (SELECT last_used_at IS NULL OR last_used_at = $3 AS never FROM `+table+` WHERE id = $1),
		credential AS (UPDATE `+table+` SET last_used_at = $3, last_used_from = $4 WHERE id = $1 AND (last_used_at IS NULL OR last_used_at < $3)),
		client AS (UPDATE `+clients+` SET last_used_at = $3, last_used_from = $4 WHERE id = $2 AND (last_used_at IS NULL OR last_used_at < $3))
		SELECT COALESCE((SELECT never FROM before), false)`, g.credential, g.id, now, from)
	if err == nil && first && g.secret {
		err = token.RecordEvents(ctx, s.config.DB, token.Event{
			At: now, TenantID: r.Tenant, Credential: token.CredentialSecret, CredentialID: g.credential, Name: g.name,
			Kind: token.EventFirstUse, ExpiresAt: g.expires, Address: r.From,
		})
	}
	if err != nil {
		return fmt.Errorf("note use of oauth client %s: %w", g.id, err)
	}
	return nil
}

// trustRow is a trust that might stand for a client.
type trustRow struct {
	clientRow
	TrustID    string         `db:"trust_id"`
	Audience   string         `db:"audience"`
	Subject    string         `db:"subject"`
	Algorithms pq.StringArray `db:"algorithms"`
}

// trustsOf returns the live trusts of a client in an issuer.
func (s *Store) trustsOf(ctx context.Context, tenant tenancy.ID, clientID, issuer string) ([]trustRow, error) {
	var rows []trustRow
	err := s.config.DB.SelectContext(ctx, &rows, `SELECT c.id, c.name, c.scopes, c.cidrs, c.token_life, t.id AS trust_id, t.audience, t.subject, t.algorithms
		FROM `+trusts+` AS t JOIN `+clients+` AS c ON c.id = t.client_id
		WHERE t.tenant_id = $1 AND c.tenant_id = $1 AND c.id = $2 AND t.issuer = $3 AND t.revoked_at IS NULL AND c.revoked_at IS NULL
		ORDER BY t.created_at, t.id`, string(tenant), clientID, issuer)
	if err != nil {
		return nil, fmt.Errorf("look up trusts: %w", err)
	}
	return rows, nil
}

// Unavailable says whether an error of Issue means that the same request may succeed later.
func Unavailable(err error) bool {
	var e *Error
	return tenantdb.Unavailable(err) || errors.As(err, &e) && e.Code == TemporarilyUnavailable
}
