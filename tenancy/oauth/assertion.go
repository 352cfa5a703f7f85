package oauth

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"

	"github.com/askspoke/spoke/tenancy/issuer"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// Bounds of an assertion.
const (
	maxAssertion     = 16 << 10 // bytes
	maxAssertionLife = 24 * time.Hour
	leeway           = time.Minute // that the clocks of issuers are off
)

// byAssertion finds the client for which an assertion stands (RFC 7523 section 3). What is wrong with it is told in detail
// only when its issuer has signed it.
func (s *Store) byAssertion(ctx context.Context, r Request) (grantee, error) {
	if len(r.Assertion) > maxAssertion || !canonical(r.ClientID) {
		return grantee{}, wrongClient()
	}
	var shown jwt.RegisteredClaims
	unverified, _, err := jwt.NewParser().ParseUnverified(r.Assertion, &shown)
	if err != nil || shown.Issuer == "" || strings.ContainsRune(shown.Issuer, 0) {
		return grantee{}, wrongClient()
	}
	rows, err := s.trustsOf(ctx, r.Tenant, r.ClientID, shown.Issuer)
	if err != nil {
		return grantee{}, err
	}
	var methods []string
	for _, row := range rows {
		methods = append(methods, row.Algorithms...)
	}
	if !slices.Contains(methods, unverified.Method.Alg()) {
		return grantee{}, wrongClient()
	}
	kid, _ := unverified.Header["kid"].(string)
	keys, err := s.issuers.Find(ctx, shown.Issuer, kid, unverified.Method.Alg())
	switch {
	case errors.Is(err, issuer.ErrNoKey):
		return grantee{}, wrongClient()
	case err != nil:
		return grantee{}, &Error{TemporarilyUnavailable, "The keys of the assertion's issuer cannot be read at the moment. Send the request again later.", err}
	}
	var claims jwt.RegisteredClaims
	parser := jwt.NewParser(jwt.WithValidMethods(methods), jwt.WithoutClaimsValidation(), jwt.WithStrictDecoding())
	_, err = parser.ParseWithClaims(r.Assertion, &claims, func(*jwt.Token) (any, error) { return keys, nil })
	if err != nil {
		return grantee{}, wrongClient()
	}
	row, refusal := s.choose(rows, claims, unverified.Method.Alg())
	if refusal != nil {
		return grantee{}, refusal
	}
	g, err := row.grantee()
	g.credential = row.TrustID
	if claims.ID != "" {
		g.spend = func(ctx context.Context) error { return s.spend(ctx, row.TrustID, claims) }
	}
	return g, err
}

// choose returns the trust that fits a signed assertion, or what is wrong with that.
func (s *Store) choose(rows []trustRow, claims jwt.RegisteredClaims, algorithm string) (trustRow, *Error) {
	validator := jwt.NewValidator(jwt.WithExpirationRequired(), jwt.WithIssuedAt(), jwt.WithLeeway(leeway), jwt.WithTimeFunc(s.config.Now))
	if err := validator.Validate(claims); err != nil {
		return trustRow{}, &Error{InvalidClient, "The assertion is not valid now: it has no expiry, has expired, or is not valid yet. Compare the clocks of both sides.", err}
	}
	if claims.ExpiresAt.Sub(s.config.Now()) > maxAssertionLife+leeway {
		return trustRow{}, refuse(InvalidClient, "The assertion is valid for longer than %s. Have its issuer make shorter ones.", maxAssertionLife)
	}
	wrong := "audience"
	for _, row := range rows {
		switch {
		case !slices.Contains(claims.Audience, row.Audience):
			continue
		case claims.Subject != row.Subject:
			wrong = "subject"
		case !slices.Contains(row.Algorithms, algorithm):
			wrong = "signature's algorithm"
		default:
			return row, nil
		}
	}
	return trustRow{}, refuse(InvalidClient, "The assertion's %s is not one that the client trusts. Compare it with the client's trusts.", wrong)
}

// spend uses an assertion up (RFC 7523 section 3, item 7): it counts once until it expires by itself.
func (s *Store) spend(ctx context.Context, trustID string, claims jwt.RegisteredClaims) error {
	jti := sha256.Sum256([]byte(claims.ID))
	var spent string
	err := s.config.DB.GetContext(ctx, &spent, `INSERT INTO `+assertions+` AS a (trust_id, jti, use_id, expires_at) VALUES ($1, $2, $3, $4)
		ON CONFLICT (trust_id, jti) DO UPDATE SET use_id = EXCLUDED.use_id WHERE a.use_id = EXCLUDED.use_id
		RETURNING use_id`, trustID, jti[:], uuid.NewString(), claims.ExpiresAt.Add(leeway))
	switch {
	case err == nil:
		return nil
	case errors.Is(err, sql.ErrNoRows):
		return refuse(InvalidClient, "The assertion was used before. Send a new one with each request.")
	case tenantdb.Unavailable(err):
		return err
	}
	return fmt.Errorf("use up an assertion: %w", err)
}
