package postgres

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/askspoke/spoke/infra/install"
)

// packages are what a Postgres server is called.
var packages = install.Names{"apt-get": "postgresql", "dnf": "postgresql-server", "apk": "postgresql", "brew": "postgresql@17"}

// locate returns a server to run, and installs one when there is none. major is the version that existing data needs,
// zero for any.
func locate(ctx context.Context, o Options, major int) (Binaries, error) {
	found, others, ok := find(ctx, major)
	if ok {
		return found, nil
	}
	if major != 0 && len(others) > 0 {
		return Binaries{}, fmt.Errorf("the data was made by Postgres %d, and only %s is installed: install Postgres %d, "+
			"or remove the data directory", major, strings.Join(others, ", "), major)
	}
	m, ok := install.Find(packages)
	if !ok {
		return download(ctx, o)
	}
	o.notef("postgres: installing it with %s, because no Postgres %d or later was found", m.Name, MinVersion)
	if err := installWith(ctx, m, major); err != nil {
		return Binaries{}, err
	}
	if found, _, ok = find(ctx, major); ok {
		return found, nil
	}
	return Binaries{}, fmt.Errorf("%s installed Postgres, but not a version that suits", m.Name)
}

// installWith runs a package manager, and keeps Debian from making a cluster of its own.
func installWith(ctx context.Context, m install.Manager, major int) error {
	if m.Name == "apt-get" {
		restore, err := withoutDebianCluster("/etc/postgresql-common/createcluster.d")
		if err != nil {
			return err
		}
		defer restore()
	}
	return m.Install(ctx, func() bool {
		_, _, ok := find(ctx, major)
		return ok
	})
}

// withoutDebianCluster tells Debian's packages not to make and start a cluster while they are installed. The returned
// function takes that back, so that a later installation by the user behaves as usual.
func withoutDebianCluster(dir string) (restore func(), err error) {
	_, statErr := os.Stat(dir)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("keep Debian from starting a cluster: %w", err)
	}
	file := filepath.Join(dir, "spoke.conf")
	if err := os.WriteFile(file, []byte("create_main_cluster = false\n"), 0o644); err != nil {
		return nil, fmt.Errorf("keep Debian from starting a cluster: %w", err)
	}
	return func() {
		_ = os.Remove(file)
		if statErr != nil {
			_ = os.Remove(dir) // fails when the package has put something there, as it should
		}
	}, nil
}
