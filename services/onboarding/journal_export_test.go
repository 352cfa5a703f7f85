package onboarding_test

import (
	"encoding/csv"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/askspoke/spoke/infra/pgtest"
	"github.com/askspoke/spoke/services/onboarding/client"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/journal"
	"github.com/askspoke/spoke/tenancy/operator"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// A journal is exported whole, in either format, and an empty one has an end as well.
func TestJournalExport(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	acme := w.create(t, "acme")
	export := func(query, media string) string {
		t.Helper()
		got := w.send(t, "GET /v1/tenants/acme/journal/export?"+query, "", "Authorization", "Bearer "+w.keys[operator.Read])
		if got.status != 200 || got.header.Get("Content-Type") != media || got.header.Get("Cache-Control") != "no-store" {
			t.Fatalf("%s: %d %v %s", query, got.status, got.header, got.body)
		}
		return got.body
	}
	const lines, table = "application/x-ndjson", "text/csv; charset=utf-8; header=present"
	const heading = "id,at,outcome,status,action,resource_type,resource_id,version,token_id,request_id,provider_request_id,duration_microseconds,rule,attribute,scim_type,detail,hint,data\n"
	if got := export("", lines); got != `{"end":true,"entries":0}`+"\n" {
		t.Error(got)
	}
	if got := export("format=csv", table); got != heading+"#end,0\n" {
		t.Error(got)
	}
	p := w.idp(t, acme)
	ada := p.user("ada")
	p.group("Team", ada)
	evil := refusal(t, "other", 400, journal.Refusal{
		Rule: "body.json", Detail: "=HYPERLINK(\"http://evil\")", Attribute: "@a", Hint: "+1\n\"quoted\", and more", SCIMType: "-1",
	})
	evil.ProviderRequestID = "\t=1"
	w.refused(t, acme, evil)

	text := export("format=ndjson", lines)
	rows := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	if len(rows) != 4 || rows[3] != `{"end":true,"entries":3}` {
		t.Fatalf("%s", text)
	}
	listed := w.journalOf(t, "acme", "order=oldest")
	for i, row := range rows[:3] {
		var e client.JournalEntry
		strict := json.NewDecoder(strings.NewReader(row))
		strict.DisallowUnknownFields() // the journal's shape is its own, and must have nothing that the document has not
		if err := strict.Decode(&e); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(compact(t, listed[i]), compact(t, e)); diff != "" {
			t.Error(diff)
		}
	}
	reader := csv.NewReader(strings.NewReader(export("format=csv", table)))
	reader.FieldsPerRecord = -1
	records, err := reader.ReadAll()
	if err != nil || len(records) != 5 || strings.Join(records[0], ",")+"\n" != heading || !cmp.Equal(records[4], []string{"#end", "3"}) {
		t.Fatalf("%v %q", err, records)
	}
	e := listed[0]
	want := []string{
		e.ID, e.At.Format(time.RFC3339Nano), "accepted", "", "create", "User", ada, "1", p.token, e.RequestID, "theirs of " + e.RequestID,
		records[1][11], "", "", "", "", "", records[1][17],
	}
	if diff := cmp.Diff(want, records[1]); diff != "" || !strings.Contains(records[1][17], `"userName": "ada"`) {
		t.Errorf("%s\n%q", diff, records[1])
	}
	for i, want := range map[int]string{
		3: "400", 7: "", 10: "'\t=1", 12: "body.json", 13: "'@a", 14: "'-1", 15: "'=HYPERLINK(\"http://evil\")", 16: "'+1\n\"quoted\", and more",
	} {
		if got := records[3][i]; got != want {
			t.Errorf("%s: %q, want %q", records[0][i], got, want)
		}
	}
	if got := export("outcome=refused", lines); !strings.HasSuffix(got, `{"end":true,"entries":1}`+"\n") || strings.Contains(got, "ada") {
		t.Error(got)
	}
	if got := export("format=csv&action=delete,disable&since=2020-01-01T00:00:00Z", table); got != heading+"#end,0\n" {
		t.Error(got)
	}
	calls := w.audited(t, client.ListAuditParams{Operation: pointer("exportJournal"), Tenant: pointer("acme")})
	if len(calls) != 6 || *calls[5].Status != 200 {
		t.Errorf("%+v", briefs(calls))
	}
}

// compact returns JSON of a value.
func compact(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// An export that loses the database midway is broken off, so that nobody takes it for whole.
func TestJournalExportBrokenOff(t *testing.T) {
	t.Parallel()
	db := pgtest.Control(t)
	proxy := pgtest.NewProxy(t, pgtest.Address(t, db))
	w := over(t, db, func(s *setting) { s.url = proxy.URL })
	acme := w.create(t, "acme")
	// More than the buffers of two sockets hold, and many pages.
	if _, err := w.db.ExecContext(t.Context(), `INSERT INTO `+tenantdb.SchemaFor(tenancy.ID(acme.ID)).Table("journal")+`
		(id, at, action, resource_type, resource_id, version, actor, request_id, detail)
		SELECT md5(i::text)::uuid, $1, 'create', 'User', md5(i::text)::uuid, 1, 'a', '', jsonb_build_object('document', jsonb_build_object('text', repeat('x', 1000000)))
		FROM generate_series(1, 60) i`, time.Now()); err != nil {
		t.Fatal(err)
	}
	for _, format := range []string{"ndjson", "csv"} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.URL+"/v1/tenants/acme/journal/export?format="+format, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Authorization", "Bearer "+w.keys[operator.Read])
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(response.Body, make([]byte, 1000)); err != nil || response.StatusCode != http.StatusOK {
			t.Fatalf("%v, %d", err, response.StatusCode)
		}
		proxy.Away()
		text, err := io.ReadAll(response.Body)
		response.Body.Close()
		if err == nil || strings.Contains(string(text), `"end"`) || strings.Contains(string(text), "#end") {
			t.Errorf("%s: it looks whole after %d bytes", format, len(text))
		}
		if got := w.send(t, "GET /v1/tenants/acme/journal/export?format="+format, ""); got.status != 503 {
			t.Errorf("%s: %d %s", format, got.status, got.body)
		}
		proxy.Back()
	}
}

// A tenant has so many exports of its journal under way, and the process so many. Each gives its place back.
func TestJournalExportsAreBounded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	acme := w.create(t, "acme")
	w.create(t, "globex")
	export := func(slug string) answer {
		t.Helper()
		return w.send(t, "GET /v1/tenants/"+slug+"/journal/export", "", "Authorization", "Bearer "+w.keys[operator.Read])
	}
	full := func(got answer, says string) {
		t.Helper()
		if kind, _ := got.problem(); got.status != http.StatusServiceUnavailable || kind != "unavailable" || got.header.Get("Retry-After") == "" || !strings.Contains(got.body, says) {
			t.Errorf("%d %v %s", got.status, got.header, got.body)
		}
	}
	for range journal.MaxExports + 1 {
		if got := export("acme"); got.status != http.StatusOK {
			t.Fatalf("%d %s", got.status, got.body)
		}
	}
	var ends []func()
	begin := func(tenant tenancy.ID) {
		t.Helper()
		end, err := w.exports.Begin(tenant)
		if err != nil {
			t.Fatal(err)
		}
		ends = append(ends, end)
	}
	for range journal.MaxTenantExports {
		begin(tenancy.ID(acme.ID))
	}
	full(export("acme"), "exports of the tenant's journal are under way")
	if got := export("globex"); got.status != http.StatusOK {
		t.Errorf("%d %s", got.status, got.body)
	}
	for len(ends) < journal.MaxExports {
		begin(tenancy.NewID())
	}
	full(export("globex"), "exports of journals are under way")
	ends[0]()
	if got := export("acme"); got.status != http.StatusOK {
		t.Errorf("%d %s", got.status, got.body)
	}
}
