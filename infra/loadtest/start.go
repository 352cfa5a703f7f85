package main

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"os"
	"strconv"

	"github.com/askspoke/spoke/infra/postgres"
)

// startPostgres starts the database with commits that are durable, since what a commit costs is part of a write.
func (m *machine) startPostgres(ctx context.Context) error {
	server, err := postgres.Start(ctx, postgres.Options{Log: os.Stderr, Fsync: true})
	if err != nil {
		return err
	}
	m.postgres = server
	m.stops = append(m.stops, server.Stop)
	go func() {
		<-server.Done()
		if err := server.Err(); err != nil {
			m.failed(err)
		}
	}()
	return nil
}

// databaseURL is how this program and the bare server reach the database: as Spoke does, with parameters in binary.
func (m *machine) databaseURL() string { return m.postgres.URL() + "&binary_parameters=yes" }

// startSpoke creates the two tenants and starts the product for the first.
func (m *machine) startSpoke(ctx context.Context, b *bench) error {
	addr, err := freeAddr()
	if err != nil {
		return err
	}
	if b.metrics, err = freeAddr(); err != nil {
		return err
	}
	key := make([]byte, 32)
	rand.Read(key) // never fails
	m.env = []string{
		"SPOKE_DATABASE_URL=" + m.postgres.URL(), "SPOKE_BASE_DOMAIN=localhost", "SPOKE_PUBLIC_SCHEME=http",
		"SPOKE_TOKEN_KEY=" + base64.StdEncoding.EncodeToString(key), "SPOKE_ADDR=" + addr, "SPOKE_METRICS_ADDR=" + b.metrics,
		"SPOKE_DATABASE_MAX_CONNECTIONS=" + strconv.Itoa(connections), "SPOKE_DRAIN_DELAY=0s",
		"SPOKE_RATE_LIMITS=false", // the rates that a tenant is granted are not what is measured
	}
	if _, err := m.command(ctx, "migrate"); err != nil {
		return err
	}
	if err := m.createTenants(ctx, b, addr); err != nil {
		return err
	}
	m.spoke, err = m.run("spoke", m.env, m.binary, "serve")
	if err != nil {
		return err
	}
	b.spoke.pid = m.spoke.cmd.Process.Pid
	return m.spoke.awaitReady(ctx, b.metrics)
}

// startBare starts this program again, as the bare server, on the second tenant's tables.
func (m *machine) startBare(ctx context.Context, b *bench) error {
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find this program: %w", err)
	}
	if b.bare.addr, err = freeAddr(); err != nil {
		return err
	}
	m.bare, err = m.run("the bare server", bareEnvironment(m.databaseURL(), b.bare), self, bareCommand)
	if err != nil {
		return err
	}
	b.bare.pid = m.bare.cmd.Process.Pid
	return m.bare.awaitReady(ctx, b.bare.addr)
}
