package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// A process is a server that this program started.
type process struct {
	name     string
	cmd      *exec.Cmd
	log      string        // the file of what it writes
	stopping chan struct{} // closed when a stop was asked for
	done     chan struct{} // closed when it has ended
	err      error         // of the stop; read after done
}

// stopWithin is how long a server may take to end before it is killed.
const stopWithin = 15 * time.Second

// run starts a server, whose end by itself ends the run. Its environment is env and nothing of ours but the path.
func (m *machine) run(name string, env []string, binary string, args ...string) (*process, error) {
	log, err := os.Create(m.logFile(strings.ReplaceAll(name, " ", "-")))
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	defer log.Close() // the process has its own
	cmd := exec.Command(binary, args...)
	cmd.Env, cmd.Stdout, cmd.Stderr, cmd.SysProcAttr = minimal(env), log, log, detached()
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	p := &process{name: name, cmd: cmd, log: log.Name(), stopping: make(chan struct{}), done: make(chan struct{})}
	m.stops = append(m.stops, p.stop)
	go p.watch(m.failed)
	return p, nil
}

// minimal is an environment with what programs need to run and none of the variables that would change what they do.
func minimal(env []string) []string {
	return append([]string{"PATH=" + os.Getenv("PATH"), "TMPDIR=" + os.TempDir()}, env...)
}

func (p *process) watch(failed context.CancelCauseFunc) {
	err := p.cmd.Wait()
	select {
	case <-p.stopping:
		if err != nil {
			p.err = fmt.Errorf("stop %s: %w", p.name, err)
		}
	default:
		failed(fmt.Errorf("%s ended by itself (%v)", p.name, p.cmd.ProcessState))
	}
	close(p.done)
}

// stop asks the server to end, waits for it, and kills it when it does not.
func (p *process) stop() error {
	close(p.stopping)
	if p.cmd.Process.Signal(syscall.SIGTERM) != nil {
		_ = p.cmd.Process.Kill() // where there is no such signal
	}
	select {
	case <-p.done:
	case <-time.After(stopWithin):
		err := fmt.Errorf("%s did not end within %v and was killed", p.name, stopWithin)
		_ = p.cmd.Process.Kill()
		<-p.done
		return err
	}
	return p.err
}

// tail returns the last lines of what the server wrote.
func (p *process) tail() string {
	const lines, most = 4, 2000
	text, _ := os.ReadFile(p.log)
	all := strings.Split(strings.TrimSpace(string(text)), "\n")
	last := strings.Join(all[max(0, len(all)-lines):], "\n")
	return last[max(0, len(last)-most):]
}

// awaitReady waits until /readyz at addr answers 200.
func (p *process) awaitReady(ctx context.Context, addr string) error {
	ctx, cancel := context.WithTimeoutCause(ctx, 30*time.Second, errors.New(p.name+" is not ready after 30s"))
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-p.done:
			return errors.New(p.name + " is not ready: it ended")
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-tick.C:
			if answersReady(ctx, addr) {
				return nil
			}
		}
	}
}

func answersReady(ctx context.Context, addr string) bool {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+addr+"/readyz", http.NoBody)
	if err != nil {
		return false
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return false
	}
	response.Body.Close()
	return response.StatusCode == http.StatusOK
}

// freeAddr returns an address on loopback that nothing listens on at the moment.
func freeAddr() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("find a free port: %w", err)
	}
	defer listener.Close()
	return listener.Addr().String(), nil
}
