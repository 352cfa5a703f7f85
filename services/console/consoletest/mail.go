package consoletest

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/askspoke/spoke/infra/fixture"
	"github.com/askspoke/spoke/services/console"
	"github.com/askspoke/spoke/services/console/place"
	"github.com/askspoke/spoke/tenancy/admin"
	"github.com/askspoke/spoke/tenancy/operator"
	"github.com/askspoke/spoke/tenancy/outbox"
)

// WithMail gives the world an outbox, which nobody sends from.
func WithMail(_ *console.Config, p *console.Parts) {
	p.Outbox = outbox.New(outbox.Config{DB: p.DB, Domain: "askspoke.test"})
}

// Add makes an administrator of acme.
func (w *World) Add(t *testing.T, email string, role admin.Role) admin.Administrator {
	t.Helper()
	a, err := w.Admins.Add(t.Context(), admin.NewAdministrator{Tenant: w.Acme.ID, Email: email, Name: "Ada Lovelace", Role: role, CreatedBy: operator.Shell})
	Must(t, err)
	return a
}

// Mails waits for n mails, and takes them out of the outbox.
func (w *World) Mails(t *testing.T, n int) []outbox.Claimed {
	t.Helper()
	var all []outbox.Claimed
	fixture.Eventually(t, "mail comes", func() bool {
		list, err := w.Outbox.Claim(t.Context(), 100, time.Hour)
		Must(t, err)
		all = append(all, list...)
		return len(all) >= n
	})
	if len(all) != n {
		t.Fatalf("%d mails, want %d: %+v", len(all), n, all)
	}
	return all
}

// LinkInMail is the link of a mail.
var LinkInMail = regexp.MustCompile(`http://acme\.askspoke\.test(/sign-in/link/spm_\w+)`)

// LinkOf returns the path that a mail leads to.
func LinkOf(t *testing.T, m outbox.Claimed) string {
	t.Helper()
	found := LinkInMail.FindStringSubmatch(m.Text)
	if found == nil || !strings.Contains(m.HTML, found[0]) {
		t.Fatalf("the mail has no link:\n%s\n%s", m.Text, m.HTML)
	}
	return found[1]
}

// Path is that of a mailed link for an administrator.
func (w *World) Path(t *testing.T, a admin.Administrator) string {
	t.Helper()
	secret, _, err := w.Admins.CreateSignIn(t.Context(), a.Tenant, a.ID, "/")
	Must(t, err)
	return place.SignIn + "/link/" + secret.Reveal()
}

// SetUp makes a set-up link of acme and returns its path.
func (w *World) SetUp(t *testing.T, purpose operator.Purpose) (string, operator.Link) {
	t.Helper()
	secret, l, err := w.Operators.CreateLink(t.Context(), operator.NewLink{Tenant: w.Acme.ID, Purpose: purpose, CreatedBy: "key:1"})
	Must(t, err)
	return "/setup/" + secret.Reveal(), l
}
