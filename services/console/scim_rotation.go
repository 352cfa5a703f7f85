package console

import "github.com/askspoke/spoke/tenancy/token"

// startRotation makes a token that is to replace another one, and shows it, this once. It lives as long as the old one was
// to live.
func (s *Server) startRotation(x *exchange) error {
	if err := x.served(); err != nil {
		return err
	}
	id := x.Param("token")
	old, err := s.Tokens.Get(x.context(), x.tenant.ID, id)
	if err != nil {
		return tokenRefusal(err, id)
	}
	x.resource = old.ID
	var n token.NewRotation // without an ID: one that is sent again finds that the token is being rotated
	if !old.ExpiresAt.IsZero() {
		n.ExpiresAt = x.now().Add(old.ExpiresAt.Sub(old.CreatedAt))
	}
	secret, r, err := s.Tokens.StartRotation(x.context(), x.tenant.ID, old.ID, n)
	if err != nil {
		return tokenRefusal(err, id)
	}
	x.guestMade(r.New.ID)
	return s.showToken(x, guideOf(old.Name), "Here is the new token", secret, r.New, &old)
}

// completeRotation revokes the old token, when the new one was used or somebody insists.
func (s *Server) completeRotation(x *exchange) error {
	id := x.Param("token")
	x.changes(id)
	if err := s.mustEndRotation(x, id, func(r token.Rotation) string { return r.Old.ID }); err != nil {
		return err
	}
	r, err := s.Tokens.CompleteRotation(x.context(), x.tenant.ID, id, x.PostForm("insist") == "yes")
	if err != nil {
		return tokenRefusal(err, id)
	}
	return x.seeOther(tokensPath+"/"+r.New.ID, done("The rotation is complete: the old token, ending in %s, is revoked.", r.Old.Hint))
}

// cancelRotation revokes the new token.
func (s *Server) cancelRotation(x *exchange) error {
	id := x.Param("token")
	x.changes(id)
	if err := s.mustEndRotation(x, id, func(r token.Rotation) string { return r.New.ID }); err != nil {
		return err
	}
	r, err := s.Tokens.CancelRotation(x.context(), x.tenant.ID, id)
	if err != nil {
		return tokenRefusal(err, id)
	}
	return x.seeOther(tokensPath+"/"+r.Old.ID, done("The rotation is cancelled: the new token, ending in %s, is revoked, and the old one stays.", r.New.Hint))
}

// mustEndRotation refuses a guest that has not made the token which goes when the rotation of a token ends.
func (s *Server) mustEndRotation(x *exchange, id string, goes func(token.Rotation) string) error {
	if x.viewer.Kind != byLink {
		return nil
	}
	r, err := s.Tokens.Rotation(x.context(), x.tenant.ID, id)
	if err != nil {
		return tokenRefusal(err, id)
	}
	return x.mustRevoke(goes(r), tokensPath+"/"+r.Old.ID)
}
