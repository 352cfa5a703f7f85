package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"
)

// Console pages are compared between two tenants, whose directories have so many users.
const (
	consoleMany  = 100_000
	consoleFew   = 100
	consoleReads = 40 // of each page in one round
)

// A consolePage is a page of the console. paths returns what is read in turn: of a tenant's users, and its one group.
type consolePage struct {
	name  string
	want  string // in the page
	paths func(users []user, group string) []string
}

func consolePages() []consolePage {
	one := func(path string) func([]user, string) []string {
		return func([]user, string) []string { return []string{path} }
	}
	each := func(path func(user) string) func([]user, string) []string {
		return func(users []user, _ string) []string {
			var paths []string
			for i := range consoleReads {
				paths = append(paths, path(users[pick(0, i, len(users))]))
			}
			return paths
		}
	}
	return []consolePage{
		{"users", "@example.com</td>", one("/users")},
		{"users that are disabled", ">disabled<", one("/users?state=disabled")},
		{"search by a beginning", "@example.com</td>", one("/users?q=user.0000")},
		{"search by e-mail", "@example.com</td>", each(func(u user) string { return "/users?q=" + url.QueryEscape(u.name()) })},
		{"search for nobody", "Nobody is found", one("/users?q=nobody")},
		{"one user", "</dl>", each(func(u user) string { return "/users/" + u.id })},
		{"groups", ">everyone", one("/groups")},
		{"one group of all users", "rel=\"next\"", func(_ []user, group string) []string { return []string{"/groups/" + group} }},
		{"overview", "<main", one("/")},
		{"log", "<main", one("/log")},
	}
}

// A consoleTenant is a tenant whose pages are read.
type consoleTenant struct {
	bench *bench
	group string
	pages *client
}

// compareConsolePages fills the directories of two tenants, a large and a small one, and has an administrator of each read the
// console's pages in turn.
func compareConsolePages(ctx context.Context, m *machine, b *bench) (r result, err error) {
	p := newProgress(os.Stderr, "console-page", 1+b.options.rounds)
	defer func() { p.finish(err) }()
	r = result{clients: 1}
	var tenants []consoleTenant
	for _, users := range []int{consoleMany, consoleFew} {
		t, err := m.consoleTenant(ctx, b, users)
		if err != nil {
			return result{}, err
		}
		defer func() { _ = t.pages.close() }()
		tenants = append(tenants, t)
		r.sides = append(r.sides, side{name: fmt.Sprintf("spoke, all pages, %d users", users)})
	}
	r.rounds = make([][]round, len(tenants))
	for _, page := range consolePages() {
		r.pages = append(r.pages, pageResult{name: page.name, rounds: make([][]round, len(tenants))})
	}
	for n := range 1 + b.options.rounds { // the first warms up
		if err := readConsole(ctx, tenants, n, &r); err != nil {
			return result{}, err
		}
		p.step()
	}
	return r, nil
}

// readConsole reads each page of each tenant. Who begins alternates.
func readConsole(ctx context.Context, tenants []consoleTenant, n int, r *result) error {
	sums := make([]round, len(tenants))
	for at, page := range consolePages() {
		for turn := range tenants {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			i := (n + turn) % len(tenants)
			one, err := tenants[i].read(page)
			if err != nil {
				return fmt.Errorf("page %s: %w", page.name, err)
			}
			sums[i].elapsed, sums[i].each = sums[i].elapsed+one.elapsed, 1
			sums[i].latencies = append(sums[i].latencies, one.latencies...)
			if n > 0 {
				r.pages[at].rounds[i] = append(r.pages[at].rounds[i], one)
			}
		}
	}
	for i, sum := range sums {
		if n > 0 {
			r.rounds[i] = append(r.rounds[i], sum)
		}
	}
	return nil
}

func (t consoleTenant) read(page consolePage) (round, error) {
	r, start := round{each: 1}, time.Now()
	paths := page.paths(t.bench.users, t.group)
	for i := range consoleReads {
		sent := time.Now()
		if err := t.pages.do(request{method: http.MethodGet, path: paths[i%len(paths)], status: http.StatusOK, want: page.want}); err != nil {
			return r, err
		}
		r.latencies = append(r.latencies, time.Since(sent))
	}
	r.elapsed = time.Since(start)
	return r, nil
}

// consoleTenant makes a tenant with so many users, who are all in one group, and of each of whom the journal tells; and signs an
// administrator in. Some are disabled: of many each fiftieth, of few every other one, so that a page of them is full.
func (m *machine) consoleTenant(ctx context.Context, b *bench, users int) (t consoleTenant, err error) {
	own, slug := *b, fmt.Sprintf("console%d", users)
	if own.spoke, own.schemas.spoke, err = m.createTenant(ctx, b, slug); err != nil {
		return t, err
	}
	own.spoke.addr, own.spoke.pid = b.spoke.addr, b.spoke.pid
	own.alone(users)
	if err := own.seed(ctx); err != nil {
		return t, err
	}
	if err := own.liven(ctx, max(2, users/2000)); err != nil {
		return t, err
	}
	groups, err := own.makeGroups(ctx, "everyone", 1, users)
	if err != nil {
		return t, err
	}
	if err := own.settle(ctx, "users", "journal"); err != nil {
		return t, err
	}
	t = consoleTenant{bench: &own, group: groups[0]}
	pages, err := m.signIn(ctx, own.spoke, slug)
	if err != nil {
		return t, err
	}
	t.pages, err = dial(ctx, pages)
	return t, err
}

// liven disables one of so many users and writes an entry about each user.
func (b *bench) liven(ctx context.Context, each int) error {
	table := b.schemas.spoke.Table("users")
	_, err := b.db.ExecContext(ctx, `UPDATE `+table+` SET document = replace(document::text, '"active":true', '"active":false')::json,
		search = jsonb_set(search, '{active}', 'false') WHERE `+numberOfName+`::int % $1 = 0`, each)
	if err != nil {
		return fmt.Errorf("disable users: %w", err)
	}
	_, err = b.db.ExecContext(ctx, `INSERT INTO `+b.schemas.spoke.Table("journal")+` (id, at, action, resource_type, resource_id, version, actor, request_id, detail)
		SELECT (lpad(to_hex((extract(epoch FROM created) * 1000)::bigint), 12, '0') || '70008000' || lpad(to_hex(row_number() OVER (ORDER BY id)), 12, '0'))::uuid,
			created, 'create', 'User', id, 1, md5('actor')::uuid, md5(id::text), jsonb_build_object('document', document) FROM `+table)
	if err != nil {
		return fmt.Errorf("write entries: %w", err)
	}
	return nil
}

// signIn adds an administrator and opens the invitation, as a browser does.
func (m *machine) signIn(ctx context.Context, tenant *server, slug string) (*server, error) {
	output, err := m.command(ctx, "tenant", "admin", "add", slug, "load@example.com", "--name", "Load", "--role", "owner", "--json")
	if err != nil {
		return nil, err
	}
	var made struct{ Invitation string }
	if err := json.Unmarshal(output, &made); err != nil || made.Invitation == "" {
		return nil, fmt.Errorf("spoke tenant admin add printed no invitation: %q", output)
	}
	link, err := url.Parse(made.Invitation)
	if err != nil {
		return nil, fmt.Errorf("read the invitation: %w", err)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+tenant.addr+link.EscapedPath(), http.NoBody)
	if err != nil {
		return nil, err
	}
	r.Host = tenant.host
	r.Header.Set("Accept", "text/html")
	response, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return nil, fmt.Errorf("sign in: %w", err)
	}
	defer response.Body.Close()
	var cookies []string
	for _, c := range response.Cookies() {
		cookies = append(cookies, c.Name+"="+c.Value)
	}
	if response.StatusCode != http.StatusSeeOther || len(cookies) == 0 {
		return nil, fmt.Errorf("sign in: answered %d with %d cookies", response.StatusCode, len(cookies))
	}
	return &server{addr: tenant.addr, host: tenant.host, cookie: strings.Join(cookies, "; "), pid: tenant.pid}, nil
}

// A pageResult is what came of one page: the rounds of each tenant.
type pageResult struct {
	name   string
	rounds [][]round
}

// ratio is what the page costs with many users in parts of what it costs with few: the median over the rounds of the ratio of
// the medians.
func (p pageResult) ratio() float64 {
	return result{sides: make([]side, len(p.rounds)), rounds: p.rounds}.medianRatio()
}

// pageRatios says what each page costs.
func (r result) pageRatios() string {
	var parts []string
	for _, p := range r.pages {
		of := result{sides: r.sides, rounds: p.rounds}
		parts = append(parts, fmt.Sprintf("%s %.2f (%s, %s)", p.name, p.ratio(), milliseconds(of.latency(0, 50)), milliseconds(of.latency(1, 50))))
	}
	return fmt.Sprintf("p50 with %d users in parts of that with %d: %s", consoleMany, consoleFew, strings.Join(parts, ", "))
}

// worstPage is the greatest ratio of a page.
func (r result) worstPage() (worst float64) {
	for _, p := range r.pages {
		worst = max(worst, p.ratio())
	}
	return worst
}
