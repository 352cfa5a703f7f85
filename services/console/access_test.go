package console_test

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/askspoke/spoke/services/console/consoletest"
	"github.com/askspoke/spoke/services/console/place"
	"github.com/askspoke/spoke/tenancy/admin"
	"github.com/askspoke/spoke/tenancy/operator"
)

// parameter is a part of a route's path that an address fills in.
var parameter = regexp.MustCompile(`[:*]\w+`)

// lets are the routes of a method that let a browser in, of all that tenants' hosts have. A route that lets anybody in is told
// by the others.
func lets(t *testing.T, w *consoletest.World, method string, b func() *consoletest.Browser) []string {
	t.Helper()
	var list []string
	for _, p := range w.Server.Parts() {
		for _, r := range p.Routes {
			if r.Method != method || strings.HasPrefix(r.Path, "/static/") || strings.HasPrefix(r.Path, "/live/") || r.Path == "/sign-out" {
				continue
			}
			a := b().Send(t, method, parameter.ReplaceAllString(r.Path, uuid.NewString()), nil, nil)
			refused := a.Status == http.StatusUnauthorized || a.Status == http.StatusForbidden &&
				(strings.Contains(a.Body, "You may not do this") || strings.Contains(a.Body, "Your set-up link is not for this page"))
			if !refused && !strings.HasPrefix(a.Header.Get("Location"), "/sign-in?next=") {
				list = append(list, r.Path)
			}
		}
	}
	slices.Sort(list)
	return list
}

// without are the elements of a list that another one has not.
func without(list, other []string) (left []string) {
	for _, e := range list {
		if !slices.Contains(other, e) {
			left = append(left, e)
		}
	}
	return left
}

// Every route of the table, asked by those who may the least: a new one that lets them in has to be written down here.
func TestWhoMayTheLeast(t *testing.T) {
	t.Parallel()
	w := consoletest.NewWorld(t)
	always := func(b *consoletest.Browser) func() *consoletest.Browser {
		return func() *consoletest.Browser { return b }
	}
	anybody := lets(t, w, http.MethodPost, func() *consoletest.Browser { return w.Stranger(t) })
	if diff := cmp.Diff([]string{"/saml/acs", "/setup/:secret", "/sign-in", "/sign-in/link/:secret", "/sign-in/recovery", "/visit/:secret"}, anybody); diff != "" {
		t.Errorf("posts of anybody (-want +got):\n%s", diff)
	}
	for name, c := range map[string]struct {
		b    *consoletest.Browser
		want []string
	}{
		"a viewer": {w.As(t, admin.Viewer), nil},
		"a guest for provisioning": {w.WithLink(t, operator.ForProvisioning), []string{
			clientsPath, clientsPath + "/:client/revoke", clientsPath + "/:client/secrets", clientsPath + "/:client/secrets/:secret/revoke",
			tokensPath, tokensPath + "/:token/revoke", tokensPath + "/:token/rotation", tokensPath + "/:token/rotation/cancel", tokensPath + "/:token/rotation/complete",
		}},
		"a guest for hosts": {w.WithLink(t, operator.ForHost), []string{hostsPath, hostsPath + "/remove", hostsPath + "/verify"}},
		"a guest for single sign-on": {w.WithLink(t, operator.ForSignOn), []string{
			place.SignOn, place.SignOn + "/:id", place.SignOn + "/:id/copy", place.SignOn + "/:id/provider", place.SignOn + "/:id/remove", place.SignOn + "/:id/test",
		}},
		"a guest who becomes owner": {w.WithLink(t, operator.ForAdministrator), nil},
	} {
		if diff := cmp.Diff(c.want, without(lets(t, w, http.MethodPost, always(c.b)), anybody)); diff != "" {
			t.Errorf("posts of %s (-want +got):\n%s", name, diff)
		}
	}
	reads := lets(t, w, http.MethodGet, always(w.As(t, admin.Owner)))
	refused := without(reads, lets(t, w, http.MethodGet, always(w.As(t, admin.Viewer))))
	if diff := cmp.Diff([]string{"/log/:entry/replay", "/settings/extensions/remove", place.SignOn + "/:id/enforce", place.SignOn + "/:id/test", place.SignOn + "/new"}, refused); diff != "" {
		t.Errorf("what an owner reads and a viewer does not (-want +got):\n%s", diff)
	}
}
