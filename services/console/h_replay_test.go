package console

import (
	"context"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/askspoke/spoke/scim/explain"

	store "github.com/askspoke/spoke/scim/provider"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/journal"
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
