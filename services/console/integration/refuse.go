package integration

import (
	"errors"
	"net/http"

	"github.com/askspoke/spoke/services/console/web"
	"github.com/askspoke/spoke/tenancy/oauth"
	"github.com/askspoke/spoke/tenancy/token"
)

// tokenRefusal turns an error of the tokens into what the viewer reads. id is the token's.
func tokenRefusal(err error, id string) error {
	conflict := func(title, detail string) error {
		return web.Refuse(http.StatusConflict, title, "%s", detail).Because(err).At(tokensPath+"/"+id, "To the token")
	}
	var cidr *token.CIDRError
	switch {
	case errors.Is(err, token.ErrNotFound):
		return web.Refuse(http.StatusNotFound, "There is no such token", "This tenant has no token with this address.").Because(err).At(scimPath, "To SCIM")
	case errors.Is(err, token.ErrLimit):
		return web.Refuse(http.StatusConflict, "You have as many tokens as your plan lets you have",
			"Nothing was made. Revoke a token or an OAuth client that nobody needs, or ask for a larger plan. To replace a token, rotate it: that needs no room.").
			Because(err).At(scimPath, "To SCIM")
	case errors.Is(err, token.ErrMade):
		return conflict("This form has made its token already",
			"It was shown once and cannot be shown again. If you have it, go on and paste it at your provider. If you did not see it, revoke it and make another one.")
	case errors.Is(err, token.ErrRevokedAlready):
		return conflict("This token was revoked or has expired", "Nothing was made: whoever shows it is refused already. Make a new token.")
	case errors.Is(err, token.ErrRotating):
		return conflict("This token is being rotated already",
			"Its new token was shown once, when the rotation began. If you have it, paste it at your provider. If you did not see it, cancel the rotation and begin it anew.")
	case errors.Is(err, token.ErrNoRotation):
		return conflict("There is no rotation to end", "It was completed or cancelled meanwhile, or the new token has expired.")
	case errors.Is(err, token.ErrUnproven):
		return conflict("The new token was not used yet",
			"Nothing was changed. Your provider may still show the old token, and would be shut out. Paste the new one there, and let it send a request.")
	case errors.Is(err, token.ErrName):
		return web.Refuse(http.StatusUnprocessableEntity, "This name will not do", "Nothing was made. A name has 1 to 100 printable characters.").Because(err).At(scimPath, "To SCIM")
	case errors.Is(err, token.ErrExpiry), errors.As(err, &cidr):
		return errFormOld.Because(err)
	}
	return err
}

// clientRefusal turns an error of the OAuth clients into what the viewer reads. id is the client's.
func clientRefusal(err error, id string) error {
	back := func(status int, title, detail string) error {
		return web.Refuse(status, title, "%s", detail).Because(err).At(clientsPath+"/"+id, "To the client")
	}
	switch {
	case errors.Is(err, oauth.ErrNotFound):
		return web.Refuse(http.StatusNotFound, "There is no such client", "This tenant has no OAuth client with this address.").Because(err).At(scimPath, "To SCIM")
	case errors.Is(err, oauth.ErrLimit):
		return tokenRefusal(errors.Join(token.ErrLimit, err), "")
	case errors.Is(err, errClientMade):
		return back(http.StatusConflict, "This form has made its secret already",
			"It was shown once and cannot be shown again. If you have it, go on and paste it at your provider. If you did not see it, revoke it and make another one.")
	case errors.Is(err, oauth.ErrSecrets):
		return back(http.StatusConflict, "This client has as many secrets as it may have", "Nothing was made. Revoke one that nobody needs.")
	case errors.Is(err, oauth.ErrNoSecret):
		return back(http.StatusNotFound, "There is no such secret", "This client has none with this address.")
	case errors.Is(err, oauth.ErrRevoked), errors.Is(err, oauth.ErrGone):
		return back(http.StatusConflict, "This client was revoked", "Nothing was made: its access tokens are refused already. Make a new client.")
	}
	return tokenRefusal(err, id)
}
