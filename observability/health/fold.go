package health

import "time"

// Fold counts rows into the facts, and returns them with the cycles that have ended, each once, the oldest first. The rows
// are those since facts.ReadFrom, in any order and in any number of calls; a row that was counted before is replaced. With
// no rows it closes what time has closed. facts itself is not changed.
func Fold(facts Facts, rows []Count, now time.Time, pace Pace) (Facts, []Cycle) {
	_, _, _ = rows, now, pace
	return facts, nil
}

// ReadFrom returns the beginning of the first bucket that has to be read for the next Fold: zero for all.
func (f Facts) ReadFrom() time.Time { return f.Settled }

// Current returns the cycle that is under way, with all that was counted of it, or nil.
func (f Facts) Current(now time.Time, pace Pace) *Cycle {
	_, _ = now, pace
	return f.Open
}
