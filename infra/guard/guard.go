//go:build unix

package guard

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"time"
)

// script runs the server ("$@") as its child and stops it when standard input ends. Standard input is a pipe
// whose other end our process alone holds, so it ends when we close it or when we are gone: a parent-death signal would
// not do, since it belongs to a thread and is lost when the user changes. It is a shell because a shell is always
// there, also for a test binary, which could not be run again as something else.
//
// $1 and $2 are the seconds for a fast and an immediate shutdown, $3 is a directory to delete at the end, or empty. The
// signal is repeated because a server that has only just been started still ignores it. The server alone keeps Files, which
// begin at the descriptor 3, so that their other ends see its end.
const script = `
fast=$1 immediate=$2 temporary=$3; shift 3
exec 9<&0 </dev/null
"$@" 9<&- &
server=$!
exec 3<&- 4<&- 5<&- 6<&-
(
	while read -r _; do :; done <&9
	while [ "$fast" -gt 0 ]; do kill -INT "$server" || exit; sleep 1; fast=$((fast - 1)); done
	kill -QUIT "$server"; sleep "$immediate"; kill -KILL "$server"
) 2>/dev/null &
exec 9<&-
trap 'kill -INT "$server"' HUP INT TERM
while :; do
	wait "$server"; status=$?
	kill -0 "$server" 2>/dev/null || break
done
trap '' TERM; kill -TERM 0
if [ -n "$temporary" ]; then cd / && rm -rf "$temporary"; fi
exit $status
`

// A Command is a server to run.
type Command struct {
	Name       string // of the server, for messages and the list of processes
	Path       string
	Args       []string
	Dir        string
	Env        []string
	Log        *os.File            // what it writes
	Files      []*os.File          // what it finds open from the descriptor 3 on; at most four
	Credential *syscall.Credential // whom it runs as; nil: the user
	// Fast is how long it may take after SIGINT, Immediate then after SIGQUIT; SIGKILL ends it.
	Fast, Immediate time.Duration
	Temporary       string // a directory that is deleted when it has ended; may be empty
	// Gone waits, when the guardian has ended, until the server has too, which it has already unless the guardian was killed.
	Gone func() error
}

// Start starts the server under a guardian, in a session of its own: a Ctrl-C in the terminal reaches our process,
// which still needs the server while it drains.
func Start(c Command) (*Guardian, error) {
	theirs, ours, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("make the guardian's pipe: %w", err)
	}
	defer theirs.Close()
	args := []string{"-c", script, "spoke-" + c.Name + "-guardian", seconds(c.Fast), seconds(c.Immediate), c.Temporary, c.Path}
	cmd := exec.Command("/bin/sh", append(args, c.Args...)...)
	cmd.Dir, cmd.Env, cmd.ExtraFiles = c.Dir, c.Env, c.Files
	cmd.Stdin, cmd.Stdout, cmd.Stderr = theirs, c.Log, c.Log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Credential: c.Credential}
	if err := cmd.Start(); err != nil {
		return nil, errors.Join(fmt.Errorf("start the guardian of %s: %w", c.Name, err), ours.Close())
	}
	g := &Guardian{Cmd: cmd, lifeline: ours, log: c.Log, stopping: make(chan struct{}), done: make(chan struct{})}
	go g.watch(c)
	return g, nil
}

func seconds(d time.Duration) string { return strconv.Itoa(int(d.Seconds())) }
