package pgtest

import (
	"io"
	"net"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
)

// Proxy stands between a program and Postgres, so that a test can take Postgres away from one of them and give it back.
type Proxy struct {
	URL string // of the database through the proxy

	server   string
	listener net.Listener

	gate   sync.RWMutex // held by Stall
	losing atomic.Bool

	mu      sync.Mutex
	away    bool
	stalled bool
	conns   map[net.Conn]struct{}
}

// NewProxy returns a proxy to the database at databaseURL. It is closed when the test ends.
func NewProxy(t testing.TB, databaseURL string) *Proxy {
	t.Helper()
	u, err := url.Parse(databaseURL)
	if err != nil {
		t.Fatalf("proxy: %v", err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("proxy: %v", err)
	}
	p := &Proxy{server: u.Host, listener: listener, conns: make(map[net.Conn]struct{})}
	u.Host = listener.Addr().String()
	p.URL = u.String()
	go p.accept()
	t.Cleanup(func() {
		p.Back()
		p.Away()
		listener.Close()
	})
	return p
}

// Away breaks every connection and refuses new ones, as a server that is down does.
func (p *Proxy) Away() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.away = true
	for c := range p.conns {
		c.Close()
	}
}

// Stall keeps every connection open and lets nothing through, as a server that hangs does.
func (p *Proxy) Stall() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.stalled {
		p.gate.Lock()
	}
	p.stalled = true
}

// LoseAnswer breaks the connection on which the next answer comes, in its place: the server has done what it was asked
// to, and the program does not hear of it.
func (p *Proxy) LoseAnswer() { p.losing.Store(true) }

// Back lets connections through again.
func (p *Proxy) Back() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.away = false
	if p.stalled {
		p.gate.Unlock()
	}
	p.stalled = false
}

// gated writes when nothing is stalled.
type gated struct {
	net.Conn
	gate *sync.RWMutex
}

func (g gated) Write(b []byte) (int, error) {
	g.gate.RLock()
	defer g.gate.RUnlock()
	return g.Conn.Write(b)
}

// answers writes to the program, unless the answer is to be lost.
type answers struct {
	gated
	losing *atomic.Bool
}

func (a answers) Write(b []byte) (int, error) {
	if a.losing.CompareAndSwap(true, false) {
		return 0, io.ErrClosedPipe
	}
	return a.gated.Write(b)
}

func (p *Proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		go p.serve(client)
	}
}

func (p *Proxy) serve(client net.Conn) {
	defer client.Close()
	if !p.hold(client) {
		return
	}
	defer p.release(client)
	server, err := net.Dial("tcp", p.server)
	if err != nil {
		return
	}
	defer server.Close()
	go func() {
		_, _ = io.Copy(gated{server, &p.gate}, client) // it ends when either side does, which is all there is to know
		server.Close()
	}()
	_, _ = io.Copy(answers{gated{client, &p.gate}, &p.losing}, server)
}

func (p *Proxy) hold(c net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.away {
		return false
	}
	p.conns[c] = struct{}{}
	return true
}

func (p *Proxy) release(c net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.conns, c)
}
