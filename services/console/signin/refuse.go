package signin

import (
	"errors"
	"net/http"

	"github.com/askspoke/spoke/services/console/place"
	"github.com/askspoke/spoke/services/console/web"
	"github.com/askspoke/spoke/tenancy/signon"
)

// Refusal turns an error of the store's into a page that explains.
func Refusal(err error) error {
	back := func(r *web.Refusal) error { return r.Because(err).At(place.SignOn, "To single sign-on") }
	switch {
	case errors.Is(err, signon.ErrNotFound):
		return back(web.Refuse(http.StatusNotFound, "There is no such connection", "It was removed, or its address is misspelled."))
	case errors.Is(err, signon.ErrConflict):
		return back(web.Refuse(http.StatusConflict, "Somebody else has changed this meanwhile", "Nothing was changed. Look at it as it is now, and do it again."))
	case errors.Is(err, signon.ErrEnforced):
		return back(web.Refuse(http.StatusConflict, "Everybody signs in with this connection", "So that nobody is locked out by a slip, it stays as it is. Change a copy, test that, and require it instead."))
	case errors.Is(err, signon.ErrLive):
		return back(web.Refuse(http.StatusConflict, "People sign in with this connection", "An owner can turn single sign-on off first, or make a copy of it count instead."))
	case errors.Is(err, signon.ErrUntested):
		return back(web.Refuse(http.StatusConflict, "This connection was not tested since it was changed last", "Test it yourself: you must come back under your own mail address. Then it can be required of everybody."))
	case errors.Is(err, signon.ErrLimit):
		return back(web.Refuse(http.StatusConflict, "There are enough connections", "A tenant has five at most. Remove a draft first."))
	case errors.Is(err, signon.ErrRenewed):
		return back(web.Refuse(http.StatusConflict, "There are newer recovery codes already",
			"This form has made them, or another owner has. They were shown once, and those that were shown last are good. If nobody has kept them, make new ones."))
	case errors.Is(err, signon.ErrCallback):
		return back(web.Refuse(http.StatusConflict, "Another connection has the redirect URI", "It goes to another issuer, which could answer in place of this one. Save the settings of one of them anew: it is given another redirect URI then."))
	case errors.Is(err, signon.ErrNoPolicy):
		return back(web.Refuse(http.StatusConflict, "There is nothing to recover from", "Recovery codes are for when everybody must sign in by single sign-on, which is not so now."))
	}
	return err
}
