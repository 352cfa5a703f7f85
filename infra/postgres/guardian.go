//go:build unix

package postgres

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// How long the guardian lets a shutdown take before it uses the next stronger signal.
const (
	fastWithin      = 30 * time.Second
	immediateWithin = 10 * time.Second
)

// guardianScript runs the server ("$@") as its child and stops it when standard input ends. Standard input is a pipe
// whose other end our process alone holds, so it ends when we close it or when we are gone: a parent-death signal would
// not do, since it belongs to a thread and is lost when the user changes. It is a shell because a shell is always
// there, also for a test binary, which could not be run again as something else.
//
// $1 and $2 are the seconds for a fast and an immediate shutdown, $3 is a directory to delete at the end, or empty. The
// signal is repeated because a server that has only just been started still ignores it.
const guardianScript = `
fast=$1 immediate=$2 temporary=$3; shift 3
exec 3<&0 </dev/null
"$@" 3<&- &
server=$!
(
	while read -r _; do :; done <&3
	while [ "$fast" -gt 0 ]; do kill -INT "$server" || exit; sleep 1; fast=$((fast - 1)); done
	kill -QUIT "$server"; sleep "$immediate"; kill -KILL "$server"
) 2>/dev/null &
exec 3<&-
trap 'kill -INT "$server"' HUP INT TERM
while :; do
	wait "$server"; status=$?
	kill -0 "$server" 2>/dev/null || break
done
trap '' TERM; kill -TERM 0
if [ -n "$temporary" ]; then cd / && rm -rf "$temporary"; fi
exit $status
`

// A guardian is the running script. Closing lifeline tells it to stop the server. log is the server's.
type guardian struct {
	cmd           *exec.Cmd
	lifeline, log *os.File
}

// guard starts the server under a guardian, in a session of its own: a Ctrl-C in the terminal reaches our process,
// which still needs the server while it drains.
func (d directory) guard(b Binaries, args []string) (*guardian, error) {
	log, err := d.openLog()
	if err != nil {
		return nil, err
	}
	theirs, ours, err := os.Pipe()
	if err != nil {
		_ = log.Close()
		return nil, fmt.Errorf("make the guardian's pipe: %w", err)
	}
	defer theirs.Close()
	temporary := ""
	if d.temporary {
		temporary = d.path
	}
	script := []string{"-c", guardianScript, "spoke-postgres-guardian", seconds(fastWithin), seconds(immediateWithin), temporary}
	server := append([]string{filepath.Join(b.Dir, "postgres"), "-D", d.cluster()}, args...)
	cmd := exec.Command("/bin/sh", append(script, server...)...)
	cmd.Dir, cmd.Env = d.path, environment()
	cmd.Stdin, cmd.Stdout, cmd.Stderr = theirs, log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Credential: d.owner.credential}
	if err := cmd.Start(); err != nil {
		return nil, errors.Join(fmt.Errorf("start the guardian of Postgres: %w", err), ours.Close(), log.Close())
	}
	return &guardian{cmd: cmd, lifeline: ours, log: log}, nil
}

func seconds(d time.Duration) string { return strconv.Itoa(int(d.Seconds())) }
