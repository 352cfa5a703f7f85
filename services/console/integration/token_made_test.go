package integration_test

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/askspoke/spoke/services/console/consoletest"
	"github.com/askspoke/spoke/services/console/integration"
	"github.com/askspoke/spoke/tenancy/admin"
)

// What the answer to a form says of its token is true of it: one for metrics enables no SCIM, and the first for users does.
func TestTokenSaysWhatItIsFor(t *testing.T) {
	t.Parallel()
	w := consoletest.NewWorld(t)
	b := w.As(t, admin.Admin)
	post := func(provider, access string) consoletest.Answer {
		return b.Post(t, integration.TokensPath, url.Values{
			"once": {consoletest.OnceOf(t, b.Get(t, integration.ScimPath))}, "provider": {provider}, "access": {access}, "name": {access},
		}).Is(t, http.StatusOK)
	}
	secret := consoletest.SecretOf(t, post("entra", "metrics").Has(t, "Here is the token", "Metrics URL", "http://acme.askspoke.test/metrics/tenants/acme", "no users and groups").
		Lacks(t, "SCIM is enabled", "Secret Token", "At Microsoft Entra ID", "Tenant URL"))
	b.Get(t, integration.ScimPath).Is(t, http.StatusOK).Has(t, "Not connected", "metrics, and nothing else").Lacks(t, secret)
	var metrics, users string
	post("other", "all").Has(t, "SCIM is enabled", "Your provider calls its field Token.", "At your provider")
	post("entra", "read").Has(t, "Here is the token", "Secret Token").Lacks(t, "SCIM is enabled")
	for _, made := range w.TokenList(t) {
		switch made.Name {
		case "metrics":
			metrics = integration.TokensPath + "/" + made.ID
		case "all":
			users = integration.TokensPath + "/" + made.ID
		case "read":
			consoletest.Must(t, w.Tokens.Revoke(t.Context(), w.Acme.ID, made.ID))
		}
	}
	b.Get(t, metrics).Is(t, http.StatusOK).Has(t, "Nobody provisions users or groups by it.").Lacks(t, "What else signs in goes on")
	b.Get(t, users).Is(t, http.StatusOK).Has(t, "It is the only one of Acme Inc.: users and groups are not provisioned any more").Lacks(t, "What else signs in goes on")
	b.Get(t, integration.GuidesPath+"other").Is(t, http.StatusOK).Has(t, "Connect your provider").Lacks(t, "those of Another provider")
}
