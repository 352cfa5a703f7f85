//go:build unix

package chromium

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/askspoke/spoke/infra/guard"
)

const (
	fastWithin      = 5 * time.Second
	immediateWithin = time.Second
	goneWithin      = fastWithin + immediateWithin + 5*time.Second
)

// A Process is a running Chromium.
type Process struct {
	// Commands is where DevTools commands are written, and Events where answers and events are read, each ended by a zero
	// byte. Closing Commands ends Chromium.
	Commands io.WriteCloser
	Events   io.ReadCloser

	dir      string
	life     *os.File // ends when no process of Chromium's is left
	guardian *guard.Guardian
}

// Done is closed when Chromium is gone, after Stop or by itself; Err says why then.
func (p *Process) Done() <-chan struct{} { return p.guardian.Done() }

// Err returns nil while Chromium runs and after a Stop, and otherwise why it ended.
func (p *Process) Err() error { return p.guardian.Err() }

// Stop ends Chromium, and deletes its profile. A second call waits for the first.
func (p *Process) Stop() error { return p.guardian.Stop() }

// Start starts Chromium, which answers to commands when it is ready. ctx bounds an installation alone: it runs until Stop
// or until this process ends.
func Start(ctx context.Context, o Options) (*Process, error) {
	binary, err := locate(ctx, o)
	if err != nil {
		return nil, fmt.Errorf("start chromium: %w", err)
	}
	p := &Process{}
	if p.dir, err = os.MkdirTemp("", "spoke-chromium-"); err != nil {
		return nil, fmt.Errorf("start chromium: make a directory: %w", err)
	}
	if err := p.launch(binary, o); err != nil {
		return nil, errors.Join(fmt.Errorf("start chromium: %w", err), os.RemoveAll(p.dir))
	}
	return p, nil
}

// launch starts the program under its guardian. It gets nothing of this process's environment but the PATH: its pages are
// not to differ by who runs the tests.
func (p *Process) launch(binary string, o Options) (err error) {
	var ends pipes
	defer func() { ends.closeTheirs(err != nil) }()
	commands, err := ends.add(false)
	if err != nil {
		return err
	}
	events, err := ends.add(true)
	if err != nil {
		return err
	}
	if p.life, err = ends.add(true); err != nil {
		return err
	}
	p.Commands, p.Events = commands, events
	log, err := os.OpenFile(filepath.Join(p.dir, "chromium.log"), os.O_CREATE|os.O_APPEND|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("open the log: %w", err)
	}
	p.guardian, err = guard.Start(guard.Command{
		Name: "chromium", Path: binary, Args: o.arguments(filepath.Join(p.dir, "profile")), Dir: p.dir, Log: log,
		Env: []string{
			"PATH=" + os.Getenv("PATH"), "HOME=" + p.dir, "TMPDIR=" + p.dir, "LANG=C.UTF-8", "LANGUAGE=en_US", "TZ=UTC",
		},
		Files: ends.theirs, Fast: fastWithin, Immediate: immediateWithin, Temporary: p.dir, Gone: p.awaitGone,
	})
	if err != nil {
		return errors.Join(err, log.Close())
	}
	return nil
}

// awaitGone waits until Chromium has ended, which it has already unless the guardian was killed.
func (p *Process) awaitGone() error {
	defer p.life.Close()
	if err := p.life.SetReadDeadline(time.Now().Add(goneWithin)); err != nil {
		return fmt.Errorf("wait for chromium: %w", err)
	}
	if _, err := p.life.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		return fmt.Errorf("chromium does not stop: %w", err)
	}
	return nil
}
