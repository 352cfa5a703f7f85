package consoletest

import (
	"context"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/askspoke/spoke/scim/explain"
	"github.com/askspoke/spoke/services/console"
	"github.com/askspoke/spoke/services/console/word"

	store "github.com/askspoke/spoke/scim/provider"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/journal"
)

// WithReplay has requests answered by the provider itself. The gateway's way of it is tested with the gateway, and both
// together with the whole program.
func WithReplay(_ *console.Config, p *console.Parts) {
	p.Replay = func(ctx context.Context, t tenancy.Tenant, r console.Replay) (console.Replayed, error) {
		w := &World{Parts: *p}
		if r.Check {
			ctx = journal.Rehearse(ctx)
		}
		query, err := url.ParseQuery(r.Query)
		if err != nil {
			return console.Replayed{}, err
		}
		response, refusal := w.serve(ctx, t, store.Request{Method: r.Method, Path: r.Path, Query: query, Body: r.Body}, journal.Origin{
			Actor: r.Actor, RequestID: r.RequestID, ProviderRequestID: r.ProviderRequestID, Start: time.Now(),
		})
		if refusal != nil {
			return console.Replayed{Status: refusal.Status, Body: store.Error(refusal).Body, Why: explain.Explain(r.Method, response.Route, refusal)}, nil
		}
		return console.Replayed{Status: response.Status, Body: response.Body}, nil
	}
}

// FormOf is the form that a page has for a body: once, and the body itself.
func FormOf(t *testing.T, a Answer, body string) url.Values {
	t.Helper()
	_, rest, ok := strings.Cut(a.Body, `name="once" value="`)
	once, _, _ := strings.Cut(rest, `"`)
	if !ok || !word.IsUUID(once) {
		t.Fatalf("no form: %s", a.Body)
	}
	return url.Values{"once": {once}, "body": {body}}
}
