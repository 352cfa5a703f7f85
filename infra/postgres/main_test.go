//go:build unix

package postgres

import (
	"bufio"
	"context"
	"database/sql"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	_ "github.com/lib/pq"

	"github.com/askspoke/spoke/infra/guard"
)

// helperDir makes the test binary a process that starts a server in the directory it names, says so, and waits.
const helperDir = "SPOKE_POSTGRES_HELPER_DIR"

func TestMain(m *testing.M) {
	if dir, ok := os.LookupEnv(helperDir); ok {
		help(dir)
		return
	}
	os.Exit(m.Run())
}

func help(dir string) {
	server, err := Start(context.Background(), Options{DataDir: dir})
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println(server.PID(), server.guardian.Cmd.Process.Pid, server.Dir())
	<-server.Done()
}

// helper is another process with a server.
type helper struct {
	cmd                  *exec.Cmd
	postmaster, guardian int
	dir                  string
}

func startHelper(t *testing.T, dir string) helper {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), helperDir+"="+dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	fields := strings.Fields(line)
	if len(fields) != 3 {
		t.Fatalf("the helper said %q", line)
	}
	h := helper{cmd: cmd, dir: fields[2]}
	h.postmaster, _ = strconv.Atoi(fields[0])
	h.guardian, _ = strconv.Atoi(fields[1])
	return h
}

// startServer starts a server that ends with the test.
func startServer(t *testing.T, opts Options) *Server {
	t.Helper()
	server, err := Start(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Stop() })
	return server
}

// dataDir returns a directory that the server's account can reach, which t.TempDir's need not be.
func dataDir(t *testing.T) string {
	t.Helper()
	parent, err := os.MkdirTemp("", "spoke-test-") //nolint:usetesting // t.TempDir's parent is closed to the server's account
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(parent) })
	if err := os.Chmod(parent, 0o755); err != nil { // our own directory, for the server's account to pass through
		t.Fatal(err)
	}
	return parent + "/postgres"
}

func query(t *testing.T, url, statement string) string {
	t.Helper()
	db, err := sql.Open("postgres", url)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var answer sql.NullString
	if err := db.QueryRowContext(t.Context(), statement).Scan(&answer); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
	return answer.String
}

// gone reports whether no process of the number runs; one that waits to be collected by its parent does not.
func gone(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err == nil {
		_, rest, _ := strings.Cut(string(stat), ") ")
		return strings.HasPrefix(rest, "Z")
	}
	return !guard.Alive(pid)
}
