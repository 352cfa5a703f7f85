package provisionlog_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/askspoke/spoke/services/console/consoletest"
	"github.com/askspoke/spoke/services/console/provisionlog"
	"github.com/askspoke/spoke/tenancy/admin"
	"github.com/askspoke/spoke/tenancy/journal"
)

// An entry shows what was before and after, with the members by their names; what others wrote stays text.
func TestLogEntry(t *testing.T) {
	t.Parallel()
	w := consoletest.NewWorld(t)
	p := w.IDP(t, w.Acme)
	ann := p.User("ann@acme.com")
	p.Does(http.MethodPatch, "/Users/"+ann, `{"Operations":[{"op":"add","path":"name.givenName","value":"Ann"},{"op":"add","path":"emails","value":[{"type":"work","value":"ann@acme.com"}]},{"op":"replace","path":"title","value":"`+consoletest.Script+`"}]}`)
	b := w.As(t, admin.Viewer)
	page := b.Get(t, p.EntryOf(journal.Query{Actions: []journal.Action{journal.ActionUpdate}})).Is(t, http.StatusOK).Has(t,
		"Changed user ann@acme.com", "name.givenName", "nothing Ann", "type: work, value: ann@acme.com", "title", consoletest.Script, "Token “Entra "+consoletest.Script, "cannot be sent again").Lacks(t, consoletest.Script, "Send it again")
	if !strings.Contains(page.Body, `href="/users/`+ann+`"`) {
		t.Error("no link to the user")
	}
	p.Does(http.MethodPatch, "/Users/"+ann, `{"Operations":[{"op":"replace","path":"name.givenName","value":"Anna"}]}`)
	b.Get(t, p.EntryOf(journal.Query{Actions: []journal.Action{journal.ActionUpdate}})).Is(t, http.StatusOK).Has(t, "name.givenName Ann Anna")

	team := p.Group("Team "+consoletest.Script, ann)
	b.Get(t, p.EntryOf(journal.Query{ResourceID: team})).Is(t, http.StatusOK).Has(t, "Created group Team "+consoletest.Script+" with 1 member", "Members ann@acme.com", "The whole document").Lacks(t, consoletest.Script)
	p.Does(http.MethodDelete, "/Users/"+ann, "")
	deletion := p.EntryOf(journal.Query{ResourceID: ann})
	b.Get(t, deletion).Is(t, http.StatusOK).Has(t, "Deleted user ann@acme.com", "It was in the groups Team "+consoletest.Script, "userName ann@acme.com nothing", "(deleted)", "Take it back", "An admin can do it").Lacks(t, consoletest.Script)
	w.As(t, admin.Admin).Get(t, deletion).Is(t, http.StatusOK).Has(t, "Restore it?")
	w.AsAt(t, w.Globex, admin.Owner).Get(t, deletion).Is(t, http.StatusNotFound).Has(t, "The log has no such entry")
}

// A refusal says why, what to do, and what was sent without its secrets.
func TestLogRefusal(t *testing.T) {
	t.Parallel()
	w := consoletest.NewWorld(t, consoletest.WithReplay)
	p := w.IDP(t, w.Acme)
	p.User("ann")
	_, id := p.Asks(http.MethodPost, "/Users", `{"userName":"ANN","password":"hunter2","title":"it's `+consoletest.Script+`"}`)
	p.Asks(http.MethodPost, "/Users", `{"userName":"ANN"}`)
	b := w.As(t, admin.Viewer)
	page := b.Get(t, "/log/"+id).Is(t, http.StatusOK).Has(t,
		"Refused: Create user ANN", "409", "Another User already has this userName", "attribute.unique", "RFC 7643", "userName", "POST /Users", "Secrets are not kept: password",
		`"title": "it's `+consoletest.Script+`"`, "The same request of the provider").Lacks(t, consoletest.Script, "hunter2", "Send it again")
	if !strings.Contains(page.Body, `data-copy="curl -X &#39;POST&#39; &#39;http://acme.askspoke.test/scim/v2/Users&#39; -H &#34;Authorization: Bearer $TOKEN&#34;`) {
		t.Errorf("no command: %s", page.Body)
	}
	w.As(t, admin.Admin).Get(t, "/log/"+id).Is(t, http.StatusOK).Has(t, "Send it again")
}

// What the log cannot send again, or paste into a shell, it does not offer.
func TestLogUnsendable(t *testing.T) {
	t.Parallel()
	w := consoletest.NewWorld(t, consoletest.WithReplay)
	p := w.IDP(t, w.Acme)
	b := w.As(t, admin.Admin)
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
		consoletest.Must(t, err)
		id, err := journal.NewID()
		consoletest.Must(t, err)
		p.Writes(journal.Entry{ID: id, At: w.Clock.Now(), Outcome: journal.Refused, Status: tc.status, Action: "other", RequestID: uuid.NewString(), Detail: detail})
		page := b.Get(t, "/log/"+id).Is(t, http.StatusOK).Has(t, tc.says)
		got := []bool{strings.Contains(page.Body, "/replay"), strings.Contains(page.Body, "data-copy")}
		if diff := cmp.Diff([]bool{tc.send, tc.sh}, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		want := http.StatusOK
		if !tc.send {
			want = http.StatusConflict
		}
		b.Get(t, "/log/"+id+"/replay").Is(t, want)
	}
	b.Get(t, "/log").Is(t, http.StatusOK)
	if provisionlog.Quoted(`a'b`) != `'a'\''b'` {
		t.Error(provisionlog.Quoted(`a'b`))
	}
}
