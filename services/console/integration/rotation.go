package integration

import (
	"github.com/askspoke/spoke/services/console/web"
	"github.com/askspoke/spoke/tenancy/token"
)

// startRotation makes a token that is to replace another one, and shows it, this once. It lives as long as the old one was
// to live.
func (s *Pages) startRotation(x *web.Exchange) error {
	if err := s.served(x); err != nil {
		return err
	}
	id := x.Param("token")
	old, err := s.Tokens.Get(x.Context(), x.Tenant.ID, id)
	if err != nil {
		return tokenRefusal(err, id)
	}
	x.Resource = old.ID
	var n token.NewRotation // without an ID: one that is sent again finds that the token is being rotated
	if !old.ExpiresAt.IsZero() {
		n.ExpiresAt = x.Now().Add(old.ExpiresAt.Sub(old.CreatedAt))
	}
	secret, r, err := s.Tokens.StartRotation(x.Context(), x.Tenant.ID, old.ID, n)
	if err != nil {
		return tokenRefusal(err, id)
	}
	x.GuestMade(r.New.ID)
	return s.showToken(x, guideOf(old.Name), "Here is the new token", secret, r.New, &old)
}

// completeRotation revokes the old token, when the new one was used or somebody insists.
func (s *Pages) completeRotation(x *web.Exchange) error {
	id := x.Param("token")
	x.Changes(id)
	if err := s.mustEndRotation(x, id, func(r token.Rotation) string { return r.Old.ID }); err != nil {
		return err
	}
	r, err := s.Tokens.CompleteRotation(x.Context(), x.Tenant.ID, id, x.PostForm("insist") == "yes")
	if err != nil {
		return tokenRefusal(err, id)
	}
	return x.SeeOther(tokensPath+"/"+r.New.ID, web.Done("The rotation is complete: the old token, ending in %s, is revoked.", r.Old.Hint))
}

// cancelRotation revokes the new token.
func (s *Pages) cancelRotation(x *web.Exchange) error {
	id := x.Param("token")
	x.Changes(id)
	if err := s.mustEndRotation(x, id, func(r token.Rotation) string { return r.New.ID }); err != nil {
		return err
	}
	r, err := s.Tokens.CancelRotation(x.Context(), x.Tenant.ID, id)
	if err != nil {
		return tokenRefusal(err, id)
	}
	return x.SeeOther(tokensPath+"/"+r.Old.ID, web.Done("The rotation is cancelled: the new token, ending in %s, is revoked, and the old one stays.", r.New.Hint))
}

// mustEndRotation refuses a guest that has not made the token which goes when the rotation of a token ends.
func (s *Pages) mustEndRotation(x *web.Exchange, id string, goes func(token.Rotation) string) error {
	if x.Viewer.Kind != web.ByLink {
		return nil
	}
	r, err := s.Tokens.Rotation(x.Context(), x.Tenant.ID, id)
	if err != nil {
		return tokenRefusal(err, id)
	}
	return x.MustRevoke(goes(r), tokensPath+"/"+r.Old.ID)
}
