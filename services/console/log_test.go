package console

import (
	"bufio"
	"encoding/csv"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/askspoke/spoke/tenancy/admin"
	"github.com/askspoke/spoke/tenancy/journal"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// The log tells what was done and refused, and by whom, and is filtered by its address.
func TestLog(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.as(t, admin.Viewer)
	b.get(t, "/log").is(t, http.StatusOK).has(t, "Nothing yet", "Connect it")
	p := w.idp(t, w.acme)
	ann := p.user("ann@acme.com")
	evil := p.user(script)
	team := p.group("Team "+script, ann, evil)
	p.does(http.MethodPatch, "/Users/"+ann, `{"Operations":[{"op":"replace","path":"title","value":"`+script+`"},{"op":"add","path":"name.givenName","value":"Ann"}]}`)
	p.does(http.MethodPatch, "/Users/"+ann, `{"Operations":[{"op":"replace","path":"active","value":false}]}`)
	p.does(http.MethodPatch, "/Users/"+ann, `{"Operations":[{"op":"replace","path":"active","value":true}]}`)
	p.does(http.MethodPatch, "/Groups/"+team, `{"Operations":[{"op":"remove","path":"members","value":[{"value":"`+ann+`"}]}]}`)
	p.does(http.MethodDelete, "/Users/"+evil, "")
	_, refused := p.asks(http.MethodPost, "/Users", `{"userName":"ANN@acme.com","password":"hunter2"}`)
	globex := w.idp(t, w.globex)
	foreign := globex.user("foreign@globex.com")

	all := b.get(t, "/log").is(t, http.StatusOK).has(t,
		"Created user ann@acme.com", "Created user "+script, "Created group Team "+script+" with 2 members", "Changed user ann@acme.com: name, title", "Disabled user ann@acme.com",
		"Enabled user ann@acme.com", "Removed 1 member from group Team "+script, "Deleted user "+script, "Refused: Create user ANN@acme.com", "attribute.unique: userName",
		"Token “Entra "+script+"”", "409").lacks(t, script, "foreign@globex.com", "hunter2")
	if ids := all.entries(); len(ids) != 9 || ids[0] != refused {
		t.Errorf("%v", ids)
	}
	for query, want := range map[string]int{
		"outcome=refused": 1, "outcome=accepted": 8, "action=delete": 1, "action=create": 4, "resource=ANN%40acme.com": 4, "resource=" + ann: 4, "resource=" + strings.ToUpper(ann): 4,
		"resource=team+" + url.QueryEscape(script): 2, "resource=" + evil: 2, "resource=" + foreign: 0, "actor=" + p.token: 9, "actor=nobody": 0, "rule=attribute.unique": 1, "rule=x": 0,
		"provider=entra-7": 9, "provider=x": 0, "from=" + stamp(w.clock.now().Add(-time.Hour)): 9, "to=" + stamp(w.clock.now().Add(-time.Hour)): 0, "from=2001-01-01&to=2999-01-01+00:00": 9,
		"outcome=refused&resource=nobody": 0,
	} {
		page := b.get(t, "/log?"+query).is(t, http.StatusOK)
		if got := page.entries(); len(got) != want {
			t.Errorf("%s: %d entries, want %d", query, len(got), want)
		}
		if want == 0 && !strings.Contains(page.text(), "Nothing matches") && !strings.Contains(page.text(), "Nothing has this name") {
			t.Errorf("%s: %s", query, page.text())
		}
		if !strings.Contains(page.body, "/log/export?") {
			t.Errorf("%s: no export", query)
		}
	}
	b.get(t, "/log?resource=nobody").has(t, "Nothing has this name")
	p.group("ann@acme.com")
	b.get(t, "/log?resource=ann@acme.com").is(t, http.StatusOK).has(t, "Several have this name", "User ann@acme.com", "Group ann@acme.com")
}

// What no filter can be is said beside its field, and nothing is searched.
func TestLogNonsense(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.idp(t, w.acme).user("ann")
	b := w.as(t, admin.Viewer)
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
		page := b.get(t, "/log?"+query).is(t, http.StatusUnprocessableEntity).has(t, says, "The log was not searched")
		if len(page.entries()) != 0 || len(page.body) > 30<<10 {
			t.Errorf("%.40s: %d entries, %d bytes", query, len(page.entries()), len(page.body))
		}
		b.get(t, "/log/export?"+query).is(t, http.StatusUnprocessableEntity).has(t, "cannot be exported with this filter")
	}
	for _, after := range []string{"x", "b" + strings.Repeat("A", 22), long[:400]} {
		b.get(t, "/log?after="+after).is(t, http.StatusBadRequest).has(t, "This page of the log cannot be shown", "To the first page")
	}
	for _, id := range []string{"x", uuid.NewString(), long, "%00", "..%2f"} {
		b.get(t, "/log/"+id).is(t, http.StatusNotFound)
	}
}

// A page goes on where the last one ended, with its filters, and comes to an end.
func TestLogPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.idp(t, w.acme)
	ann := p.user("ann")
	for i := range logRows + 10 {
		p.does(http.MethodPatch, "/Users/"+ann, `{"Operations":[{"op":"replace","path":"title","value":"`+strings.Repeat("i", i+1)+`"}]}`)
	}
	b := w.as(t, admin.Viewer)
	first := b.get(t, "/log?action=update").is(t, http.StatusOK)
	next := first.next()
	if len(first.entries()) != logRows || !strings.Contains(next, "action=update") {
		t.Fatalf("%d entries, then %q", len(first.entries()), next)
	}
	second := b.get(t, next).is(t, http.StatusOK).has(t, "First page")
	if len(second.entries()) != 10 || second.next() != "" {
		t.Errorf("%d entries, then %q", len(second.entries()), second.next())
	}
	seen := map[string]bool{}
	for _, id := range append(first.entries(), second.entries()...) {
		if seen[id] {
			t.Errorf("%s twice", id)
		}
		seen[id] = true
	}
}

// The export has every entry that the filter chooses, says when it is whole, and starts no formula.
func TestLogExport(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.idp(t, w.acme)
	p.user("=cmd()")
	p.user("ann")
	p.asks(http.MethodPost, "/Users", `{"userName":"ANN","password":"hunter2"}`)
	b := w.as(t, admin.Viewer)
	got := b.get(t, "/log/export?format=ndjson").is(t, http.StatusOK).lacks(t, "hunter2")
	rows := strings.Split(strings.TrimSpace(got.body), "\n")
	if len(rows) != 4 || rows[3] != `{"end":true,"entries":3}` || !strings.Contains(rows[2], `"rule":"attribute.unique"`) && !strings.Contains(rows[2], `"rule": "attribute.unique"`) {
		t.Errorf("%s", got.body)
	}
	if got.header.Get("Content-Type") != "application/x-ndjson" || !strings.HasPrefix(got.header.Get("Content-Disposition"), `attachment; filename="acme-log-`) {
		t.Errorf("%v", got.header)
	}
	table := b.get(t, "/log/export?format=csv&outcome=refused").is(t, http.StatusOK)
	reader := csv.NewReader(strings.NewReader(table.body))
	reader.FieldsPerRecord = -1
	records, err := reader.ReadAll()
	if err != nil || len(records) != 3 || records[2][0] != "#end" || records[2][1] != "1" || records[1][9] != "Token “Entra "+script+"”" {
		t.Errorf("%v %q", err, records)
	}
	w.stranger(t).get(t, "/log/export").is(t, http.StatusSeeOther)
	b.get(t, "/log/export?resource=nobody").is(t, http.StatusUnprocessableEntity).has(t, "The name chooses nobody")
	if journal.Cell("=1") != "'=1" || journal.Cell("@x") != "'@x" || journal.Cell("a=b") != "a=b" {
		t.Error("a formula")
	}
}

// Who may not see the log any more gets no more of an export that is under way, and sees that it is not whole.
func TestLogExportEnds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	table := tenantdb.SchemaFor(w.acme.ID).Table("journal")
	_, err := w.DB.ExecContext(t.Context(), `INSERT INTO `+table+` (id, at, action, resource_type, resource_id, version, actor, request_id, detail)
		SELECT ('01900000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, $1, 'update', 'User', $2::uuid, n, 'token:x', '', jsonb_build_object('x', repeat('x', 20000))
		FROM generate_series(1, 2000) n`, w.clock.now(), uuid.NewString()) // more than sockets hold
	must(t, err)
	b := w.as(t, admin.Viewer)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+b.host+"/log/export?format=ndjson", http.NoBody)
	must(t, err)
	response, err := b.client.Do(request)
	must(t, err)
	defer response.Body.Close()
	a, err := w.Admins.ByEmail(t.Context(), w.acme.ID, "viewer@acme.example")
	must(t, err)
	must(t, w.Admins.Remove(t.Context(), w.acme.ID, a.ID))
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
