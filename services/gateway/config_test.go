package gateway_test

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/askspoke/spoke/services/gateway"
	"github.com/askspoke/spoke/tenancy/directory"
	"github.com/askspoke/spoke/tenancy/journal"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// TestBehindProxy has the tenant in the header of a proxy that is trusted, and locations that lead through it.
func TestBehindProxy(t *testing.T) {
	t.Parallel()
	direct := start(t, 2)
	s := serve(t, direct.db, direct.tenants, direct.db, directory.New(direct.db, &journal.Recorder{DB: direct.db}), func(c *gateway.Config) {
		c.PublicPort = 8443
		c.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	})
	c := s.client(t, 0)
	inner := *c
	inner.host = "10.0.0.7"
	a := inner.send("POST", "/Users", `{"userName":"ada"}`, "X-Forwarded-Host", c.host).is(t, 201)
	if want := "https://" + c.host + ":8443/scim/v2/Users/" + a.id(t); a.header.Get("Location") != want || !strings.Contains(string(a.body), want) {
		t.Errorf("Location is %q, want %q", a.header.Get("Location"), want)
	}
	inner.send("GET", "/Users", "", "X-Forwarded-Host", "tenant-2."+domain).is(t, 401)
	inner.send("GET", "/Users", "", "X-Forwarded-Host", c.host+", tenant-2."+domain).is(t, 401)
	inner.send("GET", "/Users", "").is(t, 404)
}

// TestShutdownTimeout has a request in flight that does not end: Run ends without it, and says so.
func TestShutdownTimeout(t *testing.T) {
	t.Parallel()
	direct := start(t, 1)
	s := serve(t, direct.db, direct.tenants, direct.db, directory.New(direct.db, &journal.Recorder{DB: direct.db}), func(c *gateway.Config) {
		c.ShutdownTimeout = time.Millisecond
	})
	c := s.client(t, 0)
	before := s.snapshot(t, c.tenant)
	release, blocked := s.hold(t, tenantdb.SchemaFor(c.tenant.ID).Table("users"))
	conn := c.begin("POST", "/Users", `{"userName":"ada"}`)
	defer conn.Close()
	blocked()
	s.shutdown()
	if err := s.stopped(); err == nil {
		t.Error("Run ended with a request in flight and returned no error")
	}
	s.expected = true
	// The connection is gone, so the statement is cancelled; where it was faster, it was made whole.
	s.waiting(t, "the statement has ended", func(n int) bool { return n == 0 })
	release()
	if diff := cmp.Diff(before, s.snapshot(t, c.tenant)); diff != "" {
		t.Errorf("a change whose client is gone was made (-before +after):\n%s", diff)
	}
}
