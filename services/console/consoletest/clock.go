package consoletest

import (
	"bytes"
	"sync"
	"time"
)

// Clock is a time that goes on, and that a test moves besides.
type Clock struct {
	mu    sync.Mutex
	ahead time.Duration
}

// Now is the time of the World.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.ahead)
}

// Pass has time go by.
func (c *Clock) Pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ahead += d
}

// LogBuffer keeps what is logged.
type LogBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write keeps a line.
func (b *LogBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

// String is all that was logged.
func (b *LogBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}
