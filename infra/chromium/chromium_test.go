//go:build unix

package chromium

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/askspoke/spoke/infra/fixture"
	"github.com/askspoke/spoke/infra/guard"
)

// helperVariable makes the test binary a process that starts Chromium, says so, and waits.
const helperVariable = "SPOKE_CHROMIUM_HELPER"

func TestMain(m *testing.M) {
	if os.Getenv(helperVariable) == "" {
		os.Exit(m.Run())
	}
	p, err := Start(context.Background(), Options{})
	if err == nil {
		_, err = ask(p, `{"id":1,"method":"Browser.getVersion"}`)
	}
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println(p.guardian.Cmd.Process.Pid, p.dir)
	<-p.Done()
}

// ask sends a command and returns the next message.
func ask(p *Process, command string) (string, error) {
	if _, err := io.WriteString(p.Commands, command+"\x00"); err != nil {
		return "", err
	}
	return bufio.NewReader(p.Events).ReadString(0)
}

func start(t *testing.T) *Process {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute) // an installation takes long
	defer cancel()
	p, err := Start(ctx, Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Stop() })
	answer, err := ask(p, `{"id":1,"method":"Browser.getVersion"}`)
	if err != nil || !strings.Contains(answer, `"id":1`) {
		t.Fatalf("it answers %q, %v", answer, err)
	}
	return p
}

// processes returns those whose command line has a text.
func processes(t *testing.T, text string) []string {
	t.Helper()
	output, err := exec.Command("ps", "-A", "-ww", "-o", "pid=,stat=,args=").Output()
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for line := range strings.Lines(string(output)) {
		if strings.Contains(line, text) && !strings.Contains(line, "<defunct>") {
			found = append(found, line)
		}
	}
	return found
}

func absent(path string) bool { _, err := os.Stat(path); return errors.Is(err, os.ErrNotExist) }

func TestStop(t *testing.T) {
	t.Parallel()
	p := start(t)
	if len(processes(t, p.dir)) < 2 {
		t.Error("its processes are not found")
	}
	if err := p.Stop(); err != nil {
		t.Error(err)
	}
	if left := processes(t, p.dir); left != nil || !absent(p.dir) {
		t.Errorf("after Stop there is %v, the directory is gone: %v", left, absent(p.dir))
	}
	if p.Err() != nil {
		t.Errorf("after Stop: %v", p.Err())
	}
}

// A Chromium that crashes says so, and leaves nothing.
func TestCrash(t *testing.T) {
	t.Parallel()
	p := start(t)
	if _, err := io.WriteString(p.Commands, `{"id":2,"method":"Browser.crash"}`+"\x00"); err != nil {
		t.Fatal(err)
	}
	<-p.Done()
	if err := p.Err(); err == nil || !strings.Contains(err.Error(), "chromium ended by itself") {
		t.Errorf("err = %v", err)
	}
	// Its crash handlers end a moment after it, by themselves.
	fixture.Eventually(t, "its processes and its directory are gone", func() bool { return processes(t, p.dir) == nil && absent(p.dir) })
}

func TestHungChromiumIsStopped(t *testing.T) {
	t.Parallel()
	p := start(t)
	for _, line := range processes(t, p.dir) {
		var pid int
		if _, err := fmt.Sscan(line, &pid); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(line, "--remote-debugging-pipe") && !strings.Contains(line, "guardian") && !strings.Contains(line, "--type=") {
			if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := p.Stop(); err != nil {
		t.Error(err)
	}
	fixture.Eventually(t, "Chromium is gone", func() bool { return processes(t, p.dir) == nil && absent(p.dir) })
}

func TestKilledProcessLeavesNothing(t *testing.T) {
	t.Parallel()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), helperVariable+"=yes")
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
	var guardian int
	var dir string
	if _, err := fmt.Sscan(line, &guardian, &dir); err != nil {
		t.Fatalf("the helper said %q", line)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	fixture.Eventually(t, "all is gone", func() bool { return processes(t, dir) == nil && absent(dir) && !guard.Alive(guardian) })
}

func TestKilledGuardianTakesChromiumAlong(t *testing.T) {
	t.Parallel()
	p := start(t)
	if err := syscall.Kill(p.guardian.Cmd.Process.Pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	<-p.Done()
	fixture.Eventually(t, "Chromium, and the guardian's second half, are gone", func() bool { return processes(t, p.dir) == nil && absent(p.dir) })
	if err := p.Stop(); err == nil {
		t.Error("want an error, because nobody asked it to stop")
	}
}

// Closing the pipe, as a client does that is done, ends it.
func TestClosedPipeEndsIt(t *testing.T) {
	t.Parallel()
	p := start(t)
	if err := p.Commands.Close(); err != nil {
		t.Fatal(err)
	}
	<-p.Done()
}
