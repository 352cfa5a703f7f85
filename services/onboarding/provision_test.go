package onboarding_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/askspoke/spoke/scim"
	"github.com/askspoke/spoke/scim/provider"
	"github.com/askspoke/spoke/services/onboarding/client"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/directory"
	"github.com/askspoke/spoke/tenancy/journal"
	"github.com/askspoke/spoke/tenancy/lifecycle"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// idp changes a tenant's directory as its identity provider does, with a token of its own.
type idp struct {
	t        *testing.T
	w        *world
	tenant   tenancy.Tenant
	provider provider.Provider
	token    string
}

func (w *world) idp(t *testing.T, tenant client.Tenant) *idp {
	t.Helper()
	found, err := lifecycle.New(lifecycle.Config{DB: w.db}).ByID(t.Context(), tenancy.ID(tenant.ID))
	if err != nil {
		t.Fatal(err)
	}
	types, err := directory.ResourceTypes(found.Extensions)
	if err != nil {
		t.Fatal(err)
	}
	store := directory.New(w.db, &journal.Recorder{DB: w.db}).Guarded(tenantdb.SchemaFor(found.ID), found.Settings)
	return &idp{t, w, found, provider.Provider{Store: store, Types: types, Base: "https://acme.example/scim/v2", Lenient: scim.Auto, Now: w.clock.Now}, uuid.NewString()}
}

// asks makes a request, and returns its status and the id in its answer.
func (p *idp) asks(line, body string) (status int, id string) {
	p.t.Helper()
	method, path, _ := strings.Cut(line, " ")
	request := uuid.NewString()
	ctx := journal.WithOrigin(p.t.Context(), journal.Origin{Actor: p.token, RequestID: request, ProviderRequestID: "theirs of " + request, Start: time.Now()})
	response, err := p.provider.Serve(ctx, provider.Request{Method: method, Path: path, Body: []byte(body)})
	if err != nil {
		return scim.AsError(err).Status, ""
	}
	var made struct{ ID string }
	if len(response.Body) > 0 {
		if err := json.Unmarshal(response.Body, &made); err != nil {
			p.t.Fatal(err)
		}
	}
	return response.Status, made.ID
}

// does is asks for what must succeed.
func (p *idp) does(line, body string) (id string) {
	p.t.Helper()
	status, id := p.asks(line, body)
	if status >= 300 {
		p.t.Fatalf("%s %s: %d", line, body, status)
	}
	return id
}

func (p *idp) user(name string) string {
	p.t.Helper()
	return p.does("POST /Users", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"`+name+`","active":true}`)
}

func (p *idp) group(name string, members ...string) string {
	p.t.Helper()
	var list []string
	for _, id := range members {
		list = append(list, `{"value":"`+id+`"}`)
	}
	return p.does("POST /Groups", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":"`+name+`","members":[`+strings.Join(list, ",")+`]}`)
}

func (p *idp) patches(path, operations string) {
	p.t.Helper()
	p.does("PATCH "+path, `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[`+operations+`]}`)
}

// refused journals refused requests, as the gateway does.
func (w *world) refused(t *testing.T, tenant client.Tenant, entries ...journal.Entry) {
	t.Helper()
	b := journal.NewBuffer(journal.BufferConfig{DB: w.db})
	for _, e := range entries {
		e.Outcome = journal.Refused
		if !b.Add(tenancy.ID(tenant.ID), e) {
			t.Fatalf("%+v is not kept", e)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel() // it writes what waits, and ends
	if err := b.Run(ctx); err != nil {
		t.Fatal(err)
	}
	if s := b.Stats(); s.Buffered > 0 || s.Dropped > 0 {
		t.Fatalf("%+v", s)
	}
}

// refusal is the entry of a refused request.
func refusal(t *testing.T, action journal.Action, status int, r journal.Refusal) journal.Entry {
	t.Helper()
	detail, err := r.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return journal.Entry{Action: action, Status: status, RequestID: uuid.NewString(), Detail: detail}
}
