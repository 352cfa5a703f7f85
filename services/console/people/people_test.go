package people_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/askspoke/spoke/scim/schema"
	"github.com/askspoke/spoke/services/console/consoletest"
	"github.com/askspoke/spoke/tenancy/admin"
	"github.com/askspoke/spoke/tenancy/journal"
	"github.com/askspoke/spoke/tenancy/status"
)

func TestUsers(t *testing.T) {
	t.Parallel()
	w := consoletest.NewWorld(t)
	b := w.As(t, admin.Viewer)
	b.Get(t, "/users").Is(t, http.StatusOK).Has(t, "No users yet", "Connect your identity provider")
	ada := w.Provision(t, w.Acme, 0, `{"userName":"ada@acme.com","displayName":"Ada Lovelace","active":true,"emails":[{"value":"old@acme.com"},{"value":"countess@acme.com","primary":true}]}`)
	w.Provision(t, w.Acme, 0, `{"userName":"grace@acme.com","active":false}`)
	w.Provision(t, w.Acme, 0, `{"userName":"mallory","displayName":"`+consoletest.Script+`"}`)
	w.Provision(t, w.Globex, 0, `{"userName":"theirs@globex.com","displayName":"Theirs"}`)
	consoletest.Must(t, w.Status.Ensure(t.Context(), time.Now()))
	consoletest.Must(t, w.Status.SaveSize(t.Context(), w.Acme.ID, status.Size{Users: 1, ActiveUsers: 1}, w.Clock.Now().Add(-time.Hour)))
	all := b.Get(t, "/users").Is(t, http.StatusOK).Has(t, "Ada Lovelace", "countess@acme.com", "grace@acme.com", "disabled", consoletest.Script, "3 users, 2 active", "whole e-mail address")
	if strings.Contains(all.Body, consoletest.Script) || strings.Contains(all.Text(), "Theirs") {
		t.Error("the list has a script, or another tenant's user")
	}
	if !strings.Contains(all.Body, `href="/users/`+ada+`"`) {
		t.Error("the list does not lead to the user")
	}
	if strings.Contains(all.Text(), "last counted") {
		t.Error("of so few it is not known how many there are now")
	}
	for path, want := range map[string][2]string{
		"/users?q=ADA":                {"Ada Lovelace", "grace@acme.com"},
		"/users?q=countess@acme.com":  {"Ada Lovelace", "grace@acme.com"},
		"/users?state=disabled":       {"grace@acme.com", "Ada Lovelace"},
		"/users?state=active":         {"Ada Lovelace", "grace@acme.com"},
		"/users?q=nobody":             {"Nobody is found", "Lovelace"},
		"/users?q=grace&state=active": {"No active user meets", "grace@acme.com"},
		"/users?q=theirs@globex.com":  {"Nobody is found", "Theirs"},
		"/users?q=%00":                {"Nobody is found", "Lovelace"},
		"/users?q=%FF%FE":             {"Nobody is found", "Lovelace"},
		"/users?q=" + url.QueryEscape(`"><img src=x onerror=alert(1)>`): {"Nobody is found", "Lovelace"},
	} {
		got := b.Get(t, path).Is(t, http.StatusOK).Has(t, want[0])
		if strings.Contains(got.Text(), want[1]) || strings.Contains(got.Body, "<img src=x") {
			t.Errorf("%s shows %q, or a forged image", path, want[1])
		}
	}
	part := b.Send(t, http.MethodGet, "/users?q=ada", nil, http.Header{"Hx-Request": {"true"}}).Is(t, http.StatusOK).Has(t, "Ada Lovelace")
	if strings.Contains(part.Body, "<html") || strings.Contains(part.Body, "<form") {
		t.Errorf("not a part of the page: %s", part.Body)
	}
	b.Get(t, "/users?state=nonsense").Is(t, http.StatusBadRequest).Has(t, "There is no such filter")
	b.Get(t, "/users?after=nonsense").Is(t, http.StatusBadRequest).Has(t, "This page of the list cannot be found")
	w.Stranger(t).Get(t, "/users").Is(t, http.StatusSeeOther)
}

func TestUserPages(t *testing.T) {
	t.Parallel()
	w := consoletest.NewWorld(t)
	for i := range 120 {
		w.Provision(t, w.Acme, 0, fmt.Sprintf(`{"userName":"user%03d","active":%t}`, i, i%2 == 0))
	}
	b := w.As(t, admin.Viewer)
	for path, want := range map[string][2]int{"/users": {120, 3}, "/users?state=active": {60, 2}, "/users?state=disabled": {60, 2}} {
		rows, pages := 0, 0
		for at := path; at != ""; pages++ {
			page := b.Get(t, at).Is(t, http.StatusOK)
			rows += strings.Count(page.Body, `<th scope="row">`)
			if pages > 0 && !strings.Contains(page.Body, "First page") {
				t.Errorf("%s does not lead back", at)
			}
			at = page.Next()
		}
		if rows != want[0] || pages != want[1] {
			t.Errorf("%s: %d users on %d pages", path, rows, pages)
		}
	}
	b.Get(t, "/users?q=user").Is(t, http.StatusOK).Has(t, "More users match than are shown")
}

func TestGroups(t *testing.T) {
	t.Parallel()
	w := consoletest.NewWorld(t)
	b := w.As(t, admin.Viewer)
	b.Get(t, "/groups").Is(t, http.StatusOK).Has(t, "No groups yet")
	var members []string
	for i := range 120 {
		members = append(members, w.Provision(t, w.Acme, 0, fmt.Sprintf(`{"userName":"user%03d"}`, i)))
	}
	large := w.Provision(t, w.Acme, 1, `{"displayName":"Large `+strings.ReplaceAll(consoletest.Script, `/`, `\/`)+`"}`, members...)
	small := w.Provision(t, w.Acme, 1, `{"displayName":"Small","externalId":"E-1"}`, members[0], large)
	list := b.Get(t, "/groups?q=&state=").Is(t, http.StatusOK).Has(t, "Large "+consoletest.Script, "more than 100", "Small", "E-1")
	if strings.Contains(list.Body, consoletest.Script) {
		t.Error("the list has a script")
	}
	b.Get(t, "/groups?q=E-1").Has(t, "Small")
	page := b.Get(t, "/groups/"+large).Is(t, http.StatusOK).Has(t, "In other groups", "Small", "Created", "Token “Entra ID”", "Without members, which are too many")
	seen, pages := strings.Count(page.Body, `<li><a href="/users/`), 1
	for at := page.Next(); at != ""; pages++ {
		more := b.Get(t, at).Is(t, http.StatusOK)
		seen += strings.Count(more.Body, `<li><a href="/users/`)
		at = more.Next()
	}
	if seen != 120 || pages != 3 {
		t.Errorf("%d members on %d pages", seen, pages)
	}
	if strings.Contains(page.Body, consoletest.Script) {
		t.Error("the page has a script")
	}
	b.Get(t, "/groups/"+small).Is(t, http.StatusOK).Has(t, "user000", "group", `"displayName": "Small"`)
	// Who is in the large group is in the small one through it; who is in both is so directly.
	b.Get(t, "/users/"+members[1]).Is(t, http.StatusOK).Has(t, "Through other groups", "through another group")
	if text := b.Get(t, "/users/"+members[0]).Is(t, http.StatusOK).Text(); strings.Contains(text, "through another group") {
		t.Error("a direct group is shown as an indirect one")
	}
	for _, path := range []string{"/groups/" + members[0], "/users/" + large, "/groups/x", "/users/" + uuid.NewString(), "/users/%3Cscript%3E"} {
		b.Get(t, path).Is(t, http.StatusNotFound).Has(t, "There is no such ")
	}
	b.Get(t, "/groups/"+large+"?after=nonsense").Is(t, http.StatusBadRequest)
	// Another tenant's administrator finds none of them.
	for _, path := range []string{"/groups/" + large, "/users/" + members[0]} {
		w.AsAt(t, w.Globex, admin.Owner).Get(t, path).Is(t, http.StatusNotFound)
	}
}

func TestUser(t *testing.T) {
	t.Parallel()
	w := consoletest.NewWorld(t)
	boss := w.Provision(t, w.Acme, 0, `{"userName":"boss"}`)
	id := w.Provision(t, w.Acme, 0, `{"userName":"ada","displayName":"Ada","externalId":"E-7","active":false,"title":"`+consoletest.Script+`",
		"name":{"givenName":"Augusta","familyName":"King"},"profileUrl":"javascript:alert(1)","nickName":"`+strings.Repeat("n", 600)+`",
		"emails":[{"type":"work","value":"ada@acme.com","primary":true},{"type":"home","value":"ada@home.org"}],
		"addresses":[{"type":"work","locality":"London","country":"GB"}],
		"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"employeeNumber":"42","manager":{"value":"`+boss+`"}},
		"urn:ietf:params:scim:schemas:extension:SpokeCustom:2.0:User":{"startDate":"2026-01-01T00:00:00Z"}}`)
	page := w.As(t, admin.Viewer).Get(t, "/users/"+id).Is(t, http.StatusOK).Has(t,
		"Ada", "disabled", "E-7", "Given name Augusta", "Family name King", "ada@acme.com work primary", "ada@home.org home", "Locality: London", "Country: GB",
		"Enterprise user", "Employee number 42", "Manager "+boss, "2026-01-01T00:00:00Z", "100 characters more", "Member of no group", "Created", "Token “Entra ID”", `"userName": "ada"`, consoletest.Script)
	if strings.Contains(page.Body, consoletest.Script) || strings.Contains(page.Body, `href="javascript:`) {
		t.Error("the page has a script")
	}
	if !strings.Contains(page.Body, `href="/users/`+boss+`"`) || !strings.Contains(page.Body, `href="/log?resource=`) && !strings.Contains(page.Body, `href="/log/`) {
		t.Error("the page does not lead to the manager or to the log")
	}
}

func TestDeletedUser(t *testing.T) {
	t.Parallel()
	w := consoletest.NewWorld(t)
	id := w.Provision(t, w.Acme, 0, `{"userName":"gone@acme.com","displayName":"`+consoletest.Script+`"}`)
	w.Remove(t, w.Acme, schema.User(), id, time.Now())
	b := w.As(t, admin.Viewer)
	page := b.Get(t, "/users/"+id).Is(t, http.StatusGone).Has(t, consoletest.Script, "was deleted", "by Token “Entra ID”", "can be restored until", "Deleted", "Created")
	if strings.Contains(page.Body, consoletest.Script) || !strings.Contains(page.Body, `href="/guard/deleted"`) {
		t.Error("the page has a script, or does not lead to what can be restored")
	}
	b.Get(t, "/groups/"+id).Is(t, http.StatusNotFound)
	w.AsAt(t, w.Globex, admin.Owner).Get(t, "/users/"+id).Is(t, http.StatusNotFound)
	old := w.Provision(t, w.Acme, 1, `{"displayName":"Old"}`)
	w.Remove(t, w.Acme, schema.Group(), old, time.Now().Add(-journal.RestoreFor))
	b.Get(t, "/groups/"+old).Is(t, http.StatusGone).Has(t, "Old", "can no longer be restored")
}
