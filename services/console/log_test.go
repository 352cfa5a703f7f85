package console

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

	"github.com/askspoke/spoke/scim"
	"github.com/askspoke/spoke/scim/explain"
	store "github.com/askspoke/spoke/scim/provider"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/admin"
	"github.com/askspoke/spoke/tenancy/directory"
	"github.com/askspoke/spoke/tenancy/journal"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// idp changes a tenant's directory as an identity provider's requests do, through the provider and the guard, and journals
// what is refused.
type idp struct {
	*world
	t      *testing.T
	tenant tenancy.Tenant
	token  string // the id of its token
	buffer *journal.Buffer
}

func (w *world) idp(t *testing.T, tenant tenancy.Tenant) *idp {
	t.Helper()
	_, token, err := w.Tokens.Mint(t.Context(), tenant.ID, "Entra "+script, time.Time{})
	must(t, err)
	return &idp{w, t, tenant, token.ID, nil}
}

// serve has a request answered by the provider itself, as the gateway has it.
func (w *world) serve(ctx context.Context, tenant tenancy.Tenant, r store.Request, o journal.Origin) (store.Response, *scim.Error) {
	types, err := directory.ResourceTypes(tenant.Extensions)
	if err != nil {
		return store.Response{}, scim.AsError(err)
	}
	p := store.Provider{
		Store: w.Directory.Guarded(tenantdb.SchemaFor(tenant.ID), tenant.Settings), Types: types, Base: "http://acme.askspoke.test/scim/v2", Lenient: scim.Auto,
	}
	response, err := p.Serve(journal.WithOrigin(ctx, o), r)
	if err != nil {
		return response, scim.AsError(err)
	}
	return response, nil
}

// asks sends a request and returns the status and the id of the resource, or of the journal's entry where it is refused.
func (p *idp) asks(method, path, body string) (status int, id string) {
	p.t.Helper()
	path, query, _ := strings.Cut(path, "?")
	values, err := url.ParseQuery(query)
	must(p.t, err)
	at := p.clock.now()
	origin := journal.Origin{Actor: p.token, RequestID: uuid.NewString(), ProviderRequestID: "entra-7", Start: time.Now()}
	response, refusal := p.serve(p.t.Context(), p.tenant, store.Request{Method: method, Path: path, Query: values, Body: []byte(body)}, origin)
	if refusal == nil {
		var made struct{ ID string }
		_ = json.Unmarshal(response.Body, &made)
		return response.Status, made.ID
	}
	why := explain.Explain(method, response.Route, refusal)
	types, err := directory.ResourceTypes(nil)
	must(p.t, err)
	kept := explain.Redact(types, []byte(body))
	detail, err := journal.Refusal{
		Rule: why.Rule, Attribute: why.Attribute, SCIMType: string(refusal.Type), Detail: refusal.Detail, Hint: why.Hint, Method: method, Path: path, Query: query,
		Body: kept.JSON, BodyText: kept.Text, Truncated: kept.Truncated, Redacted: kept.Paths,
	}.Encode()
	must(p.t, err)
	entry, err := journal.NewID()
	must(p.t, err)
	e := journal.Entry{
		ID: entry, At: at, Outcome: journal.Refused, Status: refusal.Status, Action: journal.ActionUpdate, ResourceType: "User", Actor: p.token,
		RequestID: origin.RequestID, ProviderRequestID: origin.ProviderRequestID, Duration: time.Millisecond, Detail: detail,
	}
	switch method {
	case http.MethodPost:
		e.Action = journal.ActionCreate
	case http.MethodDelete:
		e.Action = journal.ActionDelete
	}
	if strings.HasPrefix(path, "/Groups") {
		e.ResourceType = "Group"
	}
	if last := path[strings.LastIndexByte(path, '/')+1:]; isUUID(last) {
		e.ResourceID = last
	}
	p.writes(e)
	return refusal.Status, entry
}

// writes journals a refused request.
func (p *idp) writes(e journal.Entry) {
	p.t.Helper()
	b := journal.NewBuffer(journal.BufferConfig{DB: p.DB})
	b.Add(p.tenant.ID, e)
	ctx, stop := context.WithCancel(p.t.Context())
	stop() // it writes what it has before it ends
	must(p.t, b.Run(ctx))
}

func (p *idp) user(name string) string {
	p.t.Helper()
	body, err := json.Marshal(map[string]any{"userName": name})
	must(p.t, err)
	status, id := p.asks(http.MethodPost, "/Users", string(body))
	if status != http.StatusCreated {
		p.t.Fatalf("user %s: %d", name, status)
	}
	return id
}

func (p *idp) group(name string, members ...string) string {
	p.t.Helper()
	list := []any{}
	for _, id := range members {
		list = append(list, map[string]any{"value": id})
	}
	body, err := json.Marshal(map[string]any{"displayName": name, "members": list})
	must(p.t, err)
	status, id := p.asks(http.MethodPost, "/Groups", string(body))
	if status != http.StatusCreated {
		p.t.Fatalf("group %s: %d", name, status)
	}
	return id
}

func (p *idp) does(method, path, body string) {
	p.t.Helper()
	if status, _ := p.asks(method, path, body); status >= http.StatusBadRequest {
		p.t.Fatalf("%s %s: %d", method, path, status)
	}
}

// lacks fails the test where the page has one of the texts in its source.
func (a answered) lacks(t *testing.T, texts ...string) answered {
	t.Helper()
	for _, text := range texts {
		if strings.Contains(a.body, text) {
			t.Errorf("the page has %q", text)
		}
	}
	return a
}

// entries are the ids of the entries that a page links to.
func (a answered) entries() (ids []string) {
	for _, part := range strings.Split(a.body, `href="/log/`)[1:] {
		if id, _, _ := strings.Cut(part, `"`); isUUID(id) {
			ids = append(ids, id)
		}
	}
	return ids
}

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
	var line journal.Line
	strict := json.NewDecoder(strings.NewReader(rows[2]))
	strict.DisallowUnknownFields()
	must(t, strict.Decode(&line))
	if line.ActorName != "Token “Entra "+script+"”" || line.TokenID != p.token || line.Refusal == nil || line.Refusal.Status != http.StatusConflict || line.Refusal.RuleText == "" {
		t.Errorf("%+v", line)
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

// A tenant has so many exports under way, and the process so many; a place is free again when a reader has gone.
func TestLogExportsAreBounded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	table := tenantdb.SchemaFor(w.acme.ID).Table("journal")
	_, err := w.DB.ExecContext(t.Context(), `INSERT INTO `+table+` (id, at, action, resource_type, resource_id, version, actor, request_id, detail)
		SELECT ('01900000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, $1, 'update', 'User', $2::uuid, n, 'token:x', '', jsonb_build_object('x', repeat('x', 20000))
		FROM generate_series(1, 2000) n`, w.clock.now(), uuid.NewString()) // more than sockets hold
	must(t, err)
	b := w.as(t, admin.Viewer)
	var stop []func()
	for range journal.MaxTenantExports { // whose readers stand still
		ctx, cancel := context.WithCancel(t.Context())
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+b.host+"/log/export?format=csv", http.NoBody)
		must(t, err)
		response, err := b.client.Do(request)
		must(t, err)
		stop = append(stop, func() { cancel(); response.Body.Close() })
	}
	got := b.get(t, "/log/export").is(t, http.StatusTooManyRequests).has(t, "The log is being exported already", "2 exports of Acme Inc.'s log are under way")
	if got.header.Get("Retry-After") != "30" || got.header.Get("Content-Disposition") != "" {
		t.Errorf("%v", got.header)
	}
	other := w.asAt(t, w.globex, admin.Viewer)
	for range journal.MaxExports + 1 { // one after the other
		other.get(t, "/log/export").is(t, http.StatusOK)
	}
	var end func()
	for range journal.MaxExports - journal.MaxTenantExports {
		end, err = w.Exports.Begin(tenancy.NewID())
		must(t, err)
	}
	got = other.get(t, "/log/export?format=csv").is(t, http.StatusServiceUnavailable).has(t, "Too many logs are being exported", "Try again in 30 seconds")
	if got.header.Get("Retry-After") != "30" {
		t.Errorf("%v", got.header)
	}
	other.get(t, "/log/export?resource=nobody").is(t, http.StatusUnprocessableEntity) // what is wrong takes no place
	end()
	other.get(t, "/log/export").is(t, http.StatusOK)
	for _, gone := range stop {
		gone()
	}
	w.until(t, func() bool { return b.get(t, "/log/export").status == http.StatusOK })
}
