package lifecycle

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"sync"

	"github.com/lib/pq"

	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// buildSchema gives a tenant its schema with all tables. All of it is one message to Postgres, which makes it one
// transaction: nothing is there, or everything, with its versions as if each migration had been run. A schema that is
// there already, from a program that made it step by step, is migrated instead.
func (m *Manager) buildSchema(ctx context.Context, schema tenantdb.Schema) error {
	text, err := SchemaStatements(schema)
	if err != nil {
		return err
	}
	_, err = m.config.DB.ExecContext(ctx, text)
	if schemaExists(err) {
		return m.migrate(ctx, schema, tenantMigrations)
	}
	if err != nil {
		return fmt.Errorf("create schema %s: %w", schema, err)
	}
	return nil
}

// schemaExists says whether err is that of CREATE SCHEMA for one that is there: since before, or since a moment ago, from a
// process that was killed and whose statement Postgres went on with.
func schemaExists(err error) bool {
	var pqErr *pq.Error
	if !errors.As(err, &pqErr) {
		return false
	}
	const duplicateSchema, uniqueViolation = "42P06", "23505"
	return pqErr.Code == duplicateSchema || pqErr.Code == uniqueViolation && pqErr.Constraint == "pg_namespace_nspname_index"
}

// SchemaStatements returns what makes a schema with all of a tenant's tables, as Create sends it to Postgres: what the rest
// of a creation is measured by.
func SchemaStatements(schema tenantdb.Schema) (string, error) {
	text, err := wholeSchema()
	return strings.ReplaceAll(text, placeholder, schema.String()), err
}

// wholeSchema returns the statements that make a tenant's schema: every migration, and the versions.
var wholeSchema = sync.OnceValues(func() (string, error) {
	files, err := fs.Glob(migrations, tenantMigrations+"/*.sql")
	if err != nil {
		return "", fmt.Errorf("read migrations: %w", err)
	}
	var b strings.Builder
	table := placeholder + "." + pq.QuoteIdentifier(versionTable)
	b.WriteString("CREATE SCHEMA " + placeholder + ";\n" + versions{}.CreateTable(table) + ";\n")
	applied := []string{"(0, true)"}
	for _, file := range files { // in the order of their names, which is that of their numbers
		text, err := migrations.ReadFile(file)
		if err != nil {
			return "", fmt.Errorf("read migration %s: %w", file, err)
		}
		version, err := versionOf(file)
		if err != nil {
			return "", err
		}
		_, up, _ := strings.Cut(string(text), "-- +goose Up\n")
		up, _, _ = strings.Cut(up, "-- +goose Down\n")
		b.WriteString(up)
		applied = append(applied, fmt.Sprintf("(%d, true)", version))
	}
	fmt.Fprintf(&b, "INSERT INTO %s (version_id, is_applied) VALUES %s", table, strings.Join(applied, ", "))
	return b.String(), nil
})
