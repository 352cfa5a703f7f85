//go:build unix

package postgres

import (
	"errors"
	"os"
	"path/filepath"
	"time"

	"github.com/askspoke/spoke/infra/guard"
)

// How long the guardian lets a shutdown take before it uses the next stronger signal.
const (
	fastWithin      = 30 * time.Second
	immediateWithin = 10 * time.Second
)

// guard starts the server under a guardian. The lock is given back when the server is gone.
func (d directory) guard(b Binaries, args []string, lock *os.File) (*guard.Guardian, error) {
	log, err := d.openLog()
	if err != nil {
		return nil, err
	}
	temporary := ""
	if d.temporary {
		temporary = d.path
	}
	g, err := guard.Start(guard.Command{
		Name: "postgres", Path: filepath.Join(b.Dir, "postgres"), Args: append([]string{"-D", d.cluster()}, args...),
		Dir: d.path, Env: environment(), Log: log, Credential: d.owner.credential,
		Fast: fastWithin, Immediate: immediateWithin, Temporary: temporary,
		Gone: func() error { return errors.Join(d.awaitGone(), lock.Close()) },
	})
	if err != nil {
		return nil, errors.Join(err, log.Close())
	}
	return g, nil
}
