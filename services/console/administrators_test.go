package console

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/askspoke/spoke/tenancy/admin"
)

func invitee(email, role string) url.Values {
	return url.Values{"name": {"Grace Hopper"}, "email": {email}, "role": {role}}
}

// An owner invites by mail, and who is invited comes in and can be told from others.
func TestInviteByMail(t *testing.T) {
	t.Parallel()
	w := newWorld(t, withMail)
	o := w.as(t, admin.Owner)
	o.get(t, administratorsPath).is(t, http.StatusOK).has(t, "Administrators", "owner@acme.example", "(you)", "Send an invitation", "Nobody from outside")
	if got := o.post(t, administratorsPath, invitee("Grace@acme.example", "admin")).is(t, http.StatusSeeOther).header.Get("Location"); got != administratorsPath {
		t.Errorf("sent to %s", got)
	}
	o.get(t, administratorsPath).has(t, "grace@acme.example is invited as an admin", "invited, not here yet", "Invite administrator owner@acme.example administrator")
	m := w.mails(t, 1)[0]
	if m.To != "grace@acme.example" || !strings.Contains(m.Text, "owner@acme.example has made you an admin") || !strings.Contains(m.Text, "3 days") {
		t.Errorf("%+v", m)
	}
	a, err := w.Admins.ByEmail(t.Context(), w.acme.ID, "grace@acme.example")
	must(t, err)
	w.clock.pass(1e9)
	o.post(t, administratorsPath+"/"+a.ID+"/invite", nil).is(t, http.StatusSeeOther)
	again := linkOf(t, w.mails(t, 1)[0])
	g := w.stranger(t)
	g.post(t, linkOf(t, m), nil).is(t, http.StatusSeeOther)
	g.get(t, administratorsPath).is(t, http.StatusOK).has(t, "grace@acme.example", "Grace Hopper signed in last, just now")
	// Nobody passes for her with the other invitation, and she needs no more of them.
	w.stranger(t).post(t, again, nil).is(t, http.StatusForbidden).has(t, "made void")
	o.post(t, administratorsPath+"/"+a.ID+"/invite", nil).is(t, http.StatusConflict).has(t, "no need")
	owner, err := w.Admins.ByEmail(t.Context(), w.acme.ID, "owner@acme.example")
	must(t, err)
	w.logged(t, "inviteAdministrator", owner.Actor(), http.StatusConflict)
}

// Without mail the link is shown, once, to be given to who is invited.
func TestInviteByLink(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o := w.as(t, admin.Owner)
	page := o.post(t, administratorsPath, invitee("grace@acme.example", "viewer")).is(t, http.StatusOK).has(t, "No mail is sent from here", "It is shown this once")
	found := linkInMail.FindStringSubmatch(page.body)
	if found == nil {
		t.Fatalf("no link:\n%s", page.body)
	}
	g := w.stranger(t)
	g.post(t, found[1], nil).is(t, http.StatusSeeOther)
	g.get(t, administratorsPath).is(t, http.StatusOK).has(t, "Show")
	if strings.Contains(o.get(t, administratorsPath).body, "spm_") {
		t.Error("it is shown again")
	}
}

func TestInvitationIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, withMail)
	o := w.as(t, admin.Owner)
	for want, form := range map[string]url.Values{
		"This is no mail address":     invitee("grace", "viewer"),
		"Choose one of these":         invitee("grace@acme.example", "root"),
		"It has 1 to 100 characters":  {"email": {"grace@acme.example"}, "role": {"viewer"}},
		"has this address already":    invitee("OWNER@acme.example", "viewer"),
		`<img src=x onerror=alert(1)`: {"name": {`"><img src=x onerror=alert(1)>`}, "email": {"x"}, "role": {"viewer"}},
	} {
		page := o.post(t, administratorsPath, form).is(t, http.StatusUnprocessableEntity)
		if strings.Contains(page.body, "<img src=x") {
			t.Errorf("a script is in the page:\n%s", page.body)
		}
		if !strings.HasPrefix(want, "<") {
			page.has(t, want)
		}
	}
	for _, role := range []admin.Role{admin.Viewer, admin.Admin} {
		b := w.as(t, role)
		page := b.get(t, administratorsPath).is(t, http.StatusOK)
		if strings.Contains(page.body, "<form method=\"post\" action=\"/settings/administrators") {
			t.Errorf("%s is offered what only an owner may", role)
		}
		b.post(t, administratorsPath, invitee("eve@acme.example", "owner")).is(t, http.StatusForbidden).has(t, "It needs the role owner")
	}
	w.stranger(t).post(t, administratorsPath, invitee("eve@acme.example", "owner")).is(t, http.StatusUnauthorized)
	o.send(t, http.MethodPost, administratorsPath, invitee("eve@acme.example", "owner"), http.Header{"Sec-Fetch-Site": {"cross-site"}}).is(t, http.StatusForbidden)
	if list, err := w.Admins.List(t.Context(), w.acme.ID); err != nil || len(list) != 3 {
		t.Errorf("%d administrators, %v", len(list), err)
	}
	w.mails(t, 0)
}

// Names that are scripts are text, everywhere.
func TestAdministratorsAreText(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const script = `<script>alert(1)</script>`
	a, err := w.Admins.Add(t.Context(), admin.NewAdministrator{Tenant: w.acme.ID, Email: "eve@acme.example", Name: script, Role: admin.Viewer})
	must(t, err)
	_, _, err = w.Admins.CreateImpersonation(t.Context(), admin.NewImpersonation{Tenant: w.acme.ID, Operator: "oidc:x", Name: script, Reason: script, Role: admin.Viewer})
	must(t, err)
	o := w.as(t, admin.Owner)
	for _, path := range []string{administratorsPath, administratorsPath + "/" + a.ID} {
		if page := o.get(t, path).is(t, http.StatusOK); strings.Contains(page.body, script) || !strings.Contains(page.body, "&lt;script&gt;") {
			t.Errorf("%s:\n%s", path, page.body)
		}
	}
}

func TestRolesChange(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o, g := w.as(t, admin.Owner), w.as(t, admin.Viewer)
	of := func(role string) (admin.Administrator, string) {
		t.Helper()
		a, err := w.Admins.ByEmail(t.Context(), w.acme.ID, role+"@acme.example")
		must(t, err)
		return a, administratorsPath + "/" + a.ID
	}
	self, own := of("owner")
	grace, hers := of("viewer")
	o.get(t, own).is(t, http.StatusOK).has(t, "this one as well")
	o.post(t, own+"/role", url.Values{"role": {"admin"}}).is(t, http.StatusConflict).has(t, "There must be an owner")
	o.post(t, own+"/remove", nil).is(t, http.StatusConflict).has(t, "There must be an owner")
	o.post(t, hers+"/role", url.Values{"role": {"root"}}).is(t, http.StatusBadRequest)
	g.post(t, hers+"/role", url.Values{"role": {"owner"}}).is(t, http.StatusForbidden)
	g.post(t, own+"/remove", nil).is(t, http.StatusForbidden)
	g.post(t, own+"/sign-out", nil).is(t, http.StatusForbidden).has(t, "An owner can sign others out")

	o.get(t, hers).is(t, http.StatusOK).has(t, "Make viewer@acme.example owner?", "decides who are the administrators", "Remove viewer@acme.example?")
	o.post(t, hers+"/role", url.Values{"role": {"owner"}}).is(t, http.StatusSeeOther)
	w.logged(t, "setAdministratorRole", self.Actor(), http.StatusSeeOther)
	g.post(t, own+"/role", url.Values{"role": {"viewer"}}).is(t, http.StatusSeeOther) // it holds from the next request on
	o.post(t, hers+"/remove", nil).is(t, http.StatusForbidden)

	// One that is ended elsewhere is out at once, and so is who is removed.
	w.clock.pass(1e9)
	g.post(t, own+"/sign-out", nil).is(t, http.StatusSeeOther)
	o.get(t, "/").is(t, http.StatusSeeOther)
	o = w.as(t, admin.Owner)
	o.get(t, "/").is(t, http.StatusOK)
	g.post(t, own+"/remove", nil).is(t, http.StatusSeeOther)
	g.get(t, administratorsPath).has(t, "owner@acme.example is no administrator any more")
	o.get(t, "/").is(t, http.StatusSeeOther)
	g.post(t, own+"/remove", nil).is(t, http.StatusNotFound).has(t, "no such administrator")
	w.logged(t, "removeAdministrator", grace.Actor(), http.StatusNotFound)

	// Everywhere is here as well, for oneself.
	w.clock.pass(1e9)
	twin := w.as(t, admin.Viewer)
	w.clock.pass(1e9)
	if got := g.post(t, hers+"/sign-out", nil).is(t, http.StatusSeeOther).header.Get("Location"); got != signInPath {
		t.Errorf("sent to %s", got)
	}
	g.get(t, "/").is(t, http.StatusSeeOther)
	twin.get(t, "/").is(t, http.StatusSeeOther)
}

// What is another tenant's is not there.
func TestAdministratorsOfAnotherTenant(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o := w.as(t, admin.Owner)
	w.asAt(t, w.globex, admin.Owner)
	its, err := w.Admins.ByEmail(t.Context(), w.globex.ID, "owner@globex.example")
	must(t, err)
	visit := func() string {
		_, v, err := w.Admins.CreateImpersonation(t.Context(), admin.NewImpersonation{Tenant: w.globex.ID, Operator: "oidc:x", Name: "X", Reason: "y", Role: admin.Viewer})
		must(t, err)
		return v.ID
	}()
	for _, id := range []string{its.ID, uuid.NewString(), "x", "%00", strings.ToUpper(its.ID)} {
		path := administratorsPath + "/" + id
		o.get(t, path).is(t, http.StatusNotFound)
		for _, what := range []string{"/role", "/remove", "/sign-out", "/invite"} {
			o.post(t, path+what, url.Values{"role": {"viewer"}}).is(t, http.StatusNotFound)
		}
	}
	o.post(t, "/settings/visits/"+visit+"/end", nil).is(t, http.StatusNotFound)
	if v, err := w.Admins.Impersonation(t.Context(), w.globex.ID, visit); err != nil || !v.EndedAt.IsZero() {
		t.Errorf("%+v, %v", v, err)
	}
	if a, err := w.Admins.Get(t.Context(), w.globex.ID, its.ID); err != nil || a.Role != admin.Owner || !a.SessionsFrom.Equal(its.SessionsFrom) {
		t.Errorf("%+v, %v", a, err)
	}
	if page := o.get(t, administratorsPath); strings.Contains(page.body, "globex") {
		t.Errorf("it tells of another tenant:\n%s", page.body)
	}
}

// An owner sees who of the operators is here and why, and can end it.
func TestVisitsAreSeen(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	secret, v, err := w.Admins.CreateImpersonation(t.Context(), admin.NewImpersonation{
		Tenant: w.acme.ID, Operator: "oidc:x", Name: "Olga Operator", Reason: "ticket 7", Role: admin.Viewer,
	})
	must(t, err)
	o := w.as(t, admin.Owner)
	o.get(t, administratorsPath).has(t, "Olga Operator", "ticket 7", "did not come")
	_, err = w.Admins.OpenImpersonation(t.Context(), w.acme.ID, secret.Reveal())
	must(t, err)
	o.get(t, administratorsPath).has(t, "here now", "End the visit?")
	w.as(t, admin.Admin).post(t, "/settings/visits/"+v.ID+"/end", nil).is(t, http.StatusForbidden)
	o.post(t, "/settings/visits/"+v.ID+"/end", nil).is(t, http.StatusSeeOther)
	o.get(t, administratorsPath).has(t, "The visit is ended", "over since")
	if v, err := w.Admins.Impersonation(t.Context(), w.acme.ID, v.ID); err != nil || v.EndedAt.IsZero() {
		t.Errorf("%+v, %v", v, err)
	}
}

func TestSignOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.as(t, admin.Viewer)
	at := &url.URL{Scheme: "http", Host: b.host, Path: "/"}
	cookie := b.client.Jar.Cookies(at)[0]
	b.get(t, "/sign-out").is(t, http.StatusNotFound)
	b.send(t, http.MethodPost, "/sign-out", nil, http.Header{"Sec-Fetch-Site": {"cross-site"}}).is(t, http.StatusForbidden)
	b.get(t, "/").is(t, http.StatusOK)
	b.post(t, "/sign-out", nil).is(t, http.StatusSeeOther)
	thief := w.stranger(t)
	thief.client.Jar.SetCookies(at, []*http.Cookie{{Name: cookie.Name, Value: cookie.Value, Path: "/"}})
	for _, b := range []*browser{b, thief} {
		b.get(t, "/").is(t, http.StatusSeeOther)
	}
	b.post(t, "/sign-out", nil).is(t, http.StatusSeeOther)
	a, err := w.Admins.ByEmail(t.Context(), w.acme.ID, "viewer@acme.example")
	must(t, err)
	w.logged(t, "signOut", a.Actor(), http.StatusSeeOther)
}
