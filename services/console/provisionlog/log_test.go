package provisionlog_test

import (
	"bufio"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/askspoke/spoke/infra/fixture"
	"github.com/askspoke/spoke/services/console/consoletest"
	"github.com/askspoke/spoke/services/console/filter"
	"github.com/askspoke/spoke/services/console/provisionlog"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/admin"
	"github.com/askspoke/spoke/tenancy/journal"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// The log tells what was done and refused, and by whom, and is filtered by its address.
func TestLog(t *testing.T) {
	t.Parallel()
	w := consoletest.NewWorld(t)
	b := w.As(t, admin.Viewer)
	b.Get(t, "/log").Is(t, http.StatusOK).Has(t, "Nothing yet", "Connect it")
	p := w.IDP(t, w.Acme)
	ann := p.User("ann@acme.com")
	evil := p.User(consoletest.Script)
	team := p.Group("Team "+consoletest.Script, ann, evil)
	p.Does(http.MethodPatch, "/Users/"+ann, `{"Operations":[{"op":"replace","path":"title","value":"`+consoletest.Script+`"},{"op":"add","path":"name.givenName","value":"Ann"}]}`)
	p.Does(http.MethodPatch, "/Users/"+ann, `{"Operations":[{"op":"replace","path":"active","value":false}]}`)
	p.Does(http.MethodPatch, "/Users/"+ann, `{"Operations":[{"op":"replace","path":"active","value":true}]}`)
	p.Does(http.MethodPatch, "/Groups/"+team, `{"Operations":[{"op":"remove","path":"members","value":[{"value":"`+ann+`"}]}]}`)
	p.Does(http.MethodDelete, "/Users/"+evil, "")
	_, refused := p.Asks(http.MethodPost, "/Users", `{"userName":"ANN@acme.com","password":"hunter2"}`)
	globex := w.IDP(t, w.Globex)
	foreign := globex.User("foreign@globex.com")

	all := b.Get(t, "/log").Is(t, http.StatusOK).Has(t,
		"Created user ann@acme.com", "Created user "+consoletest.Script, "Created group Team "+consoletest.Script+" with 2 members", "Changed user ann@acme.com: name, title", "Disabled user ann@acme.com",
		"Enabled user ann@acme.com", "Removed 1 member from group Team "+consoletest.Script, "Deleted user "+consoletest.Script, "Refused: Create user ANN@acme.com", "attribute.unique: userName",
		"Token “Entra "+consoletest.Script+"”", "409").Lacks(t, consoletest.Script, "foreign@globex.com", "hunter2")
	if ids := all.Entries(); len(ids) != 9 || ids[0] != refused {
		t.Errorf("%v", ids)
	}
	for query, want := range map[string]int{
		"outcome=refused": 1, "outcome=accepted": 8, "action=delete": 1, "action=create": 4, "resource=ANN%40acme.com": 4, "resource=" + ann: 4, "resource=" + strings.ToUpper(ann): 4,
		"resource=team+" + url.QueryEscape(consoletest.Script): 2, "resource=" + evil: 2, "resource=" + foreign: 0, "actor=" + p.Token: 9, "actor=nobody": 0, "rule=attribute.unique": 1, "rule=x": 0,
		"provider=entra-7": 9, "provider=x": 0, "from=" + filter.Stamp(w.Clock.Now().Add(-time.Hour)): 9, "to=" + filter.Stamp(w.Clock.Now().Add(-time.Hour)): 0, "from=2001-01-01&to=2999-01-01+00:00": 9,
		"outcome=refused&resource=nobody": 0,
	} {
		page := b.Get(t, "/log?"+query).Is(t, http.StatusOK)
		if got := page.Entries(); len(got) != want {
			t.Errorf("%s: %d entries, want %d", query, len(got), want)
		}
		if want == 0 && !strings.Contains(page.Text(), "Nothing matches") && !strings.Contains(page.Text(), "Nothing has this name") {
			t.Errorf("%s: %s", query, page.Text())
		}
		if !strings.Contains(page.Body, "/log/export?") {
			t.Errorf("%s: no export", query)
		}
	}
	b.Get(t, "/log?resource=nobody").Has(t, "Nothing has this name")
	p.Group("ann@acme.com")
	b.Get(t, "/log?resource=ann@acme.com").Is(t, http.StatusOK).Has(t, "Several have this name", "User ann@acme.com", "Group ann@acme.com")
}

// What no filter can be is said beside its field, and nothing is searched.
func TestLogNonsense(t *testing.T) {
	t.Parallel()
	w := consoletest.NewWorld(t)
	w.IDP(t, w.Acme).User("ann")
	b := w.As(t, admin.Viewer)
	long := strings.Repeat("x", 10<<10)
	for query, says := range map[string]string{
		"from=yesterday":                "Write a time as 2026-03-01 12:00, in UTC.",
		"from=0000-01-01":               "Write a time as",
		"to=99999-01-01":                "Write a time as",
		"from=2026-03-02&to=2026-03-01": "The end is not after the beginning.",
		"outcome=perhaps":               "Choose accepted or refused.",
		"action=explode":                "Choose one of the list.",
		"resource=" + long:              "This is too long to be looked for.",
		"rule=" + long:                  "This is too long to be looked for.",
		"provider=a%00b":                "This has characters that nothing in the log has.",
		"actor=%ff%fe":                  "This has characters that nothing in the log has.",
	} {
		page := b.Get(t, "/log?"+query).Is(t, http.StatusUnprocessableEntity).Has(t, says, "The log was not searched")
		if len(page.Entries()) != 0 || len(page.Body) > 30<<10 {
			t.Errorf("%.40s: %d entries, %d bytes", query, len(page.Entries()), len(page.Body))
		}
		b.Get(t, "/log/export?"+query).Is(t, http.StatusUnprocessableEntity).Has(t, "cannot be exported with this filter")
	}
	for _, after := range []string{"x", "b" + strings.Repeat("A", 22), long[:400]} {
		b.Get(t, "/log?after="+after).Is(t, http.StatusBadRequest).Has(t, "This page of the log cannot be shown", "To the first page")
	}
	for _, id := range []string{"x", uuid.NewString(), long, "%00", "..%2f"} {
		b.Get(t, "/log/"+id).Is(t, http.StatusNotFound)
	}
}

// A page goes on where the last one ended, with its filters, and comes to an end.
func TestLogPages(t *testing.T) {
	t.Parallel()
	w := consoletest.NewWorld(t)
	p := w.IDP(t, w.Acme)
	ann := p.User("ann")
	for i := range provisionlog.LogRows + 10 {
		p.Does(http.MethodPatch, "/Users/"+ann, `{"Operations":[{"op":"replace","path":"title","value":"`+strings.Repeat("i", i+1)+`"}]}`)
	}
	b := w.As(t, admin.Viewer)
	first := b.Get(t, "/log?action=update").Is(t, http.StatusOK)
	next := first.Next()
	if len(first.Entries()) != provisionlog.LogRows || !strings.Contains(next, "action=update") {
		t.Fatalf("%d entries, then %q", len(first.Entries()), next)
	}
	second := b.Get(t, next).Is(t, http.StatusOK).Has(t, "First page")
	if len(second.Entries()) != 10 || second.Next() != "" {
		t.Errorf("%d entries, then %q", len(second.Entries()), second.Next())
	}
	seen := map[string]bool{}
	for _, id := range append(first.Entries(), second.Entries()...) {
		if seen[id] {
			t.Errorf("%s twice", id)
		}
		seen[id] = true
	}
}

// The export has every entry that the filter chooses, says when it is whole, and starts no formula.
func TestLogExport(t *testing.T) {
	t.Parallel()
	w := consoletest.NewWorld(t)
	p := w.IDP(t, w.Acme)
	p.User("=cmd()")
	p.User("ann")
	p.Asks(http.MethodPost, "/Users", `{"userName":"ANN","password":"hunter2"}`)
	b := w.As(t, admin.Viewer)
	got := b.Get(t, "/log/export?format=ndjson").Is(t, http.StatusOK).Lacks(t, "hunter2")
	rows := strings.Split(strings.TrimSpace(got.Body), "\n")
	if len(rows) != 4 || rows[3] != `{"end":true,"entries":3}` || !strings.Contains(rows[2], `"rule":"attribute.unique"`) && !strings.Contains(rows[2], `"rule": "attribute.unique"`) {
		t.Errorf("%s", got.Body)
	}
	if got.Header.Get("Content-Type") != "application/x-ndjson" || !strings.HasPrefix(got.Header.Get("Content-Disposition"), `attachment; filename="acme-log-`) {
		t.Errorf("%v", got.Header)
	}
	var line journal.Line
	strict := json.NewDecoder(strings.NewReader(rows[2]))
	strict.DisallowUnknownFields()
	consoletest.Must(t, strict.Decode(&line))
	if line.ActorName != "Token “Entra "+consoletest.Script+"”" || line.TokenID != p.Token || line.Refusal == nil || line.Refusal.Status != http.StatusConflict || line.Refusal.RuleText == "" {
		t.Errorf("%+v", line)
	}
	table := b.Get(t, "/log/export?format=csv&outcome=refused").Is(t, http.StatusOK)
	reader := csv.NewReader(strings.NewReader(table.Body))
	reader.FieldsPerRecord = -1
	records, err := reader.ReadAll()
	if err != nil || len(records) != 3 || records[2][0] != "#end" || records[2][1] != "1" || records[1][9] != "Token “Entra "+consoletest.Script+"”" {
		t.Errorf("%v %q", err, records)
	}
	w.Stranger(t).Get(t, "/log/export").Is(t, http.StatusSeeOther)
	b.Get(t, "/log/export?resource=nobody").Is(t, http.StatusUnprocessableEntity).Has(t, "The name chooses nobody")
	if journal.Cell("=1") != "'=1" || journal.Cell("@x") != "'@x" || journal.Cell("a=b") != "a=b" {
		t.Error("a formula")
	}
}

// Who may not see the log any more gets no more of an export that is under way, and sees that it is not whole.
func TestLogExportEnds(t *testing.T) {
	t.Parallel()
	w := consoletest.NewWorld(t)
	table := tenantdb.SchemaFor(w.Acme.ID).Table("journal")
	_, err := w.DB.ExecContext(t.Context(), `INSERT INTO `+table+` (id, at, action, resource_type, resource_id, version, actor, request_id, detail)
		SELECT ('01900000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, $1, 'update', 'User', $2::uuid, n, 'token:x', '', jsonb_build_object('x', repeat('x', 20000))
		FROM generate_series(1, 2000) n`, w.Clock.Now(), uuid.NewString()) // more than sockets hold
	consoletest.Must(t, err)
	b := w.As(t, admin.Viewer)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+b.Host+"/log/export?format=ndjson", http.NoBody)
	consoletest.Must(t, err)
	response, err := b.Client.Do(request)
	consoletest.Must(t, err)
	defer response.Body.Close()
	a, err := w.Admins.ByEmail(t.Context(), w.Acme.ID, "viewer@acme.example")
	consoletest.Must(t, err)
	consoletest.Must(t, w.Admins.Remove(t.Context(), w.Acme.ID, a.ID))
	lines, ended := bufio.NewReader(response.Body), false
	for err == nil {
		var line string
		line, err = lines.ReadString('\n')
		ended = ended || strings.HasPrefix(line, `{"end":true`)
	}
	if ended || errors.Is(err, io.EOF) { // broken off is io.ErrUnexpectedEOF
		t.Errorf("the export went on to its end: %v", err)
	}
}

// A tenant has so many exports under way, and the process so many; a place is free again when a reader has gone.
func TestLogExportsAreBounded(t *testing.T) {
	t.Parallel()
	w := consoletest.NewWorld(t)
	table := tenantdb.SchemaFor(w.Acme.ID).Table("journal")
	_, err := w.DB.ExecContext(t.Context(), `INSERT INTO `+table+` (id, at, action, resource_type, resource_id, version, actor, request_id, detail)
		SELECT ('01900000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, $1, 'update', 'User', $2::uuid, n, 'token:x', '', jsonb_build_object('x', repeat('x', 20000))
		FROM generate_series(1, 2000) n`, w.Clock.Now(), uuid.NewString()) // more than sockets hold
	consoletest.Must(t, err)
	b := w.As(t, admin.Viewer)
	var stop []func()
	for range journal.MaxTenantExports { // whose readers stand still
		ctx, cancel := context.WithCancel(t.Context())
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+b.Host+"/log/export?format=csv", http.NoBody)
		consoletest.Must(t, err)
		response, err := b.Client.Do(request)
		consoletest.Must(t, err)
		stop = append(stop, func() { cancel(); response.Body.Close() })
	}
	got := b.Get(t, "/log/export").Is(t, http.StatusTooManyRequests).Has(t, "The log is being exported already", "2 exports of Acme Inc.'s log are under way")
	if got.Header.Get("Retry-After") != "30" || got.Header.Get("Content-Disposition") != "" {
		t.Errorf("%v", got.Header)
	}
	other := w.AsAt(t, w.Globex, admin.Viewer)
	for range journal.MaxExports + 1 { // one after the other
		other.Get(t, "/log/export").Is(t, http.StatusOK)
	}
	var end func()
	for range journal.MaxExports - journal.MaxTenantExports {
		end, err = w.Exports.Begin(tenancy.NewID())
		consoletest.Must(t, err)
	}
	got = other.Get(t, "/log/export?format=csv").Is(t, http.StatusServiceUnavailable).Has(t, "Too many logs are being exported", "Try again in 30 seconds")
	if got.Header.Get("Retry-After") != "30" {
		t.Errorf("%v", got.Header)
	}
	other.Get(t, "/log/export?resource=nobody").Is(t, http.StatusUnprocessableEntity) // what is wrong takes no place
	end()
	other.Get(t, "/log/export").Is(t, http.StatusOK)
	for _, gone := range stop {
		gone()
	}
	fixture.Eventually(t, "another may export", func() bool { return b.Get(t, "/log/export").Status == http.StatusOK })
}
