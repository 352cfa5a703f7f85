package billing

import "time"

// Unlimited stands for no limit. It is not zero, so that a limit which nobody set grants nothing.
const Unlimited = -1

// Entitlements are the limits that a tenant's plan grants. Any of them can be Unlimited; zero grants nothing.
type Entitlements struct {
	// Seats is the largest number of active users.
	Seats int
	// ReadsPerSecond and WritesPerSecond are the sustained rates of SCIM requests; the gateway allows short bursts above.
	ReadsPerSecond  int
	WritesPerSecond int
	// BulksPerSecond is the sustained rate of bulk requests, whose operations count as writes besides.
	BulksPerSecond int
	// Tokens is the largest number of SCIM tokens and OAuth clients that are valid at one time. To rotate one without
	// a pause takes two.
	Tokens int
	// JournalDays is for how many days the tenant's journal is kept.
	JournalDays int
}

// DefaultEntitlements are those of a tenant without a subscription: room for a rollout in a company of ten thousand,
// at a rate above the one that the large identity providers reach (Entra ID sends up to about 25 requests a second).
func DefaultEntitlements() Entitlements {
	return Entitlements{
		Seats:           10_000,
		ReadsPerSecond:  100,
		WritesPerSecond: 50,
		BulksPerSecond:  2,
		Tokens:          5,
		JournalDays:     90,
	}
}

// JournalRetention returns for how long the tenant's journal is kept, and false when it is kept for ever.
func (e Entitlements) JournalRetention() (kept time.Duration, limited bool) {
	if e.JournalDays == Unlimited {
		return 0, false
	}
	return time.Duration(e.JournalDays) * 24 * time.Hour, true
}

// SeatsLeft returns how many users can be added or activated when used are active, and false when there is no limit.
// A tenant whose plan became smaller has none left, not fewer than none.
func (e Entitlements) SeatsLeft(used int) (left int, limited bool) {
	if e.Seats == Unlimited {
		return 0, false
	}
	return max(0, e.Seats-used), true
}
