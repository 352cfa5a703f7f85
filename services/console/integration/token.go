package integration

import (
	"fmt"

	"github.com/askspoke/spoke/services/console/guide"
	"github.com/askspoke/spoke/services/console/web"
	"github.com/askspoke/spoke/services/console/word"
	"github.com/askspoke/spoke/tenancy"
)

// tokenPage is a token's page.
type tokenPage struct {
	tokenShown
	rotationPart

	Live    bool
	Path    string
	Watched string // where its rotation is streamed, "" where it has none
	Revoke  string
	Own     bool // the viewer may revoke it
}

// scimToken shows a token, and how far its rotation is.
func (s *Pages) scimToken(x *web.Exchange) error {
	id := x.Param("token")
	t, err := s.Tokens.Get(x.Context(), x.Tenant.ID, id)
	if err != nil {
		return tokenRefusal(err, id)
	}
	p := tokenPage{
		tokenShown: s.tokenShown(t), Live: t.Live(s.Now()), Path: tokensPath + "/" + t.ID,
	}
	if p.rotationPart, err = s.rotationOf(x, t); err != nil {
		return err
	}
	if p.Rotation != nil {
		p.Watched = rotationLivePath + t.ID
	}
	if p.Own, err = x.MayRevoke(t.ID); err != nil {
		return err
	}
	k, err := s.credentials(x.Context(), x.Tenant.ID)
	if err != nil {
		return err
	}
	p.Revoke = revokeText(x.TenantName(), p.tokenShown, k.besides(t.ID))
	return x.Show("scim_token", p)
}

// revokeText says what stops working when a token is revoked. others are those that users and groups are provisioned by besides.
func revokeText(tenant string, t tokenShown, others int) string {
	text := fmt.Sprintf("Whoever shows the token %q (ending in %s) is refused from then on. ", t.Name, t.Hint)
	switch {
	case t.LastUsedAt.IsZero():
		text += "Nobody has used it so far. "
	case t.From != "":
		text += fmt.Sprintf("It was used last at %s from %s. ", t.LastUsedAt.Format("2006-01-02 15:04 UTC"), t.From)
	default:
		text += fmt.Sprintf("It was used last at %s. ", t.LastUsedAt.Format("2006-01-02 15:04 UTC"))
	}
	if t.Scopes&tenancy.AllScopes == 0 {
		return text + "Nobody provisions users or groups by it. This cannot be undone."
	}
	if others == 0 {
		return text + fmt.Sprintf("It is the only one of %s: users and groups are not provisioned any more until there is a new one, and leavers keep what they have here. This cannot be undone.", tenant)
	}
	return text + fmt.Sprintf("What else signs in goes on: %s. This cannot be undone.", word.Plural(others, "other token or client", "other tokens and clients"))
}

// revokeToken makes a token worthless.
func (s *Pages) revokeToken(x *web.Exchange) error {
	id := x.Param("token")
	t, err := s.Tokens.Get(x.Context(), x.Tenant.ID, id)
	if err != nil {
		return tokenRefusal(err, id)
	}
	x.Resource = t.ID
	if err := x.MustRevoke(t.ID, tokensPath+"/"+t.ID); err != nil {
		return err
	}
	if err := s.Tokens.Revoke(x.Context(), x.Tenant.ID, t.ID); err != nil {
		return tokenRefusal(err, id)
	}
	return x.SeeOther(scimPath, web.Done("The token %q (ending in %s) is revoked. Whoever shows it is refused.", t.Name, t.Hint))
}

// guideOf returns the guide of the provider that a token is named after, or that of any other.
func guideOf(name string) guide.Guide {
	for _, g := range guide.List() {
		if g.Name == name {
			return g
		}
	}
	g, _ := guide.Get("other")
	return g
}
