package main

import (
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/askspoke/spoke/infra/pgtest"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/lifecycle"
	"github.com/askspoke/spoke/tenancy/operator"
	"github.com/askspoke/spoke/tenancy/token"
)

// A file of plans that is wrong is refused before anything starts, by the name of the plan and the field.
func TestPlansAreRefused(t *testing.T) {
	t.Parallel()
	wrong := filepath.Join(t.TempDir(), "plans.json")
	if err := os.WriteFile(wrong, []byte(`{"plans":[{"id":"team","name":"Team","entitlements":{"seat":1}}]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		wrong:                            "plan team: entitlements.seat is not known",
		filepath.Join(wrong, "not.json"): "SPOKE_PLANS: open",
	} {
		out, err := spoke(t, []string{"SPOKE_PLANS=" + path}, "serve").CombinedOutput()
		if err == nil || !strings.Contains(string(out), "SPOKE_PLANS") || !strings.Contains(string(out), want) {
			t.Errorf("%v\n%s\nwant %s", err, out, want)
		}
	}
}

// The plans of the file are those that tenants can have and that the API lists, and they decide how many tokens there are.
func TestPlansAreUsed(t *testing.T) {
	t.Parallel()
	s := settings{
		DatabaseURL: pgtest.ControlDatabase(t), BaseDomain: "askspoke.com", TokenKey: token.GenerateKey(), MaxConnections: 8,
		PublicScheme: "https", PlansFile: "../../../infra/plans/plans.json", RateLimits: true,
	}
	a, err := open(t.Context(), s, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.close() })
	if err := a.tenants.MigrateControl(t.Context()); err != nil {
		t.Fatal(err)
	}
	settings := tenancy.DefaultSettings()
	settings.Plan = "gold"
	if _, err := a.tenants.Create(t.Context(), lifecycle.NewTenant{Slug: "acme", Settings: settings}); !errors.Is(err, tenancy.ErrSettings) {
		t.Errorf("a plan that is none: %v", err)
	}
	for plan, want := range map[string]int{"free": 2, "team": 5, "enterprise": 20, "": 5} {
		settings.Plan = plan
		made, err := a.tenants.Create(t.Context(), lifecycle.NewTenant{Slug: tenancy.Slug("on" + plan), Settings: settings})
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for err == nil && n <= want {
			if _, _, err = a.tokens.Mint(t.Context(), made.ID, "a", time.Time{}); err == nil {
				n++
			}
		}
		if n != want || !errors.Is(err, token.ErrLimit) {
			t.Errorf("plan %q: %d tokens, %v", plan, n, err)
		}
	}
	key, _, err := a.operator.CreateKey(t.Context(), operator.NewKey{Name: "a", Role: operator.Read, CreatedBy: operator.Shell})
	if err != nil {
		t.Fatal(err)
	}
	request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/v1/plans", http.NoBody)
	request.Header.Set("Authorization", "Bearer "+key.Reveal())
	w := httptest.NewRecorder()
	a.api.Handler().ServeHTTP(w, request)
	if body := w.Body.String(); w.Code != http.StatusOK || !strings.Contains(body, `"id":"enterprise"`) || strings.Contains(body, "-1") {
		t.Errorf("%d %s", w.Code, body)
	}
}

// A plan says for how long the journal is kept; without plans, and without a plan, it is the default.
func TestJournalsOf(t *testing.T) {
	t.Parallel()
	plans, err := settings{PlansFile: "../../../infra/plans/plans.json"}.plans()
	if err != nil {
		t.Fatal(err)
	}
	const day = 24 * time.Hour
	for plan, want := range map[string]time.Duration{"free": 14 * day, "team": 90 * day, "": 90 * day, "gone": 90 * day} {
		if kept, limited := journalsOf(plans)(plan); kept != want || !limited {
			t.Errorf("plan %q: %s, %t", plan, kept, limited)
		}
	}
	if kept, limited := journalsOf(nil)(""); kept != 90*day || !limited {
		t.Errorf("no plans: %s, %t", kept, limited)
	}
}
