package lifecycle

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"strings"
)

// ControlFingerprint returns a short text of letters and digits that is another one where the control schema's migrations
// are others: for who keeps a database in which they have run.
func ControlFingerprint() string {
	sum := sha256.New()
	err := fs.WalkDir(migrations, controlMigrations, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := migrations.ReadFile(path)
		fmt.Fprintf(sum, "%s %d\n%s", path, len(text), text)
		return err
	})
	if err != nil {
		panic(err) // the files are embedded: they can be read
	}
	return hex.EncodeToString(sum.Sum(nil)[:8])
}

// versionTable records in each schema which migrations it has.
const versionTable = "schema_version"

// versions is the SQL of a schema's version table, for a table name that is qualified and quoted. The library's own
// Postgres dialect compares quoted names with the catalog's bare ones, so it would create the table twice, and orders by
// an identity column, which a distributed engine does not keep in order.
type versions struct{}

// CreateTable returns the DDL of the version table.
func (versions) CreateTable(table string) string {
	return `CREATE TABLE ` + table + ` (
		version_id bigint PRIMARY KEY,
		is_applied boolean NOT NULL,
		tstamp timestamptz NOT NULL DEFAULT now()
	)`
}

// InsertVersion returns the statement that records a version.
func (versions) InsertVersion(table string) string {
	return `INSERT INTO ` + table + ` (version_id, is_applied) VALUES ($1, $2)`
}

// DeleteVersion returns the statement that forgets a version.
func (versions) DeleteVersion(table string) string {
	return `DELETE FROM ` + table + ` WHERE version_id = $1`
}

// GetMigrationByVersion returns the query for one version.
func (versions) GetMigrationByVersion(table string) string {
	return `SELECT tstamp, is_applied FROM ` + table + ` WHERE version_id = $1`
}

// ListMigrations returns the query for all versions, latest first.
func (versions) ListMigrations(table string) string {
	return `SELECT version_id, is_applied FROM ` + table + ` ORDER BY version_id DESC`
}

// GetLatestVersion returns the query for the highest version.
func (versions) GetLatestVersion(table string) string {
	return `SELECT max(version_id) FROM ` + table
}

// TableExists returns the query whether the version table exists.
func (versions) TableExists(table string) string {
	return `SELECT to_regclass('` + strings.ReplaceAll(table, `'`, `''`) + `') IS NOT NULL`
}
