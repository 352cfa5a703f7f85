package directory

import (
	"context"
	"errors"
	"time"

	"github.com/askspoke/spoke/scim/provider"
	"github.com/askspoke/spoke/scim/schema"
)

// RestoreStep is what came of one deletion among many. Err is nil, or one of the errors of Restore that are about this
// resource alone; the others are restored all the same.
type RestoreStep struct {
	Deleted  Deleted
	Restored Restored
	Err      error
	Cursor   string // for DeletedQuery.After, to go on behind it
}

// RestoreAll restores what the query chooses, one after another, each as Restore does, and calls each after each. It begins
// with what was deleted last: so memberships come back as they were, whichever of a group and its member went first. It is
// not atomic. What it has restored is restored when it ends early, with the error of the database, of ctx or of each; to go
// on, call it again, from the last cursor or from the beginning. Limit is of no account. now is the clock; nil: time.Now.
func (s Store) RestoreAll(ctx context.Context, types []*schema.ResourceType, q DeletedQuery, activate bool, now func() time.Time, each func(RestoreStep) error) error {
	if now == nil {
		now = time.Now
	}
	q.Limit = 100
	for {
		page, err := s.Deleted(ctx, q, now())
		if err != nil {
			return err
		}
		for _, d := range page.Deleted {
			step := RestoreStep{Deleted: d, Cursor: d.cursor()}
			step.Restored, step.Err = s.Restore(ctx, types, Restoration{ID: d.Entry, At: now(), Activate: activate})
			if step.Err != nil && !ofOne(step.Err) {
				return step.Err
			}
			if err := each(step); err != nil {
				return err
			}
		}
		if q.After = page.Next; q.After == "" {
			return nil
		}
	}
}

// ofOne tells whether an error is about one resource alone.
func ofOne(err error) bool {
	var taken *provider.TakenError
	var circle *provider.CircleError
	var unrestorable *UnrestorableError
	return errors.Is(err, ErrThere) || errors.Is(err, ErrNoDeletion) || errors.As(err, &taken) || errors.As(err, &circle) || errors.As(err, &unrestorable)
}
