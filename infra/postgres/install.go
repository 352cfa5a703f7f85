package postgres

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// A manager is a package manager of the system and the commands by which it installs a Postgres server.
type manager struct {
	name     string
	asRoot   bool // whether it works for root, or for anyone but root
	commands [][]string
}

var managers = []manager{
	{"apt-get", true, [][]string{
		{"apt-get", "update", "-q"},
		{"apt-get", "install", "-y", "-q", "--no-install-recommends", "postgresql"},
	}},
	{"dnf", true, [][]string{{"dnf", "install", "-y", "postgresql-server"}}},
	{"apk", true, [][]string{{"apk", "add", "--no-cache", "postgresql"}}},
	{"brew", false, [][]string{{"brew", "install", "postgresql@17"}}},
}

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
	for _, m := range managers {
		if _, err := exec.LookPath(m.name); err != nil || m.asRoot != (os.Geteuid() == 0) {
			continue
		}
		o.notef("postgres: installing it with %s, because no Postgres %d or later was found", m.name, MinVersion)
		if err := install(ctx, m); err != nil {
			return Binaries{}, err
		}
		if found, _, ok = find(ctx, major); ok {
			return found, nil
		}
		return Binaries{}, fmt.Errorf("%s installed Postgres, but not a version that suits", m.name)
	}
	return download(ctx, o)
}

// install runs a package manager, and keeps Debian from starting a server of its own.
func install(ctx context.Context, m manager) error {
	if m.name == "apt-get" {
		restore, err := withoutDebianCluster("/etc/postgresql-common/createcluster.d")
		if err != nil {
			return err
		}
		defer restore()
	}
	for _, command := range m.commands {
		cmd := exec.CommandContext(ctx, command[0], command[1:]...)
		cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive", "HOMEBREW_NO_AUTO_UPDATE=1")
		var output bytes.Buffer
		cmd.Stdout, cmd.Stderr = &output, &output
		if err := cmd.Run(); err != nil {
			return fmt.Errorf("%s: %w\n%s", strings.Join(command, " "), err, lastLines(output.String(), 20))
		}
	}
	return nil
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

// lastLines returns the end of a text.
func lastLines(text string, n int) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}
