package tenantdb

import (
	"context"
	"net"
	"strconv"
	"time"

	"github.com/lib/pq"
)

// grace is how much longer than a statement may take its answer is waited for.
const grace = 5 * time.Second

// newPQ returns a connector whose connections do not wait for ever. statement_timeout is the server's: a server that
// hangs, or a network that swallows what it says, would never answer, and the driver cannot be called off a read.
func newPQ(config pq.Config) (*pq.Connector, error) {
	connector, err := pq.NewConnectorConfig(config)
	if err != nil {
		return nil, err
	}
	// Of a timeout in another form than ours nothing is known, and a migration may take as long as it likes.
	ms, err := strconv.Atoi(config.Runtime["statement_timeout"])
	if err == nil && ms > 0 {
		connector.Dialer(patientDialer{patience: time.Duration(ms)*time.Millisecond + grace})
	}
	return connector, nil
}

// patientDialer makes connections on which a read ends after patience.
type patientDialer struct {
	net.Dialer
	patience time.Duration
}

// DialTimeout is DialContext, in an older form.
func (d patientDialer) DialTimeout(network, address string, timeout time.Duration) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	return d.DialContext(ctx, network, address)
}

// Dial is DialContext without an end.
func (d patientDialer) Dial(network, address string) (net.Conn, error) {
	return d.DialContext(context.Background(), network, address)
}

// DialContext connects.
func (d patientDialer) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := d.Dialer.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return &patientConn{Conn: conn, patience: d.patience}, nil
}

// patientConn bounds each read, by the deadline that was set where that is sooner.
type patientConn struct {
	net.Conn
	patience time.Duration
	deadline time.Time
}

// SetDeadline is the driver's, while it connects.
func (c *patientConn) SetDeadline(t time.Time) error {
	c.deadline = t
	return c.Conn.SetDeadline(t)
}

// Read waits for what the server says.
func (c *patientConn) Read(b []byte) (int, error) {
	until := time.Now().Add(c.patience)
	if !c.deadline.IsZero() && c.deadline.Before(until) {
		until = c.deadline
	}
	if err := c.SetReadDeadline(until); err != nil {
		return 0, err
	}
	return c.Conn.Read(b)
}
