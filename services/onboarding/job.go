package onboarding

import (
	"context"
	"sync"
)

// jobs are what goes on after a call was answered.
type jobs struct {
	ctx    context.Context
	cancel context.CancelFunc
	group  *sync.WaitGroup
}

func newJobs() jobs {
	ctx, cancel := context.WithCancel(context.Background())
	return jobs{ctx, cancel, &sync.WaitGroup{}}
}

// start runs work, whose context ends when the server stops.
func (j jobs) start(work func(context.Context)) { j.group.Go(func() { work(j.ctx) }) }

// stop ends what goes on and waits for it.
func (j jobs) stop() {
	j.cancel()
	j.group.Wait()
}
