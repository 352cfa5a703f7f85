package console

import (
	"cmp"
	"net/http"
	"strings"
	"time"

	"github.com/askspoke/spoke/services/console/guide"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/token"
)

// secretPage shows what is shown once.
type secretPage struct {
	Title     string
	Guide     guide.Guide
	TenantURL string
	TokenURL  string
	Token     string // or
	ClientID  string
	Secret    string
	Field     string // what the provider calls the token's field
	Fields    []guide.Value
	Replaces  *token.Token // what goes when this one was used
	ExpiresAt time.Time
	PanelPath string
	BackPath  string
	BackText  string
}

// createToken makes a token and shows it, this once.
func (s *Server) createToken(x *exchange) error {
	if err := x.served(); err != nil {
		return err
	}
	g, err := x.chosen()
	if err != nil {
		return err
	}
	id, err := x.formID("token")
	if err != nil {
		return err
	}
	scopes, err := scopesOf(x.PostForm("access"))
	if err != nil {
		return err
	}
	expires, err := x.expiry()
	if err != nil {
		return err
	}
	x.resource = id
	secret, made, err := s.Tokens.Issue(x.context(), x.tenant.ID, token.NewToken{
		ID: id, Once: true, Name: cmp.Or(strings.TrimSpace(x.PostForm("name")), g.Name), Scopes: scopes, ExpiresAt: expires,
	})
	if err != nil {
		return tokenRefusal(err, id)
	}
	return s.showToken(x, g, "SCIM is enabled", secret, made, nil)
}

// showToken shows a token, this once.
func (s *Server) showToken(x *exchange, g guide.Guide, title string, secret token.Secret, made token.Token, replaces *token.Token) error {
	filled := s.filledIn(x.tenant)
	filled.Token = secret.Reveal()
	full, err := g.For(filled)
	if err != nil {
		return err
	}
	p := secretPage{
		Title: title, Guide: full, TenantURL: filled.TenantURL, Token: filled.Token, Replaces: replaces, ExpiresAt: made.ExpiresAt,
		PanelPath: panelPath + "?provider=" + g.Slug, BackPath: tokensPath + "/" + made.ID, BackText: "To the token",
	}
	p.Fields = fieldsWith(full, filled.Token)
	for _, v := range p.Fields {
		if v.Value == filled.Token {
			p.Field = v.Label
		}
	}
	return x.show("scim_secret", p)
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
func (x *exchange) expiry() (time.Time, error) {
	const day = 24 * time.Hour
	switch x.PostForm("expires") {
	case "", "never":
		return time.Time{}, nil
	case "90":
		return x.now().Add(90 * day), nil
	case "365":
		return x.now().Add(365 * day), nil
	case "730":
		return x.now().Add(730 * day), nil
	}
	return time.Time{}, refuse(http.StatusUnprocessableEntity, "Choose when it expires", "Nothing was made. It expires after 90 days, one year, two years, or never.").
		at(scimPath, "To SCIM")
}
