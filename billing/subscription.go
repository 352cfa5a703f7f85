package billing

import "time"

// A Subscription is a tenant's agreement to a plan.
type Subscription struct {
	Plan PlanID
	// Start is when it began; End is when it ended or will, zero while it goes on.
	Start, End time.Time
}

// Active reports whether the subscription holds at a time: from Start, and until just before End.
func (s Subscription) Active(at time.Time) bool {
	return !at.Before(s.Start) && (s.End.IsZero() || at.Before(s.End))
}
