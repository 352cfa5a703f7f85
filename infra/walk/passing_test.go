//go:build unix

package walk

import (
	"net/http"
	"slices"
	"strconv"
	"testing"

	"github.com/askspoke/spoke/infra/browser"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/admin"
)

// TestPassingPages looks at pages that are shown once, while something lasts, or when something is refused.
//
//nolint:tparallel // its parts share a tenant, which each changes for the next
func TestPassingPages(t *testing.T) {
	t.Parallel()
	s := newStage(t, "SPOKE_PRIVATE_PROVIDERS=true") // those of single sign-on are here
	id := s.tenant(t, "acme", "Acme Inc.")
	b := browser.New(t)
	s.signIn(t, b, "acme", id, admin.Owner)
	t.Run("credentials", func(t *testing.T) { s.credentials(t, b) })
	t.Run("settings", func(t *testing.T) { s.settings(t, b) })
	t.Run("mistakes", func(t *testing.T) { s.mistakes(t, b) })
	t.Run("refusals", func(t *testing.T) { s.refusals(t, id) })
	t.Run("sign-on", func(t *testing.T) { s.signOn(t, b, id) })
	t.Run("operator", func(t *testing.T) { s.visits(t) })
	t.Run("long names", func(t *testing.T) { s.long(t) })
}

// still has a tab show each page as it stays.
func still(b *browser.Browser) { b.Emulate(browser.Device{ReducedMotion: true}) }

// shown is what a button copies, while it is not clicked: the keyboard stays at the beginning of the page.
func shown(b *browser.Browser, button string) string {
	return browser.Evaluate[string](b, "document.querySelector('[data-copy][aria-label="+strconv.Quote(button)+"]').dataset.copy")
}

// credentials are shown once; a token is replaced by another.
func (s *stage) credentials(t *testing.T, b *browser.Browser) {
	still(b)
	b.Open(s.Origin("acme") + "/settings/integrations/scim")
	b.Fill("Identity provider", "Okta")
	b.Click("Enable SCIM")
	b.WaitFor("Copy it now")
	token := shown(b, "Copy API Token")
	look(t, b, "SCIM is enabled")
	reaches(t, b)
	b.Click("To the token")
	b.Click("SCIM")
	copies(t, b)
	b.Within(".wide").Click("Okta")
	still(b)
	b.Click("Rotate the token")
	b.WaitFor("Here is the new token")
	look(t, b, "Here is the new token")
	reaches(t, b)
	b.Click("To the token")
	b.Click("SCIM")
	look(t, b, "SCIM")
	b.Within(".wide tbody tr:has(.warning)").Click("Okta")
	b.WaitFor("Waiting for the first use of the new token")
	look(t, b, "Okta")
	reaches(t, b)
	(&entra{&pasted{http: s.HTTP, url: s.Origin("acme") + "/scim/v2", token: token}}).testConnection(t) // the old one still works
	b.Click("Cancel the rotation")
	still(b)
	b.Click("Revoke the new token")
	b.WaitFor("The rotation is cancelled")
	look(t, b, "Okta")

	b.Open(s.Origin("acme") + "/settings/integrations/scim")
	b.Click("Make an OAuth client")
	b.Within("details[open]").Fill("Identity provider", "Microsoft Entra ID")
	still(b)
	b.Click("Make the client")
	b.WaitFor("Copy it now")
	look(t, b, "")
	b.Open(s.Origin("acme") + "/settings/integrations/scim")
	b.Within("section[aria-labelledby=clients]").Click("Microsoft Entra ID")
	look(t, b, "Microsoft Entra ID")
}

// copies looks whether a button that copies says so to who does not see it, and is itself again, also when it is clicked
// twice.
func copies(t *testing.T, b *browser.Browser) {
	t.Helper()
	browser.Evaluate[bool](b, `window.said = [], new MutationObserver(list => list.forEach(m => said.push(m.target.textContent)))
		.observe(document.querySelector('body > [role=status]'), {childList: true}), true`)
	const url = `document.querySelector('[data-copy][aria-label="Copy Tenant URL"]')`
	b.CopiedBy(func() { browser.Evaluate[bool](b, `window.twice = `+url+`, twice.click(), twice.click(), true`) })
	b.WaitFor(`css:[data-copy][aria-label="Copy Tenant URL"]`)
	b.Copied("Copy Tenant URL")
	if said := browser.Evaluate[[]string](b, `said`); !slices.Contains(said, "Copied Tenant URL") {
		t.Errorf("a screen reader hears %q", said)
	}
	b.WaitFor(`css:[data-copy][aria-label="Copy Tenant URL"]`)
	if text := browser.Evaluate[string](b, `twice.textContent`); text != "Copy" {
		t.Errorf("the button says %q", text)
	}
}

// badge is a schema extension.
const badge = `{"id": "urn:acme:params:scim:schemas:extension:badge:2.0:User", "name": "Badge",
	"description": "What opens doors.", "attributes": [{"name": "number", "type": "string", "description": "As it is printed."}]}`

// settings are pages of what is there once it was entered.
func (s *stage) settings(t *testing.T, b *browser.Browser) {
	b.Open(s.Origin("acme") + "/settings/extensions")
	b.Fill("Schema (JSON)", badge)
	still(b)
	b.Click("Add the extension")
	b.WaitFor("Badge")
	look(t, b, "")
	s.inspect(t, b, "acme", visit{"/settings/extensions", "Schema extensions"})
	b.Click("Badge")
	look(t, b, "Badge")
	b.Click("See whether it is used")
	look(t, b, "Remove")
	b.Open(s.Origin("acme") + "/settings/hosts")
	b.Fill("Host", "scim.acme.test")
	still(b)
	b.Click("Add the host")
	b.WaitFor("waits for its record")
	look(t, b, "Hosts")
	b.Open(s.Origin("acme") + "/settings/notifications")
	b.Fill("Add an address", "it@acme.test")
	still(b)
	b.Click("Add")
	b.WaitFor("it@acme.test")
	b.Within("body > [role=status]").WaitFor("it@acme.test is told from now on") // for who does not see it
	look(t, b, "Notifications")
	b.Open(s.Origin("acme") + "/settings/administrators")
	b.Within("main").Fill("Name", "Vera Viewer")
	b.Fill("Mail address", "vera@acme.test")
	still(b)
	b.Click("Send an invitation")
	b.WaitFor("invited, not here yet")
	look(t, b, "Administrators")
	b.Click("Change vera@acme.test")
	look(t, b, "vera@acme.test")
	a := browser.New(t)
	still(a)
	a.Open(s.linkTo(t, "vera@acme.test", 1))
	look(t, a, "Sign in")
}

// mistakes are forms that are shown again.
func (s *stage) mistakes(t *testing.T, b *browser.Browser) {
	again := func(path, field, value, button, says string) {
		t.Helper()
		b.Open(s.Origin("acme") + path)
		b.Within("main").Fill(field, value)
		still(b)
		browser.Evaluate[bool](b, `Array.from(document.forms, f => f.noValidate = true).length > 0`) // who has another browser
		b.Within("main").Click(button)
		b.WaitFor(says)
		if at := b.Focused(); at != field {
			t.Errorf("%s: what was refused is %q, and the keyboard is at %q", path, field, at)
		}
		look(t, b, "")
	}
	again("/settings/extensions", "Schema (JSON)", `{"id": "badge"`, "Add the extension", "the document is not valid JSON")
	again("/settings/administrators", "Mail address", "nobody", "Send an invitation", "This is no mail address")
	again("/settings/sign-on/new?provider=other", "Issuer", "http://login.acme.test", "Save", "It must begin with https")
}

// refusals are pages that say why there is nothing else.
func (s *stage) refusals(t *testing.T, id tenancy.ID) {
	b := browser.New(t)
	s.inspect(t, b, "acme",
		visit{"/visit/spv_wrong", "Open the console"}, visit{"/sign-in/oidc", "Single sign-on is not set up here"},
		visit{"/sign-in/oidc/callback", "This sign-in was not begun"}, visit{"/sign-in/recovery", "Sign in with a recovery code"}, visit{"/nothing", ""},
	)
	s.signIn(t, b, "acme", id, admin.Viewer)
	s.inspect(t, b, "acme", visit{"/settings/sign-on/new?provider=okta", "You may not do this"}, visit{"/users/nobody", "There is no such user"})
	if b.Status() != http.StatusNotFound {
		t.Errorf("what is not there is answered with %d", b.Status())
	}
	reaches(t, b)
}

// visits are an operator's pages: what is handed over once, and the tenant's console as she sees it.
func (s *stage) visits(t *testing.T) {
	o := browser.New(t)
	s.signInOperator(t, o)
	still(o)
	o.Open(s.Origin("console") + "/tenants/acme")
	o.Click("Make a link")
	o.WaitFor("Give this link to its administrator")
	link := shown(o, "Copy Set-up link")
	look(t, o, "acme")
	reaches(t, o)
	s.inspect(t, o, "console", visit{"/nothing", ""}, visit{"/tenants/nobody", ""})
	o.Open(s.Origin("console") + "/tenants/acme")
	o.Fill("Why", "Ticket 4711: users do not arrive")
	o.Fill("As", "admin: change what administrators may")
	still(o)
	o.Click("Make a visit")
	o.WaitFor("Your visit")
	look(t, o, "acme")
	o.Click("Open the tenant's console")
	look(t, o, "Open the console of Acme Inc.")
	still(o)
	o.Click("Open it")
	o.WaitFor("You are looking at Acme Inc. as its admin.")
	look(t, o, "Overview")
	reaches(t, o)
	s.inspect(t, o, "acme", visit{"/settings/sign-on", "Single sign-on"}, visit{"/settings/administrators", "Administrators"})
	o.Open(s.Origin("console") + "/tenants/acme")
	look(t, o, "acme")
	o.Open(s.Origin("console") + "/onboard")
	o.Fill("Slug", "Acme Inc.")
	still(o)
	o.Click("Make the tenant")
	look(t, o, "Onboard a tenant")

	b := browser.New(t)
	still(b)
	b.Open(link)
	look(t, b, "Set up")
	b.Click("Begin")
	look(t, b, "")
}
