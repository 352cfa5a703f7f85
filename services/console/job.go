package console

import (
	"context"
	"log/slog"
	"runtime/debug"
	"sync"
)

// jobs are what goes on after a page was answered.
type jobs struct {
	ctx    context.Context
	cancel context.CancelFunc
	group  *sync.WaitGroup
	logger *slog.Logger
}

func newJobs(logger *slog.Logger) jobs {
	ctx, cancel := context.WithCancel(context.Background())
	return jobs{ctx, cancel, &sync.WaitGroup{}, logger}
}

// start runs work, whose context ends when the server stops. A panic in it ends the work and is logged: it must not end the
// process, which serves others.
func (j jobs) start(work func(context.Context)) {
	j.group.Go(func() {
		defer func() {
			if cause := recover(); cause != nil {
				j.logger.Error("job panicked", "panic", cause, "stack", string(debug.Stack()))
			}
		}()
		work(j.ctx)
	})
}

// stop ends what goes on and waits for it.
func (j jobs) stop() {
	j.cancel()
	j.group.Wait()
}
