//go:build unix

package mailtest

import (
	"bufio"
	"io"
	"net"
	"sync"
	"testing"
)

// Fault is what a Proxy does to the connection on which a mail is sent.
type Fault int

// The faults.
const (
	None        Fault = iota
	BreakWithin       // breaks it when half of the mail has gone through, so that the server has no mail
	LoseAnswer        // passes the whole mail on, and breaks it in place of the server's answer that it has the mail
)

// Proxy stands between a client and a mail server without TLS.
type Proxy struct {
	URL string // of the server through the proxy

	server   string
	listener net.Listener

	mu       sync.Mutex
	fault    Fault
	mails    int // that it is for
	accepted int
}

// NewProxy returns a proxy to the server that does nothing to connections. It is closed when the test ends.
func NewProxy(t testing.TB, s *Server) *Proxy {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("proxy: %v", err)
	}
	p := &Proxy{server: s.Address(), listener: listener, URL: at(t, s.URL(), listener.Addr().String())}
	go p.accept()
	t.Cleanup(func() { listener.Close() })
	return p
}

// Spoil has a fault done to each of the next mails.
func (p *Proxy) Spoil(mails int, fault Fault) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fault, p.mails = fault, mails
}

// Connections returns how many there were.
func (p *Proxy) Connections() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.accepted
}

// next returns what is done to the mail that begins.
func (p *Proxy) next() Fault {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.mails == 0 {
		return None
	}
	p.mails--
	return p.fault
}

func (p *Proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		p.mu.Lock()
		p.accepted++
		p.mu.Unlock()
		go p.serve(client)
	}
}

// serve passes each line of the client's on, and then the answer to it, which the protocol has them take turns for; the
// lines of a mail are answered together.
func (p *Proxy) serve(client net.Conn) {
	defer client.Close()
	server, err := net.Dial("tcp", p.server)
	if err != nil {
		return
	}
	defer server.Close()
	lines, answers := bufio.NewReader(client), bufio.NewReader(server)
	if answer(answers, client) != nil { // the greeting
		return
	}
	var fault Fault
	for within := false; ; {
		line, err := lines.ReadString('\n')
		if err != nil {
			return
		}
		if _, err := io.WriteString(server, line); err != nil {
			return
		}
		switch {
		case within && line != ".\r\n":
			if fault == BreakWithin && line == "\r\n" { // its headers are through
				return
			}
			continue
		case within:
			within = false
			if fault == LoseAnswer {
				_ = answer(answers, io.Discard)
				return
			}
		case line == "DATA\r\n":
			within, fault = true, p.next()
		}
		if answer(answers, client) != nil {
			return
		}
	}
}

// answer passes one of the server's on, which may have several lines.
func answer(from *bufio.Reader, to io.Writer) error {
	for {
		line, err := from.ReadString('\n')
		if err != nil {
			return err
		}
		if _, err := io.WriteString(to, line); err != nil {
			return err
		}
		if len(line) < 4 || line[3] != '-' {
			return nil
		}
	}
}
