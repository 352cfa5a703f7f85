//go:build unix

package postgres

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// sharedPlace is where the data goes that the server's account could not reach where it was wanted.
const sharedPlace = "/var/lib/spoke"

// maxLog is the size in bytes at which the server's log is set aside when the server starts.
const maxLog = 16 << 20

// A directory is the place of one server: the cluster, the superuser's password and the server's log.
type directory struct {
	path      string
	owner     owner
	temporary bool
}

func (d directory) cluster() string  { return filepath.Join(d.path, "cluster") }
func (d directory) password() string { return filepath.Join(d.path, "password") }
func (d directory) log() string      { return filepath.Join(d.path, "server.log") }

// openDirectory makes the directory, or checks that it is one of ours.
func openDirectory(opts Options, account owner) (directory, error) {
	d := directory{owner: account, temporary: opts.DataDir == ""}
	if d.temporary {
		path, err := temporaryPath(account)
		d.path = path
		if err != nil {
			return d, err
		}
		return d, account.claim(path)
	}
	path, err := filepath.Abs(opts.DataDir)
	if err != nil {
		return d, fmt.Errorf("find the data directory: %w", err)
	}
	// The parents are made as a user makes them, so that the server's account can pass through.
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.MkdirAll(path, 0o700)); err != nil {
		return d, fmt.Errorf("make the data directory: %w", err)
	}
	if path, err = filepath.EvalSymlinks(path); err != nil {
		return d, fmt.Errorf("find the data directory: %w", err)
	}
	if d.path, err = account.place(path, sharedPlace, opts); err != nil {
		return d, err
	}
	if err := d.checkOurs(); err != nil {
		return d, err
	}
	return d, account.claim(d.path)
}

// temporaryPath makes a directory in the system's place for them, or where the server's account cannot enter that, in
// the one of all accounts.
func temporaryPath(account owner) (string, error) {
	parent := os.TempDir()
	if !account.reaches(parent) {
		parent = "/tmp"
	}
	path, err := os.MkdirTemp(parent, "spoke-postgres-")
	if err != nil {
		return "", fmt.Errorf("make a temporary data directory: %w", err)
	}
	return path, nil
}

// checkOurs refuses a directory with someone else's files: it would be given to another account.
func (d directory) checkOurs() error {
	entries, err := os.ReadDir(d.path)
	if err != nil {
		return fmt.Errorf("read the data directory: %w", err)
	}
	for _, entry := range entries {
		switch name := entry.Name(); {
		case name == "lock", name == "password", strings.HasPrefix(name, "server.log"), strings.HasPrefix(name, "cluster"):
		default:
			return fmt.Errorf("the data directory %s holds other files (%s): name an empty one", d.path, name)
		}
	}
	return nil
}

// readPassword returns the superuser's password, which it makes up at the first call.
func (d directory) readPassword() (string, error) {
	password, err := os.ReadFile(d.password())
	if err == nil {
		return strings.TrimSpace(string(password)), nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("read the password of Postgres: %w", err)
	}
	made := rand.Text()
	if err := os.WriteFile(d.password(), []byte(made+"\n"), 0o600); err != nil {
		return "", fmt.Errorf("keep the password of Postgres: %w", err)
	}
	return made, d.owner.claim(d.password())
}

// openLog opens the server's log to append to and to read: it can be read still when the directory has been deleted.
func (d directory) openLog() (*os.File, error) {
	if info, err := os.Stat(d.log()); err == nil && info.Size() > maxLog {
		if err := os.Rename(d.log(), d.log()+".old"); err != nil {
			return nil, fmt.Errorf("set the log of Postgres aside: %w", err)
		}
	}
	file, err := os.OpenFile(d.log(), os.O_CREATE|os.O_APPEND|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the log of Postgres: %w", err)
	}
	return file, nil
}

// major returns the version of the data, zero when there is none.
func (d directory) major() int {
	text, err := os.ReadFile(filepath.Join(d.cluster(), "PG_VERSION"))
	if err != nil {
		return 0
	}
	n, _ := strconv.Atoi(strings.TrimSpace(string(text)))
	return n
}
