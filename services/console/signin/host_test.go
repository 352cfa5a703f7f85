package signin_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/askspoke/spoke/infra/pgtest"
	"github.com/askspoke/spoke/services/console/consoletest"
	"github.com/askspoke/spoke/tenancy/admin"
)

// A host of the tenant's own is added by an admin, or by a guest, who may hold its DNS and read what is sent there. Who asks
// there for an owner's link must not have it mailed with an address at which the secret is theirs.
func TestLinksLeadToTheTenantsOwnHost(t *testing.T) {
	t.Parallel()
	w := consoletest.NewWorld(t, consoletest.WithMail)
	boss := w.Add(t, "boss@acme.example", admin.Owner)
	pgtest.AddHost(t, w.DB, w.Acme.ID, "mallory.example")
	w.At(t, "mallory.example").Post(t, "/sign-in", url.Values{"email": {boss.Email}, "next": {"/users"}}).Is(t, http.StatusOK).Has(t, "Look into your mailbox")
	m := w.Mails(t, 1)[0]
	if strings.Contains(m.Text+m.HTML+m.Subject, "mallory.example") {
		t.Errorf("the mail leads to another's host:\n%s", m.Text)
	}
	b := w.Stranger(t)
	if got := b.Post(t, consoletest.LinkOf(t, m), nil).Is(t, http.StatusSeeOther).Header.Get("Location"); got != "/users" {
		t.Errorf("she is led to %s", got)
	}
}
