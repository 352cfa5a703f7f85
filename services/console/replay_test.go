package console

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/askspoke/spoke/scim/explain"
	store "github.com/askspoke/spoke/scim/provider"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/admin"
	"github.com/askspoke/spoke/tenancy/guard"
	"github.com/askspoke/spoke/tenancy/journal"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// withReplay has requests answered by the provider itself. The gateway's way of it is tested with the gateway, and both
// together with the whole program.
func withReplay(_ *Config, p *Parts) {
	p.Replay = func(ctx context.Context, t tenancy.Tenant, r Replay) (Replayed, error) {
		w := &world{Server: &Server{Parts: *p}}
		if r.Check {
			ctx = journal.Rehearse(ctx)
		}
		query, err := url.ParseQuery(r.Query)
		if err != nil {
			return Replayed{}, err
		}
		response, refusal := w.serve(ctx, t, store.Request{Method: r.Method, Path: r.Path, Query: query, Body: r.Body}, journal.Origin{
			Actor: r.Actor, RequestID: r.RequestID, ProviderRequestID: r.ProviderRequestID, Start: time.Now(),
		})
		if refusal != nil {
			return Replayed{Status: refusal.Status, Body: store.Error(refusal).Body, Why: explain.Explain(r.Method, response.Route, refusal)}, nil
		}
		return Replayed{Status: response.Status, Body: response.Body}, nil
	}
}

// formOf is the form that a page has for a body: once, and the body itself.
func formOf(t *testing.T, a answered, body string) url.Values {
	t.Helper()
	_, rest, ok := strings.Cut(a.body, `name="once" value="`)
	once, _, _ := strings.Cut(rest, `"`)
	if !ok || !isUUID(once) {
		t.Fatalf("no form: %s", a.body)
	}
	return url.Values{"once": {once}, "body": {body}}
}

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

// entriesOf are the entries of acme's journal, the latest first.
func (w *world) entriesOf(t *testing.T, q journal.Query) []journal.Entry {
	t.Helper()
	page, err := journal.List(t.Context(), w.DB, tenantdb.SchemaFor(w.acme.ID), q)
	must(t, err)
	return page.Entries
}

// A check says that the deletion guard would hold it, and by which rule, and opens no hold; sent, it is held.
func TestReplayCheckAsksTheGuard(t *testing.T) {
	t.Parallel()
	w := newWorld(t, withReplay)
	p := w.guarded(t)
	w.until(t, func() bool {
		got, err := w.Registry.Resolve(t.Context(), "acme.askspoke.test")
		return err == nil && got.Settings.Guard == w.acme.Settings.Guard
	})
	ann, bob := p.user("ann"), p.user("bob")
	_, id := p.asks(http.MethodPatch, "/Users/"+bob, `{"Operations":[{"op":"replace","path":"userName","value":"ann"}]}`)
	for _, leaver := range []string{ann, p.user("cid")} { // as many as pass
		p.does(http.MethodDelete, "/Users/"+leaver, "")
	}
	b := w.as(t, admin.Admin)
	at := "/log/" + id
	form := b.get(t, at+"/replay").is(t, http.StatusOK)
	const disable = `{"Operations":[{"op":"replace","path":"active","value":false}]}`
	for range 2 {
		b.post(t, at+"/check", formOf(t, form, disable)).is(t, http.StatusOK).has(t, "would be held, 503", "its rule is the count", "at most 2 may be", "Nothing was changed", "guard.held", "Deletion guard")
	}
	if _, err := w.Guard.Open(t.Context(), tenantdb.SchemaFor(w.acme.ID)); !errors.Is(err, guard.ErrNotFound) {
		t.Errorf("a check opened a hold: %v", err)
	}
	b.post(t, at+"/check", formOf(t, form, `{"Operations":[{"op":"replace","path":"title","value":"Dr"}]}`)).is(t, http.StatusOK).has(t, "would be accepted, 200")
	b.post(t, at+"/replay", formOf(t, form, disable)).is(t, http.StatusOK).has(t, "held, 503", "guard.held").lacks(t, "would be held")
	if _, err := w.Guard.Open(t.Context(), tenantdb.SchemaFor(w.acme.ID)); err != nil {
		t.Error(err)
	}
}

// What cannot be sent again, or not be checked, says why, and what to do instead: on the entry, on the form, and to who asks
// all the same.
func TestReplaySaysWhyNot(t *testing.T) {
	t.Parallel()
	sent := 0
	w := newWorld(t, withReplay, func(_ *Config, p *Parts) {
		replay := p.Replay
		p.Replay = func(ctx context.Context, tenant tenancy.Tenant, r Replay) (Replayed, error) {
			sent++
			return replay(ctx, tenant, r)
		}
	})
	p := w.idp(t, w.acme)
	ann := p.user("ann")
	p.does(http.MethodPatch, "/Users/"+ann, `{"Operations":[{"op":"replace","path":"title","value":"Dr"}]}`)
	p.does(http.MethodDelete, "/Users/"+ann, "")
	b := w.as(t, admin.Admin)
	for _, e := range w.entriesOf(t, journal.Query{}) {
		says := []string{"An accepted request cannot be sent again", "Provision on demand"}
		if e.Action == journal.ActionDelete {
			says[1] = "To undo the deletion, restore what was deleted"
		}
		b.get(t, "/log/"+e.ID).is(t, http.StatusOK).has(t, says...).lacks(t, "Send it again")
		b.get(t, "/log/"+e.ID+"/replay").is(t, http.StatusConflict).has(t, append(says, "There is nothing to send again")...)
	}
	for _, path := range []string{"/Bulk", "//%42ulk/"} {
		_, id := p.asks(http.MethodPost, path, `{"Operations":7}`)
		at := "/log/" + id
		form := b.get(t, at+"/replay").is(t, http.StatusOK).has(t, "A bulk cannot be checked", "leave in the body only the operations", "It does each of its operations").lacks(t, "Check only")
		b.post(t, at+"/check", formOf(t, form, `{"Operations":[]}`)).is(t, http.StatusConflict).has(t, "A bulk cannot be checked", "Nothing was sent", "To the form")
		w.as(t, admin.Viewer).get(t, at).is(t, http.StatusOK).has(t, "An admin can send it again.").lacks(t, "Send it again")
	}
	if sent != 0 {
		t.Errorf("%d were sent", sent)
	}
}
