package gateway_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/google/uuid"

	"github.com/askspoke/spoke/infra/fixture"
	"github.com/askspoke/spoke/infra/pgtest"
	"github.com/askspoke/spoke/scim"
	"github.com/askspoke/spoke/scim/explain"
	"github.com/askspoke/spoke/services/gateway"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/directory"
	"github.com/askspoke/spoke/tenancy/journal"
	"github.com/askspoke/spoke/tenancy/ratelimit"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// witness is the journal of the tests that have none: it looks whether every refusal, of whatever test, has a sensible
// explanation.
type witness struct{ t testing.TB }

// rulesOf are the rules that an error of a type may have broken.
var rulesOf = map[scim.ErrorType][]string{
	scim.InvalidFilter: {"filter."},
	scim.Uniqueness:    {"attribute.unique"},
	scim.Mutability:    {"attribute.immutable", "attribute.read_only", "members.immutable", "patch.required"},
	scim.InvalidSyntax: {"body.", "patch.operations", "bulk.", "attribute.unknown", "search.message", "request.path"},
	scim.InvalidPath:   {"patch.path", "attribute.unknown"},
	scim.NoTarget:      {"patch.no_target"},
	scim.InvalidValue: {
		"attribute.required", "attribute.type", "attribute.list", "attribute.primary", "attribute.length", "members.unknown", "members.circle", "members.value",
		"patch.value", "body.schemas", "body.text", "list.", "bulk.", "search.message", "request.query",
	},
	scim.InvalidVers:   {"request.version"},
	scim.InvalidCursor: {"list.cursor"},
	scim.ExpiredCursor: {"list.cursor_expired"},
	scim.InvalidCount:  {"list.page", "list.cursor_count"},
}

// rulesOfStatus are those of errors without a type.
var rulesOfStatus = map[int][]string{
	400: {"request."}, 401: {"auth.missing", "auth.token"}, 403: {"auth.scope", "auth.address", "tenant.suspended", "tenant.deleting", "discovery.filter", "guard.rejected"},
	404: {"request.endpoint", "request.resource"}, 405: {"request.method"}, 409: {"bulk.reference"}, 412: {"request.precondition"},
	413: {"body.size", "bulk.size", "patch.size"}, 414: {"request.uri"}, 415: {"body.media_type"}, 429: {"limit."}, 503: {"guard.held"},
}

// Add fails the test where the explanation does not fit.
func (w witness) Add(tenant tenancy.ID, e journal.Entry) bool {
	r, err := e.Refusal()
	if err != nil || tenant == "" || e.Status < 400 || e.Action == "" || e.RequestID == "" || e.At.IsZero() {
		w.t.Errorf("a refusal is not whole: %v %+v", err, e)
		return false
	}
	rules := rulesOf[scim.ErrorType(r.SCIMType)]
	if r.SCIMType == "" {
		rules = rulesOfStatus[e.Status]
	}
	if r.SCIMType == string(scim.InvalidValue) && e.Status == http.StatusConflict {
		rules = []string{"bulk.reference"}
	}
	fits := slices.ContainsFunc(rules, func(rule string) bool {
		return r.Rule == rule || strings.HasSuffix(rule, ".") && strings.HasPrefix(r.Rule, rule)
	})
	if !fits || r.Hint == "" || r.Detail == "" || explain.Reference(r.Rule) == "" {
		w.t.Errorf("%d %s is explained by %q: %+v", e.Status, r.SCIMType, r.Rule, r)
	}
	about := strings.HasPrefix(r.Rule, "attribute.") || strings.HasPrefix(r.Rule, "members.") || r.Rule == "patch.required" || r.Rule == "filter.value"
	if about && r.Attribute == "" {
		w.t.Errorf("a refusal by %s names no attribute: %+v", r.Rule, r)
	}
	return true
}

// journaled serves a tenant with a journal of refusals, as spoke serve does.
func journaled(t *testing.T, configure ...func(*gateway.Config)) *server {
	t.Helper()
	db, tenants := pgtest.Tenants(t, 1)
	buffer := journal.NewBuffer(journal.BufferConfig{DB: db, Every: time.Millisecond})
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- buffer.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	configure = append([]func(*gateway.Config){func(c *gateway.Config) { c.Journal = buffer }}, configure...)
	return serve(t, db, tenants, db, directory.New(db, &journal.Recorder{DB: db}), configure...)
}

// entries waits for n entries of a request in the journal, and returns them, the oldest first.
func (c *client) entries(q journal.Query, n int) []journal.Entry {
	c.t.Helper()
	q.OldestFirst = true
	var page journal.Page
	fixture.Eventually(c.t, "the journal is written", func() bool {
		var err error
		if page, err = journal.List(c.t.Context(), c.server.db, tenantdb.SchemaFor(c.tenant.ID), q); err != nil {
			c.t.Fatal(err)
		}
		return len(page.Entries) >= n
	})
	if len(page.Entries) != n {
		c.t.Errorf("%d entries, want %d: %+v", len(page.Entries), n, page.Entries)
	}
	return page.Entries
}

// refusalOf returns the one entry of the answer's request.
func (c *client) refusalOf(a answer) (journal.Entry, journal.Refusal) {
	c.t.Helper()
	e := c.entries(journal.Query{RequestID: a.header.Get("X-Request-Id")}, 1)[0]
	r, err := e.Refusal()
	if err != nil {
		c.t.Fatal(err)
	}
	return e, r
}

// TestRefusalIsJournaled finds each refusal by the X-Request-Id of its answer, with what it broke and what to change.
func TestRefusalIsJournaled(t *testing.T) {
	t.Parallel()
	s := journaled(t)
	c := s.client(t, 0)
	ada := c.user("ada")
	group := c.group("Engineers", ada)
	nobody := uuid.NewString()
	for _, tc := range [...]struct {
		name, method, path, body string
		want                     journal.Refusal
		action                   journal.Action
		resourceType, resourceID string
	}{
		{
			name: "a name that is taken", method: "POST", path: "/Users", body: `{"userName":"ADA","password":"hunter2","title":"Countess"}`,
			want: journal.Refusal{
				Rule: "attribute.unique", Attribute: "userName", SCIMType: "uniqueness",
				Body: json.RawMessage(`{"title": "Countess", "password": "[redacted]", "userName": "ADA"}`), Redacted: []string{"password"},
			},
			action: "create", resourceType: "User",
		},
		{
			name: "a PUT", method: "PUT", path: "/Users/" + ada, body: `{"title":7,"userName":"ada"}`,
			want:   journal.Refusal{Rule: "attribute.type", Attribute: "title", SCIMType: "invalidValue", Body: json.RawMessage(`{"title": 7, "userName": "ada"}`)},
			action: "update", resourceType: "User", resourceID: ada,
		},
		{
			name: "a PATCH of a password beside what is wrong", method: "PATCH", path: "/users/" + ada + "/",
			body: patch(op("replace", "password", "hunter2"), op("replace", "active", "perhaps")),
			want: journal.Refusal{
				Rule: "attribute.type", Attribute: "active", SCIMType: "invalidValue", Redacted: []string{"Operations[0].value"},
				Body: json.RawMessage(`{"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [{"op": "replace", "path": "password", "value": "[redacted]"}, {"op": "replace", "path": "active", "value": "perhaps"}]}`),
			},
			action: "update", resourceType: "User", resourceID: ada,
		},
		{
			name: "a member that is not there", method: "PATCH", path: "/Groups/" + group, body: patch(op("add", "members", elements([]string{nobody}))),
			want: journal.Refusal{
				Rule: "members.unknown", Attribute: "members", SCIMType: "invalidValue",
				Body: json.RawMessage(`{"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [{"op": "add", "path": "members", "value": [{"value": "` + nobody + `"}]}]}`),
			},
			action: "update", resourceType: "Group", resourceID: group,
		},
		{
			name: "a deletion of who is not there", method: "DELETE", path: "/Users/" + nobody,
			want: journal.Refusal{Rule: "request.resource"}, action: "delete", resourceType: "User", resourceID: nobody,
		},
		{
			name: "a filter", method: "GET", path: "/Users?" + where(`password eq "hunter2"`),
			want:   journal.Refusal{Rule: "filter.secret", Attribute: "password", SCIMType: "invalidFilter", Query: "filter=password%20eq[redacted]"},
			action: "read", resourceType: "User",
		},
		{
			name: "a search", method: "POST", path: "/Groups/.search", body: `{"filter":"displayName is 7"}`,
			want:   journal.Refusal{Rule: "filter.syntax", SCIMType: "invalidFilter", Body: json.RawMessage(`{"filter": "displayName is 7"}`)},
			action: "read", resourceType: "Group",
		},
		{
			name: "a body that is no JSON", method: "POST", path: "/Users", body: `{"userName":"x",`,
			want: journal.Refusal{Rule: "body.json", SCIMType: "invalidSyntax", BodyText: `{"userName":"x",`}, action: "create", resourceType: "User",
		},
		{
			name: "a body that may hold a password", method: "POST", path: "/Users", body: `{"userName":"x","password":"hunter2`,
			want: journal.Refusal{Rule: "body.json", SCIMType: "invalidSyntax", BodyText: "[redacted]", Redacted: []string{"body"}}, action: "create", resourceType: "User",
		},
		{
			name: "a name twice", method: "POST", path: "/Users", body: `{"userName":"x","userName":"y"}`,
			want:   journal.Refusal{Rule: "body.duplicate", Attribute: "userName", SCIMType: "invalidSyntax", BodyText: `{"userName":"x","userName":"y"}`},
			action: "create", resourceType: "User",
		},
		{
			name: "no such endpoint", method: "GET", path: "/Printers/1",
			want: journal.Refusal{Rule: "request.endpoint"}, action: "read",
		},
		{
			name: "another method", method: "PATCH", path: "/Users", body: `{}`,
			want: journal.Refusal{Rule: "request.method", Body: json.RawMessage(`{}`)}, action: "update", resourceType: "User",
		},
		{
			name: "a bulk as a whole", method: "POST", path: "/Bulk", body: `{"Operations":[]}`,
			want: journal.Refusal{Rule: "bulk.message", SCIMType: "invalidSyntax", Body: json.RawMessage(`{"Operations": []}`)}, action: "other",
		},
	} {
		before := time.Now()
		a := c.send(tc.method, tc.path, tc.body, "X-Ms-Client-Request-Id", "entra-"+tc.method)
		e, r := c.refusalOf(a)
		path, _, _ := strings.Cut(tc.path, "?")
		want := journal.Entry{
			Outcome: journal.Refused, Status: a.status, Action: tc.action, ResourceType: tc.resourceType, ResourceID: tc.resourceID, Actor: c.tokenID,
			RequestID: a.header.Get("X-Request-Id"), ProviderRequestID: "entra-" + tc.method,
		}
		if diff := cmp.Diff(want, e, cmpopts.IgnoreFields(journal.Entry{}, "ID", "At", "Duration", "Detail")); diff != "" {
			t.Errorf("%s (-want +got)\n%s", tc.name, diff)
		}
		if e.Duration <= 0 || e.Duration > patience || e.At.Before(before.Add(-time.Millisecond)) || e.At.After(time.Now()) {
			t.Errorf("%s: at %s, for %s", tc.name, e.At, e.Duration)
		}
		hint := r.Hint
		tc.want.Hint, tc.want.Method, tc.want.Path, tc.want.Detail = hint, tc.method, path, a.failure(t).Detail
		if tc.want.Query == "" {
			_, tc.want.Query, _ = strings.Cut(tc.path, "?")
		}
		if diff := cmp.Diff(tc.want, r); diff != "" || len(hint) < 40 {
			t.Errorf("%s: %s (-want +got)\n%s", tc.name, hint, diff)
		}
		if strings.Contains(string(e.Detail), "hunter2") {
			t.Errorf("%s: the journal has the password: %s", tc.name, e.Detail)
		}
	}
}

// What is an answer and no refusal is not journaled, nor is what a stranger asks for, or what fails.
func TestNoRefusalIsJournaled(t *testing.T) {
	t.Parallel()
	s := journaled(t)
	c := s.client(t, 0)
	c.send("GET", "/Users/"+uuid.NewString(), "").is(t, 404)
	c.send("HEAD", "/Users/"+uuid.NewString(), "").is(t, 404)
	c.send("HEAD", "/Nothing", "").is(t, 404)
	c.send("GET", "/Users?"+where(`userName eq "nobody"`), "").is(t, 200)
	c.as("").send("GET", "/ServiceProviderConfig?filter=x", "").is(t, 403)
	c.send("GET", "/Me", "").is(t, 501)
	last := c.send("GET", "/Nothing", "").is(t, 404)
	c.refusalOf(last)
	c.entries(journal.Query{Outcome: journal.Refused}, 1)
}

// TestBulkRefusalsAreJournaled has an entry for each operation that failed, and the changes of the others, all with the one
// request's id.
func TestBulkRefusalsAreJournaled(t *testing.T) {
	t.Parallel()
	c := journaled(t).client(t, 0)
	nobody := uuid.NewString()
	body := object{"Operations": array(
		operation{Method: "POST", Path: "/Users", BulkID: "ada", Data: object{"userName": "ada", "password": "hunter2"}},
		operation{Method: "POST", Path: "/Users", BulkID: "eve", Data: object{"userName": "ADA", "password": "hunter2"}},
		operation{Method: "DELETE", Path: "/Users/" + nobody},
		operation{Method: "PATCH", Path: "/Groups/" + nobody, Data: json.RawMessage(patch(op("replace", "displayName", "x")))},
		operation{Method: "POST", Path: "/Printers", BulkID: "1", Data: object{}},
	)}.String()
	a := c.send("POST", "/Bulk", body, "traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01").is(t, 200)
	entries := c.entries(journal.Query{RequestID: a.header.Get("X-Request-Id")}, 5)
	type row struct {
		Outcome, Action, ResourceType, ResourceID, Rule, Attribute, Method, Path, Body string
		Status                                                                         int
	}
	var got []row
	for _, e := range entries {
		if e.ProviderRequestID != "4bf92f3577b34da6a3ce929d0e0e4736" || e.Actor != c.tokenID || e.Duration <= 0 {
			t.Errorf("%+v", e)
		}
		if strings.Contains(string(e.Detail), "hunter2") {
			t.Errorf("the journal has the password: %s", e.Detail)
		}
		line := row{Outcome: string(e.Outcome), Action: string(e.Action), ResourceType: e.ResourceType, Status: e.Status}
		if e.Outcome == journal.Refused {
			r, err := e.Refusal()
			if err != nil {
				t.Fatal(err)
			}
			line.ResourceID, line.Rule, line.Attribute, line.Method, line.Path, line.Body = e.ResourceID, r.Rule, r.Attribute, r.Method, r.Path, string(r.Body)
		}
		got = append(got, line)
	}
	want := []row{
		{Outcome: "accepted", Action: "create", ResourceType: "User"},
		{Outcome: "refused", Action: "create", ResourceType: "User", Status: 409, Rule: "attribute.unique", Attribute: "userName", Method: "POST", Path: "/Users", Body: `{"password": "[redacted]", "userName": "ADA"}`},
		{Outcome: "refused", Action: "delete", ResourceType: "User", ResourceID: nobody, Status: 404, Rule: "request.resource", Method: "DELETE", Path: "/Users/" + nobody},
		{Outcome: "refused", Action: "update", ResourceType: "Group", ResourceID: nobody, Status: 404, Rule: "request.resource", Method: "PATCH", Path: "/Groups/" + nobody, Body: `{"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [{"op": "replace", "path": "displayName", "value": "x"}]}`},
		{Outcome: "refused", Action: "create", Status: 404, Rule: "request.endpoint", Method: "POST", Path: "/Printers", Body: `{}`},
	}
	byRule := cmpopts.SortSlices(func(a, b row) bool { return a.Rule+a.Path < b.Rule+b.Path }) // those of one request have one time
	if diff := cmp.Diff(want, got, byRule); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// Whoever sends wrong tokens, or too much, does not fill the journal.
func TestRepeatedRefusalsAreJournaledOnce(t *testing.T) {
	t.Parallel()
	s := journaled(t, func(c *gateway.Config) {
		c.Rates = &gateway.Rates{
			Tenant: each(ratelimit.Limits{Read: slow(1), Write: slow(1), Bulk: slow(1)}), Failures: slow(3), Public: ratelimit.NoLimit(),
		}
	})
	c := s.client(t, 0)
	c.send("GET", "/Users", "").is(t, 200)
	wrong := c.as(s.nobodysToken(t))
	first := wrong.send("GET", "/Users", "").is(t, 401)
	for range 2 {
		wrong.send("POST", "/Users", `{"userName":"x"}`).is(t, 401)
	}
	limited := c.send("GET", "/Users", "").is(t, 429)
	for range 3 {
		c.send("GET", "/Users", "").is(t, 429)
	}
	failures := wrong.send("GET", "/Users", "").is(t, 429)
	for _, tc := range [...]struct {
		answer answer
		rule   string
		action journal.Action
		actor  string
	}{{first, "auth.token", "authenticate", ""}, {limited, "limit.rate", "read", c.tokenID}, {failures, "limit.failures", "authenticate", ""}} {
		e, r := c.refusalOf(tc.answer)
		if diff := cmp.Diff([]string{tc.rule, string(tc.action), tc.actor}, []string{r.Rule, string(e.Action), e.Actor}); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
		if strings.Contains(string(e.Detail), wrong.secret) {
			t.Errorf("the journal has the token: %s", e.Detail)
		}
	}
	c.entries(journal.Query{Outcome: journal.Refused}, 3)
	s.shutdown() // the gateway tells what it counted, at its end
	if err := s.stopped(); err != nil {
		t.Fatal(err)
	}
	var details []string
	for _, e := range c.entries(journal.Query{Outcome: journal.Refused}, 5)[3:] {
		r, err := e.Refusal()
		if err != nil {
			t.Fatal(err)
		}
		details = append(details, r.Rule+" "+r.Detail[strings.LastIndex(r.Detail, "("):])
	}
	slices.Sort(details)
	if diff := cmp.Diff([]string{"auth.token (Refused 2 times within a minute.)", "limit.rate (Refused 3 times within a minute.)"}, details); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// A tenant that is suspended and a token that comes from elsewhere are explained as well.
func TestRefusedBeforeTheProtocol(t *testing.T) {
	t.Parallel()
	s := journaled(t, func(c *gateway.Config) { c.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")} })
	c := s.client(t, 0)
	elsewhere := c.scoped(tenancy.ReadUsers, "192.0.2.0/24")
	_, r := c.refusalOf(elsewhere.send("GET", "/Users", "", "X-Forwarded-For", "198.51.100.4").is(t, 403))
	if r.Rule != "auth.address" {
		t.Errorf("%+v", r)
	}
	_, r = c.refusalOf(c.scoped(tenancy.ReadUsers).send("POST", "/Users", `{"userName":"x"}`).is(t, 403))
	if r.Rule != "auth.scope" || string(r.Body) != `{"userName": "x"}` {
		t.Errorf("%+v", r)
	}
	_, r = c.refusalOf(c.send("POST", "/Users", `x`, "Content-Type", "text/plain").is(t, 415))
	if r.Rule != "body.media_type" || r.Body != nil || r.BodyText != "" {
		t.Errorf("%+v", r)
	}
	_, r = c.refusalOf(c.send("GET", "/Users?x="+strings.Repeat("y", 70_000), "").is(t, 414))
	if r.Rule != "request.uri" || len(r.Query) > 5000 {
		t.Errorf("%s %d", r.Rule, len(r.Query))
	}
	if err := s.manager.SetState(t.Context(), c.tenant.ID, tenancy.StateSuspended); err != nil {
		t.Fatal(err)
	}
	var a answer
	fixture.Eventually(t, "the tenant is suspended", func() bool { a = c.send("GET", "/Users", ""); return a.status == 403 })
	if _, r = c.refusalOf(a); r.Rule != "tenant.suspended" || !strings.Contains(r.Hint, "operator") {
		t.Errorf("%+v", r)
	}
}

// TestProviderRequestID has what the client calls a request in the journal and the log, and in no answer.
func TestProviderRequestID(t *testing.T) {
	t.Parallel()
	s := journaled(t)
	c := s.client(t, 0)
	for i, tc := range [...]struct {
		headers []string
		want    string
	}{
		{nil, ""},
		{[]string{"X-Request-Id", "okta-1"}, "okta-1"},
		{[]string{"X-Request-Id", "proxy", "client-request-id", "entra-1"}, "entra-1"},
		{[]string{"X-Okta-Request-Id", "okta-2", "traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"}, "okta-2"},
		{[]string{"X-Correlation-Id", "two words\té"}, "twowords"},
		{[]string{"X-Request-Id", strings.Repeat("x", 5000)}, strings.Repeat("x", 128)},
		{[]string{"traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"}, "4bf92f3577b34da6a3ce929d0e0e4736"},
		{[]string{"traceparent", "00-00000000000000000000000000000000-00f067aa0ba902b7-01"}, ""},
		{[]string{"traceparent", "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01"}, ""},
		{[]string{"traceparent", "nonsense"}, ""},
	} {
		body := object{"userName": "user" + string(rune('a'+i))}.String()
		accepted, refused := c.send("POST", "/Users", body, tc.headers...).is(t, 201), c.send("POST", "/Users", body, tc.headers...).is(t, 409)
		for _, a := range []answer{accepted, refused} {
			e := c.entries(journal.Query{RequestID: a.header.Get("X-Request-Id")}, 1)[0]
			if e.ProviderRequestID != tc.want || e.Duration <= 0 || e.Duration > patience {
				t.Errorf("%v: %q for %s, want %q", tc.headers, e.ProviderRequestID, e.Duration, tc.want)
			}
			if tc.want != "" {
				for name, values := range a.header {
					if strings.Contains(strings.Join(values, " "), tc.want) {
						t.Errorf("the answer repeats %s in %s", tc.want, name)
					}
				}
				if !strings.Contains(s.log.String(), `"provider_request_id":"`+tc.want+`"`) {
					t.Errorf("%s is not in the log", tc.want)
				}
			}
		}
	}
}
