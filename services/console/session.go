package console

import (
	"net/http"
	"time"

	"github.com/alexedwards/scs/v2"

	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/admin"
	"github.com/askspoke/spoke/tenancy/operator"
)

// newSessions returns the manager of sessions. A cookie belongs to one host: it is never sent to another tenant's.
func newSessions(store scs.Store, secure bool) *scs.SessionManager {
	m := scs.New()
	m.Store = store
	m.Lifetime, m.IdleTimeout = sessionLife, sessionIdle
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
	byAdmin     = "administrator"
	byLink      = "setup_link"    // who came by a set-up link, for its purpose alone
	byOperator  = "operator"      // on the operator's host
	impersonate = "impersonation" // an operator on a tenant's host
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

// may says whether the viewer may use what has an access.
func (v Viewer) may(a access) bool {
	switch {
	case a.anyone:
		return true
	case a.operator != "":
		return v.Kind == byOperator && v.Operator.Role.Includes(a.operator)
	case v.Kind == byAdmin || v.Kind == impersonate:
		return a.role != "" && v.Role.Includes(a.role)
	case v.Kind == byLink:
		return a.purpose != "" && v.Purpose == a.purpose
	}
	return false
}

// May says in a template whether the viewer has a role, or came by a link for one of the purposes.
func (v Viewer) May(role string, purposes ...string) bool {
	a := access{role: admin.Role(role)}
	for _, p := range purposes {
		if v.may(a.or(operator.Purpose(p))) {
			return true
		}
	}
	return v.may(a)
}

// standing is what a session remembers of who signed in. What it may is asked at each request.
type standing struct {
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
	standingKey = "standing"
	noticesKey  = "notices"
)

// signIn begins a session anew for somebody: its token is another than before, so one that was planted is worth nothing
// (session fixation). life is at most sessionLife.
func (x *exchange) signIn(who standing, life time.Duration) error {
	ctx := x.session
	if err := x.server.sessions.RenewToken(ctx); err != nil {
		return err
	}
	now := x.now()
	who.Tenant, who.Began, who.Until = x.tenant.ID, now, now.Add(min(life, sessionLife))
	x.put(standingKey, who)
	return nil
}

// signOut ends the session.
func (x *exchange) signOut() error { return x.server.sessions.Destroy(x.session) }

// identify finds out who looks: by the session, and by what is true of them now.
func (s *Server) identify(x *exchange) error {
	var who standing
	if !x.take(standingKey, &who) || who.Kind == "" {
		return nil
	}
	// A cookie of another host, which no browser sends, is nobody's here.
	if who.Tenant != x.tenant.ID || !x.now().Before(who.Until) {
		return x.signOut()
	}
	v, err := s.viewerOf(x.context(), x.tenant, who)
	if err != nil {
		return err
	}
	if !v.SignedIn() {
		x.ended = true
		return x.signOut()
	}
	v.Until = who.Until
	x.viewer, x.standing = v, who
	return nil
}

// commit keeps a session that was changed, and gives the browser its cookie.
func (s *Server) commit(x *exchange) error {
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

// guestLife is how long a session lasts that a set-up link began.
const guestLife = time.Hour

// How long a session lasts: from its beginning, and without a request.
const (
	sessionLife = 12 * time.Hour
	sessionIdle = 2 * time.Hour
)
