package operatorconsole_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/askspoke/spoke/infra/oidctest"
	"github.com/askspoke/spoke/services/console"
	"github.com/askspoke/spoke/services/console/consoletest"
	"github.com/askspoke/spoke/services/console/operatorconsole"
	"github.com/askspoke/spoke/tenancy/operator"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

func TestOperatorSignsOn(t *testing.T) {
	t.Parallel()
	const redirect = "http://" + consoletest.OperatorHost + "/sign-in/oidc/callback"
	p := oidctest.New(t, oidctest.Client{ID: "console", Secret: "s3cret", Redirects: []string{redirect}, InToken: true},
		oidctest.User{Email: "ann@spoke.example", Password: "pw", Verified: true, Claims: map[string]any{"roles": []string{"spoke:read"}}},
		oidctest.User{Email: "bob@spoke.example", Password: "pw", Verified: true},
	)
	w := consoletest.NewWorld(t, func(_ *console.Config, parts *console.Parts) {
		var err error
		parts.OperatorSignOn, err = operator.NewSignOn(operator.SignOnConfig{
			OIDC: operator.OIDCConfig{Issuer: p.URL}, ClientID: "console", ClientSecret: "s3cret", Redirect: redirect,
		})
		consoletest.Must(t, err)
	})
	callback := func(b *consoletest.Browser, email string) string {
		t.Helper()
		start := b.Get(t, "/sign-in/oidc").Is(t, http.StatusSeeOther).Header.Get("Location")
		return p.SignIn(t, start, email, "pw").RequestURI()
	}
	ann, other := w.At(t, consoletest.OperatorHost), w.At(t, consoletest.OperatorHost)
	ann.Get(t, "/sign-in").Is(t, http.StatusOK).Has(t, "Sign in with your OpenID provider")
	answer := callback(ann, "ann@spoke.example")
	other.Get(t, answer).Is(t, http.StatusForbidden).Has(t, "You could not be signed in")
	ann.Get(t, answer).Is(t, http.StatusSeeOther)
	calls := w.OperatorSignIns(t)
	if len(calls) != 1 || calls[0].Role != operator.Read || !strings.HasPrefix(calls[0].Actor, "oidc:") || calls[0].Status != http.StatusSeeOther {
		t.Errorf("the audit log has %+v", calls)
	}
	ann.Get(t, "/tenants/acme").Is(t, http.StatusOK)
	ann.Get(t, "/onboard").Is(t, http.StatusForbidden)
	ann.Get(t, answer).Is(t, http.StatusForbidden) // an answer counts once
	w.Clock.Pass(operatorconsole.SignOnLife)
	ann.Get(t, "/").Is(t, http.StatusSeeOther)

	bob := w.At(t, consoletest.OperatorHost)
	bob.Get(t, callback(bob, "bob@spoke.example")).Is(t, http.StatusForbidden).Has(t, "You have no role here")
	bob.Get(t, "/").Is(t, http.StatusSeeOther)
}

// What an operator may is asked anew: of the settings for who came by a provider, of the link for who came by one.
func TestOperatorIsAskedAnew(t *testing.T) {
	t.Parallel()
	const redirect = "http://" + consoletest.OperatorHost + "/sign-in/oidc/callback"
	p := oidctest.New(t, oidctest.Client{ID: "console", Secret: "s3cret", Redirects: []string{redirect}, InToken: true},
		oidctest.User{Email: "ann@spoke.example", Password: "pw", Verified: true, Claims: map[string]any{"roles": []string{"ops", "other", "staff"}}},
	)
	configured := func(issuer string, roles map[string]operator.Role) *operator.SignOn {
		t.Helper()
		s, err := operator.NewSignOn(operator.SignOnConfig{
			OIDC: operator.OIDCConfig{Issuer: issuer, Roles: roles}, ClientID: "console", ClientSecret: "s3cret", Redirect: redirect,
		})
		consoletest.Must(t, err)
		return s
	}
	first := configured(p.URL, map[string]operator.Role{"ops": operator.Manage, "staff": operator.Read})
	w := consoletest.NewWorld(t, func(_ *console.Config, parts *console.Parts) { parts.OperatorSignOn = first })
	// restarted is a browser in which ann has signed in before another process began, with other settings.
	restarted := func(signOn *operator.SignOn) *consoletest.Browser {
		t.Helper()
		ann := w.At(t, consoletest.OperatorHost)
		ann.Get(t, p.SignIn(t, ann.Get(t, "/sign-in/oidc").Is(t, http.StatusSeeOther).Header.Get("Location"), "ann@spoke.example", "pw").RequestURI()).Is(t, http.StatusSeeOther)
		ann.Get(t, "/onboard").Is(t, http.StatusOK)
		parts := w.Parts
		parts.OperatorSignOn = signOn
		s, err := console.New(w.Config, parts)
		consoletest.Must(t, err)
		server := httptest.NewServer(s.OperatorHandler())
		t.Cleanup(server.Close)
		b := (&consoletest.World{Server: s, URL: server.URL, Clock: w.Clock, Log: w.Log}).At(t, consoletest.OperatorHost)
		b.Client.Jar = ann.Client.Jar
		return b
	}
	restarted(first).Get(t, "/onboard").Is(t, http.StatusOK)
	restarted(configured(p.URL, map[string]operator.Role{"staff": operator.Read})).Get(t, "/onboard").Is(t, http.StatusForbidden).Has(t, "It needs the role manage, and you are read")
	for name, signOn := range map[string]*operator.SignOn{
		"no role":          configured(p.URL, map[string]operator.Role{"spoke:admin": operator.Admin}),
		"another provider": configured("http://127.0.0.1:1", map[string]operator.Role{"ops": operator.Manage}),
		"no provider":      nil,
	} {
		if got := restarted(signOn).Get(t, "/"); got.Status != http.StatusSeeOther {
			t.Errorf("%s: %d", name, got.Status)
		}
	}

	bob, carl := w.OperatorWith(t, operator.Manage), w.OperatorWith(t, operator.Manage)
	bob.Get(t, "/").Is(t, http.StatusOK)
	open, visits := "", [2]*consoletest.Browser{w.Stranger(t), w.Stranger(t)}
	for _, v := range visits {
		made := fills(t, bob, "/tenants/acme", "/tenants/acme/impersonations", url.Values{"role": {"viewer"}, "reason": {"ticket 7"}}).Is(t, http.StatusOK)
		open = regexp.MustCompile(`/visit/spv_\w+`).FindString(made.Body)
		if v == visits[0] {
			v.Post(t, open, nil).Is(t, http.StatusSeeOther)
			v.Get(t, "/").Is(t, http.StatusOK)
		}
	}
	n, err := w.Operators.RevokeSignIns(t.Context(), operator.ShellActor("nobody"))
	if err != nil || n != 0 {
		t.Errorf("%d, %v", n, err)
	}
	carl.Get(t, "/").Is(t, http.StatusOK)
	if n, err = w.Operators.RevokeSignIns(t.Context(), operator.ShellActor("ann")); err != nil || n != 2 {
		t.Errorf("%d, %v", n, err)
	}
	for _, b := range []*consoletest.Browser{bob, carl} {
		b.Post(t, "/tenants/acme/state", url.Values{"state": {"suspended"}}).Is(t, http.StatusUnauthorized)
		b.Get(t, "/").Is(t, http.StatusSeeOther)
	}
	// So do their visits to tenants, those that were not begun as well.
	if n, err := w.Admins.EndImpersonationsOf(t.Context(), operator.ShellActor("ann")); err != nil || n != 2 {
		t.Errorf("%d visits, %v", n, err)
	}
	visits[0].Get(t, "/").Is(t, http.StatusSeeOther)
	visits[1].Post(t, open, nil)
	visits[1].Get(t, "/").Is(t, http.StatusSeeOther)
}

func TestOperatorsSignOutIsRecorded(t *testing.T) {
	t.Parallel()
	w := consoletest.NewWorld(t)
	ann := w.OperatorWith(t, operator.Read)
	ann.Post(t, "/sign-out", nil).Is(t, http.StatusSeeOther)
	ann.Post(t, "/sign-out", nil).Is(t, http.StatusSeeOther) // who is out already is answered alike
	list, _, err := w.Operators.Calls(t.Context(), operator.CallFilter{Operation: "signOut"}, operator.Page{Limit: 9})
	if err != nil || len(list) != 1 || list[0].Actor != operator.ShellActor("ann") || list[0].Name != "ann" || list[0].Status != http.StatusSeeOther {
		t.Errorf("%+v, %v", list, err)
	}
}

// Nobody is said to have come in whose session could not be kept.
func TestOperatorSignOnIsNotKept(t *testing.T) {
	t.Parallel()
	const redirect = "http://" + consoletest.OperatorHost + "/sign-in/oidc/callback"
	p := oidctest.New(t, oidctest.Client{ID: "console", Secret: "s3cret", Redirects: []string{redirect}, InToken: true},
		oidctest.User{Email: "ann@spoke.example", Password: "pw", Verified: true, Claims: map[string]any{"roles": []string{"spoke:read"}}})
	w := consoletest.NewWorld(t, func(_ *console.Config, parts *console.Parts) {
		var err error
		parts.OperatorSignOn, err = operator.NewSignOn(operator.SignOnConfig{
			OIDC: operator.OIDCConfig{Issuer: p.URL}, ClientID: "console", ClientSecret: "s3cret", Redirect: redirect,
		})
		consoletest.Must(t, err)
	})
	ann := w.At(t, consoletest.OperatorHost)
	answer := p.SignIn(t, ann.Get(t, "/sign-in/oidc").Is(t, http.StatusSeeOther).Header.Get("Location"), "ann@spoke.example", "pw").RequestURI()
	_, err := w.DB.ExecContext(t.Context(), `ALTER TABLE `+tenantdb.Control.Table("sessions")+` ADD CONSTRAINT away CHECK (position('standing' IN convert_from(data, 'UTF8')) = 0)`)
	consoletest.Must(t, err)
	got := ann.Get(t, answer).Is(t, http.StatusInternalServerError)
	if got.Header.Get("Set-Cookie") != "" {
		t.Error("a cookie of a session that was not kept")
	}
	if calls := w.OperatorSignIns(t); len(calls) != 1 || calls[0].Status != http.StatusInternalServerError {
		t.Errorf("the audit log has %+v", calls)
	}
	ann.Get(t, "/").Is(t, http.StatusSeeOther)
}

// Who is signed out is out at once, with the visits, and comes again by the provider alone; nobody else is.
func TestOperatorIsSignedOut(t *testing.T) {
	t.Parallel()
	const redirect = "http://" + consoletest.OperatorHost + "/sign-in/oidc/callback"
	roles := map[string]any{"roles": []string{"spoke:manage"}}
	p := oidctest.New(t, oidctest.Client{ID: "console", Secret: "s3cret", Redirects: []string{redirect}, InToken: true},
		oidctest.User{ID: "u1", Email: "ann@spoke.example", Password: "pw", Verified: true, Claims: roles},
		oidctest.User{ID: "u2", Email: "bob@spoke.example", Password: "pw", Verified: true, Claims: roles})
	w := consoletest.NewWorld(t, func(_ *console.Config, parts *console.Parts) {
		var err error
		parts.OperatorSignOn, err = operator.NewSignOn(operator.SignOnConfig{
			OIDC: operator.OIDCConfig{Issuer: p.URL}, ClientID: "console", ClientSecret: "s3cret", Redirect: redirect,
		})
		consoletest.Must(t, err)
	})
	comes := func(email string) *consoletest.Browser {
		t.Helper()
		b := w.At(t, consoletest.OperatorHost)
		b.Get(t, p.SignIn(t, b.Get(t, "/sign-in/oidc").Is(t, http.StatusSeeOther).Header.Get("Location"), email, "pw").RequestURI()).Is(t, http.StatusSeeOther)
		b.Get(t, "/").Is(t, http.StatusOK)
		return b
	}
	visits := func(b *consoletest.Browser) *consoletest.Browser {
		t.Helper()
		made := fills(t, b, "/tenants/acme", "/tenants/acme/impersonations", url.Values{"role": {"viewer"}, "reason": {"a look"}}).Is(t, http.StatusOK)
		at := w.Stranger(t)
		at.Post(t, regexp.MustCompile(`/visit/spv_\w+`).FindString(made.Body), nil).Is(t, http.StatusSeeOther)
		at.Get(t, "/").Is(t, http.StatusOK)
		return at
	}
	ann, bob := comes("ann@spoke.example"), comes("bob@spoke.example")
	annAt, bobAt := visits(ann), visits(bob)
	for _, actor := range []string{"", "oidc:", "shell:ann", "u1", "oidc:" + strings.Repeat("x", 256)} {
		if err := w.Operators.SignOutActor(t.Context(), actor); !errors.Is(err, operator.ErrNotFound) {
			t.Errorf("%.20q: %v", actor, err)
		}
	}
	ann.Get(t, "/").Is(t, http.StatusOK)
	consoletest.Must(t, w.Operators.SignOutActor(t.Context(), "oidc:u1"))
	if n, err := w.Admins.EndImpersonationsOf(t.Context(), "oidc:u1"); err != nil || n != 1 {
		t.Errorf("%d visits, %v", n, err)
	}
	ann.Post(t, "/tenants/acme/state", url.Values{"state": {"suspended"}}).Is(t, http.StatusUnauthorized)
	ann.Get(t, "/").Is(t, http.StatusSeeOther)
	annAt.Get(t, "/").Is(t, http.StatusSeeOther)
	bob.Get(t, "/").Is(t, http.StatusOK)
	bobAt.Get(t, "/").Is(t, http.StatusOK)
	w.Clock.Pass(time.Second)
	comes("ann@spoke.example").Get(t, "/tenants/acme").Is(t, http.StatusOK) // the provider lets her in still
	// It is forgotten when no session of before is left, and no sooner.
	_, err := w.Operators.Prune(t.Context(), operator.DefaultKeepCalls)
	consoletest.Must(t, err)
	if at, err := w.Operators.SignedOut(t.Context(), "oidc:u1"); err != nil || at.IsZero() {
		t.Errorf("%v, %v", at, err)
	}
	w.Clock.Pass(8 * 24 * time.Hour)
	_, err = w.Operators.Prune(t.Context(), operator.DefaultKeepCalls)
	consoletest.Must(t, err)
	if at, err := w.Operators.SignedOut(t.Context(), "oidc:u1"); err != nil || !at.IsZero() {
		t.Errorf("%v, %v", at, err)
	}
}
