// Package background runs what goes on behind a service's answers: a mail that is sent, a removal that has to wait.
//
// It keeps nothing: what is lost when the process dies is what nobody may rely on. Work that must be done, or done once for
// all processes, is the worker's.
//
// Invariants: a panic ends its job alone, and is logged; the places that anybody can take from outside are bounded; a stop
// waits for every job and place that was begun before it ends, also for those that are begun while it waits.
package background

import (
	"context"
	"errors"
	"log/slog"
	"runtime/debug"
	"sync"
)

// What goes wrong with jobs.
var (
	// ErrFull says that every place is taken.
	ErrFull = errors.New("there is too much going on behind answers")
	// ErrPanicked is what a job came to that panicked. The log has more.
	ErrPanicked = errors.New("the job panicked")
)

// Jobs are what goes on. The end of a service waits for them. It can come while requests begin others, which a
// sync.WaitGroup does not allow for. It is safe for concurrent use.
type Jobs struct {
	ctx    context.Context
	cancel context.CancelFunc
	logger *slog.Logger
	most   int
	mu     sync.Mutex
	idle   *sync.Cond
	going  int // jobs and places
	places int
}

// New returns Jobs that have so many places at a time, and log what panics.
func New(logger *slog.Logger, places int) *Jobs {
	j := &Jobs{logger: logger, most: places}
	j.ctx, j.cancel = context.WithCancel(context.Background())
	j.idle = sync.NewCond(&j.mu)
	return j
}

// Start runs work, whose context ends with Stop, and has ended where Stop was called before. A panic in it ends the work and
// is logged: it must not end the process, which serves others.
func (j *Jobs) Start(work func(context.Context)) {
	j.mu.Lock()
	j.going++
	j.mu.Unlock()
	go func() {
		defer j.ended(&j.going)
		defer func() {
			if cause := recover(); cause != nil {
				j.logger.ErrorContext(j.ctx, "job panicked", slog.Any("panic", cause), slog.String("stack", string(debug.Stack())))
			}
		}()
		work(j.ctx)
	}()
}

// Call is Start for whoever waits for what work comes to: the channel has that as soon as work has ended, once, whether or not
// anybody still waits. It is ErrPanicked where work did not return.
func (j *Jobs) Call(work func(context.Context) error) <-chan error {
	ended := make(chan error, 1)
	j.Start(func(ctx context.Context) {
		err := ErrPanicked
		defer func() { ended <- err }()
		err = work(ctx)
	})
	return ended
}

// Enter takes a place for a job that anybody can cause, who is signed in or not: before it is known whether there will be
// one, so that it tells nothing. release gives the place back; once, however often it is called. Error: ErrFull.
func (j *Jobs) Enter() (release func(), err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.places >= j.most {
		return nil, ErrFull
	}
	j.places++
	j.going++
	return sync.OnceFunc(func() { j.ended(&j.going, &j.places) }), nil
}

func (j *Jobs) ended(counts ...*int) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, count := range counts {
		*count--
	}
	if j.going == 0 {
		j.idle.Broadcast()
	}
}

// Stop ends what goes on and waits for it, and for whoever has a place. It may be called more than once.
func (j *Jobs) Stop() {
	j.cancel()
	j.mu.Lock()
	defer j.mu.Unlock()
	for j.going > 0 {
		j.idle.Wait()
	}
}
