//go:build unix

package postgres

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// An owner is the account that the server runs as. Postgres refuses to run as root, so for root it is an unprivileged
// account; for anyone else it is the user, and credential is nil.
type owner struct {
	name       string
	credential *syscall.Credential
}

// findOwner returns the account to run the server as.
func findOwner() (owner, error) {
	if os.Geteuid() != 0 {
		return owner{}, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		account, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, uidErr := strconv.ParseUint(account.Uid, 10, 32)
		gid, gidErr := strconv.ParseUint(account.Gid, 10, 32)
		if uidErr == nil && gidErr == nil && uid != 0 {
			return owner{name: name, credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}, nil
		}
	}
	return owner{}, errors.New("postgres does not run as root, and there is no account postgres or nobody to run it as")
}

// claim gives a directory or file, which we made, to the owner.
func (o owner) claim(path string) error {
	if o.credential == nil {
		return nil
	}
	if err := os.Chown(path, int(o.credential.Uid), int(o.credential.Gid)); err != nil {
		return fmt.Errorf("give %s to %s: %w", path, o.name, err)
	}
	return nil
}

// reaches reports whether the owner can enter a directory. It asks the kernel, which knows of ACLs and mounts.
func (o owner) reaches(dir string) bool {
	if o.credential == nil {
		return true
	}
	cmd := exec.Command("/bin/sh", "-c", `cd "$0"`, dir)
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: o.credential}
	return cmd.Run() == nil
}

// place returns the directory that holds the server's files: dir itself, or where the owner cannot enter dir's parent
// (a home directory of mode 0700, say) one below shared, of which a file in dir keeps the name. Deleting dir so
// starts afresh in either case.
func (o owner) place(dir, shared string, opts Options) (string, error) {
	if o.reaches(filepath.Dir(dir)) {
		return dir, nil
	}
	pointer := filepath.Join(dir, "location")
	if kept, err := os.ReadFile(pointer); err == nil {
		if _, err := os.Stat(string(kept)); err == nil {
			return string(kept), nil
		}
	}
	if err := os.MkdirAll(shared, 0o711); err != nil {
		return "", fmt.Errorf("make a place for Postgres: %w", err)
	}
	elsewhere, err := os.MkdirTemp(shared, "postgres-")
	if err != nil {
		return "", fmt.Errorf("make a place for Postgres: %w", err)
	}
	if err := os.WriteFile(pointer, []byte(elsewhere), 0o600); err != nil {
		return "", fmt.Errorf("note the place of Postgres: %w", err)
	}
	opts.notef("postgres: the account %s cannot enter %s, so the data is in %s", o.name, filepath.Dir(dir), elsewhere)
	return elsewhere, nil
}
