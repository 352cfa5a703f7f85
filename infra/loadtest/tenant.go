package main

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// The slugs of the tenant that is loaded and of the one that lends the bare server its tables.
const (
	spokeSlug = "load"
	bareSlug  = "bare"
)

// build builds Spoke, unless there is a binary to use. It passes no flags, so that what was compiled before is used.
func (m *machine) build(ctx context.Context, binary string) error {
	if binary != "" {
		var err error
		m.binary, err = filepath.Abs(binary)
		return err
	}
	notef("building spoke")
	m.binary = filepath.Join(m.dir, "spoke")
	cmd := exec.CommandContext(ctx, "go", "build", "-o", m.binary, "github.com/askspoke/spoke/services/cmd/spoke")
	cmd.Env = os.Environ()
	if output, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build spoke: %w\n%s", err, output)
	}
	return nil
}

// command runs a command of Spoke's and returns what it printed.
func (m *machine) command(ctx context.Context, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, m.binary, args...)
	var output, errors bytes.Buffer
	cmd.Env, cmd.Stdout, cmd.Stderr = minimal(m.env), &output, &errors
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("spoke %s: %w\n%s", args[0], err, errors.String())
	}
	return output.Bytes(), nil
}

// createTenants creates both tenants. addr is where Spoke is going to serve.
func (m *machine) createTenants(ctx context.Context, b *bench, addr string) (err error) {
	if b.spoke, b.schemas.spoke, err = m.createTenant(ctx, b, spokeSlug); err != nil {
		return err
	}
	b.spoke.addr = addr
	b.bare, b.schemas.bare, err = m.createTenant(ctx, b, bareSlug)
	return err
}

func (m *machine) createTenant(ctx context.Context, b *bench, slug string) (*server, tenantdb.Schema, error) {
	output, err := m.command(ctx, "tenant", "create", slug, "--json")
	if err != nil {
		return nil, tenantdb.Schema{}, err
	}
	var made struct {
		Token string `json:"secret_token"`
	}
	if err := json.Unmarshal(output, &made); err != nil || made.Token == "" {
		return nil, tenantdb.Schema{}, fmt.Errorf("spoke tenant create %s printed no secret_token: %q", slug, output)
	}
	schema, err := schemaOf(ctx, b.db, slug)
	return &server{host: slug + ".localhost", token: made.Token}, schema, err
}

// schemaOf finds a tenant's schema, which a tenant's id names.
func schemaOf(ctx context.Context, db *sql.DB, slug string) (tenantdb.Schema, error) {
	var id tenancy.ID
	err := db.QueryRowContext(ctx, `SELECT id FROM `+tenantdb.Control.Table("tenants")+` WHERE slug = $1`, slug).Scan(&id)
	if err != nil {
		return tenantdb.Schema{}, fmt.Errorf("find the schema of %s: %w", slug, err)
	}
	return tenantdb.SchemaFor(id), nil
}
