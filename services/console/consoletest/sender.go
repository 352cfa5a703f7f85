package consoletest

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/askspoke/spoke/infra/fixture"
	"github.com/askspoke/spoke/observability/health"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/activity"
	"github.com/askspoke/spoke/tenancy/journal"
)

// A Sender is a tenant's identity provider, as far as what it sends leaves traces: counts as the gateway keeps them, and refusals.
type Sender struct {
	*World
	tenant   tenancy.Tenant
	Recorder *activity.Recorder
}

// Sender returns a tenant's.
func (w *World) Sender(tenant tenancy.Tenant) *Sender {
	return &Sender{w, tenant, activity.New(activity.Config{DB: w.DB, Now: w.Clock.Now, Heard: w.Status.Mark})}
}

// Sends counts n requests of a kind.
func (p *Sender) Sends(t *testing.T, n int, resource string, action health.Action, outcome health.Outcome) {
	t.Helper()
	for range n {
		p.Recorder.Count(activity.Request{Tenant: p.tenant.ID, Kind: activity.Kind{Resource: resource, Action: action, Outcome: outcome}, Duration: time.Millisecond})
	}
	Must(t, p.Recorder.Flush(t.Context()))
}

// IsRefused has a request in the journal that was refused.
func (p *Sender) IsRefused(t *testing.T, r journal.Refusal) {
	t.Helper()
	detail, err := r.Encode()
	Must(t, err)
	b := journal.NewBuffer(journal.BufferConfig{DB: p.DB})
	if !b.Add(p.tenant.ID, journal.Entry{
		At: p.Clock.Now(), Status: 400, Action: journal.ActionUpdate, ResourceType: "User", Actor: "token", RequestID: uuid.NewString(), Detail: detail,
	}) {
		t.Fatal("the entry was not taken")
	}
	ctx, stop := context.WithCancel(t.Context())
	stop() // it writes what it has before it ends
	Must(t, b.Run(ctx))
}

// Arrives counts requests of a tenant as the gateway counts them.
func (w *World) Arrives(t *testing.T, tenant tenancy.Tenant, resource string, action health.Action, outcome health.Outcome, found int) {
	t.Helper()
	r := activity.New(activity.Config{DB: w.DB, Now: w.Clock.Now})
	r.Count(activity.Request{
		Tenant: tenant.ID, Kind: activity.Kind{Resource: resource, Action: action, Outcome: outcome}, Position: found, Total: found,
	})
	Must(t, r.Flush(t.Context()))
}

// Refused journals a refused request of acme's as the gateway does, and returns the entry's id.
func (w *World) Refused(t *testing.T, resource string, action journal.Action, why journal.Refusal) string {
	t.Helper()
	detail, err := why.Encode()
	Must(t, err)
	id, err := uuid.NewV7()
	Must(t, err)
	b := journal.NewBuffer(journal.BufferConfig{DB: w.DB})
	b.Add(w.Acme.ID, journal.Entry{
		ID: id.String(), At: w.Clock.Now(), Outcome: journal.Refused, Status: http.StatusBadRequest, Action: action, ResourceType: resource, Detail: detail,
	})
	ctx, stop := context.WithCancel(t.Context())
	stop()
	Must(t, b.Run(ctx)) // it writes what it has at its end
	return id.String()
}

// InState sets acme's state, and waits until the console knows.
func (w *World) InState(t *testing.T, state tenancy.State) {
	t.Helper()
	Must(t, w.Tenants.SetState(t.Context(), w.Acme.ID, state))
	fixture.Eventually(t, "the registry hears of the state", func() bool {
		got, err := w.Registry.Resolve(t.Context(), "acme.askspoke.test")
		return err == nil && got.State == state
	})
}
