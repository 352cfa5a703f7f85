package signonsetting_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/askspoke/spoke/services/console/consoletest"
	"github.com/askspoke/spoke/services/console/place"
	"github.com/askspoke/spoke/tenancy/admin"
	"github.com/askspoke/spoke/tenancy/operator"
	"github.com/askspoke/spoke/tenancy/signon/saml"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// An owner changes our certificate for another while people sign in by the connection, also one that is required of
// everybody: in steps that can be sent again, and turned back.
func TestOwnCertificateIsChanged(t *testing.T) {
	t.Parallel()
	w := consoletest.NewSAMLWorld(t)
	_, err := w.DB.ExecContext(t.Context(), `UPDATE `+tenantdb.Control.Table("sign_on_connections")+` SET state = 'enforced' WHERE id = $1`, w.Connection.ID)
	consoletest.Must(t, err)
	draft := w.Owner.Post(t, place.SignOn+"?provider=saml", url.Values{"name": {"A draft"}}).Is(t, http.StatusSeeOther).Header.Get("Location")
	step := func(b *consoletest.Browser, name, of string) consoletest.Answer {
		t.Helper()
		return b.Post(t, w.Path+"/certificate", url.Values{"step": {name}, "certificate": {of}})
	}
	keys := func() saml.KeyPair {
		t.Helper()
		w.Read(t)
		secret, err := w.SignOn.Secret(w.Connection)
		consoletest.Must(t, err)
		key, err := saml.ParseKeyPair(secret)
		consoletest.Must(t, err)
		return key
	}
	works := func(when string) {
		t.Helper()
		to := w.Begin(t, w.Owner, w.Path+"/test")
		finish := w.Deliver(t, w.AtProvider(t, to)).Is(t, http.StatusSeeOther).Header.Get("Location")
		w.Owner.Get(t, finish).Is(t, http.StatusSeeOther)
		if page := w.Owner.Get(t, w.Path).Is(t, http.StatusOK); !strings.Contains(page.Text(), "It works.") {
			t.Errorf("%s: %s", when, page.Text())
		}
	}
	works("before")
	revision, old := w.Connection.Revision, keys().Certificate().Fingerprint
	// Nobody else does, and nothing is done that was not asked for from what is.
	for who, b := range map[string]*consoletest.Browser{"an admin": w.As(t, admin.Admin), "a viewer": w.As(t, admin.Viewer), "a guest": w.WithLink(t, operator.ForSignOn)} {
		for _, name := range []string{"make", "use", "remove"} {
			if got := step(b, name, old); got.Status != http.StatusForbidden {
				t.Errorf("%s: %d", who, got.Status)
			}
		}
	}
	step(w.AsAt(t, w.Globex, admin.Owner), "make", old).Is(t, http.StatusNotFound)
	step(w.Owner, "else", old).Is(t, http.StatusUnprocessableEntity)
	for _, of := range []string{"", "AB:CD", strings.Repeat("x", 1000)} {
		for _, name := range []string{"make", "use"} {
			step(w.Owner, name, of).Is(t, http.StatusConflict).Has(t, "The certificates were changed meanwhile")
		}
	}
	w.Owner.Get(t, w.Path+"/certificate.pem?other=1").Is(t, http.StatusNotFound)

	w.Owner.Get(t, w.Path).Is(t, http.StatusOK).Has(t, "Make a new certificate")
	step(w.Owner, "make", old).Is(t, http.StatusSeeOther)
	other, _ := keys().Other()
	step(w.Owner, "make", old).Is(t, http.StatusSeeOther) // sent twice
	if again, ok := keys().Other(); !ok || again != other || keys().Certificate().Fingerprint != old {
		t.Errorf("%+v, %+v", again, other)
	}
	for _, path := range []string{w.Path, draft} {
		w.Owner.Get(t, path).Is(t, http.StatusOK).Has(t, "Use the other one", other.Fingerprint, old)
	}
	if one, two := w.Owner.Get(t, w.Path+"/certificate.pem").Is(t, http.StatusOK).Body, w.Owner.Get(t, w.Path+"/certificate.pem?other=1").Is(t, http.StatusOK).Body; one == two {
		t.Error("both files are alike")
	}
	works("with two, of which the provider knows one")
	w.Provider.Trust([]byte(w.Stranger(t).Get(t, saml.MetadataPath).Is(t, http.StatusOK).Body))
	works("with two")
	step(w.Owner, "use", other.Fingerprint).Is(t, http.StatusSeeOther)
	step(w.Owner, "use", other.Fingerprint).Is(t, http.StatusSeeOther)
	if got := keys().Certificate(); got != other {
		t.Errorf("%+v is used", got)
	}
	works("turned")
	step(w.Owner, "use", old).Is(t, http.StatusSeeOther)
	works("turned back")
	step(w.Owner, "use", other.Fingerprint).Is(t, http.StatusSeeOther)
	step(w.Owner, "remove", other.Fingerprint).Is(t, http.StatusConflict) // which is used
	for range 2 {
		step(w.Owner, "remove", old).Is(t, http.StatusSeeOther)
	}
	if _, two := keys().Other(); two || keys().Certificate() != other {
		t.Error("the old one is there still, or the new one is not")
	}
	step(w.Owner, "make", old).Is(t, http.StatusConflict) // a page of before
	w.Provider.Trust([]byte(w.Stranger(t).Get(t, saml.MetadataPath).Is(t, http.StatusOK).Body))
	works("after")
	if w.Connection.Revision != revision {
		t.Error("the connection has to be tested anew")
	}
	if strings.Contains(w.Log.String(), "PRIVATE") || len(w.Audit(t, "rotateSignOnCertificate")) == 0 {
		t.Error("the log has a key, or the audit log nothing")
	}
}

// The page warns of our certificate, and says what to do.
func TestOwnCertificateEnds(t *testing.T) {
	t.Parallel()
	w := consoletest.NewSAMLWorld(t)
	key, err := saml.NewKeyPair("acme.askspoke.test", w.Clock.Now().AddDate(-10, 0, 9).Add(time.Hour))
	consoletest.Must(t, err)
	consoletest.Must(t, w.SignOn.ChangeSecrets(t.Context(), w.Acme.ID, "saml", operator.Shell, func([]byte) ([]byte, error) { return key.Secret() }))
	w.Owner.Get(t, w.Path).Is(t, http.StatusOK).Has(t, "Our certificate ends in 9 days", "Make a new one below")
	w.As(t, admin.Viewer).Get(t, w.Path).Is(t, http.StatusOK).Has(t, "An owner can make a new one here").Lacks(t, "Make a new certificate")
	w.Owner.Post(t, w.Path+"/certificate", url.Values{"step": {"make"}, "certificate": {key.Certificate().Fingerprint}}).Is(t, http.StatusSeeOther)
	w.Owner.Get(t, w.Path).Is(t, http.StatusOK).Has(t, "Our certificate ends in 9 days", "Have the new one used")
}
