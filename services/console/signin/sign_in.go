package signin

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/askspoke/spoke/services/console/letter"
	"github.com/askspoke/spoke/services/console/place"
	"github.com/askspoke/spoke/services/console/web"
	"github.com/askspoke/spoke/services/console/word"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/admin"
	"github.com/askspoke/spoke/tenancy/outbox"
	"github.com/askspoke/spoke/tenancy/ratelimit"
)

func (s *Pages) signInRoutes() []web.Route {
	return []web.Route{
		web.Get(place.SignIn, web.Anyone, s.signInPage),
		web.Post(place.SignIn, web.Anyone, "", s.requestSignIn),
		web.Get(place.SignIn+"/link/:secret", web.Anyone, s.signInLinkPage),
		web.Post(place.SignIn+"/link/:secret", web.Anyone, "", s.useSignInLink),
		web.Get(place.SignIn+"/oidc", web.Anyone, s.signInOIDC),
		web.Get(place.SignIn+"/oidc/callback", web.Anyone, s.signInOIDCBack),
		web.Get(place.SignIn+"/oidc/callback/:callback", web.Anyone, s.signInOIDCBack),
		web.Get(recoveryPath, web.Anyone, s.recovery),
		web.Post(recoveryPath, web.Anyone, "", s.recover),
		web.Get("/setup/:secret", web.Anyone, s.setupPage),
		web.Post("/setup/:secret", web.Anyone, "", s.useSetupLink),
		web.Post("/sign-out", web.Anyone, "", s.leave),
	}
}

// How often one may ask for a tenant's links: from one client's address, and for one mail address. The second comes back faster, so
// that who asks for another's links from one address cannot keep her from asking.
var (
	askedFrom = ratelimit.Rate{PerSecond: 20.0 / 3600, Burst: 10}
	askedFor  = ratelimit.Rate{PerSecond: 40.0 / 3600, Burst: 12}
)

// errBusy says that there is too much to do, to all alike: before it is known what a request makes to do.
var errBusy = web.Refuse(http.StatusServiceUnavailable, "Too many ask for links just now", "No link was sent. Try again in a minute.").At(place.SignIn, "Back")

// signInForm is the page on which one asks for a link.
type signInForm struct {
	Next, Email, Problem string
	Ended                bool // the last session was ended
	Mail                 bool // links can be sent
	Ways                 signOnWays
}

// signInPage shows how to sign in, and who is signed in already where they wanted to go.
func (s *Pages) signInPage(x *web.Exchange) error {
	next := admin.LocalPath(x.Query("next"))
	if x.Viewer.SignedIn() {
		if next == "/" {
			next = x.HomeOf(x.Viewer)
		}
		return x.SeeOther(next)
	}
	ways, err := s.ways(x, next)
	if err != nil {
		return err
	}
	return x.Show("sign_in", signInForm{Next: next, Ended: x.Query("ended") != "", Mail: s.Outbox != nil, Ways: ways})
}

// requestSignIn mails a link, if the address is an administrator's. Whether it is nobody learns: the answer is the same,
// and what only an administrator's address makes to do is done behind it.
func (s *Pages) requestSignIn(x *web.Exchange) error {
	if err := s.byLinks(x); err != nil {
		return err
	}
	form := signInForm{Next: admin.LocalPath(x.PostForm("next")), Email: strings.TrimSpace(x.PostForm("email")), Mail: s.Outbox != nil}
	var err error
	if form.Ways, err = s.ways(x, form.Next); err != nil {
		return err
	}
	if !form.Mail {
		return x.ShowAgain("sign_in", form)
	}
	email, err := outbox.ParseAddress(form.Email)
	if err != nil {
		form.Problem = "This is no mail address such as you@" + string(x.Tenant.Slug) + ".com."
		return x.ShowAgain("sign_in", form)
	}
	email = outbox.FoldAddress(email)
	if err := s.mayAsk(x, email); err != nil {
		return err
	}
	release, err := s.Jobs.Enter()
	if err != nil {
		return errBusy.Because(err)
	}
	a, err := s.Admins.ByEmail(x.Context(), x.Tenant.ID, email)
	switch {
	case errors.Is(err, admin.ErrNotFound):
		release()
	case err != nil:
		release()
		return err
	default:
		l := letter.To(x, a)
		l.From = word.Address(x.Address.Unmap())
		ctx := context.WithoutCancel(x.Context())
		s.Jobs.Start(func(context.Context) { // it is mailed also when the server stops
			defer release()
			s.mailSignIn(ctx, x.Tenant, a, l, form.Next)
		})
	}
	return x.Show("sign_in_sent", map[string]any{"Email": form.Email, "Life": word.Roughly(admin.SignInLife)})
}

// mayAsk refuses who asks for links too often, or for too many of one mail address.
func (s *Pages) mayAsk(x *web.Exchange, email string) error {
	hash := sha256.Sum256([]byte(email))
	for _, l := range []struct {
		key  string
		rate ratelimit.Rate
	}{
		{ratelimit.AddressKey(x.Address) + " " + string(x.Tenant.ID) + " sign-in", askedFrom},
		{string(x.Tenant.ID) + " " + hex.EncodeToString(hash[:]) + " sign-in", askedFor},
	} {
		d, err := s.Attempts.Take(x.Context(), ratelimit.Subject{Class: ratelimit.Authentication, Key: l.key}, l.rate)
		if err != nil {
			return err
		}
		if d.Outcome == ratelimit.Refused {
			d.Header(x.Writer.Header())
			return web.Refuse(http.StatusTooManyRequests, "That was too often", "No link was sent this time. Look into your mailbox for those that were, or try again in %s.",
				word.Roughly(d.RetryAfter)).At(place.SignIn, "Back")
		}
	}
	return nil
}

// sendLife is how long the making of a link may take that nobody waits for.
const sendLife = 20 * time.Second

// mailSignIn makes a link and mails it. Nobody waits for it, so what goes wrong is logged.
func (s *Pages) mailSignIn(ctx context.Context, tenant tenancy.Tenant, a admin.Administrator, l letter.Letter, next string) {
	ctx, cancel := context.WithTimeout(ctx, sendLife)
	defer cancel()
	err := func() error {
		secret, made, err := s.Admins.CreateSignIn(ctx, tenant.ID, a.ID, next)
		if err != nil {
			return err
		}
		l.ID, l.URL, l.Life = made.ID, l.URL+secret.Reveal(), word.Roughly(admin.SignInLife)
		return l.Send(ctx, s.Outbox)
	}()
	if err != nil {
		s.Logger.ErrorContext(ctx, "sign-in link was not mailed", "tenant", string(tenant.Slug), "administrator", a.ID, "error", err)
	}
}
