package onboarding_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/askspoke/spoke/services/onboarding/client"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/lifecycle"
	"github.com/askspoke/spoke/tenancy/operator"
)

// brief is what a test compares of an entry.
type brief struct {
	Actor, Operation, Problem string
	Status                    int
	Tenant, Resource          bool
	Replayed                  bool
}

// audited returns the entries that a filter chooses, the oldest first, in pages of two.
func (w *world) audited(t *testing.T, p client.ListAuditParams) (list []client.AuditEntry) {
	t.Helper()
	p.Limit = pointer(2)
	for {
		r, err := w.as(t, operator.Read).ListAuditWithResponse(t.Context(), &p)
		if err != nil || r.JSON200 == nil {
			t.Fatalf("%v, %s", err, r.Body)
		}
		list = append(list, r.JSON200.Items...)
		if p.Cursor = r.JSON200.NextCursor; p.Cursor == nil {
			slices.Reverse(list)
			return list
		}
	}
}

func briefs(list []client.AuditEntry) (got []brief) {
	for _, e := range list {
		b := brief{Actor: e.Actor, Operation: e.Operation, Tenant: e.TenantID != nil, Resource: e.ResourceID != nil, Replayed: e.Replayed != nil}
		if e.Status != nil {
			b.Status = *e.Status
		}
		if e.Problem != nil {
			b.Problem = *e.Problem
		}
		got = append(got, b)
	}
	return got
}

// Every call is in the audit log, refused ones too, with who made it and what came of it.
func TestAudit(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	admin, reader := "key:"+w.ids[operator.Admin], "key:"+w.ids[operator.Read]
	w.send(t, "POST /v1/tenants", `{"slug":"acme","token":{"name":"a"}}`, "Idempotency-Key", "k")
	w.send(t, "POST /v1/tenants", `{"slug":"acme","token":{"name":"a"}}`, "Idempotency-Key", "k")
	last := w.send(t, "POST /v1/tenants", `{"slug":"acme"}`)
	w.send(t, "POST /v1/tenants", `{"slug":7}`)
	w.send(t, "GET /v1/tenants/acme", "", "Authorization", "Bearer "+w.keys[operator.Read])
	w.send(t, "DELETE /v1/tenants/acme", "", "Authorization", "Bearer "+w.keys[operator.Read])
	w.send(t, "GET /v1/tenants/nobody", "", "Authorization", "Bearer nonsense")
	w.send(t, "PATCH /v1/tenants/acme", `{}`)
	w.send(t, "GET /v1/nothing", "") // no operation
	w.send(t, "GET /", "")
	all := w.audited(t, client.ListAuditParams{})
	want := []brief{
		{Actor: admin, Operation: "createTenant", Status: 201, Tenant: true, Resource: true},
		{Actor: admin, Operation: "createTenant", Status: 201, Tenant: true, Resource: true, Replayed: true},
		{Actor: admin, Operation: "createTenant", Status: 409, Problem: "slug-taken"},
		{Actor: admin, Operation: "createTenant", Status: 400, Problem: "invalid-request"},
		{Actor: reader, Operation: "getTenant", Status: 200, Tenant: true},
		{Actor: reader, Operation: "deleteTenant", Status: 403, Problem: "forbidden"},
		{Actor: "anonymous", Operation: "getTenant", Status: 401, Problem: "unauthenticated"},
		{Actor: admin, Operation: "updateTenant", Status: 428, Problem: "precondition-required", Tenant: true},
	}
	if diff := cmp.Diff(want, briefs(all)[:len(want)]); diff != "" {
		t.Error(diff)
	}
	e := all[2]
	if e.RequestID != last.header.Get("X-Request-Id") || e.Address != "127.0.0.1" || *e.Name != "test admin" || *e.Role != client.RoleAdmin || time.Since(e.At) > time.Minute {
		t.Errorf("%+v", e)
	}
	for name, tc := range map[string]struct {
		params client.ListAuditParams
		want   int
	}{
		"actor":     {client.ListAuditParams{Actor: pointer("anonymous")}, 1},
		"operation": {client.ListAuditParams{Operation: pointer("createTenant")}, 4},
		"tenant":    {client.ListAuditParams{Tenant: pointer("acme")}, 4},
		"its id":    {client.ListAuditParams{Tenant: all[0].TenantID}, 4},
		"gone":      {client.ListAuditParams{Tenant: pointer(string(tenancy.NewID()))}, 0},
		"since":     {client.ListAuditParams{Operation: pointer("createTenant"), Since: &all[2].At}, 2},
		"until":     {client.ListAuditParams{Operation: pointer("createTenant"), Until: &all[2].At}, 2},
	} {
		if got := w.audited(t, tc.params); len(got) != tc.want {
			t.Errorf("%s: %d entries, want %d", name, len(got), tc.want)
		}
	}
}

// A call that the server did not live to answer is in the audit log without a status.
func TestAuditOfACallThatWasBrokenOff(t *testing.T) {
	t.Parallel()
	seen := make(chan []brief, 1)
	var w *world
	w = newWorld(t, func(s *setting) {
		s.lifecycle.BeforeStep = func(_ context.Context, _ tenancy.Slug, step lifecycle.Step) error {
			if step == lifecycle.StepSchema {
				seen <- briefs(w.audited(t, client.ListAuditParams{Operation: pointer("createTenant")}))
			}
			return nil
		}
	})
	w.create(t, "acme")
	if diff := cmp.Diff([]brief{{Actor: "key:" + w.ids[operator.Manage], Operation: "createTenant"}}, <-seen); diff != "" {
		t.Error(diff)
	}
}

// Strangers cannot fill the audit log: beyond a bound their calls are counted alone.
func TestAuditOfManyStrangers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for range 300 {
		if got := w.send(t, "GET /v1/me", "", "Authorization", ""); got.status != 401 {
			t.Fatalf("%d %s", got.status, got.body)
		}
	}
	var kept int
	if err := w.db.GetContext(t.Context(), &kept, `SELECT count(*) FROM spoke.audit`); err != nil || kept < 20 || kept >= 100 {
		t.Errorf("%d are kept, %v", kept, err)
	}
	if n := strings.Count(w.log.String(), `"status":401`); n != 300 {
		t.Errorf("%d are logged", n)
	}
}

// No secret is in the log, the audit log or anywhere else in the clear: neither keys, tokens, links and client secrets nor
// what callers send as such.
func TestNoSecretIsKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(s *setting) {
		s.lifecycle.BeforeStep = func(_ context.Context, slug tenancy.Slug, _ lifecycle.Step) error {
			if slug == "broken" {
				return errors.New("broken off")
			}
			return nil
		}
	})
	var secrets []string
	for _, key := range w.keys {
		secrets = append(secrets, key)
	}
	note := func(a answer) answer {
		for _, from := range []any{a.json, a.json["token"]} {
			object, _ := from.(map[string]any)
			for _, name := range []string{"secret", "client_secret", "url"} {
				if text, ok := object[name].(string); ok {
					secrets = append(secrets, text[strings.LastIndexByte(text, '/')+1:])
				}
			}
		}
		return a
	}
	key := []string{"Idempotency-Key", "s3cret-idempotency"}
	note(w.send(t, "POST /v1/tenants", `{"slug":"acme","token":{"name":"a"}}`, key...))
	made := note(w.send(t, "POST /v1/tenants/acme/tokens", `{"name":"a"}`))
	note(w.send(t, "POST /v1/tenants/acme/tokens/"+made.json["id"].(string)+"/rotation", `{}`, "Idempotency-Key", "r"))
	note(w.send(t, "POST /v1/tenants/acme/setup-links", `{"purpose":"host"}`, "Idempotency-Key", "l"))
	note(w.send(t, "POST /v1/api-keys", `{"name":"a","role":"read"}`, "Idempotency-Key", "a"))
	c := w.send(t, "POST /v1/tenants/acme/oauth-clients", `{"name":"a"}`)
	note(w.send(t, "POST /v1/tenants/acme/oauth-clients/"+c.json["id"].(string)+"/secrets", `{}`, "Idempotency-Key", "s"))
	if len(secrets) != 9 {
		t.Fatalf("%d secrets", len(secrets))
	}
	for _, line := range []string{"GET /v1/me", "POST /v1/tenants/acme/suspend"} {
		w.send(t, line, "", "Authorization", "Bearer s3cret-credential")
		w.send(t, line, "", "Authorization", "Basic s3cret-password")
	}
	w.send(t, "POST /v1/tenants", `{"slug":"broken","name":"s3cret-name"}`)
	w.send(t, "POST /v1/tenants", `{"slug":"s3cret-slug!","s3cret-field":1}`)
	w.send(t, "GET /v1/tenants?query=s3cret-query&cursor=s3cret-cursor", "")
	secrets = append(secrets, "s3cret-credential", "s3cret-password", "s3cret-name", "s3cret-query", "s3cret-cursor", "s3cret-slug")
	var dump strings.Builder
	for _, table := range []string{"audit", "idempotency", "api_keys", "setup_links", "tokens", "token_events", "oauth_clients", "oauth_secrets"} {
		var rows []string
		if err := w.db.SelectContext(t.Context(), &rows, `SELECT x::text FROM spoke.`+table+` x`); err != nil {
			t.Fatal(err)
		}
		dump.WriteString(strings.Join(rows, "\n"))
	}
	for _, secret := range secrets {
		if strings.Contains(dump.String(), secret) {
			t.Errorf("%s is in the database", secret)
		}
		if strings.Contains(w.log.String(), secret) {
			t.Errorf("%s is in the log", secret)
		}
	}
	if strings.Count(w.log.String(), "onboarding call") < 12 {
		t.Error("calls are not logged")
	}
}
