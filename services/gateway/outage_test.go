package gateway_test

import (
	"net"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/askspoke/spoke/infra/fixture"
	"github.com/askspoke/spoke/infra/pgtest"
	"github.com/askspoke/spoke/tenancy/directory"
	"github.com/askspoke/spoke/tenancy/journal"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// behindProxy serves two tenants from a database that a test can take away.
func behindProxy(t *testing.T) (*server, *pgtest.Proxy) {
	t.Helper()
	db, tenants := pgtest.Tenants(t, 2)
	proxy := pgtest.NewProxy(t, pgtest.Address(t, db))
	through := pgtest.Open(t, proxy.URL, tenantdb.Options{})
	return serve(t, db, tenants, through, directory.New(through, &journal.Recorder{DB: through})), proxy
}

// TestOutage takes Postgres away: what needs it is answered with 503, never with 500, 401 or 404, and works again by
// itself when it is back.
func TestOutage(t *testing.T) {
	t.Parallel()
	s, proxy := behindProxy(t)
	c, unseen := s.client(t, 0), s.client(t, 1) // nobody has asked for the second tenant yet
	ada := c.user("ada")
	group := c.group("Engineers", ada)
	unseenToken := s.client(t, 0)
	nobody := c.as(unseen.secret)
	before := s.snapshot(t, c.tenant)

	proxy.Away()
	unavailable := func(c *client, r route) {
		t.Helper()
		a := c.send(r.method, r.path, r.body)
		if a.status != 503 || a.header.Get("Retry-After") == "" {
			t.Errorf("%s %s without Postgres: Retry-After %q, %s", r.method, r.path, a.header.Get("Retry-After"), a)
		}
	}
	for _, r := range routes(ada, group) {
		unavailable(c, r)
		unavailable(unseenToken, r)
		unavailable(nobody, r)
		unavailable(unseen, r)
	}
	// What needs no Postgres is answered from memory, and what is wrong is still wrong.
	c.send("GET", "/Schemas", "").is(t, 200)
	c.send("POST", "/Users", `{`).is(t, 400)
	c.send("GET", "/Nothing", "").is(t, 404)
	c.as("x").send("GET", "/Users", "").is(t, 401)
	if diff := cmp.Diff(before, s.snapshot(t, c.tenant)); diff != "" {
		t.Errorf("a request that was answered with 503 has changed something (-before +after):\n%s", diff)
	}

	proxy.Back()
	fixture.Eventually(t, "service is back", func() bool { return c.send("GET", "/Users", "").status == 200 })
	for _, r := range routes(ada, group) {
		c.send(r.method, r.path, r.body).is(t, r.status)
	}
	fixture.Eventually(t, "the other tenant is served", func() bool { return unseen.send("GET", "/Users", "").status == 200 })
	unseenToken.send("GET", "/Users", "").is(t, 200)
	nobody.send("GET", "/Users", "").is(t, 401)
}

// hold takes a lock that no write to a table passes, and returns what lets it go. blocked waits for a statement that
// waits for it.
func (s *server) hold(t *testing.T, table string) (release, blocked func()) {
	t.Helper()
	tx, err := s.db.BeginTxx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { tx.Rollback() })
	if _, err := tx.ExecContext(t.Context(), `LOCK TABLE `+table+` IN SHARE MODE`); err != nil {
		t.Fatal(err)
	}
	return func() { tx.Rollback() }, func() { s.waiting(t, "a statement waits for the lock", func(n int) bool { return n > 0 }) }
}

// waiting waits until as many statements wait for a lock.
func (s *server) waiting(t *testing.T, what string, enough func(int) bool) {
	t.Helper()
	fixture.Eventually(t, what, func() bool {
		var n int
		err := s.db.GetContext(t.Context(), &n, `SELECT count(*) FROM pg_stat_activity
			WHERE datname = current_database() AND wait_event_type = 'Lock'`)
		if err != nil {
			t.Fatal(err)
		}
		return enough(n)
	})
}

// TestBrokenInTheMiddle breaks the connection under a change that Postgres has begun. Nobody can tell the client
// whether it will be made; it must be made as a whole or not at all, and sending it again must settle it.
func TestBrokenInTheMiddle(t *testing.T) {
	t.Parallel()
	for name, meanwhile := range map[string]func(*pgtest.Proxy){
		"away":          (*pgtest.Proxy).Away,
		"away and back": func(p *pgtest.Proxy) { p.Away(); p.Back() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, proxy := behindProxy(t)
			c := s.client(t, 0)
			ada := c.user("ada")
			schema := tenantdb.SchemaFor(c.tenant.ID)
			release, blocked := s.hold(t, schema.Table("groups"))
			body := object{"displayName": "Engineers", "members": elements([]string{ada})}.String()
			answers := make(chan answer, 1)
			go func() { answers <- c.send("POST", "/Groups", body) }()
			blocked()
			meanwhile(proxy)
			if name == "away" {
				if a := <-answers; a.status != 503 || a.header.Get("Retry-After") == "" {
					t.Errorf("the connection broke: %s", a)
				}
				release()
			} else {
				// The statement is sent again on another connection, so two of it wait.
				s.waiting(t, "the statement is sent again", func(n int) bool { return n == 2 })
				release()
				if a := <-answers; a.status != 201 {
					t.Errorf("the creation was sent twice and made once: %s", a)
				}
			}
			s.waiting(t, "all statements have ended", func(n int) bool { return n == 0 })
			proxy.Back()
			fixture.Eventually(t, "service is back", func() bool { return c.send("GET", "/Users", "").status == 200 })
			if a := c.send("POST", "/Groups", body); a.status != 201 && a.status != 409 {
				t.Errorf("sent again: %s", a)
			}
			groups := c.send("GET", "/Groups", "").list(t)
			if len(groups.IDs) != 1 {
				t.Fatalf("%d groups, want 1", len(groups.IDs))
			}
			if diff := cmp.Diff([]string{ada}, c.members(groups.IDs[0])); diff != "" {
				t.Errorf("members (-want +got):\n%s", diff)
			}
			if got := len(s.journal(t, c.tenant)); got != 2 {
				t.Errorf("the journal has %d rows, want one for the user and one for the group", got)
			}
		})
	}
}

// TestShutdown has a request in flight answered when Run ends, and a new one refused.
func TestShutdown(t *testing.T) {
	t.Parallel()
	s := start(t, 1)
	c := s.client(t, 0)
	c.send("GET", "/Users", "").is(t, 200)
	release, blocked := s.hold(t, tenantdb.SchemaFor(c.tenant.ID).Table("users"))
	answers := make(chan answer, 1)
	go func() { answers <- c.send("POST", "/Users", `{"userName":"ada"}`) }()
	blocked()
	s.shutdown()
	fixture.Eventually(t, "new connections are refused", func() bool {
		conn, err := net.Dial("tcp", s.address)
		if err == nil {
			conn.Close()
		}
		return err != nil
	})
	release()
	if a := <-answers; a.status != 201 {
		t.Errorf("the request in flight: %s", a)
	}
	if err := s.stopped(); err != nil {
		t.Errorf("Run returned %v", err)
	}
}
