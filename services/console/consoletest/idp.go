package consoletest

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/askspoke/spoke/scim"
	"github.com/askspoke/spoke/scim/explain"
	"github.com/askspoke/spoke/services/console/word"

	store "github.com/askspoke/spoke/scim/provider"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/directory"
	"github.com/askspoke/spoke/tenancy/guard"
	"github.com/askspoke/spoke/tenancy/journal"
	"github.com/askspoke/spoke/tenancy/lifecycle"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// Guarded lets two deletions of acme's pass within an hour.
func (w *World) Guarded(t *testing.T) *IDP {
	t.Helper()
	limits := tenancy.Guard{Window: time.Hour, Count: 2, Minimum: 100, Percent: 20}
	var err error
	w.Acme, err = w.Tenants.Update(t.Context(), w.Acme.ID, 0, lifecycle.Change{Guard: &limits})
	Must(t, err)
	return w.IDP(t, w.Acme)
}

// Burst deletes users until two are deleted and the others are held, and returns the hold.
func (p *IDP) Burst(ids ...string) guard.Hold {
	p.t.Helper()
	for i, id := range ids {
		want := http.StatusNoContent
		if i >= 2 {
			want = http.StatusServiceUnavailable
		}
		if status, _ := p.Asks(http.MethodDelete, "/Users/"+id, ""); status != want {
			p.t.Fatalf("deletion %d: %d, want %d", i, status, want)
		}
	}
	hold, err := p.Guard.Open(p.t.Context(), tenantdb.SchemaFor(p.tenant.ID))
	Must(p.t, err)
	return hold
}

// An IDP changes a tenant's directory as an identity provider's requests do, through the provider and the guard, and journals
// what is refused.
type IDP struct {
	*World
	t      *testing.T
	tenant tenancy.Tenant
	Token  string // the id of its token
	buffer *journal.Buffer
}

// IDP returns a tenant's, with a token.
func (w *World) IDP(t *testing.T, tenant tenancy.Tenant) *IDP {
	t.Helper()
	_, token, err := w.Tokens.Mint(t.Context(), tenant.ID, "Entra "+Script, time.Time{})
	Must(t, err)
	return &IDP{w, t, tenant, token.ID, nil}
}

// serve has a request answered by the provider itself, as the gateway has it.
func (w *World) serve(ctx context.Context, tenant tenancy.Tenant, r store.Request, o journal.Origin) (store.Response, *scim.Error) {
	types, err := directory.ResourceTypes(tenant.Extensions)
	if err != nil {
		return store.Response{}, scim.AsError(err)
	}
	p := store.Provider{
		Store: w.Directory.Guarded(tenantdb.SchemaFor(tenant.ID), tenant.Settings), Types: types, Base: "http://acme.askspoke.test/scim/v2", Lenient: scim.Auto,
	}
	response, err := p.Serve(journal.WithOrigin(ctx, o), r)
	if err != nil {
		return response, scim.AsError(err)
	}
	return response, nil
}

// Asks sends a request and returns the status and the id of the resource, or of the journal's entry where it is refused.
func (p *IDP) Asks(method, path, body string) (status int, id string) {
	p.t.Helper()
	path, query, _ := strings.Cut(path, "?")
	values, err := url.ParseQuery(query)
	Must(p.t, err)
	at := p.Clock.Now()
	origin := journal.Origin{Actor: p.Token, RequestID: uuid.NewString(), ProviderRequestID: "entra-7", Start: time.Now()}
	response, refusal := p.serve(p.t.Context(), p.tenant, store.Request{Method: method, Path: path, Query: values, Body: []byte(body)}, origin)
	if refusal == nil {
		var made struct{ ID string }
		_ = json.Unmarshal(response.Body, &made)
		return response.Status, made.ID
	}
	why := explain.Explain(method, response.Route, refusal)
	types, err := directory.ResourceTypes(nil)
	Must(p.t, err)
	kept := explain.Redact(types, []byte(body))
	detail, err := journal.Refusal{
		Rule: why.Rule, Attribute: why.Attribute, SCIMType: string(refusal.Type), Detail: refusal.Detail, Hint: why.Hint, Method: method, Path: path, Query: query,
		Body: kept.JSON, BodyText: kept.Text, Truncated: kept.Truncated, Redacted: kept.Paths,
	}.Encode()
	Must(p.t, err)
	entry, err := journal.NewID()
	Must(p.t, err)
	e := journal.Entry{
		ID: entry, At: at, Outcome: journal.Refused, Status: refusal.Status, Action: journal.ActionUpdate, ResourceType: "User", Actor: p.Token,
		RequestID: origin.RequestID, ProviderRequestID: origin.ProviderRequestID, Duration: time.Millisecond, Detail: detail,
	}
	switch method {
	case http.MethodPost:
		e.Action = journal.ActionCreate
	case http.MethodDelete:
		e.Action = journal.ActionDelete
	}
	if strings.HasPrefix(path, "/Groups") {
		e.ResourceType = "Group"
	}
	if last := path[strings.LastIndexByte(path, '/')+1:]; word.IsUUID(last) {
		e.ResourceID = last
	}
	p.Writes(e)
	return refusal.Status, entry
}

// Writes journals a refused request.
func (p *IDP) Writes(e journal.Entry) {
	p.t.Helper()
	b := journal.NewBuffer(journal.BufferConfig{DB: p.DB})
	b.Add(p.tenant.ID, e)
	ctx, stop := context.WithCancel(p.t.Context())
	stop() // it writes what it has before it ends
	Must(p.t, b.Run(ctx))
}

// User makes a user, and returns its id.
func (p *IDP) User(name string) string {
	p.t.Helper()
	body, err := json.Marshal(map[string]any{"userName": name})
	Must(p.t, err)
	status, id := p.Asks(http.MethodPost, "/Users", string(body))
	if status != http.StatusCreated {
		p.t.Fatalf("user %s: %d", name, status)
	}
	return id
}

// Group makes a group, and returns its id.
func (p *IDP) Group(name string, members ...string) string {
	p.t.Helper()
	list := []any{}
	for _, id := range members {
		list = append(list, map[string]any{"value": id})
	}
	body, err := json.Marshal(map[string]any{"displayName": name, "members": list})
	Must(p.t, err)
	status, id := p.Asks(http.MethodPost, "/Groups", string(body))
	if status != http.StatusCreated {
		p.t.Fatalf("group %s: %d", name, status)
	}
	return id
}

// Does is Asks for what must be accepted.
func (p *IDP) Does(method, path, body string) {
	p.t.Helper()
	if status, _ := p.Asks(method, path, body); status >= http.StatusBadRequest {
		p.t.Fatalf("%s %s: %d", method, path, status)
	}
}

// EntryOf is the path of the latest entry that a query chooses.
func (p *IDP) EntryOf(q journal.Query) string {
	p.t.Helper()
	page, err := journal.List(p.t.Context(), p.DB, tenantdb.SchemaFor(p.tenant.ID), q)
	Must(p.t, err)
	if len(page.Entries) == 0 {
		p.t.Fatalf("no entry: %+v", q)
	}
	return "/log/" + page.Entries[0].ID
}

// EntriesOf are the entries of acme's journal, the latest first.
func (w *World) EntriesOf(t *testing.T, q journal.Query) []journal.Entry {
	t.Helper()
	page, err := journal.List(t.Context(), w.DB, tenantdb.SchemaFor(w.Acme.ID), q)
	Must(t, err)
	return page.Entries
}

// RefusedAt journals a refused request of a time.
func (p *IDP) RefusedAt(t *testing.T, at time.Time) string {
	t.Helper()
	id, err := uuid.NewV7()
	Must(t, err)
	for i := range 6 { // the time is in the id too
		id[i] = byte(at.UnixMilli() >> (40 - 8*i))
	}
	detail, err := journal.Refusal{Method: "PATCH", Path: "/Users/1", Detail: "no"}.Encode()
	Must(t, err)
	p.Writes(journal.Entry{ID: id.String(), At: at, Outcome: journal.Refused, Status: http.StatusBadRequest, Action: journal.ActionUpdate, ResourceType: "User", Detail: detail})
	return id.String()
}
