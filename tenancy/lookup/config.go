package lookup

import (
	"context"
	"time"
)

// Config says what a Cache remembers and for how long. Every field is required but Familiar and Now.
type Config[K comparable, V any] struct {
	// Load asks Postgres. Its context is not a request's, so a client that goes away does not fail the others.
	Load func(ctx context.Context, key K) (V, error)
	// Absent says whether an error of Load is an answer, to be remembered too.
	Absent func(error) bool
	// Text returns a key as text, different for different keys.
	Text func(K) string

	Size       int           // how many answers are remembered
	TTL        time.Duration // for how long
	AbsentSize int           // how many absences are remembered
	AbsentTTL  time.Duration // for how long
	Parallel   int           // how many keys are asked for at once
	Timeout    time.Duration // for one answer, the wait for its turn included
	// Familiar is for how long a key that had an answer is asked for apart from the others, as many at once: invented
	// keys do not hold it up. 0: not at all.
	Familiar time.Duration
	Now      func() time.Time
}
