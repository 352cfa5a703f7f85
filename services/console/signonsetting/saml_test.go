package signonsetting_test

import (
	"encoding/pem"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/askspoke/spoke/infra/samltest"
	"github.com/askspoke/spoke/services/console/consoletest"
	"github.com/askspoke/spoke/services/console/place"
	"github.com/askspoke/spoke/services/console/web"
	"github.com/askspoke/spoke/tenancy/admin"
	"github.com/askspoke/spoke/tenancy/operator"
	"github.com/askspoke/spoke/tenancy/signon/saml"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

func TestSAMLIsTested(t *testing.T) {
	t.Parallel()
	w := consoletest.NewSAMLWorld(t)
	finish := w.Deliver(t, w.AtProvider(t, w.Begin(t, w.Owner, w.Path+"/test"))).Is(t, http.StatusSeeOther).Header.Get("Location")
	w.Owner.Get(t, finish).Is(t, http.StatusSeeOther)
	w.Owner.Get(t, w.Path).Is(t, http.StatusOK).Has(t, "It works.", "owner@acme.example", "Ada Lovelace", "urn:oid:0.9.2342.19200300.100.1.1")
	if w.Read(t); w.Connection.TestedAt.IsZero() {
		t.Error("the test does not count")
	}
	w.Options(t, url.Values{"name_attribute": {"cn"}})
	if !w.Connection.TestedAt.IsZero() {
		t.Error("the test counts for what was changed since")
	}
	// As somebody else it works, and does not count.
	w.Begin(t, w.Owner, w.Path+"/test")
	a := w.Forge(w.RequestOf(t, w.Owner))
	a.NameID, a.Attributes = "eve@acme.example", map[string][]string{"group": {"<script>alert(1)</script>"}}
	w.Owner.Get(t, w.Deliver(t, w.Provider.Forge(a)).Is(t, http.StatusSeeOther).Header.Get("Location")).Is(t, http.StatusSeeOther)
	page := w.Owner.Get(t, w.Path).Is(t, http.StatusOK).Has(t, "does not count", "eve@acme.example, who is no administrator")
	if strings.Contains(page.Body, "<script>alert") {
		t.Error("the page has the script")
	}
	if w.Read(t); !w.Connection.TestedAt.IsZero() {
		t.Error("the test counts")
	}
	// Nobody is signed in by a draft, and nobody else tests it.
	w.Stranger(t).Get(t, "/sign-in/saml").Is(t, http.StatusNotFound)
	w.As(t, admin.Admin).Post(t, w.Path+"/test", nil).Is(t, http.StatusForbidden)
	_, link, err := w.Operators.CreateLink(t.Context(), operator.NewLink{Tenant: w.Acme.ID, Purpose: operator.ForSignOn, CreatedBy: operator.Shell})
	consoletest.Must(t, err)
	guest := w.WithSession(t, "acme.askspoke.test", web.Standing{Kind: web.ByLink, Tenant: w.Acme.ID, ID: link.ID, Purpose: operator.ForSignOn})
	finish = w.Deliver(t, w.AtProvider(t, w.Begin(t, guest, w.Path+"/test"))).Is(t, http.StatusSeeOther).Header.Get("Location")
	guest.Get(t, finish).Is(t, http.StatusSeeOther)
	guest.Get(t, w.Path).Is(t, http.StatusOK).Has(t, "does not count")
	// At another host of the tenant's, to which the provider does not answer, none begins.
	_, err = w.DB.ExecContext(t.Context(), `INSERT INTO `+tenantdb.Control.Table("hosts")+` (host, tenant_id, created_at) VALUES ($1, $2, $3)`, "sso.acme.example", string(w.Acme.ID), w.Clock.Now())
	consoletest.Must(t, err)
	at := w.WithSession(t, "sso.acme.example", web.Standing{Kind: web.ByLink, Tenant: w.Acme.ID, ID: link.ID, Purpose: operator.ForSignOn})
	if page := at.Post(t, w.Path+"/test", nil).Is(t, http.StatusConflict).Has(t, "Test it at acme.askspoke.test"); !strings.Contains(page.Body, `href="http://acme.askspoke.test`+w.Path+`"`) {
		t.Errorf("the page leads nowhere: %s", page.Body)
	}
	// What went wrong is told to who tests, with what was expected and what came.
	w.Begin(t, w.Owner, w.Path+"/test")
	a = w.Forge(w.RequestOf(t, w.Owner))
	a.Audience = "https://elsewhere.example"
	w.Owner.Get(t, w.Deliver(t, w.Provider.Forge(a)).Is(t, http.StatusSeeOther).Header.Get("Location")).Is(t, http.StatusSeeOther)
	w.Owner.Get(t, w.Path).Is(t, http.StatusOK).Has(t, "The test failed.", "made for another application", "does not contain \"http://acme.askspoke.test/saml/metadata\"")
}

func TestSAMLSettings(t *testing.T) {
	t.Parallel()
	w := consoletest.NewSAMLWorld(t)
	refused := func(form url.Values, says ...string) {
		t.Helper()
		w.Change(t, "/provider", form).Is(t, http.StatusUnprocessableEntity).Has(t, says...)
	}
	refused(url.Values{}, "The metadata is missing")
	refused(url.Values{"metadata": {"<html>"}}, "The metadata")
	refused(url.Values{"metadata": {`<!DOCTYPE x>`}}, "has a document type")
	refused(url.Values{"metadata": {w.Stranger(t).Get(t, saml.MetadataPath).Body}}, "no identity provider")
	refused(url.Values{"metadata_url": {"http://169.254.169.254/latest"}}, "must begin with https://")
	refused(url.Values{"metadata_url": {w.Provider.URL + "/nothing"}}, "Nothing could be read there")
	refused(url.Values{"entity_id": {"https://idp.example"}, "sso_url": {"javascript:alert(1)"}, "certificates": {"x"}}, "holds no certificate")
	// What was there stays.
	if revision := w.Connection.Revision; revision == "" {
		t.Fatal("no revision")
	} else if w.Read(t); w.Connection.Revision != revision {
		t.Error("a refused change changed something")
	}
	w.Change(t, "/provider", url.Values{"metadata": {string(w.Provider.Metadata())}}).Is(t, http.StatusSeeOther)
	w.Owner.Upload(t, w.Path+"/provider", w.Connection.Revision, w.Provider.Metadata()).Is(t, http.StatusSeeOther)
	w.Owner.Upload(t, w.Path+"/provider", w.Connection.Revision, []byte("no metadata")).Is(t, http.StatusUnprocessableEntity)

	// Two who change it at once do not undo each other's.
	stale := w.Connection.Revision
	w.Options(t, url.Values{"email_attribute": {"mail"}})
	w.Change(t, "", url.Values{"name": {"x"}, "email_attribute": {"upn"}, "revision": {stale}}).Is(t, http.StatusConflict)
	w.Change(t, "", url.Values{"name": {"x"}, "email_attribute": {"a\nb"}}).Is(t, http.StatusUnprocessableEntity)

	// A second connection is the same service to the provider.
	again := w.Owner.Post(t, place.SignOn+"?provider=saml", url.Values{"name": {"Another"}}).Is(t, http.StatusSeeOther).Header.Get("Location")
	if one, two := w.Owner.Get(t, w.Path+"/certificate.pem").Is(t, http.StatusOK), w.Owner.Get(t, again+"/certificate.pem").Is(t, http.StatusOK); one.Body != two.Body || !strings.HasPrefix(one.Body, "-----BEGIN CERTIFICATE-----") {
		t.Error("it has another certificate")
	}

	w.Owner.Get(t, again).Is(t, http.StatusOK).Has(t, "It can be tested once Spoke knows your identity provider")

	// Others see it, or not even that.
	page := w.As(t, admin.Viewer).Get(t, w.Path).Is(t, http.StatusOK)
	if strings.Contains(page.Body, "<textarea") {
		t.Error("a viewer has a form")
	}
	w.As(t, admin.Admin).Post(t, w.Path+"/provider", url.Values{"metadata": {"x"}}).Is(t, http.StatusForbidden)
	w.Stranger(t).Get(t, w.Path).Is(t, http.StatusSeeOther)
	w.AsAt(t, w.Globex, admin.Owner).Get(t, w.Path).Is(t, http.StatusNotFound)
	w.AsAt(t, w.Globex, admin.Owner).Post(t, w.Path+"/provider", url.Values{"metadata": {string(w.Provider.Metadata())}}).Is(t, http.StatusNotFound)
	w.Owner.Get(t, place.SignOn+"/x").Is(t, http.StatusNotFound)
}

// An administrator is warned of a certificate that ends.
func TestSAMLCertificateEnds(t *testing.T) {
	t.Parallel()
	w := consoletest.NewSAMLWorld(t)
	for end, says := range map[time.Duration]string{
		9*24*time.Hour + time.Hour: "A certificate of the identity provider ends in 9 days", -time.Hour: "A certificate of the identity provider has ended",
	} {
		certificate := samltest.Until(w.Clock.Now().Add(end)).Certificate
		form := url.Values{
			"entity_id": {"https://idp.example"}, "sso_url": {"https://idp.example/sso"},
			"certificates": {string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate.Raw}))},
		}
		w.Change(t, "/provider", form).Is(t, http.StatusSeeOther)
		w.Owner.Get(t, w.Path).Is(t, http.StatusOK).Has(t, says, "read its metadata again below")
	}
	_, err := w.DB.ExecContext(t.Context(), `UPDATE `+tenantdb.Control.Table("sign_on_connections")+` SET state = 'enforced' WHERE id = $1`, w.Connection.ID)
	consoletest.Must(t, err)
	w.Owner.Get(t, w.Path).Is(t, http.StatusOK).Has(t, "make a copy of this connection") // which may not be changed itself
}
