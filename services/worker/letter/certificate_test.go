package letter_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/askspoke/spoke/infra/pgtest"
	"github.com/askspoke/spoke/services/worker/letter"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/lifecycle"
	"github.com/askspoke/spoke/tenancy/outbox"
	"github.com/askspoke/spoke/tenancy/signon"
	"github.com/askspoke/spoke/tenancy/signon/saml"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// ending is a certificate that ends in so many days, and is told of as within those.
func ending(left time.Duration, days int) saml.Ending {
	return saml.Ending{Days: days, Certificate: saml.Certificate{
		Subject: "CN=Acme Okta", NotAfter: at.Add(left), Fingerprint: "AB:CD:EF:01",
	}}
}

func (w *world) connection(state signon.State) signon.Connection {
	return signon.Connection{ID: "0b5f0e0e-6a1c-4c51-9d4e-3f0f3a5f4d10", Tenant: w.tenants[0].ID, Kind: signon.KindSAML, Name: "Acme Okta", State: state}
}

func (w *world) tellEnding(state signon.State, list ...saml.Ending) {
	w.t.Helper()
	if err := w.TellEnding(w.t.Context(), w.connection(state), list, at); err != nil {
		w.t.Fatal(err)
	}
}

// What an owner reads of a certificate that ends, that has ended, and of one that has a successor. It names no id.
func TestCertificateLetters(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	next := ending(6*24*time.Hour+time.Hour, 7)
	next.Other = at.AddDate(2, 0, 0)
	ours, replaced := ending(29*24*time.Hour+time.Hour, 30), next
	ours.Ours, replaced.Ours = true, true
	ended := ending(-time.Hour, 0)
	ended.Ours = true
	for _, e := range []*saml.Ending{&ours, &replaced, &ended} {
		e.Fingerprint = "AB:CD:EF:09"
	}
	for name, tell := range map[string]func(){
		"ours":       func() { w.tellEnding(signon.Offered, ours) },
		"ours_ended": func() { w.tellEnding(signon.Enforced, ended) },
		"ours_next":  func() { w.tellEnding(signon.Enforced, replaced) },
		"offered":    func() { w.tellEnding(signon.Offered, ending(29*24*time.Hour+time.Hour, 30)) },
		"enforced":   func() { w.tellEnding(signon.Enforced, ending(5*time.Hour, 1)) },
		"ended":      func() { w.tellEnding(signon.Enforced, ending(-time.Hour, 0)) },
		"next":       func() { w.tellEnding(signon.Enforced, next) },
	} {
		tell()
		list := w.mails()
		if len(list) != 1 || list[0].Tenant != w.tenants[0].ID {
			t.Fatalf("%s: %+v", name, list)
		}
		golden(t, "certificate_"+name, list[0])
		for _, internal := range []string{string(w.tenants[0].ID), w.connection(signon.Enforced).ID} {
			if strings.Contains(list[0].Subject+list[0].Text+list[0].HTML, internal) {
				t.Errorf("%s tells of %s", name, internal)
			}
		}
	}
}

// Owners and the addresses of the notifications are told, each once for each step, however often and by however many
// processes it is found.
func TestCertificateIsToldOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	w.owners = []string{"olga@acme.com", "IT@acme.com"} // the second is in the notifications as well
	const days = 24 * time.Hour
	const told = "Single sign-on of Acme & Söhne: a certificate ends "
	for _, step := range []struct {
		e    saml.Ending
		want string
	}{
		{ending(30*days, 30), told + "in 30 days"},
		{ending(29*days, 30), ""},
		{ending(7*days, 7), told + "in 7 days"},
		{ending(2*days, 7), ""},
		{ending(days, 1), told + "within a day"},
		{ending(time.Minute, 1), ""},
		{ending(-time.Minute, 0), "Single sign-on of Acme & Söhne: a certificate has ended"},
		{ending(-2*days, 0), ""},
	} {
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				if err := w.TellEnding(t.Context(), w.connection(signon.Offered), []saml.Ending{step.e}, at); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if step.want == "" {
			wantMails(t, w.mails())
			continue
		}
		wantMails(t, w.mails(), "IT@acme.com: "+step.want, "olga@acme.com: "+step.want)
		w.now = w.now.Add(outbox.KeepSent - time.Hour) // longer than a step lasts
		if _, err := w.outbox.Prune(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	another := ending(7*days, 7)
	another.Fingerprint = "AB:CD:EF:02"
	w.tellEnding(signon.Offered, another)
	wantMails(t, w.mails(), "IT@acme.com: "+told+"in 7 days", "olga@acme.com: "+told+"in 7 days")
}

// A tenant that has gone or is going, or that has nobody to tell, is told nothing.
func TestCertificateOfNobody(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	gone := w.connection(signon.Enforced)
	gone.Tenant = tenancy.NewID()
	if err := w.TellEnding(t.Context(), gone, []saml.Ending{ending(time.Hour, 1)}, at); err != nil {
		t.Error(err)
	}
	manager := lifecycle.New(lifecycle.Config{DB: w.db})
	if _, err := manager.Update(t.Context(), w.tenants[0].ID, w.tenants[0].Version, lifecycle.Change{Notify: &[]string{}}); err != nil {
		t.Fatal(err)
	}
	w.tellEnding(signon.Enforced, ending(time.Hour, 1))
	wantMails(t, w.mails())
	w.owners = []string{"olga@acme.com"}
	w.tellEnding(signon.Enforced, ending(time.Hour, 1))
	wantMails(t, w.mails(), "olga@acme.com: Single sign-on of Acme & Söhne: a certificate ends within a day")
}

// What a provider and a tenant call themselves is text, and no mail is lost for it.
func TestCertificateOfHostileName(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	e, c := ending(time.Hour, 1), w.connection(signon.Enforced)
	e.Certificate.Subject, c.Name = `CN=<script>alert(1)</script>`, `<img src=x> {{.Console}}`
	if err := w.TellEnding(t.Context(), c, []saml.Ending{e}, at); err != nil {
		t.Fatal(err)
	}
	list := w.mails()
	if len(list) != 1 || strings.Contains(list[0].HTML, "<script") || strings.Contains(list[0].HTML, "<img") || !strings.Contains(list[0].Text, e.Certificate.Subject) || !strings.Contains(list[0].Text, c.Name) {
		t.Errorf("%+v", list)
	}
}

// Who warns hears that nothing could be kept, and warns once when it can be again.
func TestCertificateWithoutPostgres(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	proxy := pgtest.NewProxy(t, pgtest.Address(t, w.db))
	away := pgtest.Open(t, proxy.URL, tenantdb.Options{})
	failing := errors.New("no owners")
	var owners error
	n := letter.New(letter.Config{
		Outbox: outbox.New(outbox.Config{DB: away, Domain: "askspoke.com", Now: func() time.Time { return at }}), Tenant: lifecycle.New(lifecycle.Config{DB: w.db}).ByID,
		Owners: func(context.Context, tenancy.ID) ([]string, error) { return []string{"olga@acme.com"}, owners },
	})
	tell := func() error {
		return n.TellEnding(t.Context(), w.connection(signon.Enforced), []saml.Ending{ending(time.Hour, 1)}, at)
	}
	proxy.Away()
	if err := tell(); !tenantdb.Unavailable(err) {
		t.Errorf("err = %v", err)
	}
	proxy.Back()
	owners = failing
	if err := tell(); !errors.Is(err, failing) {
		t.Errorf("err = %v", err)
	}
	owners = nil
	for range 2 {
		if err := tell(); err != nil {
			t.Fatal(err)
		}
	}
	if got := len(w.mails()); got != 2 {
		t.Errorf("%d mails", got)
	}
}
