package operator

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/golang-jwt/jwt/v5"

	"github.com/askspoke/spoke/tenancy/issuer"
)

// ErrProvider says that the keys of the OpenID provider cannot be read at the moment, so that nothing is known of a JWT.
var ErrProvider = issuer.ErrUnavailable

// OIDCConfig says which JWTs are an operator's. Issuer and Audience are required.
type OIDCConfig struct {
	Issuer   string // as its discovery document has it: https, or http on this machine
	Audience string // what the provider issues for this API
	// Claim has the roles: a list of texts, or one text with spaces between them. A dot leads into an object, as in
	// realm_access.roles, where there is no claim of the whole name. Default "roles".
	Claim string
	// Roles are what the claim's values mean. Default: spoke:read, spoke:manage and spoke:admin.
	Roles map[string]Role

	Now func() time.Time // default time.Now
}

// leeway is how far the clocks of the provider and of Spoke may be apart.
const leeway = 30 * time.Second

// maxJWT bounds what is looked at.
const maxJWT = 16 << 10

// OIDC verifies the JWTs of the operator's own OpenID provider. It is safe for concurrent use.
type OIDC struct {
	config OIDCConfig
	keys   *issuer.Keys
	parser *jwt.Parser
}

// NewOIDC returns an OIDC. It asks the provider nothing yet.
func NewOIDC(config OIDCConfig) (*OIDC, error) {
	if err := issuer.Check(config.Issuer, true); err != nil {
		return nil, fmt.Errorf("%.100q is no issuer: it %w", config.Issuer, err)
	}
	if config.Audience == "" {
		return nil, errors.New("an OpenID provider needs an audience: what its tokens for this API have as aud")
	}
	config.Claim = cmp.Or(config.Claim, "roles")
	if len(config.Roles) == 0 {
		config.Roles = map[string]Role{"spoke:read": Read, "spoke:manage": Manage, "spoke:admin": Admin}
	}
	for value, role := range config.Roles {
		if value == "" || !role.Valid() {
			return nil, fmt.Errorf("%.40q cannot mean the role %.20q: the roles are read, manage and admin", value, role)
		}
	}
	if config.Now == nil {
		config.Now = time.Now
	}
	return &OIDC{
		config: config, keys: issuer.New(issuer.Config{Own: true, Now: config.Now}),
		parser: jwt.NewParser(
			jwt.WithValidMethods(issuer.Algorithms()), jwt.WithIssuer(config.Issuer), jwt.WithAudience(config.Audience),
			jwt.WithExpirationRequired(), jwt.WithIssuedAt(), jwt.WithLeeway(leeway), jwt.WithTimeFunc(config.Now), jwt.WithStrictDecoding()),
	}, nil
}

// Verify returns whose JWT the text is. Errors wrap ErrRejected (ErrMalformed, ErrUnknown for a key that the provider does
// not have, ErrExpired, ErrNoRole), or are ErrProvider.
func (o *OIDC) Verify(ctx context.Context, text string) (Identity, error) {
	identity, _, err := o.verify(ctx, text)
	return identity, err
}

// verify is Verify, and returns all that the JWT says.
func (o *OIDC) verify(ctx context.Context, text string) (Identity, jwt.MapClaims, error) {
	claims := jwt.MapClaims{}
	identity, err := o.read(ctx, text, claims)
	return identity, claims, err
}

func (o *OIDC) read(ctx context.Context, text string, claims jwt.MapClaims) (Identity, error) {
	if len(text) > maxJWT {
		return Identity{}, ErrMalformed
	}
	_, err := o.parser.ParseWithClaims(text, claims, func(t *jwt.Token) (any, error) {
		kid, _ := t.Header["kid"].(string) // absent: the provider has one key
		return o.keys.Find(ctx, o.config.Issuer, kid, t.Method.Alg())
	})
	switch {
	case errors.Is(err, ErrProvider):
		return Identity{}, err
	case errors.Is(err, issuer.ErrNoKey):
		return Identity{}, fmt.Errorf("%w: %w", ErrUnknown, err)
	case errors.Is(err, jwt.ErrTokenExpired):
		return Identity{}, ErrExpired
	case errors.Is(err, jwt.ErrTokenMalformed):
		return Identity{}, ErrMalformed
	case err != nil:
		return Identity{}, fmt.Errorf("%w: %w", ErrRejected, err)
	}
	subject, _ := claims["sub"].(string)
	if subject == "" || len(subject) > 255 || strings.ContainsFunc(subject, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return Identity{}, fmt.Errorf("%w: its subject is missing or no text", ErrRejected)
	}
	expires, err := claims.GetExpirationTime()
	if err != nil {
		return Identity{}, ErrMalformed
	}
	identity := Identity{Actor: "oidc:" + subject, Name: nameIn(claims), ExpiresAt: expires.UTC()}
	for _, value := range valuesIn(claims, o.config.Claim) {
		if role := o.config.Roles[value]; role.rank() > identity.Role.rank() {
			identity.Role = role
		}
	}
	if !identity.Role.Valid() {
		return Identity{}, ErrNoRole
	}
	return identity, nil
}

// valuesIn returns the texts that a claim has.
func valuesIn(claims map[string]any, name string) []string {
	value, ok := claims[name]
	for path := name; !ok; {
		first, rest, deeper := strings.Cut(path, ".")
		inner, isObject := claims[first].(map[string]any)
		if !deeper || !isObject {
			return nil
		}
		claims, path = inner, rest
		value, ok = claims[rest]
	}
	switch v := value.(type) {
	case string:
		return strings.Fields(v)
	case []any:
		var list []string
		for _, item := range v {
			if text, ok := item.(string); ok {
				list = append(list, text)
			}
		}
		return list
	}
	return nil
}

// nameIn returns what people call the caller, a person or a program.
func nameIn(claims map[string]any) string {
	for _, claim := range []string{"name", "preferred_username", "email", "client_id", "azp"} {
		if name, _ := claims[claim].(string); validName(name) {
			return name
		}
	}
	return ""
}
