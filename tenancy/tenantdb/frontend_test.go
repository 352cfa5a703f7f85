package tenantdb_test

import (
	"bytes"
	"encoding/binary"
	"io"
	"net"
	"net/url"
	"sync"
	"testing"
)

// frontend stands before Postgres and reads what clients send: the messages of the protocol, by their types. As a
// pooler would, it can leave the mark of the session out, or refuse it.
type frontend struct {
	url, server   string
	strip, refuse bool

	mu       sync.Mutex
	messages map[byte]int
	named    int // statements that were prepared under a name
}

func newFrontend(t *testing.T, address string, strip, refuse bool) *frontend {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	f := &frontend{server: u.Host, strip: strip, refuse: refuse, messages: map[byte]int{}}
	u.Host = listener.Addr().String()
	f.url = u.String()
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			go f.serve(client)
		}
	}()
	return f
}

// reset forgets what was counted.
func (f *frontend) reset() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.messages, f.named = map[byte]int{}, 0
}

func (f *frontend) count(kind byte) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.messages[kind]
}

func (f *frontend) prepared() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.named
}

var mark = []byte("spoke.session\x00")

func (f *frontend) serve(client net.Conn) {
	defer client.Close()
	start, err := readBody(client, nil)
	if err != nil {
		return
	}
	if at := bytes.Index(start, mark); at >= 0 {
		if f.refuse {
			refusal := "SFATAL\x00VFATAL\x00C08P01\x00Munsupported startup parameter: spoke.session\x00\x00"
			client.Write(message('E', []byte(refusal)))
			return
		}
		if f.strip {
			rest := start[at+len(mark):]
			start = append(start[:at:at], rest[bytes.IndexByte(rest, 0)+1:]...)
		}
	}
	server, err := net.Dial("tcp", f.server)
	if err != nil {
		return
	}
	defer server.Close()
	go func() {
		io.Copy(client, server)
		client.Close()
	}()
	server.Write(message(0, start))
	f.pass(client, server)
}

// pass hands on messages of the client.
func (f *frontend) pass(client io.Reader, server io.Writer) {
	kind := make([]byte, 1)
	for {
		body, err := readBody(client, kind)
		if err != nil {
			return
		}
		f.mu.Lock()
		f.messages[kind[0]]++
		if kind[0] == 'P' && body[0] != 0 {
			f.named++
		}
		f.mu.Unlock()
		if _, err := server.Write(message(kind[0], body)); err != nil {
			return
		}
	}
}

// readBody reads a message, of the type that kind is given; the first of a connection has none.
func readBody(r io.Reader, kind []byte) ([]byte, error) {
	if _, err := io.ReadFull(r, kind); err != nil {
		return nil, err
	}
	var length [4]byte
	if _, err := io.ReadFull(r, length[:]); err != nil {
		return nil, err
	}
	body := make([]byte, binary.BigEndian.Uint32(length[:])-4)
	_, err := io.ReadFull(r, body)
	return body, err
}

func message(kind byte, body []byte) []byte {
	var m []byte
	if kind != 0 {
		m = append(m, kind)
	}
	m = binary.BigEndian.AppendUint32(m, uint32(len(body)+4))
	return append(m, body...)
}
