package console

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/askspoke/spoke/observability/health"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/activity"
	"github.com/askspoke/spoke/tenancy/journal"
)

// identityProvider is a tenant's identity provider, as far as what it sends leaves traces.
type identityProvider struct {
	*world
	tenant   tenancy.Tenant
	recorder *activity.Recorder
}

func (w *world) provider(tenant tenancy.Tenant) *identityProvider {
	return &identityProvider{w, tenant, activity.New(activity.Config{DB: w.DB, Now: w.clock.now, Heard: w.Status.Mark})}
}

// sends counts n requests of a kind.
func (p *identityProvider) sends(t *testing.T, n int, resource string, action health.Action, outcome health.Outcome) {
	t.Helper()
	for range n {
		p.recorder.Count(activity.Request{Tenant: p.tenant.ID, Kind: activity.Kind{Resource: resource, Action: action, Outcome: outcome}, Duration: time.Millisecond})
	}
	must(t, p.recorder.Flush(t.Context()))
}

// isRefused has a request in the journal that was refused.
func (p *identityProvider) isRefused(t *testing.T, r journal.Refusal) {
	t.Helper()
	detail, err := r.Encode()
	must(t, err)
	b := journal.NewBuffer(journal.BufferConfig{DB: p.DB})
	if !b.Add(p.tenant.ID, journal.Entry{
		At: p.clock.now(), Status: 400, Action: journal.ActionUpdate, ResourceType: "User", Actor: "token", RequestID: uuid.NewString(), Detail: detail,
	}) {
		t.Fatal("the entry was not taken")
	}
	ctx, stop := context.WithCancel(t.Context())
	stop() // it writes what it has before it ends
	must(t, b.Run(ctx))
}

// arrives counts requests of a tenant as the gateway counts them.
func (w *world) arrives(t *testing.T, tenant tenancy.Tenant, resource string, action health.Action, outcome health.Outcome, found int) {
	t.Helper()
	r := activity.New(activity.Config{DB: w.DB, Now: w.clock.now})
	r.Count(activity.Request{
		Tenant: tenant.ID, Kind: activity.Kind{Resource: resource, Action: action, Outcome: outcome}, Position: found, Total: found,
	})
	must(t, r.Flush(t.Context()))
}

// refused journals a refused request of acme's as the gateway does, and returns the entry's id.
func (w *world) refused(t *testing.T, resource string, action journal.Action, why journal.Refusal) string {
	t.Helper()
	detail, err := why.Encode()
	must(t, err)
	id, err := uuid.NewV7()
	must(t, err)
	b := journal.NewBuffer(journal.BufferConfig{DB: w.DB})
	b.Add(w.acme.ID, journal.Entry{
		ID: id.String(), At: w.clock.now(), Outcome: journal.Refused, Status: http.StatusBadRequest, Action: action, ResourceType: resource, Detail: detail,
	})
	ctx, stop := context.WithCancel(t.Context())
	stop()
	must(t, b.Run(ctx)) // it writes what it has at its end
	return id.String()
}

// inState sets acme's state, and waits until the console knows.
func (w *world) inState(t *testing.T, state tenancy.State) {
	t.Helper()
	must(t, w.Tenants.SetState(t.Context(), w.acme.ID, state))
	w.until(t, func() bool {
		got, err := w.Registry.Resolve(t.Context(), "acme.askspoke.test")
		return err == nil && got.State == state
	})
}
