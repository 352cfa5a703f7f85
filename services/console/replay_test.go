package console

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/askspoke/spoke/tenancy/admin"
	"github.com/askspoke/spoke/tenancy/journal"
)

// A refused request is looked at, checked, corrected and sent; its answer is shown beside the first one.
func TestReplay(t *testing.T) {
	t.Parallel()
	w := newWorld(t, withReplay)
	p := w.idp(t, w.acme)
	ann := p.user("ann")
	_, id := p.asks(http.MethodPost, "/Users", `{"userName":"ANN","title":"`+script+`"}`)
	b := w.as(t, admin.Admin)
	at := "/log/" + id
	form := b.get(t, at+"/replay").is(t, http.StatusOK).has(t, "Send it again: Create user ANN", "POST http://acme.askspoke.test/scim/v2/Users", "It creates what the body describes", `"userName": "ANN"`).lacks(t, script)
	checked := b.post(t, at+"/check", formOf(t, form, `{"userName":"ANN"}`)).is(t, http.StatusOK).has(t, "If it were sent now", "refused, 409", "Nothing was changed", "attribute.unique")
	b.post(t, at+"/check", formOf(t, checked, `{"userName":"bob"}`)).is(t, http.StatusOK).has(t, "would be accepted, 201", "Nothing was changed")
	if list := w.entriesOf(t, journal.Query{Outcome: journal.Accepted}); len(list) != 1 {
		t.Fatalf("a check changed something: %d entries", len(list))
	}
	b.post(t, at+"/replay", formOf(t, form, `{"userName":"ANN","title":"`+script+`"}`)).is(t, http.StatusOK).has(t, "refused, 409", "When it came first").lacks(t, script)
	sent := b.post(t, at+"/replay", formOf(t, form, `{"userName":"bob","title":"`+script+`"}`)).is(t, http.StatusOK).has(t, "accepted, 201", "refused, 409", "In the log").lacks(t, script)
	if !strings.Contains(sent.body, "/log?request="+sent.header.Get("X-Request-Id")) {
		t.Error("no link to the log")
	}
	list := w.entriesOf(t, journal.Query{Outcome: journal.Accepted})
	who, err := w.Admins.ByEmail(t.Context(), w.acme.ID, "admin@acme.example")
	must(t, err)
	if len(list) != 2 || list[0].Actor != who.Actor() || list[0].RequestID != sent.header.Get("X-Request-Id") || list[0].ProviderRequestID != "entra-7" {
		t.Errorf("%+v", list)
	}
	b.get(t, "/log").has(t, "Created user bob admin@acme.example")

	calls := w.audit(t, "replayRequest")
	if len(calls) != 2 || calls[0].Resource != id || calls[0].Status != http.StatusOK || calls[0].Actor != who.Actor() {
		t.Errorf("%+v", calls)
	}
	_, deletion := p.asks(http.MethodDelete, "/Users/"+strings.Replace(ann, ann[:8], "00000000", 1), "")
	b.get(t, "/log/"+deletion+"/replay").is(t, http.StatusOK).has(t, "It deletes user", "deletion guard counts it").lacks(t, "<textarea")
}

// What is no request is not sent, and the form says why.
func TestReplayProblems(t *testing.T) {
	t.Parallel()
	w := newWorld(t, withReplay)
	p := w.idp(t, w.acme)
	p.user("ann")
	_, id := p.asks(http.MethodPost, "/Users", `{"userName":"ANN","password":"hunter2"}`)
	b := w.as(t, admin.Admin)
	at := "/log/" + id
	form := b.get(t, at+"/replay").is(t, http.StatusOK).has(t, "Secrets are not kept: password", "[redacted]")
	for body, says := range map[string]string{
		"":                   "Write the body that is to be sent.",
		"{":                  "The body is no JSON: unexpected end of JSON input",
		"[1]":                "The body is no JSON object.",
		"null":               "The body is no JSON object.",
		`{"userName":"x"} y`: "The body is no JSON",
		`{"password":"[redacted]","userName":"x"}`:              "in place of what the log does not keep (password)",
		`{"userName":"` + strings.Repeat("x", maxReplay) + `"}`: "The body may have 256 KiB.",
	} {
		for _, way := range []string{"/check", "/replay"} {
			b.post(t, at+way, formOf(t, form, body)).is(t, http.StatusUnprocessableEntity).has(t, says)
		}
	}
	b.post(t, at+"/replay", url.Values{"body": {`{"userName":"x"}`}}).is(t, http.StatusUnprocessableEntity).has(t, "The form did not arrive whole")
	b.post(t, at+"/replay", url.Values{"once": formOf(t, form, "")["once"], "body": {strings.Repeat("x", maxForm)}}).is(t, http.StatusRequestEntityTooLarge)
	if list := w.entriesOf(t, journal.Query{}); len(list) != 2 {
		t.Errorf("%d entries", len(list))
	}
}

// Who may not, whence it must not come, and what cannot be sent.
func TestReplayRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, withReplay)
	p := w.idp(t, w.acme)
	p.user("ann")
	_, id := p.asks(http.MethodPost, "/Users", `{"userName":"ANN"}`)
	accepted := strings.TrimPrefix(p.entryOf(journal.Query{Outcome: journal.Accepted}), "/log/")
	b := w.as(t, admin.Admin)
	form := formOf(t, b.get(t, "/log/"+id+"/replay"), `{"userName":"bob"}`)
	for _, way := range []string{"/check", "/replay"} {
		at := "/log/" + id + way
		w.as(t, admin.Viewer).post(t, at, form).is(t, http.StatusForbidden).has(t, "You may not do this")
		w.stranger(t).post(t, at, form).is(t, http.StatusUnauthorized)
		b.send(t, http.MethodPost, at, form, http.Header{"Sec-Fetch-Site": {"cross-site"}, "Origin": {"http://evil.example"}}).is(t, http.StatusForbidden).has(t, "This request came from another site")
		w.asAt(t, w.globex, admin.Owner).post(t, at, form).is(t, http.StatusNotFound).has(t, "The log has no such entry")
		b.post(t, "/log/"+accepted+way, form).is(t, http.StatusConflict).has(t, "There is nothing to send again")
	}
	w.as(t, admin.Viewer).get(t, "/log/"+id+"/replay").is(t, http.StatusForbidden)
	if list := w.entriesOf(t, journal.Query{}); len(list) != 2 {
		t.Errorf("%d entries", len(list))
	}
}
