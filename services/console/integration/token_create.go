package integration

import (
	"cmp"
	"net/http"
	"strings"
	"time"

	"github.com/askspoke/spoke/services/console/guide"
	"github.com/askspoke/spoke/services/console/web"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/token"
)

// secretPage shows what is shown once.
type secretPage struct {
	Title     string
	Guide     guide.Guide   // without a Slug where it is for no identity provider
	Shown     []secretField // what is to be copied
	More      []guide.Value // what else the provider's form has
	Replaces  *token.Token  // what goes when this one was used
	ExpiresAt time.Time
	PanelPath string
	BackPath  string
	BackText  string
}

// secretField is a value by the name that it has here, and the one that the provider's field has.
type secretField struct{ Label, Value, Field string }

// credentialForm is what is asked for a token, and for an OAuth client.
type credentialForm struct {
	guide   guide.Guide
	id      string // the form's, so that it makes one
	name    string
	scopes  tenancy.Scopes
	expires time.Time
}

// credentialForm reads the form of a kind of credential, which the change is about from here on.
func (s *Pages) credentialForm(x *web.Exchange, kind string) (f credentialForm, err error) {
	if err := s.served(x); err != nil {
		return f, err
	}
	if f.guide, err = s.chosen(x); err != nil {
		return f, err
	}
	if f.id, err = s.formID(x, kind); err != nil {
		return f, err
	}
	if f.scopes, err = scopesOf(x.PostForm("access")); err != nil {
		return f, err
	}
	if f.expires, err = s.expiry(x); err != nil {
		return f, err
	}
	f.name = cmp.Or(strings.TrimSpace(x.PostForm("name")), f.guide.Name)
	x.Resource = f.id
	return f, nil
}

// createToken makes a token and shows it, this once.
func (s *Pages) createToken(x *web.Exchange) error {
	f, err := s.credentialForm(x, "token")
	if err != nil {
		return err
	}
	k, err := s.credentials(x.Context(), x.Tenant.ID)
	if err != nil {
		return err
	}
	secret, made, err := s.Tokens.Issue(x.Context(), x.Tenant.ID, token.NewToken{
		ID: f.id, Once: true, Name: f.name, Scopes: f.scopes, ExpiresAt: f.expires,
	})
	if err != nil {
		return tokenRefusal(err, f.id)
	}
	if made.Scopes&tenancy.AllScopes == 0 {
		return s.showMetricsToken(x, secret, made)
	}
	title := "SCIM is enabled"
	if k.enabled() {
		title = "Here is the token"
	}
	return s.showToken(x, f.guide, title, secret, made, nil)
}

// showMetricsToken shows a token that is for no identity provider, this once.
func (s *Pages) showMetricsToken(x *web.Exchange, secret token.Secret, made token.Token) error {
	return x.Show("scim_secret", secretPage{
		Title: "Here is the token", ExpiresAt: made.ExpiresAt, BackPath: tokensPath + "/" + made.ID, BackText: "To the token",
		Shown: []secretField{{Label: "Token", Value: secret.Reveal()}, {Label: "Metrics URL", Value: s.metricsURL(x.Tenant)}},
	})
}

// showToken shows a token, this once.
func (s *Pages) showToken(x *web.Exchange, g guide.Guide, title string, secret token.Secret, made token.Token, replaces *token.Token) error {
	filled := s.filledIn(x.Tenant)
	filled.Token = secret.Reveal()
	full, err := g.For(filled)
	if err != nil {
		return err
	}
	p := secretPage{
		Title: title, Guide: full, Replaces: replaces, ExpiresAt: made.ExpiresAt,
		PanelPath: panelPath + "?provider=" + g.Slug, BackPath: tokensPath + "/" + made.ID, BackText: "To the token",
	}
	p.place(secretField{Label: "API Token", Value: filled.Token}, secretField{Label: "Tenant URL", Value: filled.TenantURL})
	return x.Show("scim_secret", p)
}

// place finds the provider's fields for what is shown, of which the first is the secret. The provider may want its tenant URL
// with something at the end.
func (p *secretPage) place(shown ...secretField) {
	fields := fieldsWith(p.Guide, shown[0].Value)
next:
	for _, v := range fields {
		for i := range shown {
			if f := &shown[i]; v.Value == f.Value || f.Label == "Tenant URL" && strings.HasPrefix(v.Value, f.Value+"?") {
				f.Value, f.Field = v.Value, v.Label
				continue next
			}
		}
		p.More = append(p.More, v)
	}
	p.Shown = shown
}

// fieldsWith returns the provider's fields among which a secret goes.
func fieldsWith(g guide.Guide, secret string) []guide.Value {
	for _, step := range g.Steps {
		for _, v := range step.Values {
			if v.Value == secret {
				return step.Values
			}
		}
	}
	return nil
}

// scopesOf returns what a form's choice of access means: "" is all.
func scopesOf(access string) (tenancy.Scopes, error) {
	switch access {
	case "", "all":
		return tenancy.AllScopes, nil
	case "users":
		return tenancy.ReadUsers | tenancy.WriteUsers, nil
	case "read":
		return tenancy.ReadUsers | tenancy.ReadGroups, nil
	case "metrics":
		return tenancy.ReadMetrics, nil
	}
	return tenancy.NoScopes, errFormOld
}

// expiry returns when what a form makes is to expire: the zero Time for never.
func (s *Pages) expiry(x *web.Exchange) (time.Time, error) {
	const day = 24 * time.Hour
	switch x.PostForm("expires") {
	case "", "never":
		return time.Time{}, nil
	case "90":
		return x.Now().Add(90 * day), nil
	case "365":
		return x.Now().Add(365 * day), nil
	case "730":
		return x.Now().Add(730 * day), nil
	}
	return time.Time{}, web.Refuse(http.StatusUnprocessableEntity, "Choose when it expires", "Nothing was made. It expires after 90 days, one year, two years, or never.").
		At(scimPath, "To SCIM")
}
