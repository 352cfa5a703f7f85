package tenantdb_test

import (
	"context"
	"testing"
	"time"

	"github.com/askspoke/spoke/infra/pgtest"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// within fails the test when nothing arrives on c in time.
func within[T any](t *testing.T, what string, c <-chan T) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(20 * time.Second):
		t.Fatalf("%s: nothing in time", what)
		panic("unreachable")
	}
}

func TestListen(t *testing.T) {
	t.Parallel()
	address := pgtest.Database(t)
	proxy := pgtest.NewProxy(t, address)
	db := open(t, address, tenantdb.Options{ListenURL: proxy.URL})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()

	heard, connected, ended := make(chan string, 8), make(chan struct{}, 8), make(chan error, 1)
	go func() {
		ended <- db.Listen(ctx, tenantdb.ControlChannel, func(p string) { heard <- p }, func() { connected <- struct{}{} })
	}()
	within(t, "first connection", connected)

	signal := tenantdb.Signal{Topic: tenantdb.TopicTenant, Tenant: tenancy.NewID()}
	if err := db.Announce(ctx, signal); err != nil {
		t.Fatal(err)
	}
	if got := within(t, "notification", heard); got != signal.String() {
		t.Errorf("payload %q, want %q", got, signal)
	}

	proxy.Away()
	if err := db.Announce(ctx, signal); err != nil { // while nobody hears it
		t.Fatal(err)
	}
	proxy.Back()
	within(t, "connection after the loss", connected)
	if err := db.Announce(ctx, signal); err != nil {
		t.Fatal(err)
	}
	within(t, "notification after the loss", heard)

	cancel()
	if err := within(t, "end", ended); err != nil {
		t.Errorf("Listen returned %v", err)
	}
}

func TestListenEndsWithoutServer(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- tenantdb.Listen(ctx, "postgres://127.0.0.1:1/x?sslmode=disable", "c", func(string) {}, func() {})
	}()
	cancel()
	if err := within(t, "end", ended); err != nil {
		t.Errorf("Listen returned %v", err)
	}
}
