package provisionlog_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/askspoke/spoke/infra/fixture"
	"github.com/askspoke/spoke/services/console"
	"github.com/askspoke/spoke/services/console/consoletest"
	"github.com/askspoke/spoke/services/console/provisionlog"
	"github.com/askspoke/spoke/services/console/web"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/admin"
	"github.com/askspoke/spoke/tenancy/guard"
	"github.com/askspoke/spoke/tenancy/journal"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// A refused request is looked at, checked, corrected and sent; its answer is shown beside the first one.
func TestReplay(t *testing.T) {
	t.Parallel()
	w := consoletest.NewWorld(t, consoletest.WithReplay)
	p := w.IDP(t, w.Acme)
	ann := p.User("ann")
	_, id := p.Asks(http.MethodPost, "/Users", `{"userName":"ANN","title":"`+consoletest.Script+`"}`)
	b := w.As(t, admin.Admin)
	at := "/log/" + id
	form := b.Get(t, at+"/replay").Is(t, http.StatusOK).Has(t, "Send it again: Create user ANN", "POST http://acme.askspoke.test/scim/v2/Users", "It creates what the body describes", `"userName": "ANN"`).Lacks(t, consoletest.Script)
	checked := b.Post(t, at+"/check", consoletest.FormOf(t, form, `{"userName":"ANN"}`)).Is(t, http.StatusOK).Has(t, "If it were sent now", "refused, 409", "Nothing was changed", "attribute.unique")
	b.Post(t, at+"/check", consoletest.FormOf(t, checked, `{"userName":"bob"}`)).Is(t, http.StatusOK).Has(t, "would be accepted, 201", "Nothing was changed")
	if list := w.EntriesOf(t, journal.Query{Outcome: journal.Accepted}); len(list) != 1 {
		t.Fatalf("a check changed something: %d entries", len(list))
	}
	b.Post(t, at+"/replay", consoletest.FormOf(t, form, `{"userName":"ANN","title":"`+consoletest.Script+`"}`)).Is(t, http.StatusOK).Has(t, "refused, 409", "When it came first").Lacks(t, consoletest.Script)
	sent := b.Post(t, at+"/replay", consoletest.FormOf(t, form, `{"userName":"bob","title":"`+consoletest.Script+`"}`)).Is(t, http.StatusOK).Has(t, "accepted, 201", "refused, 409", "In the log").Lacks(t, consoletest.Script)
	if !strings.Contains(sent.Body, "/log?request="+sent.Header.Get("X-Request-Id")) {
		t.Error("no link to the log")
	}
	list := w.EntriesOf(t, journal.Query{Outcome: journal.Accepted})
	who, err := w.Admins.ByEmail(t.Context(), w.Acme.ID, "admin@acme.example")
	consoletest.Must(t, err)
	if len(list) != 2 || list[0].Actor != who.Actor() || list[0].RequestID != sent.Header.Get("X-Request-Id") || list[0].ProviderRequestID != "entra-7" {
		t.Errorf("%+v", list)
	}
	b.Get(t, "/log").Has(t, "Created user bob admin@acme.example")

	calls := w.Audit(t, "replayRequest")
	if len(calls) != 2 || calls[0].Resource != id || calls[0].Status != http.StatusOK || calls[0].Actor != who.Actor() {
		t.Errorf("%+v", calls)
	}
	_, deletion := p.Asks(http.MethodDelete, "/Users/"+strings.Replace(ann, ann[:8], "00000000", 1), "")
	b.Get(t, "/log/"+deletion+"/replay").Is(t, http.StatusOK).Has(t, "It deletes user", "deletion guard counts it").Lacks(t, "<textarea")
}

// What is no request is not sent, and the form says why.
func TestReplayProblems(t *testing.T) {
	t.Parallel()
	w := consoletest.NewWorld(t, consoletest.WithReplay)
	p := w.IDP(t, w.Acme)
	p.User("ann")
	_, id := p.Asks(http.MethodPost, "/Users", `{"userName":"ANN","password":"hunter2"}`)
	b := w.As(t, admin.Admin)
	at := "/log/" + id
	form := b.Get(t, at+"/replay").Is(t, http.StatusOK).Has(t, "Secrets are not kept: password", "[redacted]")
	for body, says := range map[string]string{
		"":                   "Write the body that is to be sent.",
		"{":                  "The body is no JSON: unexpected end of JSON input",
		"[1]":                "The body is no JSON object.",
		"null":               "The body is no JSON object.",
		`{"userName":"x"} y`: "The body is no JSON",
		`{"password":"[redacted]","userName":"x"}`:                           "in place of what the log does not keep (password)",
		`{"userName":"` + strings.Repeat("x", provisionlog.MaxReplay) + `"}`: "The body may have 256 KiB.",
	} {
		for _, way := range []string{"/check", "/replay"} {
			b.Post(t, at+way, consoletest.FormOf(t, form, body)).Is(t, http.StatusUnprocessableEntity).Has(t, says)
		}
	}
	b.Post(t, at+"/replay", url.Values{"body": {`{"userName":"x"}`}}).Is(t, http.StatusUnprocessableEntity).Has(t, "The form did not arrive whole")
	b.Post(t, at+"/replay", url.Values{"once": consoletest.FormOf(t, form, "")["once"], "body": {strings.Repeat("x", web.MaxForm)}}).Is(t, http.StatusRequestEntityTooLarge)
	if list := w.EntriesOf(t, journal.Query{}); len(list) != 2 {
		t.Errorf("%d entries", len(list))
	}
}

// Who may not, whence it must not come, and what cannot be sent.
func TestReplayRefused(t *testing.T) {
	t.Parallel()
	w := consoletest.NewWorld(t, consoletest.WithReplay)
	p := w.IDP(t, w.Acme)
	p.User("ann")
	_, id := p.Asks(http.MethodPost, "/Users", `{"userName":"ANN"}`)
	accepted := strings.TrimPrefix(p.EntryOf(journal.Query{Outcome: journal.Accepted}), "/log/")
	b := w.As(t, admin.Admin)
	form := consoletest.FormOf(t, b.Get(t, "/log/"+id+"/replay"), `{"userName":"bob"}`)
	for _, way := range []string{"/check", "/replay"} {
		at := "/log/" + id + way
		w.As(t, admin.Viewer).Post(t, at, form).Is(t, http.StatusForbidden).Has(t, "You may not do this")
		w.Stranger(t).Post(t, at, form).Is(t, http.StatusUnauthorized)
		b.Send(t, http.MethodPost, at, form, http.Header{"Sec-Fetch-Site": {"cross-site"}, "Origin": {"http://evil.example"}}).Is(t, http.StatusForbidden).Has(t, "This request came from another site")
		w.AsAt(t, w.Globex, admin.Owner).Post(t, at, form).Is(t, http.StatusNotFound).Has(t, "The log has no such entry")
		b.Post(t, "/log/"+accepted+way, form).Is(t, http.StatusConflict).Has(t, "There is nothing to send again")
	}
	w.As(t, admin.Viewer).Get(t, "/log/"+id+"/replay").Is(t, http.StatusForbidden)
	if list := w.EntriesOf(t, journal.Query{}); len(list) != 2 {
		t.Errorf("%d entries", len(list))
	}
}

// A check says that the deletion guard would hold it, and by which rule, and opens no hold; sent, it is held.
func TestReplayCheckAsksTheGuard(t *testing.T) {
	t.Parallel()
	w := consoletest.NewWorld(t, consoletest.WithReplay)
	p := w.Guarded(t)
	fixture.Eventually(t, "the registry hears of the guard", func() bool {
		got, err := w.Registry.Resolve(t.Context(), "acme.askspoke.test")
		return err == nil && got.Settings.Guard == w.Acme.Settings.Guard
	})
	ann, bob := p.User("ann"), p.User("bob")
	_, id := p.Asks(http.MethodPatch, "/Users/"+bob, `{"Operations":[{"op":"replace","path":"userName","value":"ann"}]}`)
	for _, leaver := range []string{ann, p.User("cid")} { // as many as pass
		p.Does(http.MethodDelete, "/Users/"+leaver, "")
	}
	b := w.As(t, admin.Admin)
	at := "/log/" + id
	form := b.Get(t, at+"/replay").Is(t, http.StatusOK)
	const disable = `{"Operations":[{"op":"replace","path":"active","value":false}]}`
	for range 2 {
		b.Post(t, at+"/check", consoletest.FormOf(t, form, disable)).Is(t, http.StatusOK).Has(t, "would be held, 503", "its rule is the count", "at most 2 may be", "Nothing was changed", "guard.held", "Deletion guard")
	}
	if _, err := w.Guard.Open(t.Context(), tenantdb.SchemaFor(w.Acme.ID)); !errors.Is(err, guard.ErrNotFound) {
		t.Errorf("a check opened a hold: %v", err)
	}
	b.Post(t, at+"/check", consoletest.FormOf(t, form, `{"Operations":[{"op":"replace","path":"title","value":"Dr"}]}`)).Is(t, http.StatusOK).Has(t, "would be accepted, 200")
	b.Post(t, at+"/replay", consoletest.FormOf(t, form, disable)).Is(t, http.StatusOK).Has(t, "held, 503", "guard.held").Lacks(t, "would be held")
	if _, err := w.Guard.Open(t.Context(), tenantdb.SchemaFor(w.Acme.ID)); err != nil {
		t.Error(err)
	}
}

// What cannot be sent again, or not be checked, says why, and what to do instead: on the entry, on the form, and to who asks
// all the same.
func TestReplaySaysWhyNot(t *testing.T) {
	t.Parallel()
	sent := 0
	w := consoletest.NewWorld(t, consoletest.WithReplay, func(_ *console.Config, p *console.Parts) {
		replay := p.Replay
		p.Replay = func(ctx context.Context, tenant tenancy.Tenant, r provisionlog.Replay) (provisionlog.Replayed, error) {
			sent++
			return replay(ctx, tenant, r)
		}
	})
	p := w.IDP(t, w.Acme)
	ann := p.User("ann")
	p.Does(http.MethodPatch, "/Users/"+ann, `{"Operations":[{"op":"replace","path":"title","value":"Dr"}]}`)
	p.Does(http.MethodDelete, "/Users/"+ann, "")
	b := w.As(t, admin.Admin)
	for _, e := range w.EntriesOf(t, journal.Query{}) {
		says := []string{"An accepted request cannot be sent again", "Provision on demand"}
		if e.Action == journal.ActionDelete {
			says[1] = "To undo the deletion, restore what was deleted"
		}
		b.Get(t, "/log/"+e.ID).Is(t, http.StatusOK).Has(t, says...).Lacks(t, "Send it again")
		b.Get(t, "/log/"+e.ID+"/replay").Is(t, http.StatusConflict).Has(t, append(says, "There is nothing to send again")...)
	}
	for _, path := range []string{"/Bulk", "//%42ulk/"} {
		_, id := p.Asks(http.MethodPost, path, `{"Operations":7}`)
		at := "/log/" + id
		form := b.Get(t, at+"/replay").Is(t, http.StatusOK).Has(t, "A bulk cannot be checked", "leave in the body only the operations", "It does each of its operations").Lacks(t, "Check only")
		b.Post(t, at+"/check", consoletest.FormOf(t, form, `{"Operations":[]}`)).Is(t, http.StatusConflict).Has(t, "A bulk cannot be checked", "Nothing was sent", "To the form")
		w.As(t, admin.Viewer).Get(t, at).Is(t, http.StatusOK).Has(t, "An admin can send it again.").Lacks(t, "Send it again")
	}
	if sent != 0 {
		t.Errorf("%d were sent", sent)
	}
}
