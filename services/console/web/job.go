package web

import (
	"context"
	"log/slog"
	"net/http"
	"runtime/debug"
	"sync"

	"github.com/askspoke/spoke/services/console/place"
)

// maxPlaces bounds the jobs at a time that anybody can have begun, who is signed in or not.
const maxPlaces = 32

// errBusy says that there is too much to do, to all alike: before it is known what a request makes to do.
var errBusy = Refuse(http.StatusServiceUnavailable, "Too many ask for links just now", "No link was sent. Try again in a minute.").At(place.SignIn, "Back")

// Jobs are what goes on after a page was answered. The server's end waits for them. It can come while requests begin others,
// which a sync.WaitGroup does not allow for.
type Jobs struct {
	ctx    context.Context
	cancel context.CancelFunc
	logger *slog.Logger
	mu     sync.Mutex
	idle   *sync.Cond
	going  int // jobs and places
	places int
}

func newJobs(logger *slog.Logger) *Jobs {
	j := &Jobs{logger: logger}
	j.ctx, j.cancel = context.WithCancel(context.Background())
	j.idle = sync.NewCond(&j.mu)
	return j
}

// Start runs work, whose context ends when the server stops. A panic in it ends the work and is logged: it must not end the
// process, which serves others.
func (j *Jobs) Start(work func(context.Context)) {
	j.mu.Lock()
	j.going++
	j.mu.Unlock()
	go func() {
		defer j.ended(&j.going)
		defer func() {
			if cause := recover(); cause != nil {
				j.logger.Error("job panicked", "panic", cause, "stack", string(debug.Stack()))
			}
		}()
		work(j.ctx)
	}()
}

// Enter takes a place for a job, which release gives back. Error: a Refusal.
func (j *Jobs) Enter() (release func(), err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.places == maxPlaces {
		return nil, errBusy
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

// stop ends what goes on and waits for it.
func (j *Jobs) stop() {
	j.cancel()
	j.mu.Lock()
	defer j.mu.Unlock()
	for j.going > 0 {
		j.idle.Wait()
	}
}
