package console

import (
	"net/http"
	"sync"
)

// maxBehind bounds what goes on behind answers at a time.
const maxBehind = 32

// errBusy says that there is too much to do, to all alike: before it is known what a request makes to do.
var errBusy = refuse(http.StatusServiceUnavailable, "Too many ask for links just now", "No link was sent. Try again in a minute.").at(signInPath, "Back")

// behind is work that goes on when its request was answered. It is bounded, and the server's end waits for it.
type behind struct {
	mu    sync.Mutex
	idle  *sync.Cond
	going int
}

func newBehind() *behind {
	b := &behind{}
	b.idle = sync.NewCond(&b.mu)
	return b
}

// enter takes a place, which release gives back. Error: errBusy.
func (b *behind) enter() (release func(), err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.going == maxBehind {
		return nil, errBusy
	}
	b.going++
	return sync.OnceFunc(func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		if b.going--; b.going == 0 {
			b.idle.Broadcast()
		}
	}), nil
}

// wait returns when nothing goes on.
func (b *behind) wait() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for b.going > 0 {
		b.idle.Wait()
	}
}
