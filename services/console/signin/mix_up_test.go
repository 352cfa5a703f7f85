package signin_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/askspoke/spoke/infra/oidctest"
	"github.com/askspoke/spoke/services/console/consoletest"
	"github.com/askspoke/spoke/tenancy/admin"
	"github.com/askspoke/spoke/tenancy/operator"
)

// evilProvider is an OpenID provider that keeps the codes it is brought.
func evilProvider(t *testing.T) (issuer string, codes <-chan string) {
	t.Helper()
	kept := make(chan string, 1)
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	mux.HandleFunc("/.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]any{
			"issuer": server.URL, "authorization_endpoint": server.URL + "/authorize", "token_endpoint": server.URL + "/token", "jwks_uri": server.URL + "/keys",
		})
	})
	mux.HandleFunc("/token", func(w http.ResponseWriter, r *http.Request) {
		kept <- r.PostFormValue("code")
		w.WriteHeader(http.StatusInternalServerError)
	})
	return server.URL, kept
}

// A guest makes a draft to a provider of their own, which sends the owner who tests it on to the provider that people sign in
// at, and is brought her code when she comes back (mix-up, RFC 9700 section 4.4). With it, the guest must not come in as her.
func TestMixUp(t *testing.T) {
	t.Parallel()
	w, honest := consoletest.NewWorld(t), consoletest.OpenIDProvider(t)
	boss, guest, mallory := w.As(t, admin.Owner), w.WithLink(t, operator.ForSignOn), w.Stranger(t)
	boss.Offers(t, honest, nil)
	issuer, codes := evilProvider(t)

	form := consoletest.ConnectForm(issuer)
	draft := guest.Post(t, "/settings/sign-on?provider=other", form)
	for _, key := range []string{consoletest.CallbackOf(guest.Get(t, "/settings/sign-on/new?provider=other")), "aaaaaaaaaaaaaaaaaaaaaaaaaa"} {
		if draft.Status == http.StatusSeeOther {
			break
		}
		form.Set("callback", key)
		draft = guest.Post(t, "/settings/sign-on?provider=other", form)
	}
	path := draft.Is(t, http.StatusSeeOther).Header.Get("Location")

	// Mallory's own sign-in at the honest provider, but for its state: that is the one of the owner's test.
	own, err := url.Parse(mallory.Get(t, "/sign-in/oidc").Is(t, http.StatusSeeOther).Header.Get("Location"))
	consoletest.Must(t, err)
	tested, err := url.Parse(strings.TrimPrefix(boss.Post(t, path+"/test", nil).Is(t, http.StatusOK).Header.Get("Refresh"), "0; url="))
	consoletest.Must(t, err)
	query := own.Query()
	query.Set("state", tested.Query().Get("state"))
	back := honest.SignIn(t, own.Scheme+"://"+own.Host+own.Path+"?"+query.Encode(), "owner@acme.example", "owner")
	answer := back.Query()
	answer.Del("iss") // most providers do not name themselves
	boss.Get(t, back.Path+"?"+answer.Encode())
	select {
	case code := <-codes:
		stolen := url.Values{"code": {code}, "state": {own.Query().Get("state")}}
		page := mallory.Get(t, back.Path+"?"+stolen.Encode())
		t.Errorf("the other provider has the owner's code, by which the guest comes in: %d to %s", page.Status, page.Header.Get("Location"))
		mallory.Get(t, "/settings/sign-on").Is(t, http.StatusSeeOther)
	default:
	}
}

// A second connection, to another issuer, has a redirect URI of its own, which is shown before it is saved.
func TestRedirectOfItsOwn(t *testing.T) {
	t.Parallel()
	w, first, second := consoletest.NewWorld(t), consoletest.OpenIDProvider(t), consoletest.OpenIDProvider(t)
	boss := w.As(t, admin.Owner)
	boss.Offers(t, first, nil)
	page := boss.Get(t, "/settings/sign-on/new?provider=other")
	number := consoletest.CallbackOf(page)
	redirect := "http://acme.askspoke.test/sign-in/oidc/callback/" + number
	page.Has(t, redirect)
	second.SetClient(oidctest.Client{ID: "spoke", Secret: consoletest.ClientSecret, Redirects: []string{redirect}})
	form := consoletest.ConnectForm(second.URL)
	refused := boss.Post(t, "/settings/sign-on?provider=other", form).Is(t, http.StatusUnprocessableEntity).Has(t, "that of another connection", "Register the one that is here now")
	if other := consoletest.CallbackOf(refused); other == "" || other == number {
		t.Errorf("the form has %q now", other)
	}
	form.Set("callback", "../evil")
	boss.Post(t, "/settings/sign-on?provider=other", form).Is(t, http.StatusUnprocessableEntity).Has(t, "none that was made here")
	form.Set("callback", number)
	path := boss.Post(t, "/settings/sign-on?provider=other", form).Is(t, http.StatusSeeOther).Header.Get("Location")
	boss.Get(t, path).Has(t, redirect)
	boss.Goes(t, path+"/test", second, "owner").Is(t, http.StatusSeeOther)
	boss.Get(t, path).Is(t, http.StatusOK).Has(t, "It works.", "You came back as yourself")
}
