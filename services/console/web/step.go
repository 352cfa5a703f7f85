package web

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/askspoke/spoke/services/console/place"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/hostname"
)

// Policy lets a page load what this host serves, send forms here, and nothing else: no inline script or style, no frame
// around it (Content Security Policy Level 3). Pico CSS has small images in data URLs.
const Policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// secure sets the headers that each answer has.
func (s *Console) secure(x *Exchange) {
	h := x.Writer.Header()
	h.Set("X-Request-Id", x.ID)
	h.Set("Content-Security-Policy", Policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "same-origin") // a set-up link's path goes to nobody else
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
	h.Set("Cache-Control", "no-store")
	if s.config.Secure { // browsers heed both by https alone
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Strict-Transport-Security", "max-age=63072000")
	}
}

// resolve finds the tenant of the host.
func (s *Console) resolve(x *Exchange) error {
	host, err := hostname.FromRequest(x.Request, s.config.TrustedProxies)
	if err != nil {
		return errNoTenant.Because(err)
	}
	x.Host = host
	x.Tenant, err = s.config.Resolve(x.Context(), host)
	switch {
	case errors.Is(err, tenancy.ErrHostNotFound), errors.Is(err, hostname.ErrNoTenant), errors.Is(err, hostname.ErrInvalid):
		return errNoTenant.Because(err)
	case err != nil:
		return err
	case x.Tenant.State == tenancy.StateDeleting:
		return Refuse(http.StatusGone, "This tenant is being deleted", "Its administrators cannot sign in any more. Whoever runs Spoke can undo the deletion for a while.")
	}
	return nil
}

// atOperator is resolve on the operator's host.
func (s *Console) atOperator(x *Exchange) error {
	x.Host = s.config.OperatorHost
	return nil
}

// open reads the session of the browser's cookie.
func (s *Console) open(x *Exchange) error {
	if strings.HasPrefix(x.Request.URL.Path, staticPath) {
		return nil
	}
	var secret string
	if cookie, err := x.Request.Cookie(s.sessions.Cookie.Name); err == nil {
		secret = cookie.Value
	}
	ctx, err := s.sessions.Load(x.Context(), secret)
	if err != nil {
		return err
	}
	x.session = ctx
	return nil
}

// sameSite refuses changes that another site's page asks for.
func (s *Console) sameSite(x *Exchange) error {
	if err := s.sites.Check(x.Request); err != nil {
		return Refuse(http.StatusForbidden, "This request came from another site",
			"A page of another site tried to change something here in your name. Nothing was changed. If you meant to, do it from this console.").Because(err)
	}
	if x.Request.Method != http.MethodPost {
		return nil
	}
	if err := x.Request.ParseForm(); err != nil {
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			return Refuse(http.StatusRequestEntityTooLarge, "This is too large", "A form may have one megabyte. Nothing was changed.").Because(err)
		}
		return Refuse(http.StatusBadRequest, "The form did not arrive whole", "Nothing was changed. Go back and send it again.").Because(err)
	}
	return nil
}

// authorize asks whether the viewer may use the route. Who is not signed in is led to where they can.
func (s *Console) authorize(x *Exchange) error {
	switch {
	case x.Viewer.MayUse(x.route.access):
		return nil
	case x.Viewer.Kind == ByLink:
		return Refuse(http.StatusForbidden, "Your set-up link is not for this page", "It opens %s alone. Ask an administrator of %s to invite you, if you need more.",
			PurposeText(x.Viewer.Purpose), x.Tenant.Name).At(x.HomeOf(x.Viewer), "Back to what it is for")
	case x.Viewer.SignedIn():
		return Refuse(http.StatusForbidden, "You may not do this", "It needs the role %s, and you are %s. %s",
			x.route.access.needs(), x.Viewer.RoleText(), x.otherRole()).At("/", "Back to the overview")
	case x.Request.Method != http.MethodGet || x.GetHeader("HX-Request") != "":
		return ErrSignIn
	}
	path := place.SignIn + "?next=" + url.QueryEscape(x.Request.URL.RequestURI())
	if x.ended {
		path += "&ended=1"
	}
	x.Header("Location", path)
	return errSeeOther
}

// otherRole says how the viewer comes by another role.
func (x *Exchange) otherRole() string {
	switch x.Viewer.Kind {
	case ByOperator:
		return "Whoever runs Spoke can give you another role."
	case ByVisit:
		return "A visit in another role is made in the operator's console."
	}
	return "An owner of " + x.Tenant.Name + " can give you another role."
}
