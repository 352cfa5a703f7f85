package signin

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/askspoke/spoke/services/console/place"
	"github.com/askspoke/spoke/services/console/web"
	"github.com/askspoke/spoke/tenancy/admin"
	"github.com/askspoke/spoke/tenancy/operator"
)

// signInLinkPage shows the button that uses a mailed link. It uses nothing up, since mail scanners open links, and says
// whose link it is, so that nobody is led into another's account.
func (s *Pages) signInLinkPage(x *web.Exchange) error {
	if err := s.byLinks(x); err != nil {
		return err
	}
	l, err := s.Admins.LookSignIn(x.Context(), x.Tenant.ID, x.Param("secret"))
	if err != nil {
		return s.refuseLink(x, err)
	}
	a, err := s.Admins.Get(x.Context(), x.Tenant.ID, l.AdministratorID)
	if err != nil {
		return err
	}
	return x.Show("sign_in_link", a)
}

// useSignInLink signs an administrator in. The link is used up only where she may come in.
func (s *Pages) useSignInLink(x *web.Exchange) error {
	if err := s.byLinks(x); err != nil {
		return err
	}
	l, err := s.Admins.LookSignIn(x.Context(), x.Tenant.ID, x.Param("secret"))
	if err != nil {
		return linkRefusal(err)
	}
	a, err := s.Admins.Get(x.Context(), x.Tenant.ID, l.AdministratorID)
	if err != nil {
		return err
	}
	return s.admit(x, a, way{by: "link", operation: "signIn", life: web.SessionLife, invited: l.Invitation}, l.Next, func(ctx context.Context) error {
		_, err := s.Admins.OpenSignIn(ctx, x.Tenant.ID, x.Param("secret"))
		return linkRefusal(err)
	})
}

// way is how an administrator comes in.
type way struct {
	by        string        // what showed who she is
	operation string        // names it in the audit log
	life      time.Duration // of the session
	// invited says that the note of the sign-in makes void what shows who she is, so that it must be used before that.
	invited bool
}

// admit begins an administrator's session, if her user of the directory may have one, and sends her on. use is what must be
// done with that which showed who she is, such as to make it worthless.
func (s *Pages) admit(x *web.Exchange, a admin.Administrator, w way, next string, use func(context.Context) error) error {
	active, err := s.Accounts.LinkUser(x.Context(), &a)
	if err != nil {
		return err
	}
	if !active {
		return s.refuseDisabled(x)
	}
	if err := x.RecordAs(operator.Call{Actor: a.Actor(), Name: a.Email, Role: operator.Role(a.Role), Operation: w.operation}); err != nil {
		return err
	}
	x.Resource = a.ID
	note := func(ctx context.Context) error { return s.Admins.SignedIn(ctx, x.Tenant.ID, a.ID, x.Now()) }
	first, last := note, use
	if w.invited {
		first, last = use, note
	}
	err = x.SignInBy(web.Standing{Kind: web.ByAdmin, ID: a.ID, By: w.by}, w.life, func(ctx context.Context) error {
		if err := first(ctx); err != nil {
			return err
		}
		return last(ctx)
	})
	if err != nil {
		return err
	}
	return x.SeeOther(admin.LocalPath(next))
}

// refuseLink is linkRefusal where somebody opens a link, which can be who has used it before and goes back, or has it in a
// bookmark.
func (s *Pages) refuseLink(x *web.Exchange, err error) error {
	if x.Viewer.SignedIn() && (errors.Is(err, admin.ErrUsed) || errors.Is(err, operator.ErrUsed)) {
		text := "A link works once. You are signed in as " + x.Viewer.Name + ", and need it no more."
		if x.Viewer.Kind == web.ByLink {
			text = "A link works once. What your set-up link has opened is still open to you."
		}
		return web.Refuse(http.StatusForbidden, "This link was used already", "%s", text).At(x.HomeOf(x.Viewer), "Go on").Because(err)
	}
	return linkRefusal(err)
}

// linkRefusal says why a link is refused, in words; nil stays nil.
func linkRefusal(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, admin.ErrUsed), errors.Is(err, operator.ErrUsed):
		return errLink("It was used already, and a link works once. If that was not you, tell an administrator.").Because(err)
	case errors.Is(err, admin.ErrExpired), errors.Is(err, operator.ErrExpired):
		return errLink("Its time is over.").Because(err)
	case errors.Is(err, admin.ErrRevoked), errors.Is(err, operator.ErrRevoked):
		return errLink("It was made void since.").Because(err)
	case errors.Is(err, admin.ErrRejected), errors.Is(err, operator.ErrRejected):
		return errLink("Perhaps it was cut off on the way, or belongs to another host.").Because(err)
	}
	return err
}

func errLink(why string) *web.Refusal {
	return web.Refuse(http.StatusForbidden, "This link does not work", "%s Sign in with your mail address, or ask whoever sent you the link for another.", why).
		At(place.SignIn, "To sign-in")
}
