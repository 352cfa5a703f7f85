package onboarding_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/askspoke/spoke/services/onboarding/client"
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
