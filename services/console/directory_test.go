package console

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/askspoke/spoke/scim/schema"
	"github.com/askspoke/spoke/tenancy/admin"
	"github.com/askspoke/spoke/tenancy/journal"
	"github.com/askspoke/spoke/tenancy/status"
)

func TestUsers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.as(t, admin.Viewer)
	b.get(t, "/users").is(t, http.StatusOK).has(t, "No users yet", "Connect your identity provider")
	ada := w.provision(t, w.acme, 0, `{"userName":"ada@acme.com","displayName":"Ada Lovelace","active":true,"emails":[{"value":"old@acme.com"},{"value":"countess@acme.com","primary":true}]}`)
	w.provision(t, w.acme, 0, `{"userName":"grace@acme.com","active":false}`)
	w.provision(t, w.acme, 0, `{"userName":"mallory","displayName":"`+script+`"}`)
	w.provision(t, w.globex, 0, `{"userName":"theirs@globex.com","displayName":"Theirs"}`)
	must(t, w.Status.Ensure(t.Context(), time.Now()))
	must(t, w.Status.SaveSize(t.Context(), w.acme.ID, status.Size{Users: 3, ActiveUsers: 2}, w.clock.now().Add(-time.Hour)))
	all := b.get(t, "/users").is(t, http.StatusOK).has(t, "Ada Lovelace", "countess@acme.com", "grace@acme.com", "disabled", script, "3 users, 2 active", "whole e-mail address")
	if strings.Contains(all.body, script) || strings.Contains(all.text(), "Theirs") {
		t.Error("the list has a script, or another tenant's user")
	}
	if !strings.Contains(all.body, `href="/users/`+ada+`"`) {
		t.Error("the list does not lead to the user")
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
		got := b.get(t, path).is(t, http.StatusOK).has(t, want[0])
		if strings.Contains(got.text(), want[1]) || strings.Contains(got.body, "<img src=x") {
			t.Errorf("%s shows %q, or a forged image", path, want[1])
		}
	}
	part := b.send(t, http.MethodGet, "/users?q=ada", nil, http.Header{"Hx-Request": {"true"}}).is(t, http.StatusOK).has(t, "Ada Lovelace")
	if strings.Contains(part.body, "<html") || strings.Contains(part.body, "<form") {
		t.Errorf("not a part of the page: %s", part.body)
	}
	b.get(t, "/users?state=nonsense").is(t, http.StatusBadRequest).has(t, "There is no such filter")
	b.get(t, "/users?after=nonsense").is(t, http.StatusBadRequest).has(t, "This page of the list cannot be found")
	w.stranger(t).get(t, "/users").is(t, http.StatusSeeOther)
}

func TestUserPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i := range 120 {
		w.provision(t, w.acme, 0, fmt.Sprintf(`{"userName":"user%03d","active":%t}`, i, i%2 == 0))
	}
	b := w.as(t, admin.Viewer)
	for path, want := range map[string][2]int{"/users": {120, 3}, "/users?state=active": {60, 2}, "/users?state=disabled": {60, 2}} {
		rows, pages := 0, 0
		for at := path; at != ""; pages++ {
			page := b.get(t, at).is(t, http.StatusOK)
			rows += strings.Count(page.body, `<th scope="row">`)
			if pages > 0 && !strings.Contains(page.body, "First page") {
				t.Errorf("%s does not lead back", at)
			}
			at = page.next()
		}
		if rows != want[0] || pages != want[1] {
			t.Errorf("%s: %d users on %d pages", path, rows, pages)
		}
	}
	b.get(t, "/users?q=user").is(t, http.StatusOK).has(t, "More users match than are shown")
}

func TestGroups(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.as(t, admin.Viewer)
	b.get(t, "/groups").is(t, http.StatusOK).has(t, "No groups yet")
	var members []string
	for i := range 120 {
		members = append(members, w.provision(t, w.acme, 0, fmt.Sprintf(`{"userName":"user%03d"}`, i)))
	}
	large := w.provision(t, w.acme, 1, `{"displayName":"Large `+strings.ReplaceAll(script, `/`, `\/`)+`"}`, members...)
	small := w.provision(t, w.acme, 1, `{"displayName":"Small","externalId":"E-1"}`, members[0], large)
	list := b.get(t, "/groups?q=&state=").is(t, http.StatusOK).has(t, "Large "+script, "more than 100", "Small", "E-1")
	if strings.Contains(list.body, script) {
		t.Error("the list has a script")
	}
	b.get(t, "/groups?q=E-1").has(t, "Small")
	page := b.get(t, "/groups/"+large).is(t, http.StatusOK).has(t, "In other groups", "Small", "Created", "Token “Entra ID”", "Without members, which are too many")
	seen, pages := strings.Count(page.body, `<li><a href="/users/`), 1
	for at := page.next(); at != ""; pages++ {
		more := b.get(t, at).is(t, http.StatusOK)
		seen += strings.Count(more.body, `<li><a href="/users/`)
		at = more.next()
	}
	if seen != 120 || pages != 3 {
		t.Errorf("%d members on %d pages", seen, pages)
	}
	if strings.Contains(page.body, script) {
		t.Error("the page has a script")
	}
	b.get(t, "/groups/"+small).is(t, http.StatusOK).has(t, "user000", "group", `"displayName": "Small"`)
	// Who is in the large group is in the small one through it; who is in both is so directly.
	b.get(t, "/users/"+members[1]).is(t, http.StatusOK).has(t, "Through other groups", "through another group")
	if text := b.get(t, "/users/"+members[0]).is(t, http.StatusOK).text(); strings.Contains(text, "through another group") {
		t.Error("a direct group is shown as an indirect one")
	}
	for _, path := range []string{"/groups/" + members[0], "/users/" + large, "/groups/x", "/users/" + uuid.NewString(), "/users/%3Cscript%3E"} {
		b.get(t, path).is(t, http.StatusNotFound).has(t, "There is no such ")
	}
	b.get(t, "/groups/"+large+"?after=nonsense").is(t, http.StatusBadRequest)
	// Another tenant's administrator finds none of them.
	for _, path := range []string{"/groups/" + large, "/users/" + members[0]} {
		w.asAt(t, w.globex, admin.Owner).get(t, path).is(t, http.StatusNotFound)
	}
}

func TestUser(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	boss := w.provision(t, w.acme, 0, `{"userName":"boss"}`)
	id := w.provision(t, w.acme, 0, `{"userName":"ada","displayName":"Ada","externalId":"E-7","active":false,"title":"`+script+`",
		"name":{"givenName":"Augusta","familyName":"King"},"profileUrl":"javascript:alert(1)","nickName":"`+strings.Repeat("n", 600)+`",
		"emails":[{"type":"work","value":"ada@acme.com","primary":true},{"type":"home","value":"ada@home.org"}],
		"addresses":[{"type":"work","locality":"London","country":"GB"}],
		"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"employeeNumber":"42","manager":{"value":"`+boss+`"}},
		"urn:ietf:params:scim:schemas:extension:SpokeCustom:2.0:User":{"startDate":"2026-01-01T00:00:00Z"}}`)
	page := w.as(t, admin.Viewer).get(t, "/users/"+id).is(t, http.StatusOK).has(t,
		"Ada", "disabled", "E-7", "Given name Augusta", "Family name King", "ada@acme.com work primary", "ada@home.org home", "Locality: London", "Country: GB",
		"Enterprise user", "Employee number 42", "Manager "+boss, "2026-01-01T00:00:00Z", "100 characters more", "Member of no group", "Created", "Token “Entra ID”", `"userName": "ada"`, script)
	if strings.Contains(page.body, script) || strings.Contains(page.body, `href="javascript:`) {
		t.Error("the page has a script")
	}
	if !strings.Contains(page.body, `href="/users/`+boss+`"`) || !strings.Contains(page.body, `href="/log?resource=`) && !strings.Contains(page.body, `href="/log/`) {
		t.Error("the page does not lead to the manager or to the log")
	}
}

func TestDeletedUser(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.provision(t, w.acme, 0, `{"userName":"gone@acme.com","displayName":"`+script+`"}`)
	w.remove(t, w.acme, schema.User(), id, time.Now())
	b := w.as(t, admin.Viewer)
	page := b.get(t, "/users/"+id).is(t, http.StatusGone).has(t, script, "was deleted", "by Token “Entra ID”", "can be restored until", "Deleted", "Created")
	if strings.Contains(page.body, script) || !strings.Contains(page.body, `href="/guard/deleted"`) {
		t.Error("the page has a script, or does not lead to what can be restored")
	}
	b.get(t, "/groups/"+id).is(t, http.StatusNotFound)
	w.asAt(t, w.globex, admin.Owner).get(t, "/users/"+id).is(t, http.StatusNotFound)
	old := w.provision(t, w.acme, 1, `{"displayName":"Old"}`)
	w.remove(t, w.acme, schema.Group(), old, time.Now().Add(-journal.RestoreFor))
	b.get(t, "/groups/"+old).is(t, http.StatusGone).has(t, "Old", "can no longer be restored")
}
