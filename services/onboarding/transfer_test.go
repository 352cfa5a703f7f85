package onboarding_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/askspoke/spoke/services/onboarding/client"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/lifecycle"
	"github.com/askspoke/spoke/tenancy/operator"
)

// A tenant is exported from one installation and imported into another.
func TestExportAndImport(t *testing.T) {
	t.Parallel()
	here, there := newWorld(t), newWorld(t)
	acme := here.create(t, "acme")
	c := here.as(t, operator.Manage)
	if r, err := c.PutExtensionWithResponse(t.Context(), "acme", badge, nil, document(map[string]any{"name": "number"})); err != nil || r.JSON201 == nil {
		t.Fatalf("%v, %s", err, r.Body)
	}
	here.addUser(t, acme.ID)
	out := exported(t, c, "acme")
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if !strings.Contains(lines[0], `"kind":"header"`) || !strings.Contains(lines[len(lines)-1], `"kind":"end"`) {
		t.Fatalf("%s", out)
	}
	const media = "application/x-ndjson"
	in, err := there.as(t, operator.Manage).ImportTenantWithBodyWithResponse(t.Context(), &client.ImportTenantParams{
		Slug: pointer("acme-two"), Name: pointer("Acme, the second"),
	}, media, strings.NewReader(out))
	if err != nil || in.JSON201 == nil || in.JSON201.Slug != "acme-two" || in.JSON201.Name != "Acme, the second" || in.JSON201.State != client.StateActive {
		t.Fatalf("%v, %s", err, in.Body)
	}
	again := exported(t, there.as(t, operator.Manage), "acme-two")
	if got := strings.Split(strings.TrimSpace(again), "\n"); strings.Join(got[1:len(got)-1], "\n") != strings.Join(lines[1:len(lines)-1], "\n") {
		t.Errorf("exported\n%s\nthen\n%s", out, again)
	}
	for name, tc := range map[string]struct {
		line, body, media string
		status            int
		kind              string
	}{
		"taken":         {"POST /v1/tenants/import?slug=acme-two", out, media, 409, "slug-taken"},
		"reserved":      {"POST /v1/tenants/import?slug=api", out, media, 400, "invalid-request"},
		"no export":     {"POST /v1/tenants/import", `{"kind":"user"}` + "\n", media, 400, "invalid-import"},
		"broken off":    {"POST /v1/tenants/import?slug=gamma", strings.Join(lines[:len(lines)-1], "\n") + "\n", media, 400, "invalid-import"},
		"empty":         {"POST /v1/tenants/import", "", media, 400, "invalid-import"},
		"media type":    {"POST /v1/tenants/import", out, "application/json", 415, "unsupported-media-type"},
		"unknown plan":  {"POST /v1/tenants/import?slug=gamma&plan=gold", out, media, 400, "invalid-request"},
		"export nobody": {"GET /v1/tenants/nobody/export", "", media, 404, "not-found"},
	} {
		got := there.send(t, tc.line, tc.body, "Content-Type", tc.media)
		if kind, _ := got.problem(); got.status != tc.status || kind != tc.kind {
			t.Errorf("%s: %d %s, want %d %s\n%s", name, got.status, kind, tc.status, tc.kind, got.body)
		}
	}
	if got := there.send(t, "GET /v1/tenants/acme-two/export", "", "Authorization", "Bearer "+there.keys[operator.Read]); got.status != 403 {
		t.Errorf("a reader exports: %d", got.status)
	}
}

// A process that dies in the middle of an import leaves it to the next request with the same key, whichever step it was
// before, also when the tenant was there already; and then there is one tenant.
func TestImportIsCompleted(t *testing.T) {
	t.Parallel()
	from := newWorld(t)
	from.addUser(t, from.create(t, "acme").ID)
	out := exported(t, from.as(t, operator.Manage), "acme")
	crash := errors.New("crash")
	for _, at := range []lifecycle.Step{
		lifecycle.StepInsert, lifecycle.StepSchema, lifecycle.StepExtensions, lifecycle.StepFill, lifecycle.StepActivate, lifecycle.StepAnnounce,
	} {
		t.Run(string(at), func(t *testing.T) {
			t.Parallel()
			dead := false // from the step on nothing is done any more, not even to tidy up
			w := newWorld(t, func(s *setting) {
				s.lifecycle.BeforeStep = func(_ context.Context, _ tenancy.Slug, step lifecycle.Step) error {
					if dead = dead || step == at; dead {
						return crash
					}
					return nil
				}
			})
			send := func(w *world, admin string) answer {
				return w.send(t, "POST /v1/tenants/import", out, "Content-Type", "application/x-ndjson", "Idempotency-Key", idempotencyKey,
					"Authorization", "Bearer "+admin)
			}
			admin := w.keys[operator.Admin]
			if broken := send(w, admin); broken.status != 500 || strings.Contains(broken.body, "crash") {
				t.Fatalf("%d %s", broken.status, broken.body)
			}
			next := over(t, w.db)
			made := send(next, admin)
			if made.status != 201 || made.json["state"] != "active" {
				t.Fatalf("%d %s", made.status, made.body)
			}
			if again := send(next, admin); again.body != made.body || again.header.Get("Idempotency-Replayed") != "true" {
				t.Errorf("again: %d %s", again.status, again.body)
			}
			if list := next.send(t, "GET /v1/tenants", ""); len(list.json["items"].([]any)) != 1 {
				t.Errorf("%s", list.body)
			}
			if text := exported(t, next.as(t, operator.Manage), "acme"); strings.Count(text, `"kind":"user"`) != 1 {
				t.Errorf("%s", text)
			}
			if other := next.send(t, "POST /v1/tenants/import", out, "Content-Type", "application/x-ndjson", "Idempotency-Key", "another"); other.status != 409 {
				t.Errorf("another request: %d %s", other.status, other.body)
			}
		})
	}
}

// A deletion through the API that is broken off before each step of the purge is ended by the next sweep, and then the slug
// can be had again through the API.
func TestDeletionIsCompleted(t *testing.T) {
	t.Parallel()
	crash := errors.New("crash")
	for _, at := range []lifecycle.Step{lifecycle.StepCondemn, lifecycle.StepDropSchema, lifecycle.StepDeleteRows, lifecycle.StepAnnounceGone} {
		t.Run(string(at), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			acme := w.create(t, "acme")
			if got := w.send(t, "DELETE /v1/tenants/acme?grace_days=0", ""); got.status != 202 {
				t.Fatalf("%d %s", got.status, got.body)
			}
			dying := lifecycle.New(lifecycle.Config{DB: w.db, BeforeStep: func(_ context.Context, _ tenancy.Slug, step lifecycle.Step) error {
				if step == at {
					return crash
				}
				return nil
			}})
			if _, err := dying.PurgeDue(t.Context()); !errors.Is(err, crash) {
				t.Fatal(err)
			}
			// Before the purge has begun, the deletion could still be undone; later there is no way back.
			if at == lifecycle.StepDropSchema || at == lifecycle.StepDeleteRows {
				if got := w.send(t, "POST /v1/tenants/acme/restore", ""); got.status != 409 {
					t.Errorf("restored: %d %s", got.status, got.body)
				}
			}
			if _, err := lifecycle.New(lifecycle.Config{DB: w.db}).PurgeDue(t.Context()); err != nil {
				t.Fatal(err)
			}
			if got := w.send(t, "GET /v1/tenants/acme", ""); got.status != 404 {
				t.Errorf("%d %s", got.status, got.body)
			}
			if made := w.create(t, "acme"); made.ID == acme.ID {
				t.Error("the new tenant is the old one")
			}
			var schemas int
			if err := w.db.GetContext(t.Context(), &schemas, `SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'tenant\_%'`); err != nil || schemas != 1 {
				t.Errorf("%d schemas, %v", schemas, err)
			}
		})
	}
}

// exported returns a whole export, which the generated client hands over as a stream.
func exported(t *testing.T, c *client.ClientWithResponses, slug string) string {
	t.Helper()
	r, err := c.ExportTenant(t.Context(), slug)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	text, err := io.ReadAll(r.Body)
	if err != nil || r.StatusCode != http.StatusOK || r.Header.Get("Content-Type") != "application/x-ndjson" || r.Header.Get("X-Request-Id") == "" {
		t.Fatalf("%d %v, %v\n%s", r.StatusCode, r.Header, err, text)
	}
	return string(text)
}
