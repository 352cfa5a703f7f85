package console

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/askspoke/spoke/tenancy/admin"
	"github.com/askspoke/spoke/tenancy/journal"
)

// An entry shows what was before and after, with the members by their names; what others wrote stays text.
func TestLogEntry(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.idp(t, w.acme)
	ann := p.user("ann@acme.com")
	p.does(http.MethodPatch, "/Users/"+ann, `{"Operations":[{"op":"add","path":"name.givenName","value":"Ann"},{"op":"add","path":"emails","value":[{"type":"work","value":"ann@acme.com"}]},{"op":"replace","path":"title","value":"`+script+`"}]}`)
	b := w.as(t, admin.Viewer)
	page := b.get(t, p.entryOf(journal.Query{Actions: []journal.Action{journal.ActionUpdate}})).is(t, http.StatusOK).has(t,
		"Changed user ann@acme.com", "name.givenName", "nothing Ann", "type: work, value: ann@acme.com", "title", script, "Token “Entra "+script, "cannot be sent again").lacks(t, script, "Send it again")
	if !strings.Contains(page.body, `href="/users/`+ann+`"`) {
		t.Error("no link to the user")
	}
	p.does(http.MethodPatch, "/Users/"+ann, `{"Operations":[{"op":"replace","path":"name.givenName","value":"Anna"}]}`)
	b.get(t, p.entryOf(journal.Query{Actions: []journal.Action{journal.ActionUpdate}})).is(t, http.StatusOK).has(t, "name.givenName Ann Anna")

	team := p.group("Team "+script, ann)
	b.get(t, p.entryOf(journal.Query{ResourceID: team})).is(t, http.StatusOK).has(t, "Created group Team "+script+" with 1 member", "Members ann@acme.com", "The whole document").lacks(t, script)
	p.does(http.MethodDelete, "/Users/"+ann, "")
	deletion := p.entryOf(journal.Query{ResourceID: ann})
	b.get(t, deletion).is(t, http.StatusOK).has(t, "Deleted user ann@acme.com", "It was in the groups Team "+script, "userName ann@acme.com nothing", "(deleted)", "Take it back", "An admin can do it").lacks(t, script)
	w.as(t, admin.Admin).get(t, deletion).is(t, http.StatusOK).has(t, "Restore it?")
	w.asAt(t, w.globex, admin.Owner).get(t, deletion).is(t, http.StatusNotFound).has(t, "The log has no such entry")
}

// A refusal says why, what to do, and what was sent without its secrets.
func TestLogRefusal(t *testing.T) {
	t.Parallel()
	w := newWorld(t, withReplay)
	p := w.idp(t, w.acme)
	p.user("ann")
	_, id := p.asks(http.MethodPost, "/Users", `{"userName":"ANN","password":"hunter2","title":"it's `+script+`"}`)
	p.asks(http.MethodPost, "/Users", `{"userName":"ANN"}`)
	b := w.as(t, admin.Viewer)
	page := b.get(t, "/log/"+id).is(t, http.StatusOK).has(t,
		"Refused: Create user ANN", "409", "Another User already has this userName", "attribute.unique", "RFC 7643", "userName", "POST /Users", "Secrets are not kept: password",
		`"title": "it's `+script+`"`, "The same request of the provider").lacks(t, script, "hunter2", "Send it again")
	if !strings.Contains(page.body, `data-copy="curl -X &#39;POST&#39; &#39;http://acme.askspoke.test/scim/v2/Users&#39; -H &#34;Authorization: Bearer $TOKEN&#34;`) {
		t.Errorf("no command: %s", page.body)
	}
	w.as(t, admin.Admin).get(t, "/log/"+id).is(t, http.StatusOK).has(t, "Send it again")
}

// What the log cannot send again, or paste into a shell, it does not offer.
func TestLogUnsendable(t *testing.T) {
	t.Parallel()
	w := newWorld(t, withReplay)
	p := w.idp(t, w.acme)
	b := w.as(t, admin.Admin)
	for name, tc := range map[string]struct {
		status   int
		refusal  journal.Refusal
		says     string
		send, sh bool
	}{
		"a token that is wrong":       {401, journal.Refusal{Rule: "auth.token", Method: "POST", Path: "/Users"}, "The log keeps no body", true, true},
		"a secret in the address":     {400, journal.Refusal{Rule: "filter.secret", Method: "GET", Path: "/Users", Query: "filter=password eq [redacted]"}, "GET /Users", false, false},
		"an address that was cut":     {400, journal.Refusal{Rule: "request.uri", Method: "GET", Path: "/Users/" + strings.Repeat("x", 20) + "…"}, "GET /Users/", false, false},
		"a body that is no JSON":      {400, journal.Refusal{Rule: "body.json", Method: "POST", Path: "/Users", BodyText: "{\x1b[2J"}, "body.json", true, false},
		"an address for a terminal":   {404, journal.Refusal{Rule: "request.endpoint", Method: "GET", Path: "/\x1b[2J"}, "request.endpoint", true, false},
		"a body that was cut off":     {413, journal.Refusal{Rule: "body.size", Method: "PUT", Path: "/Users/x", BodyText: `{"a":`, Truncated: true}, "only its beginning was kept", true, false},
		"nothing that names anything": {400, journal.Refusal{}, "Refused", false, false},
	} {
		detail, err := tc.refusal.Encode()
		must(t, err)
		id, err := journal.NewID()
		must(t, err)
		p.writes(journal.Entry{ID: id, At: w.clock.now(), Outcome: journal.Refused, Status: tc.status, Action: "other", RequestID: uuid.NewString(), Detail: detail})
		page := b.get(t, "/log/"+id).is(t, http.StatusOK).has(t, tc.says)
		got := []bool{strings.Contains(page.body, "/replay"), strings.Contains(page.body, "data-copy")}
		if diff := cmp.Diff([]bool{tc.send, tc.sh}, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		want := http.StatusOK
		if !tc.send {
			want = http.StatusConflict
		}
		b.get(t, "/log/"+id+"/replay").is(t, want)
	}
	b.get(t, "/log").is(t, http.StatusOK)
	if quoted(`a'b`) != `'a'\''b'` {
		t.Error(quoted(`a'b`))
	}
}
