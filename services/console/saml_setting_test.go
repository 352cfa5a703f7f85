package console

import (
	"encoding/pem"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/askspoke/spoke/infra/samltest"
	"github.com/askspoke/spoke/tenancy/admin"
	"github.com/askspoke/spoke/tenancy/operator"
	"github.com/askspoke/spoke/tenancy/signon/saml"
)

func TestSAMLIsTested(t *testing.T) {
	t.Parallel()
	w := newSAMLWorld(t)
	finish := w.deliver(t, w.atProvider(t, w.begin(t, w.owner, w.path+"/test"))).is(t, http.StatusSeeOther).header.Get("Location")
	w.owner.get(t, finish).is(t, http.StatusSeeOther)
	w.owner.get(t, w.path).is(t, http.StatusOK).has(t, "It works.", "owner@acme.example", "Ada Lovelace", "urn:oid:0.9.2342.19200300.100.1.1")
	if w.read(t); w.connection.TestedAt.IsZero() {
		t.Error("the test does not count")
	}
	w.options(t, url.Values{"name_attribute": {"cn"}})
	if !w.connection.TestedAt.IsZero() {
		t.Error("the test counts for what was changed since")
	}
	// As somebody else it works, and does not count.
	w.begin(t, w.owner, w.path+"/test")
	a := w.forge(w.requestOf(t, w.owner))
	a.NameID, a.Attributes = "eve@acme.example", map[string][]string{"group": {"<script>alert(1)</script>"}}
	w.owner.get(t, w.deliver(t, w.provider.Forge(a)).is(t, http.StatusSeeOther).header.Get("Location")).is(t, http.StatusSeeOther)
	page := w.owner.get(t, w.path).is(t, http.StatusOK).has(t, "does not count", "eve@acme.example, who is no administrator")
	if strings.Contains(page.body, "<script>alert") {
		t.Error("the page has the script")
	}
	if w.read(t); !w.connection.TestedAt.IsZero() {
		t.Error("the test counts")
	}
	// Nobody is signed in by a draft, and nobody else tests it.
	w.stranger(t).get(t, samlPath).is(t, http.StatusNotFound)
	w.as(t, admin.Admin).get(t, w.path+"/test").is(t, http.StatusForbidden)
	_, link, err := w.Operators.CreateLink(t.Context(), operator.NewLink{Tenant: w.acme.ID, Purpose: operator.ForSignOn, CreatedBy: operator.Shell})
	must(t, err)
	guest := w.withSession(t, "acme.askspoke.test", standing{Kind: byLink, Tenant: w.acme.ID, ID: link.ID, Purpose: operator.ForSignOn})
	finish = w.deliver(t, w.atProvider(t, w.begin(t, guest, w.path+"/test"))).is(t, http.StatusSeeOther).header.Get("Location")
	guest.get(t, finish).is(t, http.StatusSeeOther)
	guest.get(t, w.path).is(t, http.StatusOK).has(t, "does not count")
	// What went wrong is told to who tests, with what was expected and what came.
	w.begin(t, w.owner, w.path+"/test")
	a = w.forge(w.requestOf(t, w.owner))
	a.Audience = "https://elsewhere.example"
	w.owner.get(t, w.deliver(t, w.provider.Forge(a)).is(t, http.StatusSeeOther).header.Get("Location")).is(t, http.StatusSeeOther)
	w.owner.get(t, w.path).is(t, http.StatusOK).has(t, "The test failed.", "made for another application", "does not contain \"http://acme.askspoke.test/saml/metadata\"")
}

func TestSAMLSettings(t *testing.T) {
	t.Parallel()
	w := newSAMLWorld(t)
	refused := func(form url.Values, says ...string) {
		t.Helper()
		w.change(t, "/provider", form).is(t, http.StatusUnprocessableEntity).has(t, says...)
	}
	refused(url.Values{}, "The metadata is missing")
	refused(url.Values{"metadata": {"<html>"}}, "The metadata")
	refused(url.Values{"metadata": {`<!DOCTYPE x>`}}, "has a document type")
	refused(url.Values{"metadata": {w.stranger(t).get(t, saml.MetadataPath).body}}, "no identity provider")
	refused(url.Values{"metadata_url": {"http://169.254.169.254/latest"}}, "must begin with https://")
	refused(url.Values{"metadata_url": {w.provider.URL + "/nothing"}}, "Nothing could be read there")
	refused(url.Values{"entity_id": {"https://idp.example"}, "sso_url": {"javascript:alert(1)"}, "certificates": {"x"}}, "holds no certificate")
	// What was there stays.
	if revision := w.connection.Revision; revision == "" {
		t.Fatal("no revision")
	} else if w.read(t); w.connection.Revision != revision {
		t.Error("a refused change changed something")
	}
	w.change(t, "/provider", url.Values{"metadata": {string(w.provider.Metadata())}}).is(t, http.StatusSeeOther)
	w.owner.upload(t, w.path+"/provider", w.connection.Revision, w.provider.Metadata()).is(t, http.StatusSeeOther)
	w.owner.upload(t, w.path+"/provider", w.connection.Revision, []byte("no metadata")).is(t, http.StatusUnprocessableEntity)

	// Two who change it at once do not undo each other's.
	stale := w.connection.Revision
	w.options(t, url.Values{"email_attribute": {"mail"}})
	w.change(t, "", url.Values{"name": {"x"}, "email_attribute": {"upn"}, "revision": {stale}}).is(t, http.StatusConflict)
	w.change(t, "", url.Values{"name": {"x"}, "email_attribute": {"a\nb"}}).is(t, http.StatusUnprocessableEntity)

	// A second connection is the same service to the provider.
	again := w.owner.post(t, signOnPath+"?provider=saml", url.Values{"name": {"Another"}}).is(t, http.StatusSeeOther).header.Get("Location")
	if one, two := w.owner.get(t, w.path+"/certificate.pem").is(t, http.StatusOK), w.owner.get(t, again+"/certificate.pem").is(t, http.StatusOK); one.body != two.body || !strings.HasPrefix(one.body, "-----BEGIN CERTIFICATE-----") {
		t.Error("it has another certificate")
	}

	// Others see it, or not even that.
	page := w.as(t, admin.Viewer).get(t, w.path).is(t, http.StatusOK)
	if strings.Contains(page.body, "<textarea") {
		t.Error("a viewer has a form")
	}
	w.as(t, admin.Admin).post(t, w.path+"/provider", url.Values{"metadata": {"x"}}).is(t, http.StatusForbidden)
	w.stranger(t).get(t, w.path).is(t, http.StatusSeeOther)
	w.asAt(t, w.globex, admin.Owner).get(t, w.path).is(t, http.StatusNotFound)
	w.asAt(t, w.globex, admin.Owner).post(t, w.path+"/provider", url.Values{"metadata": {string(w.provider.Metadata())}}).is(t, http.StatusNotFound)
	w.owner.get(t, signOnPath+"/x").is(t, http.StatusNotFound)
}

// An administrator is warned of a certificate that ends.
func TestSAMLCertificateEnds(t *testing.T) {
	t.Parallel()
	w := newSAMLWorld(t)
	for end, says := range map[time.Duration]string{
		9*24*time.Hour + time.Hour: "A certificate of the identity provider ends in 9 days", -time.Hour: "A certificate of the identity provider has ended",
	} {
		certificate := samltest.Until(w.clock.now().Add(end)).Certificate
		form := url.Values{
			"entity_id": {"https://idp.example"}, "sso_url": {"https://idp.example/sso"},
			"certificates": {string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate.Raw}))},
		}
		w.change(t, "/provider", form).is(t, http.StatusSeeOther)
		w.owner.get(t, w.path).is(t, http.StatusOK).has(t, says)
	}
}
