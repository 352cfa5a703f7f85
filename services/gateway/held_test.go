package gateway

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/go-cmp/cmp"

	"github.com/askspoke/spoke/scim"
	"github.com/askspoke/spoke/scim/provider"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/journal"
)

// kept is a journal in memory.
type kept struct{ entries []journal.Entry }

func (k *kept) Add(_ tenancy.ID, e journal.Entry) bool {
	k.entries = append(k.entries, e)
	return true
}

// Of what failed only what the guard holds is journaled: it waits for somebody to decide.
func TestHeldIsJournaled(t *testing.T) {
	t.Parallel()
	journaled := new(kept)
	g := New(Config{Journal: journaled}, nil, nil, nil, nil, nil, nil)
	held := &scim.Error{Status: http.StatusServiceUnavailable, Detail: "held", RetryAfter: time.Hour}
	busy := &scim.Error{Status: http.StatusServiceUnavailable, Rule: scim.RuleServerBusy, Detail: "busy"}
	x := &exchange{id: "1", start: time.Now(), tenant: tenancy.Tenant{ID: "a"}, client: tenancy.Client{TokenID: "b"}}
	request := httptest.NewRequest(http.MethodDelete, BasePath+"/Users/2819c223-7f76-453a-919d-413861904646", http.NoBody)
	one := provider.Response{Route: "/Users/{id}"}
	for _, e := range []*scim.Error{held, busy, {Status: http.StatusInternalServerError, Detail: "x"}, {Status: statusClientGone, Detail: "x"}} {
		g.journalRefusals(request, x, one, e, time.Second)
	}
	bulk := provider.Response{Route: "/Bulk", Operations: []provider.Operation{
		{Method: "DELETE", Route: "/Users/{id}", Path: "/Users/x", Status: 503, Error: held},
		{Method: "DELETE", Route: "/Users/{id}", Path: "/Users/x", Status: 503, Error: busy},
		{Method: "PATCH", Route: "/Users/{id}", Path: "/Users/x", Status: 503, Error: held, Data: map[string]any{"password": "x"}},
		{Method: "DELETE", Route: "/Users/{id}", Status: 204, Changed: true},
	}}
	g.journalRefusals(request, x, bulk, nil, time.Second)
	var got []string
	for _, e := range journaled.entries {
		r, err := e.Refusal()
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, string(e.Action)+" "+r.Rule+" "+r.Path+" "+e.ResourceID+string(r.Body))
	}
	want := []string{
		"delete guard.held /Users/2819c223-7f76-453a-919d-413861904646 2819c223-7f76-453a-919d-413861904646",
		"delete guard.held /Users/x ", `update guard.held /Users/x {"password":"[redacted]"}`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// A refusal that knows how long the client is to wait says so.
func TestRetryAfter(t *testing.T) {
	t.Parallel()
	g := New(Config{}, nil, nil, nil, nil, nil, nil)
	for _, tc := range []struct {
		status int
		after  time.Duration
		want   string
	}{{503, 0, "10"}, {503, time.Hour, "3600"}, {429, 0, "1"}, {429, 90 * time.Second, "90"}, {404, time.Hour, ""}} {
		w := httptest.NewRecorder()
		c, _ := gin.CreateTestContext(w)
		c.Request = httptest.NewRequest(http.MethodGet, "/", http.NoBody)
		g.setErrorHeaders(c, &scim.Error{Status: tc.status, RetryAfter: tc.after})
		if got := w.Header().Get("Retry-After"); got != tc.want {
			t.Errorf("%d after %s: %q, want %q", tc.status, tc.after, got, tc.want)
		}
	}
}
