package main

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// basePath is where both servers serve SCIM, and apiPath where Spoke serves the onboarding API.
const (
	basePath = "/scim/v2"
	apiPath  = "/v1"
)

// A server is where clients send to.
type server struct {
	addr  string // host:port on loopback
	host  string // the Host header
	base  string // of its paths; "" is basePath
	token string
	// cookie is that of a session of the console, whose pages are read then: there is no base and no token.
	cookie string
	pid    int
}

// A request is what a client sends and what it expects of the answer.
type request struct {
	method, path, body string // path is below the server's base
	status             int
	want               string // must be in the answer's body
	times              int    // exactly so often; 0: once or more
}

// answerWithin bounds one request.
const answerWithin = 20 * time.Second

// A client has one connection to a server, which is kept alive. It is for one goroutine.
type client struct {
	server *server
	conn   net.Conn
	in     *bufio.Reader
	out    []byte
	body   bytes.Buffer
}

func (s *server) path() string {
	if s.cookie != "" {
		return ""
	}
	return cmp.Or(s.base, basePath)
}

func dial(ctx context.Context, s *server) (*client, error) {
	dialer := net.Dialer{Timeout: 5 * time.Second}
	conn, err := dialer.DialContext(ctx, "tcp", s.addr)
	if err != nil {
		return nil, fmt.Errorf("connect to %s: %w", s.host, err)
	}
	return &client{server: s, conn: conn, in: bufio.NewReaderSize(conn, 16<<10)}, nil
}

func (c *client) close() error { return c.conn.Close() }

// do sends a request, reads the answer, and returns an error when it is not the one that was expected. The body can be
// read in c.body until the next request.
func (c *client) do(r request) error {
	if err := c.exchange(r); err != nil {
		return fmt.Errorf("%s: %s %s%s: %w", c.server.host, r.method, c.server.path(), r.path, err)
	}
	return nil
}

func (c *client) exchange(r request) error {
	c.encode(r)
	if err := c.conn.SetDeadline(time.Now().Add(answerWithin)); err != nil {
		return err
	}
	if _, err := c.conn.Write(c.out); err != nil {
		return err
	}
	response, err := http.ReadResponse(c.in, nil)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	c.body.Reset()
	if _, err := c.body.ReadFrom(response.Body); err != nil {
		return err
	}
	return r.check(response.StatusCode, c.body.Bytes())
}

func (c *client) encode(r request) {
	b := append(c.out[:0], r.method...)
	b = append(append(b, ' '), c.server.path()...)
	b = append(b, r.path...)
	b = append(b, " HTTP/1.1\r\nHost: "...)
	b = append(b, c.server.host...)
	if c.server.cookie != "" {
		b = append(b, "\r\nAccept: text/html\r\nCookie: "...)
		b = append(b, c.server.cookie...)
	} else {
		b = append(b, "\r\nAuthorization: Bearer "...)
		b = append(b, c.server.token...)
	}
	b = append(b, "\r\nUser-Agent: spoke-loadtest\r\n"...)
	if r.body != "" {
		b = append(b, "Content-Type: application/json\r\nContent-Length: "...)
		b = strconv.AppendInt(b, int64(len(r.body)), 10)
		b = append(b, "\r\n"...)
	}
	b = append(b, "\r\n"...)
	c.out = append(b, r.body...)
}

// check holds an answer against what was expected.
func (r request) check(status int, body []byte) error {
	if status != r.status {
		return fmt.Errorf("answered %d, expected %d: %s", status, r.status, excerpt(body))
	}
	if r.want == "" {
		return nil
	}
	n := bytes.Count(body, []byte(r.want))
	if n == 0 || r.times != 0 && n != r.times {
		return fmt.Errorf("answered %d, but %s is in the answer %d times: %s", status, r.want, n, excerpt(body))
	}
	return nil
}

func excerpt(body []byte) string {
	const most = 400
	text := strings.ToValidUTF8(string(body[:min(len(body), most)]), "?")
	if len(body) > most {
		text += "…"
	}
	return text
}
