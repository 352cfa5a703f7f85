package gateway_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/askspoke/spoke/infra/fixture"
	"github.com/askspoke/spoke/services/gateway"
)

// crowded gives a tenant users, whose names end with more, and groups that each of them is in, and returns the groups' ids.
func (c *client) crowded(users, groups int, more string) (ids []string) {
	c.t.Helper()
	members := make([]any, users)
	operations := make([]operation, 0, users+groups)
	for i := range users {
		id := fmt.Sprintf("u%d", i)
		operations = append(operations, operation{Method: "POST", Path: "/Users", BulkID: id, Data: object{"userName": id, "displayName": "User " + id + more}})
		members[i] = object{"value": "bulkId:" + id}
	}
	c.bulk(operations...)
	for i := range members {
		id := c.send("GET", fmt.Sprintf("/Users?filter=userName+eq+%%22u%d%%22&attributes=id", i), "").list(c.t).IDs[0]
		members[i] = object{"value": id}
	}
	for i := range groups {
		body := object{"displayName": fmt.Sprintf("group %d", i), "members": members}.String()
		ids = append(ids, c.send("POST", "/Groups", body).is(c.t, 201).id(c.t))
	}
	return ids
}

// A page whose groups have more members than are held in memory is streamed, and says what pages of one say.
func TestPageOfLargeGroupsIsStreamed(t *testing.T) {
	t.Parallel()
	s := start(t, 1)
	c := s.client(t, 0)
	ids := c.crowded(30, 25, "")
	page := c.send("GET", "/Groups?count=1000", "").is(t, 200)
	if page.header.Get("Content-Length") != "" {
		t.Errorf("the page is not streamed: %v", page.header)
	}
	resources, _ := page.object(t)["Resources"].([]any)
	if got := page.list(t).IDs; !slices.Equal(got, ids) {
		t.Errorf("ids %v, want %v", got, ids)
	}
	for i, id := range ids {
		one := c.send("GET", "/Groups/"+id, "").is(t, 200)
		if one.header.Get("Content-Length") == "" {
			t.Error("a small group is streamed")
		}
		if diff := cmp.Diff(one.object(t), resources[i]); diff != "" {
			t.Fatalf("group %s, by itself and on the page (-itself +page):\n%s", id, diff)
		}
	}
	if head := c.send("HEAD", "/Groups?count=1000", "").is(t, 200); len(head.body) > 0 {
		t.Errorf("HEAD has a body: %s", head)
	}
}

// slow is a client that reads nothing until it is told to: its answer is under way meanwhile.
func (c *client) slow(path string) *net.TCPConn {
	c.t.Helper()
	address, err := net.ResolveTCPAddr("tcp", c.server.address)
	if err != nil {
		c.t.Fatal(err)
	}
	conn, err := net.DialTCP("tcp", nil, address)
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() { conn.Close() })
	_, err = fmt.Fprintf(conn, "GET %s%s HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\n\r\n", gateway.BasePath, path, c.host, c.secret)
	if err != nil {
		c.t.Fatal(err)
	}
	return conn
}

// snapshots are the backends that hold one of the tenant's directory while nothing is asked of them, because the gateway waits
// for a client.
func (s *server) snapshots(t testing.TB) (pids []int) {
	t.Helper()
	err := s.db.SelectContext(t.Context(), &pids, `SELECT pid FROM pg_stat_activity WHERE datname = current_database() 
		AND state = 'idle in transaction' AND state_change < clock_timestamp() - interval '300 milliseconds'`)
	if err != nil {
		t.Fatal(err)
	}
	return pids
}

func TestStreamToWhoDoesNotRead(t *testing.T) { //nolint:tparallel // the parts count the snapshots of one server
	t.Parallel()
	s := start(t, 1)
	c := s.client(t, 0)
	c.crowded(400, 40, strings.Repeat(" and so on", 150)) // 27 MB, more than the system takes from the gateway for a client

	t.Run("the client hangs up", func(t *testing.T) {
		conn := c.slow("/Groups")
		fixture.Eventually(t, "the answer is under way", func() bool { return len(s.snapshots(t)) == 1 })
		conn.Close()
		fixture.Eventually(t, "the snapshot has ended", func() bool { return len(s.snapshots(t)) == 0 })
		fixture.Eventually(t, "it is logged as the client's doing", func() bool { return strings.Contains(s.log.String(), `"status":499`) })
	})
	t.Run("snapshots are a share of the connections", func(t *testing.T) {
		most := s.db.Stats().MaxOpenConnections / 4
		conns := make([]*net.TCPConn, most)
		for i := range conns {
			conns[i] = c.slow("/Groups")
		}
		fixture.Eventually(t, "they are all held", func() bool { return len(s.snapshots(t)) == most })
		refused := c.send("GET", "/Groups", "").is(t, 503)
		if refused.header.Get("Retry-After") == "" {
			t.Errorf("no Retry-After: %s", refused)
		}
		c.send("GET", "/Users?count=1", "").is(t, 200) // what needs none goes on
		for _, conn := range conns {
			conn.Close()
		}
		fixture.Eventually(t, "the snapshots have ended", func() bool { return len(s.snapshots(t)) == 0 })
	})
	t.Run("Postgres ends the connection", func(t *testing.T) {
		conn := c.slow("/Groups")
		fixture.Eventually(t, "the answer is under way", func() bool { return len(s.snapshots(t)) == 1 })
		if _, err := s.db.ExecContext(t.Context(), `SELECT pg_terminate_backend($1)`, s.snapshots(t)[0]); err != nil {
			t.Fatal(err)
		}
		response, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		body, err := io.ReadAll(response.Body)
		if err == nil {
			t.Errorf("the client takes %d bytes for the whole answer", len(body))
		}
		fixture.Eventually(t, "it is logged as a failure of the database", func() bool {
			return strings.Contains(s.log.String(), `"status":503`) && strings.Contains(s.log.String(), "the answer was broken off")
		})
		if got := len(c.send("GET", "/Groups?count=2", "").list(t).IDs); got != 2 {
			t.Errorf("afterwards there are %d groups", got)
		}
	})
}
