// Package worker does what has to be done from time to time, whether or not anybody asks: it removes tenants whose grace is
// over, migrates those whose schema is behind, makes group names unique once every server has heard, warns of tokens that
// expire and of certificates, evaluates the health of tenants' provisioning, sends mail, and deletes what is of no use any more, such as old
// entries of journals.
//
// It serves nothing, and what the jobs do is not here: each is a method of a package below, but for the evaluation of health,
// which puts several of them together.
//
// Invariants: any number of processes may run the same jobs: each job locks what it works on, or does what may be done
// twice. It can be broken off anywhere and run again. In a process one job runs at a time, so that they take no more than
// two connections; those beside them have one each. A job that fails or panics is logged, and neither stops the others nor its own next run.
package worker

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"runtime/debug"
	"time"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sync/semaphore"

	"github.com/askspoke/spoke/observability/tracing"
)

// Job is something to do from time to time.
type Job struct {
	Name  string // a few words, which are a metric's label
	Every time.Duration
	Do    func(ctx context.Context) error
}

// Outcome is how a run of a job ended.
type Outcome string

// The outcomes.
const (
	Done   Outcome = "done"
	Failed Outcome = "failed"
)

// Config are a Worker's dependencies.
type Config struct {
	Jobs []Job
	// Beside are jobs that wait for others most of the time, as for a mail server. None waits for another's turn, nor does
	// another for theirs.
	Beside []Job
	// Wake, by a job's name, has it run at once.
	Wake   map[string]<-chan struct{}
	Logger *slog.Logger // default: nothing is logged
	// Ran, when set, is called after each run.
	Ran func(job string, outcome Outcome, at time.Time)
	// Tracing makes a span of each run; nil: none.
	Tracing *tracing.Tracing
	// Jitter makes a wait a little different, so that processes which start together do not work together; default up to
	// a tenth shorter or longer.
	Jitter func(time.Duration) time.Duration
}

// Worker runs jobs.
type Worker struct {
	config Config
	turn   *semaphore.Weighted
}

// New returns a Worker. Its Run does the work.
func New(config Config) *Worker {
	if config.Logger == nil {
		config.Logger = slog.New(slog.DiscardHandler)
	}
	if config.Jitter == nil {
		config.Jitter = func(d time.Duration) time.Duration {
			return d + time.Duration((rand.Float64()-0.5)/5*float64(d)) //nolint:gosec // it keeps no secret
		}
	}
	return &Worker{config: config, turn: semaphore.NewWeighted(1)}
}

// Run runs every job soon and then again and again, until ctx ends; it returns nil then, when what was running has stopped.
func (w *Worker) Run(ctx context.Context) error {
	var group errgroup.Group
	start := func(jobs []Job, turn *semaphore.Weighted) {
		for _, job := range jobs {
			group.Go(func() error {
				w.repeat(ctx, job, turn)
				return nil
			})
		}
	}
	start(w.config.Jobs, w.turn)
	start(w.config.Beside, semaphore.NewWeighted(int64(len(w.config.Beside))))
	return group.Wait()
}

// first is what passes before the first run of a job, at most its own interval: a start must not be slowed down.
const first = 10 * time.Second

func (w *Worker) repeat(ctx context.Context, job Job, turn *semaphore.Weighted) {
	timer := time.NewTimer(w.config.Jitter(min(first, job.Every)))
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		case <-w.config.Wake[job.Name]: // nil, which never comes, where there is none
		}
		if turn.Acquire(ctx, 1) != nil {
			return
		}
		w.run(ctx, job)
		turn.Release(1)
		timer.Reset(w.config.Jitter(job.Every))
	}
}

// run runs a job once.
func (w *Worker) run(ctx context.Context, job Job) {
	ctx, end := w.config.Tracing.Job(ctx, job.Name)
	err := guarded(ctx, job)
	end(err)
	outcome := Done
	switch {
	case err != nil && ctx.Err() != nil:
		return // told to stop: what is left is done by whoever runs it next
	case err != nil:
		outcome = Failed
		w.config.Logger.ErrorContext(ctx, "job failed", "job", job.Name, "error", err)
	}
	if w.config.Ran != nil {
		w.config.Ran(job.Name, outcome, time.Now())
	}
}

// guarded does the job and turns a panic into an error.
func guarded(ctx context.Context, job Job) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("panic: %v\n%s", cause, debug.Stack())
		}
	}()
	return job.Do(ctx)
}
