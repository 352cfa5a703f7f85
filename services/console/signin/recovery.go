package signin

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/askspoke/spoke/services/console/account"
	"github.com/askspoke/spoke/services/console/place"
	"github.com/askspoke/spoke/services/console/web"
	"github.com/askspoke/spoke/tenancy/admin"
	"github.com/askspoke/spoke/tenancy/ratelimit"
	"github.com/askspoke/spoke/tenancy/signon"
)

// recoveryPath is where an owner comes in when the identity provider does not let anybody in.
const recoveryPath = place.SignIn + "/recovery"

// recoveryRate is how often a client's address may try a code.
var recoveryRate = ratelimit.Rate{PerSecond: 1. / 30, Burst: 5}

// recoveryLife is how long a session lasts that a recovery code began: long enough to repair the connection.
const recoveryLife = time.Hour

type recoveryForm struct{ Email, Problem string }

// recovery asks for an owner's address and a code.
func (s *Pages) recovery(x *web.Exchange) error { return x.Show("sign_on_recovery", recoveryForm{}) }

// recover signs an owner in by a recovery code. A wrong address and a wrong code are told alike, and a code is used up by an
// owner alone, once the audit log has it and the session is kept.
func (s *Pages) recover(x *web.Exchange) error {
	if err := x.Slow("recovery", recoveryRate); err != nil {
		return err
	}
	a, err := s.ownerWith(x, x.PostForm("email"))
	if err == nil {
		err = s.SignOn.LookCode(x.Context(), x.Tenant.ID, x.PostForm("code"))
	}
	if err == nil {
		err = s.admit(x, a, way{by: "recovery", operation: "signInByRecoveryCode", life: recoveryLife}, place.SignOn, func(ctx context.Context) error {
			return s.SignOn.UseCode(ctx, x.Tenant.ID, x.PostForm("code"), a.Actor())
		})
	}
	if errors.Is(err, admin.ErrNotFound) || errors.Is(err, signon.ErrCode) {
		s.Logger.Warn("recovery code was rejected", "request_id", x.ID, "tenant", string(x.Tenant.Slug), "address", x.Address.String())
		return x.ShowAgain("sign_on_recovery", recoveryForm{
			x.PostForm("email"), "This is not an owner's address together with one of the codes that are left. Each code works once, and newer codes make older ones void.",
		})
	}
	if err != nil {
		return err
	}
	s.Logger.Warn("recovery code was used", "request_id", x.ID, "tenant", string(x.Tenant.Slug), "actor", a.Actor(), "address", x.Address.String())
	return nil
}

// ownerWith returns the owner with an address whom the directory has not disabled, or admin.ErrNotFound.
func (s *Pages) ownerWith(x *web.Exchange, text string) (admin.Administrator, error) {
	email, ok := signon.Address(text)
	if !ok {
		return admin.Administrator{}, admin.ErrNotFound
	}
	a, err := s.Admins.ByEmail(x.Context(), x.Tenant.ID, email)
	if err != nil {
		return a, err
	}
	_, state, err := s.Accounts.InDirectory(x.Context(), a)
	if err == nil && (state == account.Disabled || !a.Role.Includes(admin.Owner)) {
		err = admin.ErrNotFound
	}
	return a, err
}

// signOnWays is what the page of signing in says of single sign-on.
type signOnWays struct {
	Name  string // of the provider; "": there is none
	Path  string // where it begins
	Alone bool   // nobody signs in by links
}

// ways returns how people sign in to the tenant. next is where they want to go.
func (s *Pages) ways(x *web.Exchange, next string) (signOnWays, error) {
	p, err := s.SignOn.Policy(x.Context(), x.Tenant.ID)
	if err != nil || p.Mode == signon.ModeOff {
		return signOnWays{}, err
	}
	path := place.SignIn + "/" + string(p.Connection.Kind)
	if next = admin.LocalPath(next); next != "/" {
		path += "?next=" + url.QueryEscape(next)
	}
	return signOnWays{Name: p.Connection.Name, Path: path, Alone: p.Mode == signon.ModeEnforced}, nil
}

// byLinks refuses to let anybody in by a mailed link where single sign-on is required. An operator's set-up link is none.
func (s *Pages) byLinks(x *web.Exchange) error {
	w, err := s.ways(x, "/")
	if err == nil && w.Alone {
		return web.Refuse(http.StatusForbidden, "Everybody signs in with "+w.Name+" here", "%s requires single sign-on, so links that are mailed do not let anybody in.", x.Tenant.Name).
			At(w.Path, "Sign in with "+w.Name)
	}
	return err
}
