package signon

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// claims are what a provider says of a person.
type claims struct {
	Issuer, Subject, Nonce string
	all                    map[string]json.RawMessage
}

func readClaims(t *oidc.IDToken) (claims, error) {
	c := claims{Issuer: t.Issuer, Subject: t.Subject, Nonce: t.Nonce}
	if err := t.Claims(&c.all); err != nil {
		return claims{}, err
	}
	if c.Subject == "" || len(c.Subject) > maxSubject || Line(c.Subject, maxSubject) != c.Subject {
		return claims{}, errors.New("it has no subject, or one that is none")
	}
	return c, nil
}

func (c claims) has(name string) bool { return c.text(name) != "" }

// text returns a claim that is a text, or "".
func (c claims) text(name string) string {
	var text string
	if json.Unmarshal(c.all[name], &text) != nil {
		return ""
	}
	return text
}

// flag returns a claim that is true or false, as a word or a number too, which some providers send; nil when it is absent.
// What is neither counts as false.
func (c claims) flag(name string) *bool {
	raw, ok := c.all[name]
	if !ok {
		return nil
	}
	yes := slices.Contains([]string{"true", "1"}, strings.ToLower(strings.Trim(string(raw), `"`)))
	return &yes
}

// ask adds what the provider's UserInfo endpoint says (OpenID Connect Core 1.0 section 5.3) to the claims, which stand where
// both say something.
func (s *Store) ask(ctx context.Context, p *provider, tokens *oauth2.Token, c *claims) error {
	refuse := func(err error) error {
		return Refuse(ReasonUnavailable, "The identity provider does not say who you are. Try again in a minute.", err, "its UserInfo endpoint: %s", fault(err))
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, p.userInfo, http.NoBody)
	if err != nil {
		return refuse(err)
	}
	tokens.SetAuthHeader(request)
	request.Header.Set("Accept", "application/json")
	response, err := s.config.Client.Do(request)
	if err != nil {
		return refuse(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("it answers with status %d", response.StatusCode)
	}
	if err != nil {
		return refuse(err)
	}
	var said map[string]json.RawMessage
	if err := json.Unmarshal(body, &said); err != nil {
		return refuse(err)
	}
	// Section 5.3.2: otherwise a token of one person could be answered with the address of another.
	if (claims{all: said}).text("sub") != c.Subject {
		return Refuse(ReasonMalformed, "The identity provider speaks of two people at once. Tell whoever runs it.", nil, "sub at the UserInfo endpoint is another than in the ID token")
	}
	// That another address is verified says nothing of the token's.
	if other := (claims{all: said}).text("email"); c.has("email") && other != "" && !sameAddress(other, c.text("email")) {
		delete(said, "email_verified")
	}
	merged := maps.Clone(said)
	maps.Copy(merged, c.all)
	c.all = merged
	return nil
}

// sameAddress says whether two texts are one address. What only looks alike in another case, as the Kelvin sign and the long s
// do, is another mailbox.
func sameAddress(one, other string) bool {
	a, ok := Address(one)
	b, also := Address(other)
	return ok && also && a == b
}

// person returns whom claims are about. The error is a *Refusal.
func (o OIDC) person(c claims) (Person, error) {
	text := c.text(o.EmailClaim)
	if text == "" {
		return Person{}, Refuse(ReasonNoEmail, "The identity provider does not say your mail address. Allow the scope email there, or choose the claim that has it.", nil,
			"the claim %s is missing; there are %s", o.EmailClaim, strings.Join(slices.Sorted(maps.Keys(c.all)), ", "))
	}
	email, ok := Address(text)
	if !ok {
		return Person{}, Refuse(ReasonNoEmail, "What the identity provider says to be your mail address is none.", nil, "the claim %s is %q", o.EmailClaim, Line(text, 200))
	}
	if err := o.verified(c, email); err != nil {
		return Person{}, err
	}
	if len(o.Domains) > 0 && !o.google() && !slices.Contains(o.Domains, Domain(email)) {
		return Person{}, Refuse(ReasonDomain, "Your mail address belongs to another organisation than those that may sign in here.", nil,
			"the address is %q, expected one at %q", email, o.Domains)
	}
	return Person{
		Subject: c.Subject, Email: email, EmailVerified: true, Name: Line(c.text("name"), maxName), Attributes: attributes(c.all),
	}, nil
}

// verified refuses an address that is not known to be the person's. What the provider says of the claim email says nothing of
// an address from another claim, which may be whatever she chose for a name. An address in Entra is what the administrators
// of the person's tenant have entered, which is as good as verified once checkOrganisation has found the tenant to be ours.
func (o OIDC) verified(c claims, email string) error {
	name, flag := "email_verified", c.flag("email_verified")
	_, entra := o.entra()
	if edov := c.flag("xms_edov"); entra && flag == nil && edov != nil {
		name, flag = "xms_edov", edov // it says whether the tenant owns the address's domain
	}
	if said, ok := Address(c.text("email")); o.EmailClaim != "email" && (!ok || said != email) {
		flag = nil
	}
	switch {
	case flag != nil && *flag, flag == nil && (entra || o.TrustEmail):
		return nil
	case flag != nil:
		return Refuse(ReasonUnverified, "The identity provider says that your mail address was not verified. Have it verified there.", nil, "the claim %s is false", name)
	}
	return Refuse(ReasonUnverified, "The identity provider does not say that your mail address was verified. If it is your organisation's own, say in the connection that its addresses are right.", nil,
		"the claim email_verified is missing, or is about another address")
}

// attributes returns the claims that are texts, or lists of them, for people to see.
func attributes(all map[string]json.RawMessage) map[string][]string {
	shown := make(map[string][]string)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		var one string
		var several []string
		if json.Unmarshal(all[name], &one) == nil {
			several = []string{one}
		} else if json.Unmarshal(all[name], &several) != nil {
			continue
		}
		if slices.Contains([]string{"nonce", "at_hash", "c_hash", "sid", "jti"}, name) || len(several) == 0 || len(shown) == maxAttributes {
			continue
		}
		several = several[:min(len(several), maxValues)]
		for i, value := range several {
			several[i] = Line(value, maxValue)
		}
		shown[Line(name, maxName)] = several
	}
	return shown
}
