package console

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/askspoke/spoke/services/console/letter"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/admin"
	"github.com/askspoke/spoke/tenancy/outbox"
	"github.com/askspoke/spoke/tenancy/ratelimit"
)

func (s *Server) signInRoutes() []route {
	return []route{
		get(signInPath, anyone, s.signInPage),
		post(signInPath, anyone, "", s.requestSignIn),
		get(signInPath+"/link/:secret", anyone, s.signInLinkPage),
		post(signInPath+"/link/:secret", anyone, "", s.useSignInLink),
		get(signInPath+"/oidc", anyone, s.signInOIDC),
		get(signInPath+"/oidc/callback", anyone, s.signInOIDCBack),
		get(recoveryPath, anyone, s.recovery),
		post(recoveryPath, anyone, "", s.recover),
		get("/setup/:secret", anyone, s.setupPage),
		post("/setup/:secret", anyone, "", s.useSetupLink),
		post("/sign-out", anyone, "", s.leave),
	}
}

// How often one may ask for a tenant's links: from one client's address, and for one mail address. The second comes back faster, so
// that who asks for another's links from one address cannot keep her from asking.
var (
	askedFrom = ratelimit.Rate{PerSecond: 20.0 / 3600, Burst: 10}
	askedFor  = ratelimit.Rate{PerSecond: 40.0 / 3600, Burst: 12}
)

// signInForm is the page on which one asks for a link.
type signInForm struct {
	Next, Email, Problem string
	Ended                bool // the last session was ended
	Mail                 bool // links can be sent
	Ways                 signOnWays
}

// signInPage shows how to sign in, and who is signed in already where they wanted to go.
func (s *Server) signInPage(x *exchange) error {
	next := admin.LocalPath(x.Query("next"))
	if x.viewer.SignedIn() {
		if next == "/" {
			next = homeOf(x.viewer)
		}
		return x.seeOther(next)
	}
	ways, err := x.ways(next)
	if err != nil {
		return err
	}
	return x.show("sign_in", signInForm{Next: next, Ended: x.Query("ended") != "", Mail: s.Outbox != nil, Ways: ways})
}

// requestSignIn mails a link, if the address is an administrator's. Whether it is nobody learns: the answer is the same,
// and what only an administrator's address makes to do is done behind it.
func (s *Server) requestSignIn(x *exchange) error {
	if err := x.byLinks(); err != nil {
		return err
	}
	form := signInForm{Next: admin.LocalPath(x.PostForm("next")), Email: strings.TrimSpace(x.PostForm("email")), Mail: s.Outbox != nil}
	var err error
	if form.Ways, err = x.ways(form.Next); err != nil {
		return err
	}
	if !form.Mail {
		return x.showAgain("sign_in", form)
	}
	email, err := outbox.ParseAddress(form.Email)
	if err != nil {
		form.Problem = "This is no mail address such as you@" + string(x.tenant.Slug) + ".com."
		return x.showAgain("sign_in", form)
	}
	email = outbox.FoldAddress(email)
	if err := s.mayAsk(x, email); err != nil {
		return err
	}
	release, err := s.jobs.enter()
	if err != nil {
		return err
	}
	a, err := s.Admins.ByEmail(x.context(), x.tenant.ID, email)
	switch {
	case errors.Is(err, admin.ErrNotFound):
		release()
	case err != nil:
		release()
		return err
	default:
		l := s.letterTo(x, a)
		l.From = addressText(x.address.Unmap())
		ctx := context.WithoutCancel(x.context())
		s.jobs.start(func(context.Context) { // it is mailed also when the server stops
			defer release()
			s.mailSignIn(ctx, x.tenant, a, l, form.Next)
		})
	}
	return x.show("sign_in_sent", map[string]any{"Email": form.Email, "Life": roughly(admin.SignInLife)})
}

// mayAsk refuses who asks for links too often, or for too many of one mail address.
func (s *Server) mayAsk(x *exchange, email string) error {
	hash := sha256.Sum256([]byte(email))
	for _, l := range []struct {
		key  string
		rate ratelimit.Rate
	}{
		{ratelimit.AddressKey(x.address) + " " + string(x.tenant.ID) + " sign-in", askedFrom},
		{string(x.tenant.ID) + " " + hex.EncodeToString(hash[:]) + " sign-in", askedFor},
	} {
		d, err := s.attempts.Take(x.context(), ratelimit.Subject{Class: ratelimit.Authentication, Key: l.key}, l.rate)
		if err != nil {
			return err
		}
		if d.Outcome == ratelimit.Refused {
			d.Header(x.Writer.Header())
			return refuse(http.StatusTooManyRequests, "That was too often", "No link was sent this time. Look into your mailbox for those that were, or try again in %s.",
				roughly(d.RetryAfter)).at(signInPath, "Back")
		}
	}
	return nil
}

// sendLife is how long the making of a link may take that nobody waits for.
const sendLife = 20 * time.Second

// mailSignIn makes a link and mails it. Nobody waits for it, so what goes wrong is logged.
func (s *Server) mailSignIn(ctx context.Context, tenant tenancy.Tenant, a admin.Administrator, l letter.Letter, next string) {
	ctx, cancel := context.WithTimeout(ctx, sendLife)
	defer cancel()
	err := func() error {
		secret, made, err := s.Admins.CreateSignIn(ctx, tenant.ID, a.ID, next)
		if err != nil {
			return err
		}
		l.ID, l.URL, l.Life = made.ID, l.URL+secret.Reveal(), roughly(admin.SignInLife)
		return s.mail(ctx, l)
	}()
	if err != nil {
		s.Logger.ErrorContext(ctx, "sign-in link was not mailed", "tenant", string(tenant.Slug), "administrator", a.ID, "error", err)
	}
}
