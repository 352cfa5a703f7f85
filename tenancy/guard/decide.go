package guard

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// How long a decision holds when nobody says, and at most.
const (
	ApprovedFor = 24 * time.Hour
	RejectedFor = 7 * 24 * time.Hour
	MaxDecided  = 30 * 24 * time.Hour
)

// Errors of decisions.
var (
	// ErrNotFound is a hold that there is not.
	ErrNotFound = errors.New("there is no such hold")
	// ErrOpen is the approval of a hold that was rejected while another one is open: that one is to be decided.
	ErrOpen = errors.New("another hold is open")
	// ErrUntil is a decision that would end before it is made, or later than MaxDecided.
	ErrUntil = errors.New("a decision holds from now on, for at most 30 days")
)

// DecidedError says that a hold was decided otherwise already.
type DecidedError struct {
	Hold Hold
}

func (e *DecidedError) Error() string {
	return fmt.Sprintf("hold %s was %s by %s", e.Hold.ID, e.Hold.State, e.Hold.DecidedBy)
}

// Approve lets everything that is deleted or disabled pass until a time; the zero time is ApprovedFor from now. From then on
// counting begins anew, so that what was approved does not hold the next leaver. A hold that was rejected can be approved;
// of one that is approved already nothing changes. by is who decides, in words for people or as an id.
//
// It returns the hold as it is then. Errors: ErrNotFound, ErrOpen, ErrUntil.
func (s *Store) Approve(ctx context.Context, schema tenantdb.Schema, hold, by string, until time.Time) (Hold, error) {
	from := `(state = 'held' OR state = 'rejected' AND NOT EXISTS (SELECT 1 FROM ` + schema.Table("holds") + ` WHERE state = 'held'))`
	return s.decide(ctx, schema, Approved, from, hold, by, until, ApprovedFor)
}

// ApproveOpen is Approve for who does not know that somebody has rejected the hold: that is a *DecidedError then, and nothing
// changes.
func (s *Store) ApproveOpen(ctx context.Context, schema tenantdb.Schema, hold, by string, until time.Time) (Hold, error) {
	approved, err := s.decide(ctx, schema, Approved, `state = 'held'`, hold, by, until, ApprovedFor)
	if !errors.Is(err, ErrOpen) {
		return approved, err
	}
	if approved, err = s.Get(ctx, schema, hold); err != nil || approved.State == Approved {
		return approved, err
	}
	return Hold{}, &DecidedError{Hold: approved}
}

// Reject keeps the resources that were held from being deleted or disabled until a time; the zero time is RejectedFor from
// now. Others are counted anew from now on. Of a hold that is rejected already nothing changes.
//
// It returns the hold as it is then. Errors: ErrNotFound, ErrUntil, and a *DecidedError where it is approved.
func (s *Store) Reject(ctx context.Context, schema tenantdb.Schema, hold, by string, until time.Time) (Hold, error) {
	return s.decide(ctx, schema, Rejected, `state = 'held'`, hold, by, until, RejectedFor)
}

// decide makes a decision about a hold of which from, a condition, is true.
func (s *Store) decide(ctx context.Context, schema tenantdb.Schema, decision State, from, id, by string, until time.Time, usual time.Duration) (Hold, error) {
	if parsed, err := uuid.Parse(id); err != nil || parsed.String() != id {
		return Hold{}, ErrNotFound
	}
	now := s.now()
	if until.IsZero() {
		until = now.Add(usual)
	}
	if !until.After(now) || until.After(now.Add(MaxDecided)) {
		return Hold{}, ErrUntil
	}
	var row holdRow
	err := s.db.QueryRowContext(ctx, `UPDATE `+schema.Table("holds")+` SET state = $2, decided_at = $3, decided_by = $4, until = $5
		WHERE id = $1::uuid AND `+from+` RETURNING `+holdColumns, id, string(decision), now, by, until).Scan(row.scan()...)
	switch {
	case err == nil:
		return row.hold()
	case !errors.Is(err, sql.ErrNoRows):
		return Hold{}, fmt.Errorf("decide hold %s: %w", id, err)
	}
	// It is decided: by this very statement, perhaps, which the driver sends again when its answer is lost.
	hold, err := s.Get(ctx, schema, id)
	switch {
	case err != nil:
		return Hold{}, err
	case hold.State == decision:
		return hold, nil
	case decision == Approved:
		return Hold{}, ErrOpen
	}
	return Hold{}, &DecidedError{Hold: hold}
}
