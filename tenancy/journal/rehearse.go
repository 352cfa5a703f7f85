package journal

import (
	"context"
	"errors"
	"strings"
)

type rehearsalKey struct{}

// Rehearse returns a context in which Record makes a change and takes it back, so that who asks learns what would become
// of it, by the very statement that would make it: nothing is changed, the journal has no row, and nobody observes it. What
// a change waits for it waits for too, and others wait for it as long as the statement takes.
func Rehearse(ctx context.Context) context.Context {
	return context.WithValue(ctx, rehearsalKey{}, true)
}

// ErrRehearsal is what RecordAll says in a rehearsal, which it does not know: its changes build on one another.
var ErrRehearsal = errors.New("a batch of changes cannot be rehearsed")

// Rehearsed says whether a context is of Rehearse: whoever keeps something beside the journal keeps nothing then.
func Rehearsed(ctx context.Context) bool {
	yes, _ := ctx.Value(rehearsalKey{}).(bool)
	return yes
}

// rehearse makes the change in a transaction that is never committed.
func (r *Recorder) rehearse(ctx context.Context, c *Change) (outcome Result, err error) {
	tx, err := r.DB.BeginTxx(ctx, nil)
	if err != nil {
		return Result{}, err
	}
	defer tx.Rollback()
	statement := c.Outcome
	if len(c.With) > 0 {
		statement = "WITH " + strings.Join(c.With, ", ") + " " + c.Outcome
	}
	err = outcome.scan(tx.QueryRowContext(ctx, statement, c.Args...))
	return outcome, err
}
