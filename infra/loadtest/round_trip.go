package main

import (
	"bufio"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"net"
	"net/url"
	"os"
	"sync/atomic"
	"time"
)

// warmRequests fill the caches, countedRequests are counted, tries times; the fewest statements count, since now and then
// Spoke asks something of its own.
const (
	warmRequests    = 5
	countedRequests = 20
	tries           = 3
)

// countRoundTrips starts a second Spoke, which has rate limits, behind a wire that counts, and has one client read users.
func countRoundTrips(ctx context.Context, m *machine, b *bench) (r result, err error) {
	p := newProgress(os.Stderr, "round-trips", 1)
	defer func() { p.finish(err) }()
	w, err := newWire(m.postgres.URL())
	if err != nil {
		return result{}, err
	}
	m.stops = append(m.stops, w.close)
	counted := *b.spoke
	if counted.addr, err = freeAddr(); err != nil {
		return result{}, err
	}
	metrics, err := freeAddr()
	if err != nil {
		return result{}, err
	}
	second, err := m.run("counted spoke", append(m.env[:len(m.env):len(m.env)], // the last of a name counts
		"SPOKE_DATABASE_URL="+w.url, "SPOKE_ADDR="+counted.addr, "SPOKE_METRICS_ADDR="+metrics, "SPOKE_RATE_LIMITS=true",
	), m.binary, "serve", "--role", "gateway")
	if err != nil {
		return result{}, err
	}
	if err := second.awaitReady(ctx, metrics); err != nil {
		return result{}, err
	}
	c, err := dial(ctx, &counted)
	if err != nil {
		return result{}, err
	}
	defer c.close()
	next, fewest, one := getUser(b), int64(math.MaxInt64), round{each: 1}
	read := func(n int) error {
		for i := range n {
			sent := time.Now()
			if err := c.do(next(0, i)); err != nil {
				return err
			}
			one.latencies = append(one.latencies, time.Since(sent))
			one.elapsed += time.Since(sent)
		}
		return nil
	}
	if err := read(warmRequests); err != nil {
		return result{}, err
	}
	for range tries {
		before := w.statements.Load()
		if err := read(countedRequests); err != nil {
			return result{}, err
		}
		fewest = min(fewest, w.statements.Load()-before)
	}
	return result{
		clients: 1, sides: []side{{name: "spoke, limits on"}}, rounds: [][]round{{one}}, statements: float64(fewest) / countedRequests,
	}, nil
}

// A wire leads to Postgres and counts the statements that go over it: messages Execute and Query of its protocol (Postgres
// documentation, "Message Formats"), whoever sends them.
type wire struct {
	url        string
	listener   net.Listener
	server     string
	statements atomic.Int64
}

func newWire(databaseURL string) (*wire, error) {
	u, err := url.Parse(databaseURL)
	if err != nil {
		return nil, fmt.Errorf("read the database's URL: %w", err)
	}
	w := &wire{server: u.Host}
	if w.listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	u.Host = w.listener.Addr().String()
	w.url = u.String()
	go w.accept()
	return w, nil
}

func (w *wire) close() error { return w.listener.Close() }

func (w *wire) accept() {
	for {
		from, err := w.listener.Accept()
		if err != nil {
			return
		}
		to, err := net.Dial("tcp", w.server)
		if err != nil {
			from.Close()
			return
		}
		go func() { // what is wrong with a connection ends it, and the run with it
			_ = w.forward(to, bufio.NewReader(from))
			to.Close()
		}()
		go func() {
			_, _ = io.Copy(from, to)
			from.Close()
		}()
	}
}

// forward passes messages on: the first has no type, each further one a byte of it, and all have their length.
func (w *wire) forward(to io.Writer, from *bufio.Reader) error {
	for typed := false; ; typed = true {
		head := 4
		if typed {
			head = 5
		}
		header, err := from.Peek(head)
		if err != nil {
			return err
		}
		if typed && (header[0] == 'E' || header[0] == 'Q') {
			w.statements.Add(1)
		}
		length := int64(binary.BigEndian.Uint32(header[head-4:])) + int64(head-4)
		if _, err := io.CopyN(to, from, length); err != nil {
			return err
		}
	}
}
