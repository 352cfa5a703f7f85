package signon

import (
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/askspoke/spoke/tenancy/issuer"
)

// OIDC is what a connection to an OpenID provider has as Config. Its client secret, when it has one, is the connection's
// Secret.
type OIDC struct {
	Issuer   string `json:"issuer"`
	ClientID string `json:"client_id"`
	// Directories are the ids of the Entra tenants whose people are let in, for an issuer of Entra's that serves all of
	// them (common, organizations). Anybody can have such a tenant and set any address in it, so none goes without.
	Directories []string `json:"directories,omitempty"`
	// Domains are, for Google, the Workspace domains whose people are let in (the claim hd): anybody can have a Google
	// account with any address. For others, the domains that addresses may have; empty: any.
	Domains []string `json:"domains,omitempty"`
	// EmailClaim is the claim that has the address: "email", or "preferred_username" or "upn" where a provider, such as
	// Entra for people without a mailbox, has it there.
	EmailClaim string `json:"email_claim"`
	// TrustEmail takes addresses as verified of which the provider does not say whether they are: right for the
	// organisation's own provider, wrong for one at which anybody can sign up. One that it calls unverified never counts.
	TrustEmail bool `json:"trust_email"`
	// Callback is the number of the redirect URI, which connections to one issuer may share and no other may have; "": the
	// plain one.
	Callback string `json:"callback,omitempty"`
}

// ConfigError says what of a connection's settings is wrong. Reason completes a sentence that begins with the field.
type ConfigError struct {
	Field  string // its name in JSON
	Reason string
}

// Error names the field and the reason.
func (e *ConfigError) Error() string { return e.Field + ": " + e.Reason }

// emailClaims are the claims that can have an address.
var emailClaims = []string{"email", "preferred_username", "upn"}

// Bounds of settings.
const (
	maxIssuer   = 500
	maxClientID = 500
	maxList     = 20
)

var domainForm = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}$`)

// CheckOIDC returns the settings in their usual form. The error is a *ConfigError. What the provider says of itself is asked
// by Begin.
func (s *Store) CheckOIDC(o OIDC) (OIDC, error) {
	o.Issuer, o.ClientID = strings.TrimSpace(o.Issuer), strings.TrimSpace(o.ClientID)
	o.Issuer = strings.TrimSuffix(o.Issuer, "/.well-known/openid-configuration") // which providers show beside the issuer
	if o.EmailClaim == "" {
		o.EmailClaim = "email"
	}
	if len(o.Issuer) > maxIssuer {
		return o, &ConfigError{"issuer", fmt.Sprintf("has more than %d characters", maxIssuer)}
	}
	if err := issuer.Check(o.Issuer, s.config.PrivateProviders); err != nil {
		return o, &ConfigError{"issuer", err.Error()}
	}
	if o.ClientID == "" || len(o.ClientID) > maxClientID || Line(o.ClientID, maxClientID) != o.ClientID {
		return o, &ConfigError{"client_id", "is missing, or has characters that no client id has"}
	}
	if o.Callback != "" && !callbackForm.MatchString(o.Callback) {
		return o, &ConfigError{"callback", "is none that was made here. Register the one that is here now, and save again"}
	}
	if !slices.Contains(emailClaims, o.EmailClaim) {
		return o, &ConfigError{"email_claim", "must be " + strings.Join(emailClaims, ", ")}
	}
	var err error
	if o.Domains, err = list("domains", o.Domains, func(d string) bool { return len(d) <= 253 && domainForm.MatchString(d) }, "a domain such as acme.com"); err != nil {
		return o, err
	}
	if o.Directories, err = list("directories", o.Directories, isGUID, "a tenant id of Entra such as 72f988bf-86f1-41af-91ab-2d7cd011db47"); err != nil {
		return o, err
	}
	return o, o.checkShared()
}

// list returns the entries of a list in lower case, each once.
func list(field string, entries []string, valid func(string) bool, form string) ([]string, error) {
	var kept []string
	for _, e := range entries {
		e = strings.ToLower(strings.TrimSpace(e))
		switch {
		case e == "" || slices.Contains(kept, e):
		case !valid(e):
			return nil, &ConfigError{field, fmt.Sprintf("%q is not %s", Line(e, 80), form)}
		default:
			kept = append(kept, e)
		}
	}
	if len(kept) > maxList {
		return nil, &ConfigError{field, fmt.Sprintf("has more than %d entries", maxList)}
	}
	return kept, nil
}

// OIDC returns the settings of a connection to an OpenID provider. Error: ErrKind, ErrConfig.
func (c Connection) OIDC() (o OIDC, err error) {
	if c.Kind != KindOIDC {
		return OIDC{}, ErrKind
	}
	if err := json.Unmarshal(c.Config, &o); err != nil {
		return OIDC{}, fmt.Errorf("%w: %w", ErrConfig, err)
	}
	return o, nil
}

// host returns the issuer's host.
func (o OIDC) host() string {
	u, err := url.Parse(o.Issuer)
	if err != nil {
		return ""
	}
	return strings.ToLower(u.Hostname())
}
