package console

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/askspoke/spoke/tenancy/admin"
	"github.com/askspoke/spoke/tenancy/operator"
	"github.com/askspoke/spoke/tenancy/outbox"
)

// withMail gives the world an outbox, which nobody sends from.
func withMail(_ *Config, p *Parts) {
	p.Outbox = outbox.New(outbox.Config{DB: p.DB, Domain: "askspoke.test"})
}

// add makes an administrator of acme.
func (w *world) add(t *testing.T, email string, role admin.Role) admin.Administrator {
	t.Helper()
	a, err := w.Admins.Add(t.Context(), admin.NewAdministrator{Tenant: w.acme.ID, Email: email, Name: "Ada Lovelace", Role: role, CreatedBy: operator.Shell})
	must(t, err)
	return a
}

// mails waits for n mails, and takes them out of the outbox.
func (w *world) mails(t *testing.T, n int) []outbox.Claimed {
	t.Helper()
	var all []outbox.Claimed
	eventually(t, "mail", func() bool {
		list, err := w.Outbox.Claim(t.Context(), 100, time.Hour)
		must(t, err)
		all = append(all, list...)
		return len(all) >= n
	})
	if len(all) != n {
		t.Fatalf("%d mails, want %d: %+v", len(all), n, all)
	}
	return all
}

var linkInMail = regexp.MustCompile(`http://acme\.askspoke\.test(/sign-in/link/spm_\w+)`)

// linkOf returns the path that a mail leads to.
func linkOf(t *testing.T, m outbox.Claimed) string {
	t.Helper()
	found := linkInMail.FindStringSubmatch(m.Text)
	if found == nil || !strings.Contains(m.HTML, found[0]) {
		t.Fatalf("the mail has no link:\n%s\n%s", m.Text, m.HTML)
	}
	return found[1]
}

// path is that of a mailed link for an administrator.
func (w *world) path(t *testing.T, a admin.Administrator) string {
	t.Helper()
	secret, _, err := w.Admins.CreateSignIn(t.Context(), a.Tenant, a.ID, "/")
	must(t, err)
	return signInPath + "/link/" + secret.Reveal()
}

// setup makes a set-up link of acme and returns its path.
func (w *world) setup(t *testing.T, purpose operator.Purpose) (string, operator.Link) {
	t.Helper()
	secret, l, err := w.Operators.CreateLink(t.Context(), operator.NewLink{Tenant: w.acme.ID, Purpose: purpose, CreatedBy: "key:1"})
	must(t, err)
	return "/setup/" + secret.Reveal(), l
}
