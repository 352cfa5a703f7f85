//go:build unix

package walk

import (
	"context"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/askspoke/spoke/observability/health"
	"github.com/askspoke/spoke/scim"
	"github.com/askspoke/spoke/scim/provider"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/activity"
	"github.com/askspoke/spoke/tenancy/directory"
	"github.com/askspoke/spoke/tenancy/journal"
	"github.com/askspoke/spoke/tenancy/status"
	"github.com/askspoke/spoke/tenancy/tenantdb"
	"github.com/askspoke/spoke/tenancy/token"
)

// past is what a tenant's identity provider sent earlier: it goes the way of a request below HTTP, at a time of its own, and
// leaves what it would have left.
type past struct {
	tenant   tenancy.ID
	actor    string // the token's id
	secret   string
	provider provider.Provider
	recorder *activity.Recorder
	db       *tenantdb.DB
	refusals []journal.Entry // that are not written yet
	mu       sync.Mutex
	at       time.Time // read by what runs behind the packages, too
}

// past begins at a time, with a token that was made then.
func (s *stage) past(t *testing.T, id tenancy.ID, at time.Time) *past {
	t.Helper()
	p := &past{tenant: id, at: at, db: s.db}
	key, err := token.ParseKey(s.Key)
	must(t, err)
	tokens, err := token.New(token.Config{DB: s.db, Key: key, Now: p.now})
	must(t, err)
	secret, made, err := tokens.Mint(t.Context(), id, "Microsoft Entra ID", time.Time{})
	must(t, err)
	p.secret, p.actor = secret.Reveal(), made.ID
	p.goTo(at.Add(time.Minute))
	_, err = tokens.Verify(t.Context(), id, p.secret, netip.MustParseAddr("203.0.113.40"))
	must(t, err)
	must(t, tokens.Flush(t.Context()))
	types, err := directory.ResourceTypes(nil)
	must(t, err)
	store := directory.New(s.db, &journal.Recorder{DB: s.db}).Store(tenantdb.SchemaFor(id), true)
	p.provider = provider.Provider{Store: store, Types: types, Base: s.Origin("past") + "/scim/v2", Lenient: scim.Auto, Now: p.now}
	p.recorder = activity.New(activity.Config{DB: s.db, Now: p.now})
	return p
}

func (p *past) now() time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.at
}

// goTo has it be another time.
func (p *past) goTo(at time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.at = at
}

// send has a request take a third of a second, as one of Entra's does.
func (p *past) send(ctx context.Context, method, path string, body []byte) (int, []byte, error) {
	p.goTo(p.now().Add(330 * time.Millisecond))
	path, query, _ := strings.Cut(path, "?")
	values, err := url.ParseQuery(query)
	if err != nil {
		return 0, nil, err
	}
	ctx = journal.WithOrigin(ctx, journal.Origin{Actor: p.actor, RequestID: uuid.NewString(), Start: p.now()})
	answer, err := p.provider.Serve(ctx, provider.Request{Method: method, Path: path, Query: values, Body: body})
	return answer.Status, answer.Body, err
}

// count counts n requests of a kind that were sent then.
func (p *past) count(n int, resource string, action health.Action, outcome health.Outcome) {
	for range n {
		p.recorder.Count(activity.Request{
			Tenant: p.tenant, Kind: activity.Kind{Resource: resource, Action: action, Outcome: outcome}, Duration: 4 * time.Millisecond,
		})
	}
}

// refuses has a request be refused then.
func (p *past) refuses(t *testing.T, status int, resource, id string, action journal.Action, r journal.Refusal) {
	t.Helper()
	detail, err := r.Encode()
	must(t, err)
	p.refusals = append(p.refusals, journal.Entry{
		At: p.now().UTC().Truncate(time.Microsecond), Status: status, Action: action, ResourceType: resource, ResourceID: id, Actor: p.actor,
		RequestID: uuid.NewString(), Duration: 3 * time.Millisecond, Detail: detail,
	})
}

// end has the worker look at what came: not before all is there, since it reads on from where it was.
func (p *past) end(t *testing.T, size status.Size) {
	t.Helper()
	must(t, status.New(status.Config{DB: p.db}).Mark(t.Context(), []tenancy.ID{p.tenant}, p.now()))
	p.counted(t, size)
}

// counted notes how large the directory is, which the worker does once an hour.
func (p *past) counted(t *testing.T, size status.Size) {
	t.Helper()
	s := status.New(status.Config{DB: p.db})
	must(t, s.Ensure(t.Context(), time.Now()))
	must(t, s.SaveSize(t.Context(), p.tenant, size, time.Now()))
}

// write writes what is waiting to be.
func (p *past) write(t *testing.T) {
	t.Helper()
	must(t, p.recorder.Flush(t.Context()))
	buffer := journal.NewBuffer(journal.BufferConfig{DB: p.db})
	for _, r := range p.refusals {
		if !buffer.Add(p.tenant, r) {
			t.Fatal("the journal's buffer is full")
		}
	}
	p.refusals = nil
	ctx, stop := context.WithCancel(t.Context())
	stop() // it writes what it has before it ends
	must(t, buffer.Run(ctx))
}
