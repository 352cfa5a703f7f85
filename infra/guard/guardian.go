//go:build unix

package guard

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
)

// A Guardian is the running shell, and the life of its server. It is safe for use by several goroutines.
type Guardian struct {
	Cmd *exec.Cmd // the shell; its end is the server's

	lifeline, log *os.File
	hangUp        sync.Once
	stopping      chan struct{} // closed when a stop was asked for
	done          chan struct{} // closed when the server is gone
	err           error         // why it is gone; read after done
}

// Done is closed when the server is gone, after Stop or by itself.
func (g *Guardian) Done() <-chan struct{} { return g.done }

// Err returns nil while the server runs and after a Stop, and otherwise why it ended, with the end of its log.
func (g *Guardian) Err() error {
	select {
	case <-g.done:
		return g.err
	default:
		return nil
	}
}

// Stop has the server end, and waits for that. Its error is Err's. A second call waits for the first.
func (g *Guardian) Stop() error {
	g.hangUp.Do(func() {
		close(g.stopping)
		_ = g.lifeline.Close()
	})
	<-g.done
	return g.err
}

// watch waits for the guardian, which ends when the server has ended.
func (g *Guardian) watch(c Command) {
	_ = g.Cmd.Wait()
	// A guardian that was killed leaves the server to its second half, which waits for the end of the pipe.
	_ = g.lifeline.Close()
	err := c.Gone()
	select {
	case <-g.stopping:
	default:
		how := g.Cmd.ProcessState // "exit status 1", "signal: killed"
		err = errors.Join(fmt.Errorf("%s ended by itself (%v); its log ends with\n%s", c.Name, how, g.LogTail()), err)
	}
	if c.Temporary != "" {
		err = errors.Join(err, os.RemoveAll(c.Temporary))
	}
	g.err = errors.Join(err, g.log.Close())
	close(g.done)
}

// LogTail returns the end of the server's log, also when its directory has been deleted, until the server is gone.
func (g *Guardian) LogTail() string {
	const most = 4096
	info, err := g.log.Stat()
	if err != nil {
		return "(no log: " + err.Error() + ")"
	}
	text, err := io.ReadAll(io.NewSectionReader(g.log, max(0, info.Size()-most), most))
	if err != nil {
		return "(no log: " + err.Error() + ")"
	}
	return LastLines(string(text), 15)
}
