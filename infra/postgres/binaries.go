package postgres

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Binaries is an installed Postgres server.
type Binaries struct {
	Dir     string // holds postgres and initdb
	Version string // as the server says it: "15.18"
	Major   int
}

var versionNumber = regexp.MustCompile(`\(PostgreSQL\) ((\d+)\S*)`)

// find returns the first suitable installation: of the given major version, or with zero of MinVersion and later. When
// there is none, ok is false and others names the versions that were found and do not suit.
func find(ctx context.Context, major int) (found Binaries, others []string, ok bool) {
	for _, dir := range candidates(ctx) {
		b, err := inspect(ctx, dir)
		switch {
		case err != nil:
			continue
		case b.Major == major, major == 0 && b.Major >= MinVersion:
			return b, nil, true
		case !slices.Contains(others, b.Version):
			others = append(others, b.Version)
		}
	}
	return Binaries{}, others, false
}

// candidates lists the directories where a server may be, the most deliberate choice of the user first.
func candidates(ctx context.Context) []string {
	var dirs []string
	if path, err := exec.LookPath("postgres"); err == nil {
		if real, err := filepath.EvalSymlinks(path); err == nil {
			dirs = append(dirs, filepath.Dir(real))
		}
	}
	if out, err := exec.CommandContext(ctx, "pg_config", "--bindir").Output(); err == nil {
		dirs = append(dirs, strings.TrimSpace(string(out)))
	}
	for _, pattern := range []string{
		"/usr/lib/postgresql/*/bin", // Debian
		"/usr/pgsql-*/bin",          // the Postgres project's packages for Red Hat
		"/usr/libexec/postgresql*",  // Alpine
		"/opt/homebrew/opt/postgresql*/bin",
		"/usr/local/opt/postgresql*/bin",
	} {
		matches, _ := filepath.Glob(pattern) // the patterns are constant, so never malformed
		slices.SortFunc(matches, func(a, b string) int { return numberIn(b) - numberIn(a) })
		dirs = append(dirs, matches...)
	}
	return dirs
}

// inspect asks the server in dir for its version.
func inspect(ctx context.Context, dir string) (Binaries, error) {
	if _, err := os.Stat(filepath.Join(dir, "initdb")); err != nil {
		return Binaries{}, fmt.Errorf("look for initdb: %w", err)
	}
	out, err := exec.CommandContext(ctx, filepath.Join(dir, "postgres"), "--version").Output()
	if err != nil {
		return Binaries{}, fmt.Errorf("ask %s for its version: %w", dir, err)
	}
	return parseVersion(dir, string(out))
}

// parseVersion reads the answer to `postgres --version`.
func parseVersion(dir, answer string) (Binaries, error) {
	match := versionNumber.FindStringSubmatch(answer)
	if match == nil {
		return Binaries{}, fmt.Errorf("no version in %q", answer)
	}
	major, err := strconv.Atoi(match[2])
	if err != nil {
		return Binaries{}, fmt.Errorf("read the version %q: %w", match[2], err)
	}
	return Binaries{Dir: dir, Version: match[1], Major: major}, nil
}

var digits = regexp.MustCompile(`\d+`)

// numberIn returns the first number in a path, zero when there is none.
func numberIn(path string) int {
	n, _ := strconv.Atoi(digits.FindString(path))
	return n
}
