package tenantdb

import (
	"context"
	"fmt"
	"net"
	"time"

	"github.com/lib/pq"
)

// The pauses between attempts to connect a listener again.
const (
	listenRetryMin = 100 * time.Millisecond
	listenRetryMax = 5 * time.Second
)

// Listen calls notified with the payload of every notification on channel, one at a time, until ctx ends; it then
// returns nil. It connects again by itself for ever. connected is called each time it has begun to listen, the first
// time included: what happened before was not heard, so whoever caches must forget.
//
// url must lead to Postgres itself or to a pooler in session mode.
func Listen(ctx context.Context, url, channel string, notified func(payload string), connected func()) error {
	listener := pq.NewDialListener(keepAliveDialer{}, url, listenRetryMin, listenRetryMax, nil)
	stop := context.AfterFunc(ctx, func() { listener.Close() })
	defer stop()
	defer drain(listener)
	if err := listener.Listen(channel); err != nil {
		if ctx.Err() != nil {
			return nil
		}
		return fmt.Errorf("listen on %q: %w", channel, err)
	}
	connected()
	for {
		select {
		case <-ctx.Done():
			return nil
		case n, ok := <-listener.Notify:
			switch {
			case !ok:
				return nil
			case n == nil: // the driver's mark of a new connection
				connected()
			case n.Channel == channel:
				notified(n.Extra)
			}
		}
	}
}

// Listen is the package's Listen on the pool's ListenURL.
func (db *DB) Listen(ctx context.Context, channel string, notified func(payload string), connected func()) error {
	return Listen(ctx, db.options.ListenURL, channel, notified, connected)
}

// drain closes the listener and lets its goroutine, which may wait to hand over a notification, come to its end.
func drain(listener *pq.Listener) {
	listener.Close()
	go func() {
		for range listener.Notify {
		}
	}()
}

// Notify sends payload to every listener of channel. It is a statement of its own and not part of a transaction.
func (db *DB) Notify(ctx context.Context, channel, payload string) error {
	if _, err := db.ExecContext(ctx, `SELECT pg_notify($1, $2)`, channel, payload); err != nil {
		return fmt.Errorf("notify %q: %w", channel, err)
	}
	return nil
}

// keepAliveDialer finds out within half a minute that a peer is gone. A listener only waits, so nothing else would tell.
type keepAliveDialer struct{}

func (d keepAliveDialer) Dial(network, address string) (net.Conn, error) {
	return d.DialTimeout(network, address, 5*time.Second)
}

func (keepAliveDialer) DialTimeout(network, address string, timeout time.Duration) (net.Conn, error) {
	dialer := net.Dialer{Timeout: timeout, KeepAliveConfig: net.KeepAliveConfig{
		Enable: true, Idle: 10 * time.Second, Interval: 5 * time.Second, Count: 3,
	}}
	return dialer.Dial(network, address)
}
