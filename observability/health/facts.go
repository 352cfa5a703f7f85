package health

import (
	"slices"
	"time"

	"github.com/askspoke/spoke/tenancy"
)

// FactsVersion is the version of Facts that this program writes. It is raised when a field changes its meaning; a field
// that is only added leaves it.
const FactsVersion = 1

// MaxCycles is how many cycles Facts remember.
const MaxCycles = 50

// Facts are all that a verdict is made from. The zero Facts are those of a tenant of which nothing is known. They are
// stored as JSON between two evaluations; {} is read as the zero Facts.
type Facts struct {
	Version int `json:"version"`

	// What the store of tenants knows: set by who evaluates, before Evaluate.

	Tenant      tenancy.State `json:"tenant,omitzero"` // empty is taken for active
	CreatedAt   time.Time     `json:"created_at,omitzero"`
	EnabledAt   time.Time     `json:"enabled_at,omitzero"` // since when it is served without a break, so that a silence is not counted from before; may be zero
	Users       int64         `json:"users,omitzero"`
	ActiveUsers int64         `json:"active_users,omitzero"`
	Groups      int64         `json:"groups,omitzero"`
	Tokens      Tokens        `json:"tokens,omitzero"`
	Hold        *Hold         `json:"hold,omitempty"` // the deletions that wait, nil for none

	// What Fold keeps.

	LastRequest time.Time     `json:"last_request,omitzero"` // whose credentials were accepted
	LastSuccess time.Time     `json:"last_success,omitzero"` // accepted or unchanged
	Settled     time.Time     `json:"settled,omitzero"`      // buckets that began before are counted for good
	Recent      []Count       `json:"recent,omitempty"`      // of buckets since Settled, which may still grow
	Open        *Cycle        `json:"open,omitempty"`        // the settled part of the cycle that has not ended
	Cycles      []Summary     `json:"cycles,omitempty"`      // those that have ended, the oldest first, at most MaxCycles
	LastInitial *Summary      `json:"last_initial,omitempty"`
	Usual       time.Duration `json:"usual,omitzero"`   // between two cycles, when they come regularly, in nanoseconds; 0: they do not
	Totals      []Tally       `json:"totals,omitempty"` // of all settled requests ever
	Shown       Shown         `json:"shown,omitzero"`
}

// Tokens are the credentials that a tenant has handed out, OAuth clients included.
type Tokens struct {
	Count int `json:"count,omitzero"` // that are neither revoked nor were expired when it was read
	// Expires is when the first of them expires, or, where none is left, when the last one did. Zero: none expires.
	Expires time.Time `json:"expires,omitzero"`
}

// Hold is what the deletion guard holds.
type Hold struct {
	OpenedAt time.Time `json:"opened_at"`
	Held     int64     `json:"held"` // deletions that wait; 0: not known
}

// Shown is the greatest progress that was shown of a cycle, below which no later one falls.
type Shown struct {
	Started time.Time `json:"started"` // of the cycle
	Ratio   float64   `json:"ratio"`
}

// clone returns facts that share nothing that Fold changes.
func (f Facts) clone() Facts {
	f.Recent = slices.Clone(f.Recent)
	f.Cycles = slices.Clone(f.Cycles)
	f.Totals = slices.Clone(f.Totals)
	if f.Open != nil {
		open := *f.Open
		open.Counts = slices.Clone(open.Counts)
		f.Open = &open
	}
	return f
}
