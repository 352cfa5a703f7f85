package web

import (
	"context"
	"net/http"
	"time"

	"github.com/alexedwards/scs/v2"

	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/admin"
	"github.com/askspoke/spoke/tenancy/operator"
)

// NewSessions returns the manager of sessions. A cookie belongs to one host: it is never sent to another tenant's.
func NewSessions(store scs.Store, secure bool) *scs.SessionManager {
	m := scs.New()
	m.Store = store
	m.Lifetime, m.IdleTimeout = SessionLife, SessionIdle
	m.Codec = jsonCodec{}
	m.Cookie.Name, m.Cookie.Secure, m.Cookie.HttpOnly = cookieName(secure), secure, true
	m.Cookie.Path, m.Cookie.SameSite = "/", http.SameSiteLaxMode
	m.Cookie.Persist = false
	return m
}

// cookieName is one that browsers take from this very host by https alone (RFC 6265bis section 4.1.3.2), where they come
// by https.
func cookieName(secure bool) string {
	if secure {
		return "__Host-spoke"
	}
	return "spoke"
}

// Kinds of viewers.
const (
	ByAdmin    = "administrator"
	ByLink     = "setup_link"    // who came by a set-up link, for its purpose alone
	ByOperator = "operator"      // on the operator's host
	ByVisit    = "impersonation" // an operator on a tenant's host
)

// A Viewer is who looks at a page. The zero Viewer is nobody.
type Viewer struct {
	Kind    string
	Actor   string // as the audit log names it
	Name    string // for people: an e-mail address, or an operator's name
	Role    admin.Role
	Purpose operator.Purpose // of a set-up link
	// Admin is the administrator, of Kind administrator alone.
	Admin admin.Administrator
	// Impersonation is the operator's visit, of that Kind alone.
	Impersonation admin.Impersonation
	// Operator is the operator, on the operator's host alone.
	Operator operator.Identity
	Until    time.Time // when the session ends at the latest
}

// SignedIn says whether it is somebody.
func (v Viewer) SignedIn() bool { return v.Kind != "" }

// MayUse says whether the viewer may use what has an access.
func (v Viewer) MayUse(a Access) bool {
	switch {
	case a.anyone:
		return true
	case a.operator != "":
		return v.Kind == ByOperator && v.Operator.Role.Includes(a.operator)
	case v.Kind == ByAdmin || v.Kind == ByVisit:
		return a.role != "" && v.Role.Includes(a.role)
	case v.Kind == ByLink:
		return a.purpose != "" && v.Purpose == a.purpose
	}
	return false
}

// May says in a template whether the viewer has a role, or came by a link for one of the purposes.
func (v Viewer) May(role string, purposes ...string) bool {
	a := Access{role: admin.Role(role)}
	for _, p := range purposes {
		if v.MayUse(a.Or(operator.Purpose(p))) {
			return true
		}
	}
	return v.MayUse(a)
}

// Standing is what a session remembers of who signed in. What it may is asked at each request.
type Standing struct {
	Kind     string            `json:"kind"`
	Tenant   tenancy.ID        `json:"tenant,omitempty"` // "": the operator's host
	ID       string            `json:"id"`               // of the administrator, link or impersonation
	Began    time.Time         `json:"began"`
	Until    time.Time         `json:"until"`
	Purpose  operator.Purpose  `json:"purpose,omitempty"`
	Operator operator.Identity `json:"operator,omitzero"`
	By       string            `json:"by,omitempty"` // how: link, oidc, saml, recovery
}

// Keys of a session.
const (
	StandingKey = "standing"
	noticesKey  = "notices"
)

// SignIn begins a session anew for somebody: its token is another than before, so one that was planted is worth nothing
// (session fixation). life is at most SessionLife.
func (x *Exchange) SignIn(who Standing, life time.Duration) error {
	ctx := x.session
	if err := x.console.sessions.RenewToken(ctx); err != nil {
		return err
	}
	now := x.Now()
	who.Tenant, who.Began, who.Until = x.Tenant.ID, now, now.Add(min(life, SessionLife))
	x.Put(StandingKey, who)
	return nil
}

// SignInBy is SignIn for who shows something that works once, which use uses up. The session is kept before that, and the
// browser has no part in it until use has succeeded: so nothing is used up for nothing while Postgres is away, and nobody is
// in by what was not used. Nothing can be put into the session after it.
func (x *Exchange) SignInBy(who Standing, life time.Duration, use func(context.Context) error) error {
	if err := x.SignIn(who, life); err != nil {
		return err
	}
	sessions := x.console.sessions
	secret, expiry, err := sessions.Commit(x.session)
	if err == nil {
		err = use(x.Context())
	}
	kept := x.session
	x.session = nil
	if err != nil {
		x.Viewer = Viewer{}
		_ = sessions.Destroy(kept) // or it ends by itself: nobody knows its secret
		return err
	}
	sessions.WriteSessionCookie(kept, x.Writer, secret, expiry)
	return nil
}

// SignOut ends the session.
func (x *Exchange) SignOut() error { return x.console.sessions.Destroy(x.session) }

// identify finds out who looks: by the session, and by what is true of them now.
func (s *Console) identify(x *Exchange) error {
	var who Standing
	if !x.Take(StandingKey, &who) || who.Kind == "" {
		return nil
	}
	// A cookie of another host, which no browser sends, is nobody's here.
	if who.Tenant != x.Tenant.ID || !x.Now().Before(who.Until) {
		return x.SignOut()
	}
	v, err := s.config.Who(x.Context(), x.Tenant, who)
	if err != nil {
		return err
	}
	if !v.SignedIn() {
		x.ended = true
		return x.SignOut()
	}
	v.Until = who.Until
	x.Viewer, x.standing = v, who
	return nil
}

// commit keeps a session that was changed, and gives the browser its cookie.
func (s *Console) commit(x *Exchange) error {
	switch s.sessions.Status(x.session) {
	case scs.Modified:
		secret, expiry, err := s.sessions.Commit(x.session)
		if err != nil {
			return err
		}
		s.sessions.WriteSessionCookie(x.session, x.Writer, secret, expiry)
	case scs.Destroyed:
		s.sessions.WriteSessionCookie(x.session, x.Writer, "", time.Time{})
	case scs.Unmodified:
	}
	return nil
}

// GuestLife is how long a session lasts that a set-up link began.
const GuestLife = time.Hour

// How long a session lasts: from its beginning, and without a request.
const (
	SessionLife = 12 * time.Hour
	SessionIdle = 2 * time.Hour
)
