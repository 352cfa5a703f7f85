package administrator_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/askspoke/spoke/services/console/consoletest"
	"github.com/askspoke/spoke/services/console/place"
	"github.com/askspoke/spoke/tenancy/admin"
	"github.com/askspoke/spoke/tenancy/operator"
)

func invitee(email, role string) url.Values {
	return url.Values{"name": {"Grace Hopper"}, "email": {email}, "role": {role}}
}

// An owner invites by mail, and who is invited comes in and can be told from others.
func TestInviteByMail(t *testing.T) {
	t.Parallel()
	w := consoletest.NewWorld(t, consoletest.WithMail)
	o := w.As(t, admin.Owner)
	o.Get(t, place.Administrators).Is(t, http.StatusOK).Has(t, "Administrators", "owner@acme.example", "(you)", "Send an invitation", "Nobody from outside")
	if got := o.Post(t, place.Administrators, invitee("Grace@acme.example", "admin")).Is(t, http.StatusSeeOther).Header.Get("Location"); got != place.Administrators {
		t.Errorf("sent to %s", got)
	}
	o.Get(t, place.Administrators).Has(t, "grace@acme.example is invited as an admin", "invited, not here yet", "Invite administrator owner@acme.example administrator")
	m := w.Mails(t, 1)[0]
	if m.To != "grace@acme.example" || !strings.Contains(m.Text, "owner@acme.example has made you an admin") || !strings.Contains(m.Text, "3 days") {
		t.Errorf("%+v", m)
	}
	a, err := w.Admins.ByEmail(t.Context(), w.Acme.ID, "grace@acme.example")
	consoletest.Must(t, err)
	w.Clock.Pass(1e9)
	o.Post(t, place.Administrators+"/"+a.ID+"/invite", nil).Is(t, http.StatusSeeOther)
	again := consoletest.LinkOf(t, w.Mails(t, 1)[0])
	g := w.Stranger(t)
	g.Post(t, consoletest.LinkOf(t, m), nil).Is(t, http.StatusSeeOther)
	g.Get(t, place.Administrators).Is(t, http.StatusOK).Has(t, "grace@acme.example", "Grace Hopper signed in last, just now")
	// Nobody passes for her with the other invitation, and she needs no more of them.
	w.Stranger(t).Post(t, again, nil).Is(t, http.StatusForbidden).Has(t, "made void")
	o.Post(t, place.Administrators+"/"+a.ID+"/invite", nil).Is(t, http.StatusConflict).Has(t, "no need")
	owner, err := w.Admins.ByEmail(t.Context(), w.Acme.ID, "owner@acme.example")
	consoletest.Must(t, err)
	w.Logged(t, "inviteAdministrator", owner.Actor(), http.StatusConflict)
}

// An owner cannot have a stranger's mailbox filled: neither by one invitation again and again, nor by removing and inviting.
func TestInvitationsAreBounded(t *testing.T) {
	t.Parallel()
	w := consoletest.NewWorld(t, consoletest.WithMail)
	o := w.As(t, admin.Owner)
	for i := range 5 {
		o.Post(t, place.Administrators, invitee([]string{"Victim@elsewhere.example", " victim@elsewhere.example"}[i%2], "viewer")).Is(t, http.StatusSeeOther)
		a, err := w.Admins.ByEmail(t.Context(), w.Acme.ID, "victim@elsewhere.example")
		consoletest.Must(t, err)
		if i < 4 {
			o.Post(t, place.Administrators+"/"+a.ID+"/remove", nil).Is(t, http.StatusSeeOther)
			continue
		}
		again := o.Post(t, place.Administrators+"/"+a.ID+"/invite", nil).Is(t, http.StatusTooManyRequests).Has(t, "too many invitations")
		if again.Header.Get("Retry-After") == "" {
			t.Error("it does not say when to try again")
		}
	}
	o.Post(t, place.Administrators, invitee("another@elsewhere.example", "viewer")).Is(t, http.StatusSeeOther)
	w.Mails(t, 6)
}

// Without mail the link is shown, once, to be given to who is invited.
func TestInviteByLink(t *testing.T) {
	t.Parallel()
	w := consoletest.NewWorld(t)
	o := w.As(t, admin.Owner)
	page := o.Post(t, place.Administrators, invitee("grace@acme.example", "viewer")).Is(t, http.StatusOK).Has(t, "No mail is sent from here", "It is shown this once")
	found := consoletest.LinkInMail.FindStringSubmatch(page.Body)
	if found == nil {
		t.Fatalf("no link:\n%s", page.Body)
	}
	g := w.Stranger(t)
	g.Post(t, found[1], nil).Is(t, http.StatusSeeOther)
	g.Get(t, place.Administrators).Is(t, http.StatusOK).Has(t, "Show")
	if strings.Contains(o.Get(t, place.Administrators).Body, "spm_") {
		t.Error("it is shown again")
	}
}

func TestInvitationIsRefused(t *testing.T) {
	t.Parallel()
	w := consoletest.NewWorld(t, consoletest.WithMail)
	o := w.As(t, admin.Owner)
	for want, form := range map[string]url.Values{
		"This is no mail address":     invitee("grace", "viewer"),
		"Choose one of these":         invitee("grace@acme.example", "root"),
		"It has 1 to 100 characters":  {"email": {"grace@acme.example"}, "role": {"viewer"}},
		"has this address already":    invitee("OWNER@acme.example", "viewer"),
		`<img src=x onerror=alert(1)`: {"name": {`"><img src=x onerror=alert(1)>`}, "email": {"x"}, "role": {"viewer"}},
	} {
		page := o.Post(t, place.Administrators, form).Is(t, http.StatusUnprocessableEntity)
		if strings.Contains(page.Body, "<img src=x") {
			t.Errorf("a script is in the page:\n%s", page.Body)
		}
		if !strings.HasPrefix(want, "<") {
			page.Has(t, want)
		}
	}
	for _, role := range []admin.Role{admin.Viewer, admin.Admin} {
		b := w.As(t, role)
		page := b.Get(t, place.Administrators).Is(t, http.StatusOK)
		if strings.Contains(page.Body, "<form method=\"post\" action=\"/settings/administrators") {
			t.Errorf("%s is offered what only an owner may", role)
		}
		b.Post(t, place.Administrators, invitee("eve@acme.example", "owner")).Is(t, http.StatusForbidden).Has(t, "It needs the role owner")
	}
	w.Stranger(t).Post(t, place.Administrators, invitee("eve@acme.example", "owner")).Is(t, http.StatusUnauthorized)
	o.Send(t, http.MethodPost, place.Administrators, invitee("eve@acme.example", "owner"), http.Header{"Sec-Fetch-Site": {"cross-site"}}).Is(t, http.StatusForbidden)
	if list, err := w.Admins.List(t.Context(), w.Acme.ID); err != nil || len(list) != 3 {
		t.Errorf("%d administrators, %v", len(list), err)
	}
	w.Mails(t, 0)
}

// Names that are scripts are text, everywhere.
func TestAdministratorsAreText(t *testing.T) {
	t.Parallel()
	w := consoletest.NewWorld(t)
	const script = `<script>alert(1)</script>`
	a, err := w.Admins.Add(t.Context(), admin.NewAdministrator{Tenant: w.Acme.ID, Email: "eve@acme.example", Name: script, Role: admin.Viewer})
	consoletest.Must(t, err)
	_, _, err = w.Admins.CreateImpersonation(t.Context(), admin.NewImpersonation{Tenant: w.Acme.ID, Operator: "oidc:x", Name: script, Reason: script, Role: admin.Viewer})
	consoletest.Must(t, err)
	o := w.As(t, admin.Owner)
	for _, path := range []string{place.Administrators, place.Administrators + "/" + a.ID} {
		if page := o.Get(t, path).Is(t, http.StatusOK); strings.Contains(page.Body, script) || !strings.Contains(page.Body, "&lt;script&gt;") {
			t.Errorf("%s:\n%s", path, page.Body)
		}
	}
}

func TestRolesChange(t *testing.T) {
	t.Parallel()
	w := consoletest.NewWorld(t)
	o, g := w.As(t, admin.Owner), w.As(t, admin.Viewer)
	of := func(role string) (admin.Administrator, string) {
		t.Helper()
		a, err := w.Admins.ByEmail(t.Context(), w.Acme.ID, role+"@acme.example")
		consoletest.Must(t, err)
		return a, place.Administrators + "/" + a.ID
	}
	self, own := of("owner")
	grace, hers := of("viewer")
	o.Get(t, own).Is(t, http.StatusOK).Has(t, "this one as well")
	o.Post(t, own+"/role", url.Values{"role": {"admin"}}).Is(t, http.StatusConflict).Has(t, "There must be an owner")
	o.Post(t, own+"/remove", nil).Is(t, http.StatusConflict).Has(t, "There must be an owner")
	o.Post(t, hers+"/role", url.Values{"role": {"root"}}).Is(t, http.StatusBadRequest)
	g.Post(t, hers+"/role", url.Values{"role": {"owner"}}).Is(t, http.StatusForbidden)
	g.Post(t, own+"/remove", nil).Is(t, http.StatusForbidden)
	g.Post(t, own+"/sign-out", nil).Is(t, http.StatusForbidden).Has(t, "An owner can sign others out")

	o.Get(t, hers).Is(t, http.StatusOK).Has(t, "Make viewer@acme.example owner?", "decides who are the administrators", "Remove viewer@acme.example?")
	o.Post(t, hers+"/role", url.Values{"role": {"owner"}}).Is(t, http.StatusSeeOther)
	w.Logged(t, "setAdministratorRole", self.Actor(), http.StatusSeeOther)
	g.Post(t, own+"/role", url.Values{"role": {"viewer"}}).Is(t, http.StatusSeeOther) // it holds from the next request on
	o.Post(t, hers+"/remove", nil).Is(t, http.StatusForbidden)

	// One that is ended elsewhere is out at once, and so is who is removed.
	w.Clock.Pass(1e9)
	g.Post(t, own+"/sign-out", nil).Is(t, http.StatusSeeOther)
	o.Get(t, "/").Is(t, http.StatusSeeOther)
	o = w.As(t, admin.Owner)
	o.Get(t, "/").Is(t, http.StatusOK)
	g.Post(t, own+"/remove", nil).Is(t, http.StatusSeeOther)
	g.Get(t, place.Administrators).Has(t, "owner@acme.example is no administrator any more")
	o.Get(t, "/").Is(t, http.StatusSeeOther)
	g.Post(t, own+"/remove", nil).Is(t, http.StatusNotFound).Has(t, "no such administrator")
	w.Logged(t, "removeAdministrator", grace.Actor(), http.StatusNotFound)

	// Everywhere is here as well, for oneself.
	w.Clock.Pass(1e9)
	twin := w.As(t, admin.Viewer)
	w.Clock.Pass(1e9)
	if got := g.Post(t, hers+"/sign-out", nil).Is(t, http.StatusSeeOther).Header.Get("Location"); got != place.SignIn {
		t.Errorf("sent to %s", got)
	}
	g.Get(t, "/").Is(t, http.StatusSeeOther)
	twin.Get(t, "/").Is(t, http.StatusSeeOther)
}

// What is another tenant's is not there.
func TestAdministratorsOfAnotherTenant(t *testing.T) {
	t.Parallel()
	w := consoletest.NewWorld(t)
	o := w.As(t, admin.Owner)
	w.AsAt(t, w.Globex, admin.Owner)
	its, err := w.Admins.ByEmail(t.Context(), w.Globex.ID, "owner@globex.example")
	consoletest.Must(t, err)
	visit := func() string {
		_, v, err := w.Admins.CreateImpersonation(t.Context(), admin.NewImpersonation{Tenant: w.Globex.ID, Operator: "oidc:x", Name: "X", Reason: "y", Role: admin.Viewer})
		consoletest.Must(t, err)
		return v.ID
	}()
	for _, id := range []string{its.ID, uuid.NewString(), "x", "%00", strings.ToUpper(its.ID)} {
		path := place.Administrators + "/" + id
		o.Get(t, path).Is(t, http.StatusNotFound)
		for _, what := range []string{"/role", "/remove", "/sign-out", "/invite"} {
			o.Post(t, path+what, url.Values{"role": {"viewer"}}).Is(t, http.StatusNotFound)
		}
	}
	o.Post(t, "/settings/visits/"+visit+"/end", nil).Is(t, http.StatusNotFound)
	if v, err := w.Admins.Impersonation(t.Context(), w.Globex.ID, visit); err != nil || !v.EndedAt.IsZero() {
		t.Errorf("%+v, %v", v, err)
	}
	if a, err := w.Admins.Get(t.Context(), w.Globex.ID, its.ID); err != nil || a.Role != admin.Owner || !a.SessionsFrom.Equal(its.SessionsFrom) {
		t.Errorf("%+v, %v", a, err)
	}
	if page := o.Get(t, place.Administrators); strings.Contains(page.Body, "globex") {
		t.Errorf("it tells of another tenant:\n%s", page.Body)
	}
}

// An owner sees who of the operators is here and why, and can end it.
func TestVisitsAreSeen(t *testing.T) {
	t.Parallel()
	w := consoletest.NewWorld(t)
	secret, v, err := w.Admins.CreateImpersonation(t.Context(), admin.NewImpersonation{
		Tenant: w.Acme.ID, Operator: "oidc:x", Name: "Olga Operator", Reason: "ticket 7", Role: admin.Viewer,
	})
	consoletest.Must(t, err)
	o := w.As(t, admin.Owner)
	o.Get(t, place.Administrators).Has(t, "Olga Operator", "ticket 7", "did not come")
	_, err = w.Admins.OpenImpersonation(t.Context(), w.Acme.ID, secret.Reveal())
	consoletest.Must(t, err)
	o.Get(t, place.Administrators).Has(t, "here now", "End the visit?")
	w.As(t, admin.Admin).Post(t, "/settings/visits/"+v.ID+"/end", nil).Is(t, http.StatusForbidden)
	o.Post(t, "/settings/visits/"+v.ID+"/end", nil).Is(t, http.StatusSeeOther)
	o.Get(t, place.Administrators).Has(t, "The visit is ended", "over since")
	if v, err := w.Admins.Impersonation(t.Context(), w.Acme.ID, v.ID); err != nil || v.EndedAt.IsZero() {
		t.Errorf("%+v, %v", v, err)
	}
}

func TestSignOut(t *testing.T) {
	t.Parallel()
	w := consoletest.NewWorld(t)
	b := w.As(t, admin.Viewer)
	at := &url.URL{Scheme: "http", Host: b.Host, Path: "/"}
	cookie := b.Client.Jar.Cookies(at)[0]
	b.Get(t, "/sign-out").Is(t, http.StatusNotFound)
	b.Send(t, http.MethodPost, "/sign-out", nil, http.Header{"Sec-Fetch-Site": {"cross-site"}}).Is(t, http.StatusForbidden)
	b.Get(t, "/").Is(t, http.StatusOK)
	b.Post(t, "/sign-out", nil).Is(t, http.StatusSeeOther)
	thief := w.Stranger(t)
	thief.Client.Jar.SetCookies(at, []*http.Cookie{{Name: cookie.Name, Value: cookie.Value, Path: "/"}})
	for _, b := range []*consoletest.Browser{b, thief} {
		b.Get(t, "/").Is(t, http.StatusSeeOther)
	}
	b.Post(t, "/sign-out", nil).Is(t, http.StatusSeeOther)
	a, err := w.Admins.ByEmail(t.Context(), w.Acme.ID, "viewer@acme.example")
	consoletest.Must(t, err)
	w.Logged(t, "signOut", a.Actor(), http.StatusSeeOther)
}

// What was changed stays in sight, however often somebody reads after it.
func TestReadsHideNoChange(t *testing.T) {
	t.Parallel()
	w := consoletest.NewWorld(t)
	o := w.As(t, admin.Owner)
	o.Post(t, place.Administrators, invitee("grace@acme.example", "viewer")).Is(t, http.StatusOK)
	for i := range 300 {
		actor, operation := "key:1", "getTenant"
		if i%3 == 0 {
			actor, operation = operator.Anonymous, "createToken"
		}
		_, err := w.Operators.Record(t.Context(), operator.Call{Actor: actor, Name: "the poller", Operation: operation, Tenant: w.Acme.ID, RequestID: uuid.NewString(), Status: http.StatusOK})
		consoletest.Must(t, err)
	}
	o.Get(t, place.Administrators).Is(t, http.StatusOK).Has(t, "Invite administrator owner@acme.example administrator").Lacks(t, "the poller")
}
