//go:build unix

package postgres

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"

	"github.com/askspoke/spoke/infra/guard"
)

// superuser is the role that owns the cluster.
const superuser = "postgres"

// environment is all that the server's programs see of ours: PGDATA and its like would change what they do.
func environment() []string {
	return []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C", "TZ=UTC"}
}

// initialise makes the cluster with initdb, in a directory that is renamed when it is complete, so that a start which
// was interrupted leaves nothing that looks like a cluster.
func (d directory) initialise(ctx context.Context, b Binaries, password string, fsync bool) error {
	incomplete := d.cluster() + ".incomplete"
	if err := os.RemoveAll(incomplete); err != nil {
		return fmt.Errorf("remove an incomplete cluster: %w", err)
	}
	passwordFile := filepath.Join(d.path, "cluster.password")
	if err := os.WriteFile(passwordFile, []byte(password+"\n"), 0o600); err != nil {
		return fmt.Errorf("hand the password to initdb: %w", err)
	}
	defer os.Remove(passwordFile)
	if err := d.owner.claim(passwordFile); err != nil {
		return err
	}
	args := []string{
		"--pgdata=" + incomplete, "--username=" + superuser, "--pwfile=" + passwordFile,
		"--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-instructions",
	}
	if !fsync {
		args = append(args, "--no-sync")
	}
	cmd := exec.CommandContext(ctx, filepath.Join(b.Dir, "initdb"), args...)
	var output bytes.Buffer
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = d.path, environment(), &output, &output
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: d.owner.credential}
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("initdb: %w\n%s", err, guard.LastLines(output.String(), 20))
	}
	if err := os.Rename(incomplete, d.cluster()); err != nil {
		return fmt.Errorf("put the new cluster in place: %w", err)
	}
	return nil
}
