//go:build unix

package postgres

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/askspoke/spoke/infra/guard"
)

// Lines of postmaster.pid, counted from zero.
const (
	linePID    = 0
	lineStatus = 7
)

func (d directory) postmasterFile() string { return filepath.Join(d.cluster(), "postmaster.pid") }

// postmasterLine returns a line of postmaster.pid, empty when there is none.
func (d directory) postmasterLine(n int) string {
	text, err := os.ReadFile(d.postmasterFile())
	if err != nil {
		return ""
	}
	lines := strings.Split(string(text), "\n")
	if n >= len(lines) {
		return ""
	}
	return strings.TrimSpace(lines[n])
}

// postmaster returns the process that postmaster.pid names, zero when there is none.
func (d directory) postmaster() int {
	pid, _ := strconv.Atoi(d.postmasterLine(linePID))
	return max(pid, -pid) // a server without a postmaster, as in recovery by hand, is written with a minus
}

// ready reports whether the server accepts connections.
func (d directory) ready() bool { return d.postmasterLine(lineStatus) == "ready" }

// runsIn reports whether a process is the Postgres server of a cluster. The server's working directory is its cluster;
// where the system does not show that, any process called postgres counts.
func runsIn(pid int, cluster string) bool {
	if !guard.Alive(pid) {
		return false
	}
	if _, err := os.Stat("/proc/self/cwd"); err == nil {
		cwd, err := os.Readlink("/proc/" + strconv.Itoa(pid) + "/cwd")
		return err == nil && cwd == cluster
	}
	name, err := exec.Command("ps", "-o", "comm=", "-p", strconv.Itoa(pid)).Output()
	return err == nil && strings.Contains(string(name), "postgres")
}
