package deletionguard

import (
	"time"

	"github.com/askspoke/spoke/services/console/actor"
	"github.com/askspoke/spoke/tenancy/guard"
)

// What the tests from outside look at.
const (
	HeldShown     = heldShown
	RestoreAtOnce = restoreAtOnce
)

// HoldAt is what is shown of a hold at a time, where nobody's name is known.
func HoldAt(h guard.Hold, now time.Time) (text, decider string) {
	shown := (&Pages{}).hold(h, actor.Names{}, now)
	return shown.Text, shown.Decider
}
