package onboarding_test

import (
	"encoding/base64"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/askspoke/spoke/tenancy/operator"
	"github.com/askspoke/spoke/tenancy/token"
)

// What bad input gets: a problem document that names the field.
func TestRefuse(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.create(t, "acme")
	soon := time.Now().Add(30 * time.Second).Format(time.RFC3339Nano)
	past := time.Now().Add(-time.Hour).Format(time.RFC3339)
	const create, tokens, links, keys = "POST /v1/tenants", "POST /v1/tenants/acme/tokens", "POST /v1/tenants/acme/setup-links", "POST /v1/api-keys"
	for name, tc := range map[string]struct {
		line, body string
		status     int
		kind       string
		fields     []string
	}{
		"reserved slug":      {create, `{"slug":"api"}`, 400, "invalid-request", []string{"slug"}},
		"short slug":         {create, `{"slug":"a"}`, 400, "invalid-request", []string{"slug"}},
		"long slug":          {create, `{"slug":"` + strings.Repeat("a", 41) + `"}`, 400, "invalid-request", []string{"slug"}},
		"no slug of letters": {create, `{"slug":"ac_me"}`, 400, "invalid-request", []string{"slug"}},
		"taken slug":         {create, `{"slug":"ACME"}`, 409, "slug-taken", []string{"slug"}},
		"confusable slug":    {create, `{"slug":"acrne"}`, 409, "slug-taken", []string{"slug"}},
		"unknown field":      {create, `{"slug":"beta","colour":"red"}`, 400, "invalid-request", []string{"colour"}},
		"unknown deep":       {create, `{"slug":"beta","settings":{"colour":"red"}}`, 400, "invalid-request", []string{"settings.colour"}},
		"another case":       {create, `{"Slug":"beta"}`, 400, "invalid-request", []string{"Slug", "slug"}},
		"missing field":      {create, `{}`, 400, "invalid-request", []string{"slug"}},
		"wrong type":         {create, `{"slug":7}`, 400, "invalid-request", []string{"slug"}},
		"null":               {create, `{"slug":null}`, 400, "invalid-request", []string{"slug"}},
		"a list":             {create, `[]`, 400, "invalid-request", []string{"body"}},
		"no JSON":            {create, `{"slug":`, 400, "invalid-request", []string{"body"}},
		"two documents":      {create, `{"slug":"beta"} {}`, 400, "invalid-request", []string{"body"}},
		"several":            {create, `{"slug":7,"name":"","settings":{"profile":"lax"}}`, 400, "invalid-request", []string{"name", "settings.profile", "slug"}},
		"guard":              {create, `{"slug":"beta","settings":{"guard":{"window_seconds":1,"count":1,"minimum":1}}}`, 400, "invalid-request", []string{"settings.guard.percent", "settings.guard.window_seconds"}},
		"notify":             {create, `{"slug":"beta","settings":{"notify":["nobody"]}}`, 400, "invalid-request", []string{"settings.notify"}},
		"plan":               {create, `{"slug":"beta","settings":{"plan":"gold"}}`, 400, "invalid-request", []string{"settings.plan"}},
		"name":               {create, `{"slug":"beta","name":" "}`, 400, "invalid-request", []string{"name"}},
		"token name":         {create, `{"slug":"beta","token":{"name":" "}}`, 400, "invalid-request", []string{"token.name"}},
		"token cidr":         {create, `{"slug":"beta","token":{"name":"a","cidrs":["10.0.0.0/64"]}}`, 400, "invalid-request", []string{"token.cidrs"}},
		"token scope":        {create, `{"slug":"beta","token":{"name":"a","scopes":["everything"]}}`, 400, "invalid-request", []string{"token.scopes.0"}},
		"token expired":      {create, `{"slug":"beta","token":{"name":"a","expires_at":"` + past + `"}}`, 400, "invalid-request", []string{"token.expires_at"}},
		"token expires soon": {create, `{"slug":"beta","token":{"name":"a","expires_at":"` + soon + `"}}`, 400, "invalid-request", []string{"token.expires_at"}},
		"no time":            {tokens, `{"name":"a","expires_at":"tomorrow"}`, 400, "invalid-request", []string{"expires_at"}},
		"expired":            {tokens, `{"name":"a","expires_at":"` + past + `"}`, 400, "invalid-request", []string{"expires_at"}},
		"no such tenant":     {"POST /v1/tenants/nobody/tokens", `{"name":"a"}`, 404, "not-found", nil},
		"purpose":            {links, `{"purpose":"all"}`, 400, "invalid-request", []string{"purpose"}},
		"link for ever":      {links, `{"purpose":"host","expires_at":"2999-01-01T00:00:00Z"}`, 400, "invalid-request", []string{"expires_at"}},
		"role":               {keys, `{"name":"a","role":"root"}`, 400, "invalid-request", []string{"role"}},
		"key expired":        {keys, `{"name":"a","role":"read","expires_at":"` + past + `"}`, 400, "invalid-request", []string{"expires_at"}},
		"body of none":       {"POST /v1/tenants/acme/suspend", `{}`, 400, "invalid-request", nil},
		"no body":            {create, "", 400, "invalid-request", nil},
		"parameter":          {"GET /v1/tenants?colour=red", "", 400, "invalid-request", []string{"colour"}},
		"limit":              {"GET /v1/tenants?limit=0", "", 400, "invalid-request", []string{"limit"}},
		"limit no number":    {"GET /v1/tenants?limit=many", "", 400, "invalid-request", []string{"limit"}},
		"limit twice":        {"GET /v1/tenants?limit=1&limit=2", "", 400, "invalid-request", []string{"limit"}},
		"state":              {"GET /v1/tenants?state=gone", "", 400, "invalid-request", []string{"state"}},
		"cursor":             {"GET /v1/tenants?cursor=abc", "", 400, "invalid-request", []string{"cursor"}},
		"cursor of another":  {"GET /v1/tenants?cursor=eyJsIjoiYXVkaXQifQ", "", 400, "invalid-request", []string{"cursor"}},
		"audit of nobody":    {"GET /v1/audit?tenant=nobody", "", 400, "invalid-request", []string{"tenant"}},
		"audit since":        {"GET /v1/audit?since=yesterday", "", 400, "invalid-request", []string{"since"}},
		"NUL of a path":      {"GET /v1/tenants/%00", "", 404, "not-found", nil},
		"NUL suspended":      {"POST /v1/tenants/%00/suspend", "", 404, "not-found", nil},
		"no UTF-8 of a path": {"GET /v1/tenants/%ff/tokens", "", 404, "not-found", nil},
		"NUL of a query":     {"GET /v1/tenants?query=%00", "", 400, "invalid-request", []string{"query"}},
		"no UTF-8 of one":    {"GET /v1/tenants?query=%ff", "", 400, "invalid-request", []string{"query"}},
		"NULs of audit":      {"GET /v1/audit?actor=%00&operation=%00&tenant=%00", "", 400, "invalid-request", []string{"actor", "operation", "tenant"}},
		"cursor with NUL":    {"GET /v1/tenants?cursor=" + cursorOf(`{"l":"tenants","s":"\u0000"}`), "", 400, "invalid-request", []string{"cursor"}},
		"cursor with a URN":  {"GET /v1/audit?cursor=" + cursorOf(`{"l":"audit","i":"urn:uuid:`+uuid.NewString()+`"}`), "", 400, "invalid-request", []string{"cursor"}},
		"number":             {create, `{"slug":"beta","settings":{"guard":{"window_seconds":1e3,"count":1,"minimum":1,"percent":10}}}`, 400, "invalid-request", []string{"settings.guard.window_seconds"}},
		"leap second":        {create, `{"slug":"beta","token":{"name":"a","expires_at":"9999-12-31T23:59:60Z"}}`, 400, "invalid-request", []string{"token.expires_at"}},
		"twice":              {create, `{"slug":"beta","slug":"gamma"}`, 400, "invalid-request", []string{"slug"}},
		"twice, deep":        {create, `{"slug":"beta","settings":{"profile":"auto","profile":"strict"}}`, 400, "invalid-request", []string{"settings.profile"}},
		"no UTF-8":           {create, "{\"slug\":\"beta\",\"name\":\"\xff\"}", 400, "invalid-request", []string{"body"}},
		"half a pair":        {create, `{"slug":"beta","name":"a\ud800"}`, 400, "invalid-request", []string{"name"}},
		"turned around":      {create, `{"slug":"beta","name":"a\u202eb"}`, 400, "invalid-request", []string{"name"}},
		"deep":               {create, `{"slug":` + strings.Repeat("[", 40) + strings.Repeat("]", 40) + `}`, 400, "invalid-request", []string{"body", "slug"}},
		"no scopes":          {tokens, `{"name":"a","scopes":[]}`, 400, "invalid-request", []string{"scopes"}},
		"grace":              {"DELETE /v1/tenants/acme?grace_days=366", "", 400, "invalid-request", []string{"grace_days"}},
		"force":              {"POST /v1/tenants/acme/tokens/" + uuid.NewString() + "/rotation/complete?force=perhaps", "", 400, "invalid-request", []string{"force"}},
		"token no id":        {"GET /v1/tenants/acme/tokens/nonsense", "", 404, "not-found", nil},
		"token of nobody":    {"GET /v1/tenants/acme/tokens/" + uuid.NewString(), "", 404, "not-found", nil},
		"revoke none":        {"DELETE /v1/tenants/acme/tokens/" + uuid.NewString(), "", 404, "not-found", nil},
		"no link":            {"DELETE /v1/tenants/acme/setup-links/" + uuid.NewString(), "", 404, "not-found", nil},
		"no key":             {"DELETE /v1/api-keys/" + uuid.NewString(), "", 404, "not-found", nil},
		"no rotation":        {"GET /v1/tenants/acme/tokens/" + uuid.NewString() + "/rotation", "", 404, "not-found", nil},
		"path":               {"GET /v1/nothing", "", 404, "not-found", nil},
		"trailing slash":     {"GET /v1/tenants/", "", 404, "not-found", nil},
		"method":             {"PUT /v1/tenants", `{}`, 405, "method-not-allowed", nil},
		"large":              {create, `{"slug":"` + strings.Repeat("a", 1<<20) + `"}`, 413, "content-too-large", nil},
	} {
		got := w.send(t, tc.line, tc.body)
		kind, fields := got.problem()
		slices.Sort(fields)
		if got.status != tc.status || kind != tc.kind || !cmp.Equal(tc.fields, fields) {
			t.Errorf("%s: %d %s %q, want %d %s %q\n%s", name, got.status, kind, fields, tc.status, tc.kind, tc.fields, got.body)
		}
		if got.header.Get("Content-Type") != "application/problem+json" || got.header.Get("X-Request-Id") == "" ||
			got.json["instance"] != "urn:uuid:"+got.header.Get("X-Request-Id") || got.json["title"] == "" || got.json["detail"] == "" {
			t.Errorf("%s: %v\n%s", name, got.header, got.body)
		}
	}
	if got := w.send(t, "PUT /v1/tenants", `{}`); got.header.Get("Allow") != "GET, POST" {
		t.Errorf("Allow: %q", got.header.Get("Allow"))
	}
	for _, media := range []string{"text/plain", "application/x-www-form-urlencoded", "nonsense;;", "", "application/json; charset=latin1"} {
		got := w.send(t, create, `{"slug":"beta"}`, "Content-Type", media)
		if kind, _ := got.problem(); got.status != 415 || kind != "unsupported-media-type" {
			t.Errorf("%s: %d %s", media, got.status, got.body)
		}
	}
	// Nothing of all that has made anything.
	list := w.send(t, "GET /v1/tenants", "")
	if items := list.json["items"].([]any); len(items) != 1 {
		t.Errorf("tenants: %s", list.body)
	}
}

// cursorOf returns a cursor as a caller could make it up.
func cursorOf(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }

// A sentence says what is wrong, once and with one full stop.
func TestRefusalsRead(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.create(t, "acme")
	for name, tc := range map[string]struct{ line, body, media, want string }{
		"plan":   {"POST /v1/tenants", `{"slug":"beta","settings":{"plan":"gold"}}`, "application/json", `settings.plan has "gold", which is no plan: it is one of pro, free.`},
		"scopes": {"POST /v1/tenants/acme/tokens", `{"name":"a","scopes":[]}`, "application/json", "scopes must have 1 items at least."},
	} {
		if got := w.send(t, tc.line, tc.body, "Content-Type", tc.media); got.json["detail"] != tc.want {
			t.Errorf("%s: %s", name, got.json["detail"])
		}
	}
	got := w.send(t, "POST /v1/tenants/import", "{}\n", "Content-Type", "application/x-ndjson")
	if detail, _ := got.json["detail"].(string); got.status != 400 || !strings.HasSuffix(detail, ".") || strings.HasSuffix(detail, "..") {
		t.Errorf("import: %d %s", got.status, got.body)
	}
}

// The role that an operation needs is the document's.
func TestRoles(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.create(t, "acme")
	for name, tc := range map[string]struct {
		line, body string
		needs      operator.Role
	}{
		"me":         {"GET /v1/me", "", operator.Read},
		"list":       {"GET /v1/tenants", "", operator.Read},
		"audit":      {"GET /v1/audit", "", operator.Read},
		"create":     {"POST /v1/tenants", `{"slug":"a"}`, operator.Manage}, // refused for the slug
		"change":     {"PATCH /v1/tenants/acme", `{}`, operator.Manage},
		"delete":     {"DELETE /v1/tenants/acme?grace_days=-1", "", operator.Manage},
		"token":      {"POST /v1/tenants/acme/tokens", `{}`, operator.Manage},
		"list keys":  {"GET /v1/api-keys", "", operator.Admin},
		"create key": {"POST /v1/api-keys", `{}`, operator.Admin},
		"revoke key": {"DELETE /v1/api-keys/none", "", operator.Admin},
	} {
		for role, key := range w.keys {
			got := w.send(t, tc.line, tc.body, "Authorization", "Bearer "+key)
			kind, _ := got.problem()
			if refused := kind == "forbidden"; refused == role.Includes(tc.needs) {
				t.Errorf("%s as %s: %d %s", name, role, got.status, got.body)
			} else if refused && (got.status != 403 || got.json["required_role"] != string(tc.needs)) {
				t.Errorf("%s as %s: %d %s", name, role, got.status, got.body)
			}
		}
	}
}

func TestUnauthenticated(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	made := w.create(t, "acme")
	revoked, key, err := w.operators.CreateKey(t.Context(), operator.NewKey{Name: "a", Role: operator.Admin, CreatedBy: operator.Shell})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.operators.RevokeKey(t.Context(), key.ID); err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct{ credential, challenge string }{
		"none":         {"", `Bearer realm="spoke"`},
		"basic":        {"Basic YTpi", `Bearer realm="spoke"`},
		"unknown":      {"Bearer " + token.NewSecret(token.ForOperator).Reveal(), `Bearer realm="spoke", error="invalid_token"`},
		"revoked":      {"Bearer " + revoked.Reveal(), `Bearer realm="spoke", error="invalid_token"`},
		"a tenant's":   {"Bearer " + token.NewSecret(token.ForTenant).Reveal(), `Bearer realm="spoke", error="invalid_token"`},
		"a JWT":        {"Bearer e30.e30.", `Bearer realm="spoke", error="invalid_token"`},
		"empty bearer": {"Bearer ", `Bearer realm="spoke"`},
	} {
		for _, line := range []string{"GET /v1/tenants/acme", "POST /v1/tenants/acme/suspend", "DELETE /v1/tenants/nobody"} {
			got := w.send(t, line, "", "Authorization", tc.credential)
			kind, _ := got.problem()
			if got.status != http.StatusUnauthorized || kind != "unauthenticated" {
				t.Errorf("%s, %s: %d %s", name, line, got.status, got.body)
			}
			if name != "empty bearer" && got.header.Get("WWW-Authenticate") != tc.challenge {
				t.Errorf("%s: %s", name, got.header.Get("WWW-Authenticate"))
			}
		}
	}
	if got := w.send(t, "GET /v1/tenants/"+made.ID, ""); got.json["state"] != "active" {
		t.Errorf("a stranger has changed it: %s", got.body)
	}
}
