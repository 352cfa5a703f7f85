package gateway

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/askspoke/spoke/scim"
	"github.com/askspoke/spoke/scim/explain"
	"github.com/askspoke/spoke/scim/provider"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/journal"
)

// Replay is a request that an administrator of the tenant sends again. Its body is JSON; it has no conditions.
type Replay struct {
	Host   string // of the tenant, which locations in the answer have
	Method string
	Path   string // below BasePath, percent-encoded
	Query  string // without the question mark
	Body   []byte

	Actor             string // who sends it, as the journal has it
	RequestID         string // ours: of the answer, the log and the journal
	ProviderRequestID string // the provider's own of the request that is sent again; "": it had none
	Address           netip.Addr
	// Once names this sending. What it creates follows from it and from the request, so that sending it twice creates it once.
	Once string
	// Check has the request judged and nothing changed: it is validated, and its statements, those of the deletion guard too,
	// are made and taken back.
	Check bool
}

// Replayed is what came of a Replay.
type Replayed struct {
	Status    int
	Header    http.Header
	Body      []byte // the first MaxReplayed bytes
	Truncated bool
	Why       explain.Explanation // of a refusal; else zero
}

// MaxReplayed is how much of an answer to a Replay is kept, in bytes.
const MaxReplayed = 64 << 10

// ErrReplay is a Replay that is no request, or a check of what cannot be checked.
var ErrReplay = errors.New("the request cannot be sent again")

// Replay does with a request what is done with one that comes by HTTP, after its token was verified: the state of the
// tenant, the rates, the profile, the extensions and the guard are the same, and the journal has what came of it, by its
// actor. It is not counted among the requests of the identity provider. t is as the registry has it. Error: ErrReplay.
func (g *Gateway) Replay(ctx context.Context, t tenancy.Tenant, r Replay) (Replayed, error) {
	request, err := r.request(ctx)
	if err != nil {
		return Replayed{}, err
	}
	w := &heldAnswer{header: make(http.Header)}
	x := &exchange{tenant: t, replay: &r}
	g.replays().ServeHTTP(w, request.WithContext(context.WithValue(request.Context(), replayKey{}, x)))
	return Replayed{Status: w.status, Header: w.header, Body: w.body, Truncated: w.truncated, Why: x.why}, nil
}

type replayKey struct{}

// replays is the way of a replay.
func (g *Gateway) replays() http.Handler {
	quiet()
	engine := gin.New()
	engine.HandleMethodNotAllowed = false
	engine.RedirectTrailingSlash = false
	engine.Use(g.answer, g.seat, g.admit, g.limit)
	engine.NoRoute(g.scim)
	return engine
}

// seat takes the place of resolve and authenticate: who calls Replay has asked both.
func (g *Gateway) seat(c *gin.Context) {
	given, ok := c.Request.Context().Value(replayKey{}).(*exchange)
	if !ok {
		fail(c, fmt.Errorf("%w: nobody sends it", ErrReplay))
		return
	}
	x, r := exchangeOf(c), given.replay
	x.replay, x.tenant, x.host, x.id, x.providerID = r, given.tenant, r.Host, r.RequestID, r.ProviderRequestID
	x.client = tenancy.Client{TokenID: r.Actor, TenantID: given.tenant.ID, Scopes: tenancy.AllScopes}
}

// request is the replay as HTTP has it. Error: ErrReplay.
func (r *Replay) request(ctx context.Context) (*http.Request, error) {
	at, err := url.Parse(BasePath + r.Path)
	switch {
	case err != nil:
		return nil, fmt.Errorf("%w: %w", ErrReplay, err)
	case !strings.HasPrefix(r.Path, "/") || at.RawQuery != "" || at.Fragment != "" || at.ForceQuery:
		return nil, fmt.Errorf("%w: its path is none", ErrReplay)
	}
	at.Scheme, at.Host, at.RawQuery = "http", r.Host, r.Query
	request, err := http.NewRequestWithContext(ctx, r.Method, at.String(), strings.NewReader(string(r.Body)))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrReplay, err)
	}
	if path, err := provider.ParsePath(request, BasePath); r.Check && err == nil && provider.IsBulk(path) {
		return nil, fmt.Errorf("%w: a bulk cannot be checked", ErrReplay)
	}
	request.RemoteAddr = netip.AddrPortFrom(r.Address, 0).String()
	if len(r.Body) > 0 {
		request.Header.Set("Content-Type", provider.ContentType)
	}
	return request, nil
}

// replayed makes a replay of what would be a client's request.
func (x *exchange) replayed(ctx context.Context, p *provider.Provider) context.Context {
	if x.replay == nil {
		return ctx
	}
	p.NewID = x.replay.ids()
	if x.replay.Check {
		ctx = journal.Rehearse(ctx)
	}
	return ctx
}

// concludeReplay is what answer does at the end of a replay: it explains, and what was sent has one log event and its place
// in the journal. What was checked leaves the log event alone.
func (g *Gateway) concludeReplay(c *gin.Context, x *exchange, response provider.Response, refusal *scim.Error, writeErr error, elapsed time.Duration) {
	if given, ok := c.Request.Context().Value(replayKey{}).(*exchange); ok && refusal != nil {
		given.why = explain.Explain(c.Request.Method, response.Route, refusal)
	}
	g.logExchange(c, x, response, refusal, writeErr, elapsed)
	if x.replay.Check {
		return
	}
	g.count(c.Request, x, response, refusal, elapsed)
	g.journalRefusals(c.Request, x, response, refusal, elapsed)
	g.logHolds(c.Request.Context(), x, response, refusal)
}

// heldAnswer keeps the answer to a replay.
type heldAnswer struct {
	header    http.Header
	status    int
	body      []byte
	truncated bool
}

// Header returns the answer's.
func (w *heldAnswer) Header() http.Header { return w.header }

// WriteHeader keeps the first status.
func (w *heldAnswer) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
}

// Write keeps what there is room for. It ends a stream that goes on behind that.
func (w *heldAnswer) Write(b []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	room := min(len(b), MaxReplayed-len(w.body))
	w.body = append(w.body, b[:room]...)
	if room < len(b) {
		w.truncated = true
		return room, io.ErrShortWrite
	}
	return len(b), nil
}

// SetWriteDeadline is for a stream, which nobody is slow to read here.
func (w *heldAnswer) SetWriteDeadline(time.Time) error { return nil }
