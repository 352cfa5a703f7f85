package onboarding_test

import (
	standard "cmp"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/askspoke/spoke/infra/fixture"
	"github.com/askspoke/spoke/infra/pgtest"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/lifecycle"
	"github.com/askspoke/spoke/tenancy/operator"
)

const idempotencyKey = "2f9d4a0c-5a4e-4c55-8f5c-0d2b0a7c9e11"

// Where the answer was lost, the same request has the same answer, with its secret, and nothing is made twice.
func TestIdempotencyOfEachPOST(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.create(t, "acme")
	first := w.send(t, "POST /v1/tenants/acme/tokens", `{"name":"old"}`)
	for _, tc := range []struct{ line, body string }{
		{"POST /v1/tenants", `{"slug":"beta","token":{"name":"first"}}`},
		{"POST /v1/tenants/acme/tokens", `{"name":"next"}`},
		{"POST /v1/tenants/acme/tokens/" + first.json["id"].(string) + "/rotation", `{}`},
		{"POST /v1/tenants/acme/setup-links", `{"purpose":"provisioning"}`},
		{"POST /v1/tenants/acme/suspend", ""},
		{"POST /v1/api-keys", `{"name":"a","role":"read"}`},
	} {
		key := "key of " + tc.line
		key = strings.ReplaceAll(key, " ", "-")
		made := w.send(t, tc.line, tc.body, "Idempotency-Key", key)
		if made.status >= 300 || made.header.Get("Idempotency-Replayed") != "" {
			t.Fatalf("%s: %d %s", tc.line, made.status, made.body)
		}
		again := w.send(t, tc.line, tc.body, "Idempotency-Key", key)
		if again.body != made.body || again.status != made.status || again.header.Get("Idempotency-Replayed") != "true" {
			t.Errorf("%s: %d %s\nthen %d %s", tc.line, made.status, made.body, again.status, again.body)
		}
		for _, header := range []string{"Location", "ETag", "Content-Type"} {
			if again.header.Get(header) != made.header.Get(header) {
				t.Errorf("%s: %s %q, then %q", tc.line, header, made.header.Get(header), again.header.Get(header))
			}
		}
		if again.header.Get("X-Request-Id") == made.header.Get("X-Request-Id") {
			t.Error("both have one request id")
		}
		other := w.send(t, "POST /v1/tenants", `{"slug":"gamma"}`, "Idempotency-Key", key)
		if kind, fields := other.problem(); other.status != 422 || kind != "idempotency-key-reused" || !cmp.Equal(fields, []string{"Idempotency-Key"}) {
			t.Errorf("another request: %d %s", other.status, other.body)
		}
		stranger := w.send(t, "POST /v1/tenants/acme/resume", "", "Idempotency-Key", key, "Authorization", "Bearer "+w.keys[operator.Manage])
		if stranger.status != 200 || stranger.header.Get("Idempotency-Replayed") != "" {
			t.Errorf("of another caller: %d %s", stranger.status, stranger.body)
		}
	}
	for line, want := range map[string]int{"GET /v1/tenants": 2, "GET /v1/tenants/acme/tokens": 3, "GET /v1/tenants/acme/setup-links": 1, "GET /v1/api-keys": 4} {
		if items := w.send(t, line, "").json["items"].([]any); len(items) != want {
			t.Errorf("%s: %d items, want %d", line, len(items), want)
		}
	}
}

// What was refused has changed nothing: another request can be made with its key.
func TestIdempotencyOfARefusal(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.create(t, "acme")
	for range 2 {
		if got := w.send(t, "POST /v1/tenants", `{"slug":"acme"}`, "Idempotency-Key", idempotencyKey); got.status != 409 {
			t.Errorf("%d %s", got.status, got.body)
		}
	}
	if got := w.send(t, "POST /v1/tenants", `{"slug":"beta"}`, "Idempotency-Key", idempotencyKey); got.status != 201 {
		t.Errorf("corrected: %d %s", got.status, got.body)
	}
	for _, key := range []string{strings.Repeat("k", 201), "white space", "ü"} {
		got := w.send(t, "POST /v1/tenants", `{"slug":"gamma"}`, "Idempotency-Key", key)
		if _, fields := got.problem(); got.status != 400 || !cmp.Equal(fields, []string{"Idempotency-Key"}) {
			t.Errorf("the key %.20q: %d %s", key, got.status, got.body)
		}
	}
}

// Of many at once one makes the request, and the others are told to ask again or are given its answer.
func TestIdempotencyOfManyAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	answers := make([]answer, 6)
	var group sync.WaitGroup
	for i := range answers {
		group.Go(func() {
			answers[i] = w.send(t, "POST /v1/tenants", `{"slug":"acme","token":{"name":"a"}}`, "Idempotency-Key", idempotencyKey)
		})
	}
	group.Wait()
	last := w.send(t, "POST /v1/tenants", `{"slug":"acme","token":{"name":"a"}}`, "Idempotency-Key", idempotencyKey)
	made := 0
	for _, a := range answers {
		kind, _ := a.problem()
		switch {
		case a.status == 201 && a.header.Get("Idempotency-Replayed") == "":
			made++
		case a.status == 409 && kind == "request-in-flight" && a.header.Get("Retry-After") != "":
		case a.status != 201:
			t.Errorf("%d %s", a.status, a.body)
		}
		if a.status == 201 && a.body != last.body {
			t.Errorf("another answer: %s", a.body)
		}
	}
	if made != 1 {
		t.Errorf("made %d times", made)
	}
}

// A process that dies in the middle of a creation leaves it to the next request with the same key, whichever step it was
// before: that one completes it, and hands over a token that is the tenant's only one.
func TestCreateTenantIsCompleted(t *testing.T) {
	t.Parallel()
	crash := errors.New("crash")
	for _, at := range []lifecycle.Step{lifecycle.StepInsert, lifecycle.StepSchema, lifecycle.StepActivate, lifecycle.StepAnnounce} {
		t.Run(string(at), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, func(s *setting) {
				s.lifecycle.BeforeStep = func(_ context.Context, _ tenancy.Slug, step lifecycle.Step) error {
					if step == at {
						return crash
					}
					return nil
				}
			})
			const line, body = "POST /v1/tenants", `{"slug":"acme","name":"Acme","token":{"name":"first"}}`
			broken := w.send(t, line, body, "Idempotency-Key", idempotencyKey)
			if kind, _ := broken.problem(); broken.status != 500 || kind != "internal" || strings.Contains(broken.body, "crash") {
				t.Fatalf("%d %s", broken.status, broken.body)
			}
			next := over(t, w.db)
			admin := []string{"Authorization", "Bearer " + w.keys[operator.Admin]} // the same caller
			made := next.send(t, line, body, append(admin, "Idempotency-Key", idempotencyKey)...)
			if made.status != 201 {
				t.Fatalf("%d %s", made.status, made.body)
			}
			next.checkOneToken(t, made)
			again := next.send(t, line, body, append(admin, "Idempotency-Key", idempotencyKey)...)
			if again.body != made.body {
				t.Errorf("again: %s", again.body)
			}
		})
	}
}

// checkOneToken checks that the token of a created tenant is good and its only one.
func (w *world) checkOneToken(t *testing.T, made answer) {
	t.Helper()
	id := tenancy.ID(made.json["tenant"].(map[string]any)["id"].(string))
	secret := made.json["token"].(map[string]any)["secret"].(string)
	if _, err := w.tokens.Verify(t.Context(), id, secret, netip.Addr{}); err != nil {
		t.Errorf("the token: %v", err)
	}
	if list, err := w.tokens.List(t.Context(), id); err != nil || len(list) != 1 {
		t.Errorf("%d tokens, %v", len(list), err)
	}
}

// A process that has made everything and dies before its answer is kept: the next attempt, when the first one does not
// keep it away any more, finds the tenant by the attempt's id and has another secret for the token that nobody has.
func TestCreateTenantWhoseAnswerWasNotKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const line, body = "POST /v1/tenants", `{"slug":"acme","token":{"name":"first"}}`
	lost := w.send(t, line, body, "Idempotency-Key", idempotencyKey)
	if _, err := w.db.ExecContext(t.Context(), `UPDATE spoke.idempotency SET answer = NULL, tenant_id = NULL`); err != nil {
		t.Fatal(err)
	}
	if got := w.send(t, line, body, "Idempotency-Key", idempotencyKey); got.status != 409 {
		t.Errorf("while the first may be at work: %d %s", got.status, got.body)
	}
	w.clock.Pass(operator.HoldAttempt)
	made := w.send(t, line, body, "Idempotency-Key", idempotencyKey)
	if made.status != 201 {
		t.Fatalf("%d %s", made.status, made.body)
	}
	if diff := cmp.Diff(lost.json["tenant"], made.json["tenant"]); diff != "" {
		t.Error(diff)
	}
	w.checkOneToken(t, made)
}

// Whatever a POST makes, an attempt whose process dies before its answer is kept makes way for one that has the same thing,
// with another secret, and nothing is there twice.
func TestWhatWasMadeIsFoundAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.create(t, "acme")
	const clients = "/v1/tenants/acme/oauth-clients"
	c := w.send(t, "POST "+clients, `{"name":"a"}`)
	client := clients + "/" + c.json["id"].(string)
	old := "/v1/tenants/acme/tokens/" + w.send(t, "POST /v1/tenants/acme/tokens", `{"name":"old"}`).json["id"].(string)
	exported := exported(t, w.as(t, operator.Manage), "acme")
	for line, tc := range map[string]struct{ body, media, id, secret, list, items string }{
		"POST " + clients:                   {`{"name":"b"}`, "", "id", "", clients, "items"},
		"POST " + client + "/secrets":       {`{}`, "", "id", "client_secret", client, "secrets"},
		"POST " + client + "/trusts":        {`{"issuer":"https://a.example","audience":"a","subject":"b"}`, "", "id", "", client, "trusts"},
		"POST " + old + "/rotation":         {`{}`, "", "new", "secret", "/v1/tenants/acme/tokens", "items"},
		"POST /v1/tenants/import?slug=beta": {exported, "application/x-ndjson", "id", "", "/v1/tenants", "items"},
	} {
		media := standard.Or(tc.media, "application/json")
		key := strings.ReplaceAll(line, " ", "-")
		lost := w.send(t, line, tc.body, "Idempotency-Key", key, "Content-Type", media)
		if lost.status != 201 {
			t.Fatalf("%s: %d %s", line, lost.status, lost.body)
		}
		if _, err := w.db.ExecContext(t.Context(), `UPDATE spoke.idempotency SET answer = NULL, tenant_id = NULL, held_until = created_at WHERE key = $1`, key); err != nil {
			t.Fatal(err)
		}
		before := len(w.send(t, "GET "+tc.list, "").json[tc.items].([]any))
		made := w.send(t, line, tc.body, "Idempotency-Key", key, "Content-Type", media)
		if made.status != 201 || made.header.Get("Idempotency-Replayed") != "" {
			t.Errorf("%s: %d %s", line, made.status, made.body)
			continue
		}
		id := func(a answer) any {
			if inner, ok := a.json[tc.id].(map[string]any); ok {
				return inner["id"]
			}
			return a.json[tc.id]
		}
		if id(made) != id(lost) || tc.secret != "" && made.json[tc.secret] == lost.json[tc.secret] {
			t.Errorf("%s: %s\nthen %s", line, lost.body, made.body)
		}
		if after := len(w.send(t, "GET "+tc.list, "").json[tc.items].([]any)); after != before {
			t.Errorf("%s: %d, then %d", line, before, after)
		}
	}
}

// A caller who hangs up in the middle finds the change made.
func TestCreateTenantOfACallerWhoHungUp(t *testing.T) {
	t.Parallel()
	begun, goOn := make(chan struct{}), make(chan struct{})
	w := newWorld(t, func(s *setting) {
		s.lifecycle.BeforeStep = func(_ context.Context, _ tenancy.Slug, step lifecycle.Step) error {
			if step == lifecycle.StepSchema {
				close(begun)
				<-goOn
			}
			return nil
		}
	})
	ctx, hangUp := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		c := w.as(t, operator.Manage)
		if r, err := c.CreateTenantWithResponse(ctx, nil, newTenant("acme")); err == nil {
			t.Errorf("answered: %s", r.Body)
		}
	}()
	<-begun
	hangUp()
	<-ended
	close(goOn)
	fixture.Succeeds(t, "the tenant is there", func() error {
		if got := w.send(t, "GET /v1/tenants/acme", ""); got.json["state"] != "active" {
			return fmt.Errorf("%d %s", got.status, got.body)
		}
		return nil
	})
}

// Without Postgres the answer is 503 with a time to come back, and afterwards all is well.
func TestWithoutPostgres(t *testing.T) {
	t.Parallel()
	db := pgtest.Control(t)
	proxy := pgtest.NewProxy(t, pgtest.Address(t, db))
	w := over(t, db, func(s *setting) { s.url = proxy.URL })
	w.create(t, "acme")
	proxy.Away()
	for _, line := range []string{"GET /v1/tenants/acme", "POST /v1/tenants/acme/suspend", "GET /v1/me"} {
		got := w.send(t, line, "")
		if kind, _ := got.problem(); got.status != 503 || kind != "unavailable" || got.header.Get("Retry-After") != "10" {
			t.Errorf("%s: %d %s", line, got.status, got.body)
		}
		if strings.Contains(got.body, "127.0.0.1") || strings.Contains(got.body, "refused") {
			t.Errorf("a foreign text: %s", got.body)
		}
	}
	proxy.Back()
	if got := w.send(t, "GET /v1/tenants/acme", ""); got.json["state"] != "active" {
		t.Errorf("%d %s", got.status, got.body)
	}
}

// A change whose audit entry cannot be written is not made.
func TestWithoutAuditNothingIsChanged(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.create(t, "acme")
	if _, err := w.db.ExecContext(t.Context(), `ALTER TABLE spoke.audit RENAME TO gone`); err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{"POST /v1/tenants/acme/suspend", "GET /v1/tenants/acme"} {
		got := w.send(t, line, "")
		if kind, _ := got.problem(); got.status != 500 || kind != "internal" {
			t.Errorf("%s: %d %s", line, got.status, got.body)
		}
	}
	var state string
	if err := w.db.GetContext(t.Context(), &state, `SELECT state FROM spoke.tenants`); err != nil || state != "active" {
		t.Errorf("%s, %v", state, err)
	}
}
