package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// notef tells whoever waits what is going on.
func notef(format string, args ...any) { fmt.Fprintf(os.Stderr, "loadtest: "+format+"\n", args...) }

// A progress shows how far a scenario is: a bar on a terminal, and otherwise a line when it is done.
type progress struct {
	out   io.Writer
	name  string
	start time.Time
	bar   *progressbar.ProgressBar // nil without a terminal
}

func newProgress(out *os.File, name string, steps int) *progress {
	p := &progress{out: out, name: name, start: time.Now()}
	if term.IsTerminal(int(out.Fd())) {
		p.bar = progressbar.NewOptions(steps,
			progressbar.OptionSetWriter(out),
			progressbar.OptionSetDescription(fmt.Sprintf("%-14s", name)),
			progressbar.OptionShowCount(),
			progressbar.OptionSetPredictTime(true),
			progressbar.OptionClearOnFinish(),
		)
	}
	return p
}

// step counts one of the steps as done.
func (p *progress) step() {
	if p.bar != nil {
		_ = p.bar.Add(1) // a terminal that cannot be written to stops no measurement
	}
}

func (p *progress) finish(err error) {
	if p.bar != nil {
		_ = p.bar.Finish()
	}
	if err == nil {
		fmt.Fprintf(p.out, "loadtest: %s: done in %v\n", p.name, time.Since(p.start).Round(time.Second))
	}
}
