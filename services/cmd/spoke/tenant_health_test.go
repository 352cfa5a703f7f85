package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/askspoke/spoke/infra/fixture"
	"github.com/askspoke/spoke/infra/pgtest"
	"github.com/askspoke/spoke/services/onboarding/client"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// What an operator sees of a tenant's provisioning, and does about it: health, cycles, the journal, a held burst, and what
// was deleted.
func TestTenantProvisioningByAPI(t *testing.T) {
	t.Parallel()
	s := newRemote(t)
	acme := decoded[onboarded](s, "tenant", "create", "acme")
	s.does("", "tenant", "set", "acme", "--guard-count", "2", "--guard-minimum", "100")
	s.does("The journal of acme has no such entry.", "tenant", "journal", "list", "acme")
	s.does("No cycle of acme has ended yet. What is under way: spoke tenant health acme\n", "tenant", "cycles", "acme")
	s.does("No deletion of acme was ever held.", "tenant", "guard", "list", "acme")
	s.does("Nothing was deleted from acme that can be restored.", "tenant", "deleted", "list", "acme")
	s.does("No tenant is so. All of them: spoke tenant health --limit 0", "tenant", "health", "--state", "stale")
	for _, command := range []string{"cycles", "journal list", "guard list", "deleted list"} {
		if list := decoded[[]any](s, append(append([]string{"tenant"}, strings.Fields(command)...), "acme")...); list == nil || len(list) != 0 {
			t.Errorf("%s: %v", command, list)
		}
	}
	scim := "http://acme.localhost:" + s.env[0][strings.LastIndex(s.env[0], ":")+1:] + "/scim/v2"
	ask := func(want int, method, path, body string) (id string) {
		t.Helper()
		status, answer, err := request(t.Context(), scim, acme.Secret, method, path, body)
		if err != nil || status != want {
			t.Fatalf("%s %s: %d, %v, want %d", method, path, status, err, want)
		}
		id, _ = answer["id"].(string)
		return id
	}
	var ids []string
	for i := range 4 {
		ids = append(ids, ask(201, "POST", "/Users", fmt.Sprintf(`{"userName":"user-%d"}`, i)))
	}
	team := ask(201, "POST", "/Groups", `{"displayName":"Team","members":[{"value":"`+ids[0]+`"}]}`)
	ask(http.StatusConflict, "POST", "/Users", `{"userName":"user-1","password":"s3cret"}`)
	ask(204, "DELETE", "/Users/"+ids[0], "")
	ask(204, "DELETE", "/Users/"+ids[1], "")
	ask(503, "DELETE", "/Users/"+ids[2], "")

	fixture.Succeeds(t, "what was refused is in the journal", func() error {
		if out, stderr, failed := s.run("", "tenant", "journal", "list", "acme", "--outcome", "refused", "--json"); failed || strings.Count(out, `"outcome"`) != 2 {
			return errors.New(out + stderr)
		}
		return nil
	})
	s.does("409 attribute.unique userName", "tenant", "journal", "list", "acme", "--rule", "attribute.unique")
	refused := decoded[[]client.JournalEntry](s, "tenant", "journal", "list", "acme", "--rule", "attribute.unique")
	out := s.does("POST /Users", "tenant", "journal", "show", "acme", refused[0].ID)
	for _, want := range []string{"attribute.unique", "What to do", "RFC 764", `"userName":"user-1"`, "409 uniqueness"} {
		if !strings.Contains(out, want) || strings.Contains(out, "s3cret") {
			t.Errorf("%q is not in\n%s", want, out)
		}
	}
	if list := decoded[[]client.JournalEntry](s, "tenant", "journal", "list", "acme", "--action", "delete,create", "--outcome", "accepted", "--since", "1h"); len(list) != 7 {
		t.Errorf("%+v", list)
	}
	if e := decoded[client.JournalEntry](s, "tenant", "journal", "show", "acme", refused[0].ID); e.Refusal == nil || e.Refusal.Status != 409 {
		t.Errorf("%+v", e)
	}
	s.refused(exitNotFound, "spoke tenant journal list acme shows them", "tenant", "journal", "show", "acme", ids[0])
	s.refused(exitFailed, "action.0 must be one of create, ", "tenant", "journal", "list", "acme", "--action", "drink")
	s.refused(exitUsage, "--since is", "tenant", "journal", "export", "acme", "--since", "yesterday")
	file := filepath.Join(t.TempDir(), "acme.csv")
	s.does("", "tenant", "journal", "export", "acme", "--format", "csv", "-o", file)
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	reader := csv.NewReader(strings.NewReader(string(text)))
	reader.FieldsPerRecord = -1
	if rows, err := reader.ReadAll(); err != nil || len(rows) != 11 || rows[10][1] != "9" {
		t.Errorf("%v\n%s", err, text)
	}
	s.does(`{"end":true,"entries":2}`, "tenant", "journal", "export", "acme", "--outcome", "refused")

	hold := decoded[[]client.Hold](s, "tenant", "guard", "list", "acme")[0]
	s.does("The limit is 2.", "tenant", "guard", "list", "acme")
	s.does("user-2", "tenant", "guard", "show", "acme", hold.ID)
	s.refused(exitNotFound, "spoke tenant guard list acme shows them", "tenant", "guard", "show", "acme", team)
	s.refused(exitFailed, "until must be in the future, and at most 30 days ahead", "tenant", "guard", "approve", "acme", hold.ID, "--for", "31d")
	s.refused(exitUsage, "the arguments are: spoke tenant guard approve SLUG HOLD-ID", "tenant", "guard", "approve", "acme")
	s.does("what was held stays in acme. Correct the scope in the identity provider.", "tenant", "guard", "reject", "acme", hold.ID, "--expires-in", "2d")
	ask(403, "DELETE", "/Users/"+ids[2], "")
	if h := decoded[client.Hold](s, "tenant", "guard", "approve", "acme", hold.ID, "--for", "2h"); h.State != client.HoldApproved || h.Until.Sub(*h.DecidedAt).Round(60e9).Hours() != 2 {
		t.Errorf("%+v", h)
	}
	s.refused(exitConflict, "The hold was approved already", "tenant", "guard", "reject", "acme", hold.ID)
	ask(204, "DELETE", "/Users/"+ids[2], "")
	ask(204, "DELETE", "/Groups/"+team, "")

	s.does("user-0", "tenant", "deleted", "list", "acme", "--type", "User", "--since", "1h")
	if list := decoded[[]client.Deleted](s, "tenant", "deleted", "list", "acme"); len(list) != 4 || list[0].ResourceID != team {
		t.Errorf("%+v", list)
	}
	s.refused(exitUsage, "the arguments are: spoke tenant deleted restore SLUG ID…", "tenant", "deleted", "restore", "acme")
	s.does("Restored User "+ids[0]+", in 0 of 1 groups, the others are gone.\nRestored User "+ids[1]+", in 0 groups.\n", "tenant", "deleted", "restore", "acme", ids[0], ids[1])
	s.does("Restored Group "+team+", in 0 groups and with 0 members.", "tenant", "deleted", "restore", "acme", team)
	s.refused(exitConflict, "It is there", "tenant", "deleted", "restore", "acme", team)
	ask(200, "GET", "/Users/"+ids[0], "")

	fixture.Succeeds(t, "its health is known", func() error {
		h := decoded[client.Health](s, "tenant", "health", "acme")
		if h.State == client.HealthAwaiting || h.EvaluatedAt == nil {
			return fmt.Errorf("%+v", h)
		}
		return nil
	})
	s.does("State", "tenant", "health", "acme")
	s.does("acme", "tenant", "health")
	s.refused(exitNotFound, "nobody: There is no such tenant. spoke tenant list shows them", "tenant", "health", "nobody")
	s.refused(exitFailed, "state must be one of", "tenant", "health", "--state", "ill")
}

// The help of each command names flags that there are.
func TestTenantProvisioningHelp(t *testing.T) {
	t.Parallel()
	s := &shell{T: t}
	for command, wants := range map[string][]string{
		"health": {"--state", "spoke tenant health acme"}, "cycles": {"--limit"}, "journal list": {"--action", "authenticate or other"},
		"journal show": {"SLUG ENTRY-ID"}, "journal export": {"--format", "--output"}, "guard show": {"SLUG HOLD-ID"},
		"guard approve": {"by default 24 hours"}, "guard reject": {"by default 7 days"}, "deleted list": {"--since"}, "deleted restore": {"--activate"},
	} {
		for _, want := range wants {
			s.does(want, append(append([]string{"tenant"}, strings.Fields(command)...), "--help")...)
		}
	}
	help, set := s.does("--guard-", "tenant", "guard", "--help"), s.does("", "tenant", "set", "--help")
	for word := range strings.FieldsSeq(help) {
		if flag := strings.Trim(word, ",."); strings.HasPrefix(flag, "--guard-") && !strings.Contains(set, flag+" ") {
			t.Errorf("spoke tenant set has no %s", flag)
		}
	}
}

// The mail of a held burst names commands and operations that there are.
func TestDecideHow(t *testing.T) {
	t.Parallel()
	text := strings.Join(decideHow("acme", "https://acme.example"), "\n")
	if !strings.Contains(text, "https://acme.example/guard") {
		t.Errorf("the console's page is not in\n%s", text)
	}
	document, err := os.ReadFile("../../onboarding/openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	s := &shell{T: t}
	for _, decision := range []string{"approve", "reject"} {
		s.does("spoke tenant guard "+decision, "tenant", "guard", decision, "--help")
		if !strings.Contains(text, "spoke tenant guard "+decision+" acme HOLD-ID") || !strings.Contains(text, "POST /v1/tenants/acme/holds/HOLD-ID/"+decision) ||
			!strings.Contains(string(document), "\n  /v1/tenants/{tenant}/holds/{hold}/"+decision+":\n") {
			t.Errorf("%s is not in\n%s", decision, text)
		}
	}
}

// Holds that were decided long ago are pruned with the journals, and no others.
func TestPruneHolds(t *testing.T) {
	t.Parallel()
	db, tenants := pgtest.Tenants(t, 1)
	schema := tenantdb.SchemaFor(tenants[0].ID)
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for days, state := range map[int]string{401: "approved", 399: "rejected", 500: "held"} {
		at := now.AddDate(0, 0, -days)
		decided, by, until := any(at), any("key:a"), any(at)
		if state == "held" {
			decided, by, until = nil, "", nil
		}
		db.MustExec(`INSERT INTO `+schema.Table("holds")+` (id, opened_at, found, state, decided_at, decided_by, until, noted) VALUES ($1, $2, '{}', $3, $4, $5, $6, 0)`,
			uuid.NewString(), at, state, decided, by, until)
	}
	if n, err := pruneHolds(db)(t.Context(), schema, now, 10); n != 1 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
}
