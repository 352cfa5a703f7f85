package gateway_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// raw sends bytes as they are and reads one answer.
func (c *client) raw(request string) answer {
	c.t.Helper()
	conn, err := net.Dial("tcp", c.server.address)
	if err != nil {
		c.t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		c.t.Fatal(err)
	}
	if _, err := io.WriteString(conn, request); err != nil {
		c.t.Fatal(err)
	}
	return c.readRaw(conn, strings.HasPrefix(request, "HEAD "))
}

// begin sends a request and does not wait for its answer.
func (c *client) begin(method, path, body string) net.Conn {
	c.t.Helper()
	conn, err := net.Dial("tcp", c.server.address)
	if err != nil {
		c.t.Fatal(err)
	}
	_, err = fmt.Fprintf(conn, "%s /scim/v2%s HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nContent-Length: %d\r\n\r\n%s", method, path, c.host, c.secret, len(body), body)
	if err != nil {
		c.t.Fatal(err)
	}
	return conn
}

func (c *client) readRaw(conn net.Conn, head bool) answer {
	c.t.Helper()
	request := &http.Request{Method: http.MethodGet}
	if head {
		request.Method = http.MethodHead
	}
	response, err := http.ReadResponse(bufio.NewReader(conn), request)
	if err != nil {
		c.t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	a := answer{response.StatusCode, response.Header, body}
	a.check(c.t, request.Method)
	return a
}

// get sends a GET whose target is not touched by a client library.
func (c *client) get(target string) answer {
	c.t.Helper()
	return c.raw(fmt.Sprintf("GET %s HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nConnection: close\r\n\r\n", target, c.host, c.secret))
}

// TestTargets has what clients make of the tenant URL that an administrator typed. None of it is redirected.
func TestTargets(t *testing.T) {
	t.Parallel()
	s := start(t, 1)
	c := s.client(t, 0)
	ada := c.user("ada")
	semicolon := c.user("a;b")
	list := string(c.get("/scim/v2/Users").is(t, 200).body)
	one := string(c.get("/scim/v2/Users/"+ada).is(t, 200).body)
	for target, want := range map[string]string{
		"/scim/v2/Users/":                 list,
		"/scim/v2//Users":                 list,
		"/scim/v2///Users//":              list,
		"/scim/v2/Users?":                 list,
		"/scim/v2/Users?&":                list,
		"/scim/v2/Users?&&&":              list,
		"/scim/v2/Users/?":                list,
		"/scim/v2/users":                  list,
		"/scim/v2/USERS":                  list,
		"/scim/v2/%55sers":                list,
		"/scim/v2/Users?aadOptscim062020": list,
		"/scim/v2/Users?aadOptscim062020&AzureAdScimPatch2017":   list,
		"/scim/v2/Users?aadOptscim062020=":                       list,
		"/scim/v2/Users?unknown=1&UNKNOWN=2;3":                   list,
		"/scim/v2/Users?;":                                       list,
		"/scim/v2/Users?attributes=":                             list,
		"/scim/v2/Users?sortBy=meta.created&sortOrder=Ascending": list,
		"/scim/v2/Users/" + ada + "/":                            one,
		"/scim/v2//Users//" + ada:                                one,
		"/scim/v2/users/" + ada + "?":                            one,
		"/scim/v2/Users/" + ada + "?aadOptscim062020":            one,
		"/scim/v2/Users%2F" + ada:                                one,
		"http://" + c.host + "/scim/v2/Users/" + ada:             one,
	} {
		a := c.get(target)
		if a.status != 200 {
			t.Errorf("%s: %s", target, a)
		} else if diff := cmp.Diff(want, string(a.body)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", target, diff)
		}
	}
	for _, target := range [...]string{
		`/scim/v2/Users?filter=userName%20eq%20%22a;b%22`,
		`/scim/v2/Users?filter=userName+eq+%22a%3Bb%22&`,
		`/scim/v2/Users?aadOptscim062020;filter=x&filter=userName+eq+%22A;B%22`,
	} {
		if diff := cmp.Diff([]string{semicolon}, c.get(target).list(t).IDs); diff != "" {
			t.Errorf("%s (-want +got):\n%s", target, diff)
		}
	}
}

// What is longer than a filter may be is refused by SCIM with what to do instead, as far as net/http lets it through.
func TestLongTargets(t *testing.T) {
	t.Parallel()
	c := start(t, 1).client(t, 0)
	long := func(n int) string { return "/scim/v2/Users?filter=" + strings.Repeat("a", n) }
	c.get(long(60_000)).is(t, http.StatusBadRequest) // longer than a filter is
	if detail, _ := c.get(long(100_000)).is(t, http.StatusRequestURITooLong).object(t)["detail"].(string); !strings.Contains(detail, "/.search") {
		t.Errorf("detail %q", detail)
	}
}

// TestHead has the headers of a GET and no body.
func TestHead(t *testing.T) {
	t.Parallel()
	s := start(t, 1)
	c := s.client(t, 0)
	ada := c.user("ada")
	for _, path := range [...]string{"/Users/" + ada, "/Users", "/Groups", "/Schemas", "/ServiceProviderConfig", "/Nothing", "/Users/nobody"} {
		get, head := c.send("GET", path, ""), c.send("HEAD", path, "")
		ignore := func(h http.Header) http.Header {
			h = h.Clone()
			h.Del("Date")
			h.Del("X-Request-Id")
			return h
		}
		if diff := cmp.Diff(ignore(get.header), ignore(head.header)); diff != "" || head.status != get.status || len(head.body) != 0 {
			t.Errorf("HEAD %s: %d, want %d; %d bytes (-GET +HEAD):\n%s", path, head.status, get.status, len(head.body), diff)
		}
	}
}

// TestBodies has the ways in which a body can come.
func TestBodies(t *testing.T) {
	t.Parallel()
	s := start(t, 1)
	c := s.client(t, 0)
	head := fmt.Sprintf("POST /scim/v2/Users HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nConnection: close\r\n", c.host, c.secret)
	for name, tc := range map[string]struct {
		headers, body string
		status        int
	}{
		"no Content-Type":          {"Content-Length: 18\r\n", `{"userName":"one"}`, 201},
		"JSON":                     {"Content-Type: application/json\r\nContent-Length: 18\r\n", `{"userName":"two"}`, 201},
		"upper case and a charset": {"Content-Type: Application/SCIM+JSON;charset=UTF-8\r\nContent-Length: 20\r\n", `{"userName":"three"}`, 201},
		"a broken parameter":       {"Content-Type: application/json; charset\r\nContent-Length: 19\r\n", `{"userName":"four"}`, 201},
		"in pieces":                {"Transfer-Encoding: chunked\r\n", "5\r\n{\"use\r\ne\r\nrName\":\"five\"}\r\n0\r\n\r\n", 201},
		"a byte order mark":        {"Content-Length: 21\r\n", "\ufeff" + `{"userName":"six"}`, 201},
		"odd Accept headers":       {"Accept: text/html\r\nAccept-Charset: latin-1\r\nContent-Length: 20\r\n", `{"userName":"seven"}`, 201},
		"too large, in pieces":     {"Transfer-Encoding: chunked\r\n", "200000\r\n" + strings.Repeat(" ", 0x200000) + "\r\n0\r\n\r\n", 413},
		"broken pieces":            {"Transfer-Encoding: chunked\r\n", "zz\r\n{}\r\n0\r\n\r\n", 400},
	} {
		if a := c.raw(head + tc.headers + "\r\n" + tc.body); a.status != tc.status {
			t.Errorf("%s: want %d: %s", name, tc.status, a)
		}
	}
	// A body that is shorter than it says: the client goes away, and nothing is made of it.
	conn, err := net.Dial("tcp", s.address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, head+"Content-Length: 1000\r\n\r\n"+`{"userName":"eight"}`); err != nil {
		t.Fatal(err)
	}
	if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if a := c.readRaw(conn, false); a.status != 400 {
		t.Errorf("a body that broke off: %s", a)
	}
	if got := c.send("GET", "/Users", "").list(t).Total; got != 7 {
		t.Errorf("%d users, want 7", got)
	}
}
