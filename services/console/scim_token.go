package console

import (
	"errors"
	"fmt"

	"github.com/askspoke/spoke/services/console/guide"
	"github.com/askspoke/spoke/tenancy/token"
)

// tokenPage is a token's page, and of its rotation what the fragment "rotation" shows.
type tokenPage struct {
	tokenShown
	Live     bool
	Path     string
	Rotation *rotationShown
	Waits    bool // for the new token's first use: the fragment asks again
	Revoke   string
	May      bool // change something
	Own      bool // revoke it
	OwnNew   bool // revoke the new one of its rotation
	OwnOld   bool // revoke the old one
	Seen     string
}

type rotationShown struct {
	Old, New token.Token
	From     string // where the new one was used first
	Proven   bool
}

// scimToken shows a token, and how far its rotation is.
func (s *Server) scimToken(x *exchange) error {
	id := x.Param("token")
	t, err := s.Tokens.Get(x.context(), x.tenant.ID, id)
	if err != nil {
		return tokenRefusal(err, id)
	}
	p := tokenPage{
		tokenShown: s.tokenShown(t), Live: t.Live(s.config.Now()), Path: tokensPath + "/" + t.ID,
		May: x.viewer.May("admin", "provisioning"),
	}
	if p.Rotation, err = s.openRotation(x, t); err != nil {
		return err
	}
	if p.Own, err = x.mayRevoke(t.ID); err != nil {
		return err
	}
	if p.Rotation != nil {
		if p.OwnNew, err = x.mayRevoke(p.Rotation.New.ID); err != nil {
			return err
		}
		if p.OwnOld, err = x.mayRevoke(p.Rotation.Old.ID); err != nil {
			return err
		}
	}
	p.Waits = p.Rotation != nil && !p.Rotation.Proven
	if p.Seen, err = x.mark("scim_token", "rotation", p); err != nil {
		return err
	}
	if x.GetHeader("HX-Request") != "" {
		return x.fragmentUnlessSeen("scim_token", "rotation", p.Seen, p)
	}
	k, err := s.credentials(x.context(), x.tenant.ID)
	if err != nil {
		return err
	}
	p.Revoke = revokeText(x.tenant.Name, p.tokenShown, len(k.tokens)+len(k.clients)-1)
	return x.show("scim_token", p)
}

// openRotation returns the open rotation that a token is part of, as the old or as the new one, nil for none.
func (s *Server) openRotation(x *exchange, t token.Token) (*rotationShown, error) {
	for _, id := range []string{t.ID, t.Replaces} {
		if id == "" {
			continue
		}
		r, err := s.Tokens.Rotation(x.context(), x.tenant.ID, id)
		switch {
		case errors.Is(err, token.ErrNoRotation), errors.Is(err, token.ErrNotFound):
		case err != nil:
			return nil, err
		case r.State == token.RotationOpen:
			return &rotationShown{r.Old, r.New, addressText(r.New.FirstUsedFrom), r.Proven}, nil
		}
	}
	return nil, nil //nolint:nilnil // most tokens are in no rotation
}

// revokeText says what stops working when a token is revoked.
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
	if others == 0 {
		return text + fmt.Sprintf("It is the only one of %s: users and groups are not provisioned any more until there is a new one, and leavers keep what they have here. This cannot be undone.", tenant)
	}
	return text + fmt.Sprintf("What else signs in goes on: %s. This cannot be undone.", plural(others, "other token or client", "other tokens and clients"))
}

// revokeToken makes a token worthless.
func (s *Server) revokeToken(x *exchange) error {
	id := x.Param("token")
	t, err := s.Tokens.Get(x.context(), x.tenant.ID, id)
	if err != nil {
		return tokenRefusal(err, id)
	}
	x.resource = t.ID
	if err := x.mustRevoke(t.ID, tokensPath+"/"+t.ID); err != nil {
		return err
	}
	if err := s.Tokens.Revoke(x.context(), x.tenant.ID, t.ID); err != nil {
		return tokenRefusal(err, id)
	}
	return x.seeOther(scimPath, done("The token %q (ending in %s) is revoked. Whoever shows it is refused.", t.Name, t.Hint))
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
