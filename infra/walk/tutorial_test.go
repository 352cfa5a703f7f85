//go:build unix

package walk

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/askspoke/spoke/infra/browser"
)

// Whoever runs Spoke onboards a customer, whose administrator does what step 2 of the tutorial says, and then sees the
// identity provider come.
func TestTutorial(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	b := browser.New(t)

	link := s.onboard(t, b)
	ann := person{given: "Ann", family: "Lee", title: "Engineer", department: "Engineering", city: "Berlin", mail: "ann@acme.test"}
	become(t, b, link, "Olga Owner", "olga@acme.test")
	e := s.enable(t, b)
	arrive(t, b, e, ann)
	overview(t, b, e)
	refused(t, b, e, ann)
	s.invite(t, b, e, ann)
}

// onboard is the operator's part: it ends with the link that is handed to the customer.
func (s *stage) onboard(t *testing.T, b *browser.Browser) string {
	t.Helper()
	s.signInOperator(t, b)
	b.WaitFor("There is no tenant yet")
	b.Click("Onboard the first tenant")
	b.Fill("Slug", "acme")
	b.Fill("Name", "Acme Inc.")
	b.Click("Make the tenant")
	b.WaitFor("Give this link to its administrator")
	link := b.Copied("Copy Set-up link")
	if !strings.HasPrefix(link, s.Origin("acme")+"/setup/") {
		t.Fatalf("the set-up link is %q", link)
	}
	b.Within("nav.side").Click("Tenants")
	b.Click("acme")
	b.WaitFor("Set-up links")
	if b.Shows("Give this link to its administrator") {
		t.Error("the link is shown twice")
	}
	quiet(t, b)
	return link
}

// become is the first administrator's way in: a look at the link uses nothing, the button does, once. Who has the
// link as well comes too late.
func become(t *testing.T, b *browser.Browser, link, name, mail string) {
	t.Helper()
	b.Open(link)
	b.Reload()
	b.Fill("Your name", name)
	b.Fill("Your mail address", mail)
	b.Click("Begin")
	b.WaitFor("Nothing is connected yet")
	quiet(t, b)
	late := browser.New(t)
	late.Open(link)
	if late.Status() < 400 || late.Shows("Begin") {
		t.Errorf("a set-up link that was used shows %d %q", late.Status(), late.Text("main"))
	}
}

// enable is step 2: Settings > Integrations > SCIM > Connect > Enable SCIM > copy the token.
func (s *stage) enable(t *testing.T, b *browser.Browser) *entra {
	t.Helper()
	b.Within("main").Click("Connect an identity provider")
	where(t, b, "/settings/integrations")
	b.Click("Overview")
	b.Within("nav.side").Click("Integrations")
	b.Click("Connect SCIM")
	b.Fill("Identity provider", "Microsoft Entra ID")
	b.Click("Enable SCIM")
	b.WaitFor("Copy it now")
	p := &pasted{http: s.HTTP, url: b.Copied("Copy Tenant URL"), token: b.Copied("Copy API Token")}
	if p.url != s.Origin("acme")+"/scim/v2" || len(p.token) < 40 {
		t.Fatalf("copied were %q and %d characters", p.url, len(p.token))
	}
	quiet(t, b)
	b.Click("Wait for the first request")
	if strings.Contains(browser.Evaluate[string](b, `document.documentElement.outerHTML`), p.token) {
		t.Error("the token is on the next page as well")
	}
	return &entra{p}
}

// arrive has the identity provider come, while the page waits.
func arrive(t *testing.T, b *browser.Browser, e *entra, p person) {
	t.Helper()
	b.WaitFor("Waiting for Microsoft Entra ID's first request…")
	b.WaitFor("text:Live")
	stayed := stay(t, b)
	passed := func(titles ...string) {
		t.Helper()
		for _, title := range titles {
			b.Within("ul.checks").WaitFor(title + " (passed)")
		}
	}
	e.testConnection(t)
	passed("Entra shows the token", "Test Connection succeeds")
	if b.Shows("The first user is created (passed)") {
		t.Error("a check has passed before its request came")
	}
	user := e.createUser(t, p)
	passed("The first user is created")
	if e.find(t, p.mail) != user {
		t.Error("another user is found")
	}
	passed("A user is found again")
	group := e.createGroup(t, "Engineering")
	passed("The first group is created")
	e.addMembers(t, group, user)
	passed("A member is added")
	e.patch(t, http.StatusOK, "/Users/"+user, object{"op": "Replace", "path": "title", "value": "Lead"})
	passed("A user is changed")
	leaver := e.createUser(t, person{given: "Ben", family: "Gone", mail: "ben@acme.test"})
	e.disable(t, leaver)
	passed("A leaver is disabled")
	b.WaitFor("Microsoft Entra ID is connected")
	stayed()
	quiet(t, b)
}

// overview shows users, and goes on to by itself.
func overview(t *testing.T, b *browser.Browser, e *entra) {
	t.Helper()
	b.Click("Overview")
	b.Within("#overview-figures").WaitFor("2 1 active")
	b.WaitFor("under way")
	b.WaitFor("text:Live")
	stayed := stay(t, b)
	e.createUser(t, person{given: "Cem", family: "Young", mail: "cem@acme.test"})
	b.Within("#overview-figures").WaitFor("3 2 active")
	stayed()
	b.Click("Users")
	b.WaitFor("ann@acme.test")
	b.Fill("Search", "cem@")
	b.WaitGone("ann@acme.test")
	b.Click("Cem Young")
	b.WaitFor("cem@acme.test")
	quiet(t, b)
}

// refused has a request refused: it is on the overview without reload, and its entry explains it and can be sent again.
func refused(t *testing.T, b *browser.Browser, e *entra, ann person) {
	t.Helper()
	b.Click("Overview")
	b.WaitFor("text:Live")
	stayed := stay(t, b)
	e.send(t, http.StatusConflict, http.MethodPost, "/Users", object{
		"schemas": []string{"urn:ietf:params:scim:schemas:core:2.0:User"}, "userName": ann.mail,
	})
	b.Within("#overview-refusals").WaitFor("POST /Users")
	stayed()
	b.Click("POST /Users")
	b.WaitFor("Refused: Create user ann@acme.test")
	b.WaitFor("Another user has this userName already")
	b.WaitFor("attribute.unique")
	b.Click("Send it again")
	b.Click("Check only")
	b.WaitFor("If it were sent now")
	b.WaitFor("refused, 409")
	b.Fill("Body", strings.Replace(b.Value("Body"), ann.mail, "dora@acme.test", 1))
	b.Click("Send it now")
	b.WaitFor("accepted, 201")
	if e.find(t, "dora@acme.test") == "" {
		t.Error("what was sent again is not there")
	}
	b.Within("nav.side").Click("Provisioning log")
	b.WaitFor("Created user dora@acme.test")
	quiet(t, b)
}

// invite is the mail's way in: for a viewer, who is a user of the directory, and whom the identity provider then disables.
func (s *stage) invite(t *testing.T, b *browser.Browser, e *entra, ann person) {
	t.Helper()
	b.Click("Administrators")
	b.Within("main").Fill("Name", "Ann Lee")
	b.Fill("Mail address", ann.mail)
	b.Fill("Role", "Viewer: sees everything but secrets")
	b.Click("Send an invitation")
	b.WaitFor("invited, not here yet")
	quiet(t, b)

	a := browser.New(t)
	a.Open(s.linkTo(t, ann.mail, 1))
	a.Click("css:main form button")
	a.WaitFor("text:Overview")
	a.Click("Integrations")
	a.Click("Manage SCIM")
	if a.Shows("Make another token") {
		t.Error("a viewer is shown what she may not do")
	}
	a.Click("Sign out")
	a.Fill("Your mail address", ann.mail)
	a.Click("Send me a link")
	a.WaitFor("Look into your mailbox")
	a.Open(s.linkTo(t, ann.mail, 2))
	a.Click("css:main form button")
	a.WaitFor("text:Overview")
	a.WaitFor("text:Live")
	quiet(t, a)

	e.disable(t, e.find(t, ann.mail))
	a.WaitFor("Your session has ended") // by itself: the page's stream asks again who watches
	if at, err := url.Parse(a.URL()); err != nil || at.Path != "/sign-in" {
		t.Errorf("she is at %s", a.URL())
	}
	a.Open(s.Origin("acme") + "/users")
	if a.Shows("cem@acme.test") {
		t.Error("who was disabled sees users")
	}
	a.Open(s.Origin("acme") + "/sign-in")
	a.Fill("Your mail address", ann.mail)
	a.Click("Send me a link")
	a.WaitFor("Look into your mailbox")
	a.Open(s.linkTo(t, ann.mail, 3))
	quiet(t, a, "401")
	a.Click("css:main form button")
	if a.Status() != http.StatusForbidden || a.Shows("Sign out") {
		t.Errorf("who was disabled comes in by a link: %d %s", a.Status(), a.Text("main"))
	}
	quiet(t, a, "403")
}
