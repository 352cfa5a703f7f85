package console

import (
	"context"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/askspoke/spoke/billing"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/admin"
	"github.com/askspoke/spoke/tenancy/hostclaim"
	"github.com/askspoke/spoke/tenancy/hostname"
	"github.com/askspoke/spoke/tenancy/lifecycle"
	"github.com/askspoke/spoke/tenancy/operator"
	"github.com/askspoke/spoke/tenancy/outbox"
	"github.com/askspoke/spoke/tenancy/status"
)

func TestExtensions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b, reader := w.as(t, admin.Admin), w.as(t, admin.Viewer)
	const urn = "urn:acme:params:scim:schemas:extension:badge:2.0:User"
	const document = `{"id":"` + urn + `","name":"Badge <b>","attributes":[{"name":"number","description":"<script>alert(1)</script>"},{"name":"rooms","type":"complex","multiValued":true,"subAttributes":[{"name":"floor","type":"integer"}]}]}`
	reader.get(t, "/settings/extensions").is(t, http.StatusOK).has(t, "No extensions", "An admin can add one")
	b.get(t, "/settings/extensions").is(t, http.StatusOK).has(t, "Add an extension")
	form := func(text string) url.Values { return url.Values{"document": {text}} }
	for text, want := range map[string]string{
		"": "Paste the schema's JSON", "{": "JSON", "[]": "cannot be used", `{"id":"urn:acme:badge","attributes":[{"name":"a"}]}`: "Choose what it extends",
		`{"id":"` + urn + `","name":"B","attributes":[{"name":"no name"},{"name":"pin","returned":"never"}]}`: "pin",
		`{"id":"` + urn + `","name":"B","attributes":[{"name":"userName"}]}`:                                  "has an attribute userName already",
		`{"id":"urn:ietf:params:scim:schemas:core:2.0:User","name":"B","attributes":[{"name":"a"}]}`:          "id: ",
		strings.Repeat("x", 70<<10): "KiB are the most",
	} {
		if got := b.post(t, "/settings/extensions", form(text)).is(t, http.StatusUnprocessableEntity).has(t, "Nothing was changed", want); len(text) < 1000 && !strings.Contains(got.text(), text) {
			t.Errorf("%q is not kept in the form", text)
		}
	}
	b.post(t, "/settings/extensions", form(strings.Repeat("x", 2<<20))).is(t, http.StatusRequestEntityTooLarge)
	made := b.post(t, "/settings/extensions", form(`{"schema":`+document+`}`))
	page := b.follow(t, made).is(t, http.StatusOK).has(t, "can have the attributes", "Badge <b>", "number", "rooms.floor", "list of complex", script)
	if strings.Contains(page.body, script) {
		t.Error("the page has a script")
	}
	// Sent twice, and then another document.
	b.follow(t, b.post(t, "/settings/extensions", form(document))).has(t, "The extension is there")
	b.post(t, "/settings/extensions", form(strings.Replace(document, "Badge", "Card", 1))).is(t, http.StatusConflict).has(t, "There is an extension with this id")
	reader.get(t, extensionPath(urn)).is(t, http.StatusOK).has(t, "Badge <b>")
	reader.get(t, "/settings/extensions/remove?urn="+urn).is(t, http.StatusForbidden)
	for _, path := range []string{"/settings/extensions", "/settings/extensions/one", "/settings/extensions/remove"} {
		reader.post(t, path, url.Values{"urn": {urn}, "document": {document}}).is(t, http.StatusForbidden).has(t, "It needs the role admin")
	}
	w.asAt(t, w.globex, admin.Owner).get(t, extensionPath(urn)).is(t, http.StatusNotFound)
	w.asAt(t, w.globex, admin.Owner).post(t, "/settings/extensions/remove", url.Values{"urn": {urn}}).is(t, http.StatusNotFound)
	b.get(t, "/settings/extensions/one?urn=nonsense").is(t, http.StatusNotFound).has(t, "There is no such schema extension")

	list, err := w.Tenants.Extensions(t.Context(), w.acme.ID)
	must(t, err)
	change := func(text, tag string) answered {
		return b.post(t, "/settings/extensions/one", url.Values{"urn": {urn}, "tag": {tag}, "document": {text}})
	}
	more := strings.Replace(document, `{"name":"rooms"`, `{"name":"floor"},{"name":"rooms"`, 1)
	change(more, "stale").is(t, http.StatusConflict).has(t, "changed meanwhile")
	change(strings.Replace(document, `"number"`, `"other"`, 1), extensionTag(list[0])).is(t, http.StatusUnprocessableEntity).has(t, "number")
	change(strings.Replace(document, "badge", "card", 1), extensionTag(list[0])).is(t, http.StatusUnprocessableEntity).has(t, "must stay "+urn)
	b.follow(t, change(more, extensionTag(list[0]))).has(t, "The extension has its new document", "floor")
	b.follow(t, change(more, extensionTag(list[0]))).has(t, "The extension has its new document") // sent twice

	id := w.provision(t, w.acme, 0, `{"userName":"ada","`+urn+`":{"number":"7"}}`)
	b.get(t, "/settings/extensions/remove?urn="+urn).is(t, http.StatusOK).has(t, "1 resource has values under it")
	used := b.post(t, "/settings/extensions/remove", url.Values{"urn": {urn}}).is(t, http.StatusConflict).has(t, "1 resource of type User have values under it")
	if !strings.Contains(used.body, `href="/users/`+id+`"`) {
		t.Error("the refusal does not lead to a user")
	}
	poll(t, "the registry hears of the extension", func() bool {
		found, err := w.Registry.Resolve(t.Context(), "acme.askspoke.test")
		return err == nil && found.Extensions != nil
	})
	b.get(t, "/users/"+id).is(t, http.StatusOK).has(t, "Badge <b>", "Number 7")
	types, err := builtInTypes()
	must(t, err)
	w.remove(t, w.acme, types[0], id, time.Now())
	b.get(t, "/settings/extensions/remove?urn="+urn).is(t, http.StatusOK).has(t, "No resource has a value under it")
	b.follow(t, b.post(t, "/settings/extensions/remove", url.Values{"urn": {urn}})).has(t, "is removed", "Add an extension")
	b.post(t, "/settings/extensions/remove", url.Values{"urn": {urn}}).is(t, http.StatusNotFound)
	if got := w.operations(t)[:2]; !cmp.Equal(got, []string{"admin removeExtension 404", "admin removeExtension 303"}) {
		t.Errorf("audited %v", got)
	}
}

// A removal that has to wait is answered at once, and ends when the server does: the extension is open again.
func TestExtensionRemovalGoesOn(t *testing.T) {
	t.Parallel()
	const urn = "urn:acme:badge:User"
	w := newWorld(t, func(_ *Config, p *Parts) { p.Tenants = lifecycle.New(lifecycle.Config{DB: p.DB, Settle: time.Hour}) })
	b := w.as(t, admin.Owner)
	b.post(t, "/settings/extensions", url.Values{"document": {`{"id":"` + urn + `","name":"Badge","attributes":[{"name":"number"}]}`}}).is(t, http.StatusSeeOther)
	b.follow(t, b.post(t, "/settings/extensions/remove", url.Values{"urn": {urn}})).has(t, "is being removed", "gone in about", "being removed")
	w.jobs.stop()
	b.get(t, "/settings/extensions").has(t, "in use")
}

// records are the TXT records of a DNS.
type records struct {
	mu  sync.Mutex
	txt map[string][]string
}

func (r *records) set(name string, values ...string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.txt[name+"."] = values
}

func (r *records) LookupTXT(_ context.Context, name string) ([]string, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if values, ok := r.txt[name]; ok {
		return values, nil
	}
	return nil, &net.DNSError{Name: name, IsNotFound: true}
}

func TestHosts(t *testing.T) {
	t.Parallel()
	dns := &records{txt: make(map[string][]string)}
	w := newWorld(t, func(_ *Config, p *Parts) {
		bases, err := hostname.NewResolver("askspoke.test")
		must(t, err)
		p.Hosts = hostclaim.New(hostclaim.Config{DB: p.DB, Bases: bases, Resolver: dns})
	})
	guest := w.withLink(t, operator.ForHost)
	reader := w.as(t, admin.Viewer)
	guest.get(t, "/settings/hosts").is(t, http.StatusOK).has(t, "acme.askspoke.test", "Add a host")
	guest.get(t, "/users").is(t, http.StatusForbidden)
	guest.post(t, "/settings/notifications", url.Values{"email": {"it@acme.com"}}).is(t, http.StatusForbidden)
	reader.get(t, "/settings/hosts").is(t, http.StatusOK).has(t, "No hosts of your own")
	host := func(name string) url.Values { return url.Values{"host": {name}} }
	for _, path := range []string{"/settings/hosts", "/settings/hosts/verify", "/settings/hosts/remove"} {
		reader.post(t, path, host("scim.acme.com")).is(t, http.StatusForbidden)
		w.as(t, admin.Owner).send(t, http.MethodPost, path, host("scim.acme.com"), http.Header{"Sec-Fetch-Site": {"cross-site"}, "Origin": {"http://evil.example"}}).
			is(t, http.StatusForbidden).has(t, "This request came from another site")
	}
	for _, name := range []string{"", "acme", "10.0.0.1", "scim.acme.com:443", "globex.askspoke.test", `"><script>`, strings.Repeat("a", 300) + ".com"} {
		if page := guest.post(t, "/settings/hosts", host(name)).is(t, http.StatusUnprocessableEntity).has(t, "The host "); strings.Contains(page.body, "<script>\"") {
			t.Errorf("%q is not escaped", name)
		}
	}
	guest.follow(t, guest.post(t, "/settings/hosts", host(" SCIM.Acme.com "))).has(t, "scim.acme.com", "waits for its record", "_spoke-challenge.scim.acme.com", "spoke-host-verification=")
	guest.follow(t, guest.post(t, "/settings/hosts", host("scim.acme.com"))).has(t, "Publish the TXT record") // sent twice
	list, err := w.Hosts.List(t.Context(), w.acme.ID)
	must(t, err)
	if len(list) != 1 {
		t.Fatalf("%d hosts", len(list))
	}
	guest.follow(t, guest.post(t, "/settings/hosts/verify", host("scim.acme.com"))).has(t, "is not there yet")
	dns.set(list[0].Record, `"><script>alert(1)</script>`)
	wrong := guest.follow(t, guest.post(t, "/settings/hosts/verify", host("scim.acme.com"))).has(t, "has another value", script)
	if strings.Contains(wrong.body, script) {
		t.Error("the page has a script")
	}
	globex := w.asAt(t, w.globex, admin.Owner)
	globex.post(t, "/settings/hosts/verify", host("scim.acme.com")).is(t, http.StatusNotFound)
	globex.follow(t, globex.post(t, "/settings/hosts", host("scim.acme.com")))
	dns.set(list[0].Record, list[0].Value)
	guest.follow(t, guest.post(t, "/settings/hosts/verify", host("scim.acme.com"))).has(t, "scim.acme.com is yours", "verified", "http://scim.acme.com/scim/v2")
	guest.follow(t, guest.post(t, "/settings/hosts/verify", host("scim.acme.com"))).has(t, "is yours") // sent twice
	globex.follow(t, globex.post(t, "/settings/hosts/verify", host("scim.acme.com"))).has(t, "Somebody else has verified this host")
	globex.post(t, "/settings/hosts", host("scim.acme.com")).is(t, http.StatusUnprocessableEntity).has(t, "Somebody else has verified this host")
	// Not from the host itself, and twice.
	poll(t, "the registry hears of the host", func() bool { _, err := w.Registry.Resolve(t.Context(), "scim.acme.com"); return err == nil })
	someone, err := w.Admins.ByEmail(t.Context(), w.acme.ID, "owner@acme.example")
	must(t, err)
	there := w.withSession(t, "scim.acme.com", standing{Kind: byAdmin, Tenant: w.acme.ID, ID: someone.ID})
	there.post(t, "/settings/hosts/remove", host("scim.acme.com")).is(t, http.StatusConflict).has(t, "You are at this host")
	guest.follow(t, guest.post(t, "/settings/hosts/remove", host("scim.acme.com"))).has(t, "The host is removed")
	guest.follow(t, guest.post(t, "/settings/hosts/remove", host("scim.acme.com"))).has(t, "There is no such host any more")
	if got := w.operations(t)[:2]; !cmp.Equal(got, []string{"link removeHost 303", "link removeHost 303"}) {
		t.Errorf("audited %v", got)
	}
}

func TestNotifications(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(_ *Config, p *Parts) { p.Outbox = outbox.New(outbox.Config{DB: p.DB, Domain: "askspoke.test"}) })
	b, reader := w.as(t, admin.Admin), w.as(t, admin.Viewer)
	b.get(t, "/settings/notifications").is(t, http.StatusOK).has(t, "Nobody is told", "What is told, and when")
	email := func(address string) url.Values { return url.Values{"email": {address}} }
	for _, path := range []string{"/settings/notifications", "/settings/notifications/remove", "/settings/notifications/test"} {
		reader.post(t, path, email("it@acme.com")).is(t, http.StatusForbidden)
	}
	for _, address := range []string{"", "it", "it@acme.com, other@acme.com", "It <it@acme.com>", "it@acme.com\r\nBcc: a@b.c", script} {
		if page := b.post(t, "/settings/notifications", email(address)).is(t, http.StatusUnprocessableEntity).has(t, "is no mail address"); strings.Contains(page.body, script) {
			t.Error("the page has a script")
		}
	}
	b.follow(t, b.post(t, "/settings/notifications", email("it@acme.com"))).has(t, "it@acme.com is told from now on")
	b.follow(t, b.post(t, "/settings/notifications", email("IT@acme.com"))).has(t, "is told already")
	// Others at the same time: nobody's address is lost.
	var adding sync.WaitGroup
	for i := range 4 {
		adding.Go(func() {
			if got := b.post(t, "/settings/notifications", email("it"+strconv.Itoa(i)+"@acme.com")); got.status != http.StatusSeeOther {
				t.Errorf("%d %s", got.status, got.text())
			}
		})
	}
	adding.Wait()
	page := reader.get(t, "/settings/notifications").is(t, http.StatusOK).has(t, "it@acme.com", "it0@acme.com", "it1@acme.com", "it2@acme.com", "it3@acme.com")
	if strings.Contains(page.body, `action="/settings/notifications`) {
		t.Error("a viewer is offered changes")
	}
	for i := range 5 {
		b.post(t, "/settings/notifications", email("more"+strconv.Itoa(i)+"@acme.com")).is(t, http.StatusSeeOther)
	}
	b.post(t, "/settings/notifications", email("eleventh@acme.com")).is(t, http.StatusUnprocessableEntity).has(t, "10 addresses are the most")

	for range 2 { // one mail, however often
		b.follow(t, b.post(t, "/settings/notifications/test", email("it@acme.com"))).has(t, "A test mail to it@acme.com is on its way")
	}
	b.post(t, "/settings/notifications/test", email("stranger@evil.example")).is(t, http.StatusNotFound)
	mails, err := w.Outbox.Claim(t.Context(), 10, time.Minute)
	must(t, err)
	if len(mails) != 1 || mails[0].To != "it@acme.com" || mails[0].Tenant != w.acme.ID || !strings.Contains(mails[0].Text, "Acme Inc.") || !strings.Contains(mails[0].Text, "admin@acme.example") {
		t.Errorf("%+v", mails)
	}
	b.follow(t, b.post(t, "/settings/notifications/remove", email("it@acme.com"))).has(t, "is not told any more")
	b.follow(t, b.post(t, "/settings/notifications/remove", email("it@acme.com"))).has(t, "is not told any more") // sent twice
	if got := w.operations(t)[0]; got != "admin updateTenant 303" {
		t.Errorf("audited %v", got)
	}
}

func TestNoMail(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.as(t, admin.Admin)
	b.post(t, "/settings/notifications", url.Values{"email": {"it@acme.com"}}).is(t, http.StatusSeeOther)
	if page := b.get(t, "/settings/notifications").is(t, http.StatusOK).has(t, "sends no mail", "it@acme.com"); strings.Contains(page.text(), "Send a test") {
		t.Error("a test is offered")
	}
	b.post(t, "/settings/notifications/test", url.Values{"email": {"it@acme.com"}}).is(t, http.StatusConflict).has(t, "sends no mail")
}

func TestPlan(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.as(t, admin.Viewer)
	b.get(t, "/settings/plan").is(t, http.StatusOK).has(t, "has no plans, and nothing is charged", "up to 10,000 active users", "not counted yet", "kept for 90 days")

	team := billing.Plan{
		ID: "team", Name: "Team", Base: billing.Money{Minor: 5000, Currency: "EUR"}, PerSeat: billing.Money{Minor: 5, Currency: "EUR"},
		Entitlements: billing.Entitlements{Seats: 2, ReadsPerSecond: billing.Unlimited, WritesPerSecond: 10, BulksPerSecond: 1, Tokens: 3, JournalDays: billing.Unlimited},
	}
	w = newWorld(t, func(_ *Config, p *Parts) {
		p.Plans = billing.Catalogue{"team": team}
		p.Tenants = lifecycle.New(lifecycle.Config{DB: p.DB, Settle: -1, Plans: []string{"team"}})
	})
	b = w.as(t, admin.Viewer)
	b.get(t, "/settings/plan").has(t, "No plan was chosen for you yet")
	plan := "team"
	_, err := w.Tenants.Update(t.Context(), w.acme.ID, 0, lifecycle.Change{Plan: &plan})
	must(t, err)
	must(t, w.Status.Ensure(t.Context(), time.Now()))
	must(t, w.Status.SaveSize(t.Context(), w.acme.ID, status.Size{Users: 5, ActiveUsers: 2, Groups: 1}, time.Now()))
	_, _, err = w.Tokens.Mint(t.Context(), w.acme.ID, "Entra ID", time.Time{})
	must(t, err)
	b.get(t, "/settings/plan").is(t, http.StatusOK).has(t,
		"Team", "50.00 EUR a month, and 0.05 EUR for each seat in use", "2 of 2", "No seat is left", "1 of 3", "as fast as they come", "kept for ever", "1 group")
	delete(w.Plans, "team")
	b.get(t, "/settings/plan").is(t, http.StatusOK).has(t, "Your plan, team, is not offered any more")
}

func TestGeneral(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b, reader := w.as(t, admin.Admin), w.as(t, admin.Viewer)
	reader.get(t, "/settings/general").is(t, http.StatusOK).has(t, "How requests are read", "An admin can change this")
	version := func() string {
		found, err := w.Tenants.ByID(t.Context(), w.acme.ID)
		must(t, err)
		return strconv.FormatInt(found.Version, 10)
	}
	form := func(profile, unique, version string) url.Values {
		return url.Values{"profile": {profile}, "unique": {unique}, "version": {version}}
	}
	first := version()
	reader.post(t, "/settings/general", form("strict", "no", first)).is(t, http.StatusForbidden)
	for _, bad := range []url.Values{form("lax", "yes", first), form("auto", "perhaps", first), form("auto", "no", "x"), form("auto", "no", "0"), {}} {
		b.post(t, "/settings/general", bad).is(t, http.StatusUnprocessableEntity).has(t, "Nothing was changed")
	}
	b.follow(t, b.post(t, "/settings/general", form("strict", "no", first))).has(t, "Saved: strict, names of groups may repeat")
	b.follow(t, b.post(t, "/settings/general", form("strict", "no", first))).has(t, "The settings are as you chose") // sent twice
	b.post(t, "/settings/general", form("auto", "no", first)).is(t, http.StatusConflict).has(t, "The settings were changed meanwhile")
	store := w.Directory.Store(schemaOf(w.acme), false)
	for range 2 {
		w.provisionBy(t, store, w.acme, 1, `{"displayName":"Same `+script+`"}`)
	}
	shared := b.post(t, "/settings/general", form("auto", "yes", version())).is(t, http.StatusUnprocessableEntity).has(t, "Names of groups cannot be unique yet", "Same "+script)
	if strings.Contains(shared.body, script) {
		t.Error("the page has a script")
	}
	found, err := w.Tenants.ByID(t.Context(), w.acme.ID)
	must(t, err)
	if found.Settings.UniqueGroupNames || found.Settings.Profile != tenancy.ProfileStrict {
		t.Errorf("%+v", found.Settings)
	}
}
