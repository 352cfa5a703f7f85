package setting_test

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
	"github.com/askspoke/spoke/infra/fixture"
	"github.com/askspoke/spoke/services/background"
	"github.com/askspoke/spoke/services/console"
	"github.com/askspoke/spoke/services/console/consoletest"
	"github.com/askspoke/spoke/services/console/place"
	"github.com/askspoke/spoke/services/console/setting"
	"github.com/askspoke/spoke/services/console/web"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/admin"
	"github.com/askspoke/spoke/tenancy/directory"
	"github.com/askspoke/spoke/tenancy/hostclaim"
	"github.com/askspoke/spoke/tenancy/hostname"
	"github.com/askspoke/spoke/tenancy/lifecycle"
	"github.com/askspoke/spoke/tenancy/operator"
	"github.com/askspoke/spoke/tenancy/outbox"
	"github.com/askspoke/spoke/tenancy/status"
)

func TestExtensions(t *testing.T) {
	t.Parallel()
	w := consoletest.NewWorld(t)
	b, reader := w.As(t, admin.Admin), w.As(t, admin.Viewer)
	const urn = "urn:acme:params:scim:schemas:extension:badge:2.0:User"
	const document = `{"id":"` + urn + `","name":"Badge <b>","attributes":[{"name":"number","description":"<script>alert(1)</script>"},{"name":"rooms","type":"complex","multiValued":true,"subAttributes":[{"name":"floor","type":"integer"}]}]}`
	reader.Get(t, "/settings/extensions").Is(t, http.StatusOK).Has(t, "No extensions", "An admin can add one")
	b.Get(t, "/settings/extensions").Is(t, http.StatusOK).Has(t, "Add an extension")
	form := func(text string) url.Values { return url.Values{"document": {text}} }
	for text, want := range map[string]string{
		"": "Paste the schema's JSON", "{": "JSON", "[]": "cannot be used", `{"id":"urn:acme:badge","attributes":[{"name":"a"}]}`: "Choose what it extends",
		`{"id":"` + urn + `","name":"B","attributes":[{"name":"no name"},{"name":"pin","returned":"never"}]}`: "pin",
		`{"id":"` + urn + `","name":"B","attributes":[{"name":"userName"}]}`:                                  "has an attribute userName already",
		`{"id":"urn:ietf:params:scim:schemas:core:2.0:User","name":"B","attributes":[{"name":"a"}]}`:          "id: ",
		strings.Repeat("x", 70<<10): "KiB are the most",
	} {
		if got := b.Post(t, "/settings/extensions", form(text)).Is(t, http.StatusUnprocessableEntity).Has(t, "Nothing was changed", want); len(text) < 1000 && !strings.Contains(got.Text(), text) {
			t.Errorf("%q is not kept in the form", text)
		}
	}
	b.Post(t, "/settings/extensions", form(strings.Repeat("x", 2<<20))).Is(t, http.StatusRequestEntityTooLarge)
	made := b.Post(t, "/settings/extensions", form(`{"schema":`+document+`}`))
	page := b.Follow(t, made).Is(t, http.StatusOK).Has(t, "can have the attributes", "Badge <b>", "number", "rooms.floor", "list of complex", consoletest.Script)
	if strings.Contains(page.Body, consoletest.Script) {
		t.Error("the page has a script")
	}
	// Sent twice, and then another document.
	b.Follow(t, b.Post(t, "/settings/extensions", form(document))).Has(t, "The extension is there")
	b.Post(t, "/settings/extensions", form(strings.Replace(document, "Badge", "Card", 1))).Is(t, http.StatusConflict).Has(t, "There is an extension with this id")
	reader.Get(t, setting.ExtensionPath(urn)).Is(t, http.StatusOK).Has(t, "Badge <b>")
	reader.Get(t, "/settings/extensions/remove?urn="+urn).Is(t, http.StatusForbidden)
	for _, path := range []string{"/settings/extensions", "/settings/extensions/one", "/settings/extensions/remove"} {
		reader.Post(t, path, url.Values{"urn": {urn}, "document": {document}}).Is(t, http.StatusForbidden).Has(t, "It needs the role admin")
	}
	w.AsAt(t, w.Globex, admin.Owner).Get(t, setting.ExtensionPath(urn)).Is(t, http.StatusNotFound)
	w.AsAt(t, w.Globex, admin.Owner).Post(t, "/settings/extensions/remove", url.Values{"urn": {urn}}).Is(t, http.StatusNotFound)
	b.Get(t, "/settings/extensions/one?urn=nonsense").Is(t, http.StatusNotFound).Has(t, "There is no such schema extension")

	list, err := w.Tenants.Extensions(t.Context(), w.Acme.ID)
	consoletest.Must(t, err)
	change := func(text, tag string) consoletest.Answer {
		return b.Post(t, "/settings/extensions/one", url.Values{"urn": {urn}, "tag": {tag}, "document": {text}})
	}
	more := strings.Replace(document, `{"name":"rooms"`, `{"name":"floor"},{"name":"rooms"`, 1)
	change(more, "stale").Is(t, http.StatusConflict).Has(t, "changed meanwhile")
	change(strings.Replace(document, `"number"`, `"other"`, 1), setting.ExtensionTag(list[0])).Is(t, http.StatusUnprocessableEntity).Has(t, "number")
	change(strings.Replace(document, "badge", "card", 1), setting.ExtensionTag(list[0])).Is(t, http.StatusUnprocessableEntity).Has(t, "must stay "+urn)
	b.Follow(t, change(more, setting.ExtensionTag(list[0]))).Has(t, "The extension has its new document", "floor")
	b.Follow(t, change(more, setting.ExtensionTag(list[0]))).Has(t, "The extension has its new document") // sent twice

	id := w.Provision(t, w.Acme, 0, `{"userName":"ada","`+urn+`":{"number":"7"}}`)
	b.Get(t, "/settings/extensions/remove?urn="+urn).Is(t, http.StatusOK).Has(t, "1 resource has values under it")
	used := b.Post(t, "/settings/extensions/remove", url.Values{"urn": {urn}}).Is(t, http.StatusConflict).Has(t, "1 resource of type User have values under it")
	if !strings.Contains(used.Body, `href="/users/`+id+`"`) {
		t.Error("the refusal does not lead to a user")
	}
	fixture.Eventually(t, "the registry hears of the extension", func() bool {
		found, err := w.Registry.Resolve(t.Context(), "acme.askspoke.test")
		return err == nil && found.Extensions != nil
	})
	b.Get(t, "/users/"+id).Is(t, http.StatusOK).Has(t, "Badge <b>", "Number 7")
	types, err := directory.ResourceTypes(nil)
	consoletest.Must(t, err)
	w.Remove(t, w.Acme, types[0], id, time.Now())
	b.Get(t, "/settings/extensions/remove?urn="+urn).Is(t, http.StatusOK).Has(t, "No resource has a value under it")
	b.Follow(t, b.Post(t, "/settings/extensions/remove", url.Values{"urn": {urn}})).Has(t, "is removed", "Add an extension")
	b.Post(t, "/settings/extensions/remove", url.Values{"urn": {urn}}).Is(t, http.StatusNotFound)
	if got := w.Operations(t)[:2]; !cmp.Equal(got, []string{"admin removeExtension 404", "admin removeExtension 303"}) {
		t.Errorf("audited %v", got)
	}
}

// A removal that has to wait is answered at once, and ends when the server does: the extension is open again.
func TestExtensionRemovalGoesOn(t *testing.T) {
	t.Parallel()
	const urn = "urn:acme:badge:User"
	w := consoletest.NewWorld(t, func(_ *console.Config, p *console.Parts) {
		p.Tenants = lifecycle.New(lifecycle.Config{DB: p.DB, Settle: time.Hour})
	})
	b := w.As(t, admin.Owner)
	b.Post(t, "/settings/extensions", url.Values{"document": {`{"id":"` + urn + `","name":"Badge","attributes":[{"name":"number"}]}`}}).Is(t, http.StatusSeeOther)
	b.Follow(t, b.Post(t, "/settings/extensions/remove", url.Values{"urn": {urn}})).Has(t, "is being removed", "gone in about", "being removed")
	w.Jobs.Stop()
	b.Get(t, "/settings/extensions").Has(t, "in use")
}

// A removal that panics is answered at once, not when the request's time is out, and the extension stays.
func TestExtensionRemovalPanics(t *testing.T) {
	t.Parallel()
	const urn = "urn:acme:badge:User"
	w := consoletest.NewWorld(t, func(_ *console.Config, p *console.Parts) { p.Directory = new(directory.Directory) }) // without a database
	_, err := w.Tenants.PutExtension(t.Context(), "acme", tenancy.Extension{URN: urn, ResourceType: "User", Document: `{"id":"` + urn + `","name":"Badge"}`}, func([]tenancy.Extension) error { return nil })
	consoletest.Must(t, err)
	secret, _, err := w.Admins.CreateImpersonation(t.Context(), admin.NewImpersonation{
		Tenant: w.Acme.ID, Operator: operator.Shell, Name: "op", Reason: "a look", Role: admin.Admin, ExpiresAt: w.Clock.Now().Add(time.Hour),
	})
	consoletest.Must(t, err)
	b := w.Stranger(t) // whom the directory is not asked about
	b.Post(t, place.Visit+secret.Reveal(), nil).Is(t, http.StatusSeeOther)
	b.Post(t, "/settings/extensions/remove", url.Values{"urn": {urn}}).Is(t, http.StatusInternalServerError).Has(t, "Something went wrong here")
	if log := w.Log.String(); !strings.Contains(log, "job panicked") || !strings.Contains(log, background.ErrPanicked.Error()) {
		t.Errorf("logged: %s", log)
	}
	b.Get(t, "/settings/extensions").Is(t, http.StatusOK).Has(t, "in use")
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
	w := consoletest.NewWorld(t, func(_ *console.Config, p *console.Parts) {
		bases, err := hostname.NewResolver("askspoke.test")
		consoletest.Must(t, err)
		p.Hosts = hostclaim.New(hostclaim.Config{DB: p.DB, Bases: bases, Resolver: dns})
	})
	guest := w.WithLink(t, operator.ForHost)
	reader := w.As(t, admin.Viewer)
	guest.Get(t, "/settings/hosts").Is(t, http.StatusOK).Has(t, "acme.askspoke.test", "Add a host")
	guest.Get(t, "/users").Is(t, http.StatusForbidden)
	guest.Post(t, "/settings/notifications", url.Values{"email": {"it@acme.com"}}).Is(t, http.StatusForbidden)
	reader.Get(t, "/settings/hosts").Is(t, http.StatusOK).Has(t, "No hosts of your own")
	host := func(name string) url.Values { return url.Values{"host": {name}} }
	for _, path := range []string{"/settings/hosts", "/settings/hosts/verify", "/settings/hosts/remove"} {
		reader.Post(t, path, host("scim.acme.com")).Is(t, http.StatusForbidden)
		w.As(t, admin.Owner).Send(t, http.MethodPost, path, host("scim.acme.com"), http.Header{"Sec-Fetch-Site": {"cross-site"}, "Origin": {"http://evil.example"}}).
			Is(t, http.StatusForbidden).Has(t, "This request came from another site")
	}
	for _, name := range []string{"", "acme", "10.0.0.1", "scim.acme.com:443", "globex.askspoke.test", `"><script>`, strings.Repeat("a", 300) + ".com"} {
		if page := guest.Post(t, "/settings/hosts", host(name)).Is(t, http.StatusUnprocessableEntity).Has(t, "The host "); strings.Contains(page.Body, "<script>\"") {
			t.Errorf("%q is not escaped", name)
		}
	}
	guest.Follow(t, guest.Post(t, "/settings/hosts", host(" SCIM.Acme.com "))).Has(t, "scim.acme.com", "waits for its record", "_spoke-challenge.scim.acme.com", "spoke-host-verification=")
	guest.Follow(t, guest.Post(t, "/settings/hosts", host("scim.acme.com"))).Has(t, "Publish the TXT record") // sent twice
	list, err := w.Hosts.List(t.Context(), w.Acme.ID)
	consoletest.Must(t, err)
	if len(list) != 1 {
		t.Fatalf("%d hosts", len(list))
	}
	guest.Follow(t, guest.Post(t, "/settings/hosts/verify", host("scim.acme.com"))).Has(t, "is not there yet")
	dns.set(list[0].Record, `"><script>alert(1)</script>`)
	wrong := guest.Follow(t, guest.Post(t, "/settings/hosts/verify", host("scim.acme.com"))).Has(t, "has another value", consoletest.Script)
	if strings.Contains(wrong.Body, consoletest.Script) {
		t.Error("the page has a script")
	}
	globex := w.AsAt(t, w.Globex, admin.Owner)
	globex.Post(t, "/settings/hosts/verify", host("scim.acme.com")).Is(t, http.StatusNotFound)
	globex.Follow(t, globex.Post(t, "/settings/hosts", host("scim.acme.com")))
	dns.set(list[0].Record, list[0].Value)
	guest.Follow(t, guest.Post(t, "/settings/hosts/verify", host("scim.acme.com"))).Has(t, "scim.acme.com is yours", "verified", "http://scim.acme.com/scim/v2")
	guest.Follow(t, guest.Post(t, "/settings/hosts/verify", host("scim.acme.com"))).Has(t, "is yours") // sent twice
	globex.Follow(t, globex.Post(t, "/settings/hosts/verify", host("scim.acme.com"))).Has(t, "Somebody else has verified this host")
	globex.Post(t, "/settings/hosts", host("scim.acme.com")).Is(t, http.StatusUnprocessableEntity).Has(t, "Somebody else has verified this host")
	// Not from the host itself, and twice.
	fixture.Eventually(t, "the registry hears of the host", func() bool { _, err := w.Registry.Resolve(t.Context(), "scim.acme.com"); return err == nil })
	someone, err := w.Admins.ByEmail(t.Context(), w.Acme.ID, "owner@acme.example")
	consoletest.Must(t, err)
	there := w.WithSession(t, "scim.acme.com", web.Standing{Kind: web.ByAdmin, Tenant: w.Acme.ID, ID: someone.ID})
	there.Post(t, "/settings/hosts/remove", host("scim.acme.com")).Is(t, http.StatusConflict).Has(t, "You are at this host")
	guest.Follow(t, guest.Post(t, "/settings/hosts/remove", host("scim.acme.com"))).Has(t, "The host is removed")
	guest.Follow(t, guest.Post(t, "/settings/hosts/remove", host("scim.acme.com"))).Has(t, "There is no such host any more")
	if got := w.Operations(t)[:2]; !cmp.Equal(got, []string{"link removeHost 303", "link removeHost 303"}) {
		t.Errorf("audited %v", got)
	}
}

func TestNotifications(t *testing.T) {
	t.Parallel()
	w := consoletest.NewWorld(t, func(_ *console.Config, p *console.Parts) {
		p.Outbox = outbox.New(outbox.Config{DB: p.DB, Domain: "askspoke.test"})
	})
	b, reader := w.As(t, admin.Admin), w.As(t, admin.Viewer)
	b.Get(t, "/settings/notifications").Is(t, http.StatusOK).Has(t, "Nobody is told", "What is told, and when")
	email := func(address string) url.Values { return url.Values{"email": {address}} }
	for _, path := range []string{"/settings/notifications", "/settings/notifications/remove", "/settings/notifications/test"} {
		reader.Post(t, path, email("it@acme.com")).Is(t, http.StatusForbidden)
	}
	for _, address := range []string{"", "it", "it@acme.com, other@acme.com", "It <it@acme.com>", "it@acme.com\r\nBcc: a@b.c", consoletest.Script} {
		if page := b.Post(t, "/settings/notifications", email(address)).Is(t, http.StatusUnprocessableEntity).Has(t, "is no mail address"); strings.Contains(page.Body, consoletest.Script) {
			t.Error("the page has a script")
		}
	}
	b.Follow(t, b.Post(t, "/settings/notifications", email("it@acme.com"))).Has(t, "it@acme.com is told from now on")
	b.Follow(t, b.Post(t, "/settings/notifications", email("IT@acme.com"))).Has(t, "is told already")
	// Others at the same time: nobody's address is lost.
	var adding sync.WaitGroup
	for i := range 4 {
		adding.Go(func() {
			if got := b.Post(t, "/settings/notifications", email("it"+strconv.Itoa(i)+"@acme.com")); got.Status != http.StatusSeeOther {
				t.Errorf("%d %s", got.Status, got.Text())
			}
		})
	}
	adding.Wait()
	page := reader.Get(t, "/settings/notifications").Is(t, http.StatusOK).Has(t, "it@acme.com", "it0@acme.com", "it1@acme.com", "it2@acme.com", "it3@acme.com")
	if strings.Contains(page.Body, `action="/settings/notifications`) {
		t.Error("a viewer is offered changes")
	}
	for i := range 5 {
		b.Post(t, "/settings/notifications", email("more"+strconv.Itoa(i)+"@acme.com")).Is(t, http.StatusSeeOther)
	}
	b.Post(t, "/settings/notifications", email("eleventh@acme.com")).Is(t, http.StatusUnprocessableEntity).Has(t, "10 addresses are the most")

	for range 2 { // one mail, however often
		b.Follow(t, b.Post(t, "/settings/notifications/test", email("it@acme.com"))).Has(t, "A test mail to it@acme.com is on its way")
	}
	b.Post(t, "/settings/notifications/test", email("stranger@evil.example")).Is(t, http.StatusNotFound)
	mails, err := w.Outbox.Claim(t.Context(), 10, time.Minute)
	consoletest.Must(t, err)
	if len(mails) != 1 || mails[0].To != "it@acme.com" || mails[0].Tenant != w.Acme.ID || !strings.Contains(mails[0].Text, "Acme Inc.") || !strings.Contains(mails[0].Text, "admin@acme.example") {
		t.Errorf("%+v", mails)
	}
	b.Follow(t, b.Post(t, "/settings/notifications/remove", email("it@acme.com"))).Has(t, "is not told any more")
	b.Follow(t, b.Post(t, "/settings/notifications/remove", email("it@acme.com"))).Has(t, "is not told any more") // sent twice
	if got := w.Operations(t)[0]; got != "admin updateTenant 303" {
		t.Errorf("audited %v", got)
	}
}

func TestNoMail(t *testing.T) {
	t.Parallel()
	w := consoletest.NewWorld(t)
	b := w.As(t, admin.Admin)
	b.Post(t, "/settings/notifications", url.Values{"email": {"it@acme.com"}}).Is(t, http.StatusSeeOther)
	if page := b.Get(t, "/settings/notifications").Is(t, http.StatusOK).Has(t, "sends no mail", "it@acme.com"); strings.Contains(page.Text(), "Send a test") {
		t.Error("a test is offered")
	}
	b.Post(t, "/settings/notifications/test", url.Values{"email": {"it@acme.com"}}).Is(t, http.StatusConflict).Has(t, "sends no mail")
}

func TestPlan(t *testing.T) {
	t.Parallel()
	w := consoletest.NewWorld(t)
	b := w.As(t, admin.Viewer)
	b.Get(t, "/settings/plan").Is(t, http.StatusOK).Has(t, "has no plans, and nothing is charged", "up to 10,000 active users", "kept for 90 days")

	team := billing.Plan{
		ID: "team", Name: "Team", Base: billing.Money{Minor: 5000, Currency: "EUR"}, PerSeat: billing.Money{Minor: 5, Currency: "EUR"},
		Entitlements: billing.Entitlements{Seats: 2, ReadsPerSecond: billing.Unlimited, WritesPerSecond: 10, BulksPerSecond: 1, Tokens: 3, JournalDays: billing.Unlimited},
	}
	w = consoletest.NewWorld(t, func(_ *console.Config, p *console.Parts) {
		p.Plans = billing.Catalogue{"team": team}
		p.Tenants = lifecycle.New(lifecycle.Config{DB: p.DB, Settle: -1, Plans: []string{"team"}})
	})
	b = w.As(t, admin.Viewer)
	b.Get(t, "/settings/plan").Has(t, "No plan was chosen for you yet")
	plan := "team"
	_, err := w.Tenants.Update(t.Context(), w.Acme.ID, 0, lifecycle.Change{Plan: &plan})
	consoletest.Must(t, err)
	consoletest.Must(t, w.Status.Ensure(t.Context(), time.Now()))
	consoletest.Must(t, w.Status.SaveSize(t.Context(), w.Acme.ID, status.Size{Users: 9, ActiveUsers: 9, Groups: 9}, time.Now())) // they went since
	w.Provision(t, w.Acme, 0, `{"userName":"linus"}`)
	w.Provision(t, w.Acme, 0, `{"userName":"ken","active":true}`)
	w.Provision(t, w.Acme, 0, `{"userName":"grace","active":false}`)
	w.Provision(t, w.Acme, 1, `{"displayName":"all"}`)
	_, _, err = w.Tokens.Mint(t.Context(), w.Acme.ID, "Entra ID", time.Time{})
	consoletest.Must(t, err)
	b.Get(t, "/settings/plan").Is(t, http.StatusOK).Has(t,
		"Team", "50.00 EUR a month, and 0.05 EUR for each seat in use", "2 of 2", "No seat is left", "2 of 3", "as fast as they come", "kept for ever", "3 Users", "1 group", "more are let in all the same")
	w.Provision(t, w.Acme, 0, `{"userName":"ada"}`)
	b.Get(t, "/settings/plan").Is(t, http.StatusOK).Has(t, "3 of 2", "That is 1 more than your plan has. Nobody is refused for it")
	consoletest.Must(t, w.Status.SaveSize(t.Context(), w.Acme.ID, status.Size{Users: 5000, ActiveUsers: 4000, Groups: 1}, time.Now()))
	b.Get(t, "/settings/plan").Is(t, http.StatusOK).Has(t, "4,000 of 2", "counted just now", "5,000 Users")
	delete(w.Plans, "team")
	b.Get(t, "/settings/plan").Is(t, http.StatusOK).Has(t, "Your plan, team, is not offered any more")
}

func TestGeneral(t *testing.T) {
	t.Parallel()
	w := consoletest.NewWorld(t)
	b, reader := w.As(t, admin.Admin), w.As(t, admin.Viewer)
	reader.Get(t, "/settings/general").Is(t, http.StatusOK).Has(t, "How requests are read", "An admin can change this")
	version := func() string {
		found, err := w.Tenants.ByID(t.Context(), w.Acme.ID)
		consoletest.Must(t, err)
		return strconv.FormatInt(found.Version, 10)
	}
	form := func(profile, unique, version string) url.Values {
		return url.Values{"profile": {profile}, "unique": {unique}, "version": {version}}
	}
	first := version()
	reader.Post(t, "/settings/general", form("strict", "no", first)).Is(t, http.StatusForbidden)
	for _, bad := range []url.Values{form("lax", "yes", first), form("auto", "perhaps", first), form("auto", "no", "x"), form("auto", "no", "0"), {}} {
		b.Post(t, "/settings/general", bad).Is(t, http.StatusUnprocessableEntity).Has(t, "Nothing was changed")
	}
	b.Follow(t, b.Post(t, "/settings/general", form("strict", "no", first))).Has(t, "Saved: strict, names of groups may repeat")
	b.Follow(t, b.Post(t, "/settings/general", form("strict", "no", first))).Has(t, "The settings are as you chose") // sent twice
	b.Post(t, "/settings/general", form("auto", "no", first)).Is(t, http.StatusConflict).Has(t, "The settings were changed meanwhile")
	store := w.Directory.Store(consoletest.SchemaOf(w.Acme), false)
	for range 2 {
		w.ProvisionBy(t, store, w.Acme, 1, `{"displayName":"Same `+consoletest.Script+`"}`)
	}
	shared := b.Post(t, "/settings/general", form("auto", "yes", version())).Is(t, http.StatusUnprocessableEntity).Has(t, "Names of groups cannot be unique yet", "Same "+consoletest.Script)
	if strings.Contains(shared.Body, consoletest.Script) {
		t.Error("the page has a script")
	}
	found, err := w.Tenants.ByID(t.Context(), w.Acme.ID)
	consoletest.Must(t, err)
	if found.Settings.UniqueGroupNames || found.Settings.Profile != tenancy.ProfileStrict {
		t.Errorf("%+v", found.Settings)
	}
}
