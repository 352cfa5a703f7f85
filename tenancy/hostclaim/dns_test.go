package hostclaim_test

import (
	"context"
	"net"
	"sync"
	"testing"

	"github.com/miekg/dns"
)

// nameServer is a DNS server on loopback, over UDP and TCP.
type nameServer struct {
	address string
	mu      sync.Mutex
	txt     map[string][]string // of names with a dot at their ends
	codes   map[string]int      // instead
	overTCP int                 // how many questions came that way
}

func startNameServer(t *testing.T) *nameServer {
	t.Helper()
	s := &nameServer{txt: make(map[string][]string), codes: make(map[string]int)}
	packets, listener := listenTwice(t)
	s.address = listener.Addr().String()
	for _, server := range []*dns.Server{{PacketConn: packets, Handler: s}, {Listener: listener, Handler: s}} {
		started := make(chan struct{})
		server.NotifyStartedFunc = func() { close(started) }
		ended := make(chan error, 1)
		go func() { ended <- server.ActivateAndServe() }()
		<-started
		t.Cleanup(func() {
			if err := server.Shutdown(); err != nil {
				t.Errorf("stop the name server: %v", err)
			}
			<-ended
		})
	}
	return s
}

// listenTwice returns sockets on one port that is free for UDP and for TCP.
func listenTwice(t *testing.T) (net.PacketConn, net.Listener) {
	t.Helper()
	var config net.ListenConfig
	for range 100 {
		listener, err := config.Listen(t.Context(), "tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		if packets, err := config.ListenPacket(t.Context(), "udp", listener.Addr().String()); err == nil {
			return packets, listener
		}
		listener.Close()
	}
	t.Fatal("no port is free for both")
	return nil, nil
}

// ServeDNS answers one question.
func (s *nameServer) ServeDNS(w dns.ResponseWriter, question *dns.Msg) {
	s.mu.Lock()
	defer s.mu.Unlock()
	answer := new(dns.Msg)
	answer.SetReply(question)
	answer.RecursionAvailable = true
	name := question.Question[0].Name
	values, known := s.txt[dns.CanonicalName(name)]
	answer.Rcode = s.codes[dns.CanonicalName(name)]
	if !known && answer.Rcode == 0 {
		answer.Rcode = dns.RcodeNameError
	}
	if question.Question[0].Qtype == dns.TypeTXT {
		for _, v := range values {
			record := &dns.TXT{Hdr: dns.RR_Header{Name: name, Rrtype: dns.TypeTXT, Class: dns.ClassINET, Ttl: 1}}
			for len(v) > 255 { // a record is of strings of at most 255 bytes
				record.Txt, v = append(record.Txt, v[:255]), v[255:]
			}
			record.Txt = append(record.Txt, v)
			answer.Answer = append(answer.Answer, record)
		}
	}
	if _, tcp := w.RemoteAddr().(*net.TCPAddr); tcp {
		s.overTCP++
	} else {
		answer.Truncate(dns.MinMsgSize)
	}
	_ = w.WriteMsg(answer) // the one who asked may be gone
}

// publish makes the TXT records of a name, and code the answer without them.
func (s *nameServer) publish(name string, code int, values ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.codes[name+"."] = code
	delete(s.txt, name+".")
	if values != nil {
		s.txt[name+"."] = values
	}
}

func (s *nameServer) askedOverTCP() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.overTCP
}

// resolver asks the server, as the standard library asks any.
func (s *nameServer) resolver() *net.Resolver { return resolverAt(s.address) }

func resolverAt(address string) *net.Resolver {
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, address)
	}}
}
