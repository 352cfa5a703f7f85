package health

import "time"

// most is the progress that a cycle which has not ended never exceeds.
const most = 0.99

// show remembers the progress of the cycle under way, so that what is shown of it never decreases.
func (f *Facts) show(now time.Time, pace Pace) {
	v := f.view(&clock{now: now}, pace)
	if v.Open == nil {
		f.Shown = Shown{}
		return
	}
	floor := f.floor(v.Open)
	if p := v.progress(); p != nil {
		floor = max(floor, p.Ratio)
	}
	f.Shown = Shown{v.Open.Started, floor}
}

// floor returns the greatest progress that was shown of a cycle. A cycle is known by where it began, which a late row can
// only bring forward.
func (f *Facts) floor(c *Cycle) float64 {
	if f.Shown.Started.Before(c.Started) || f.Shown.Started.After(c.Ended) {
		return 0
	}
	return f.Shown.Ratio
}

// progress returns how far the open cycle of a view is; nil without one, or where it cannot be told. It depends on counts
// alone, not on the time.
func (f *Facts) progress() *Progress {
	const (
		beyond = 1.5  // so many times the last cycle, and this one is none like it
		slack  = 0.05 // more below what was shown, and the estimate was made from something else
	)
	if f.Open == nil {
		return nil
	}
	s := f.Open.Summary()
	p := Progress{}
	if last := f.comparable(s.Kind); last != nil {
		p.Basis, p.Done, p.Of = LastCycle, s.Requests, last.Requests
		if float64(p.Done) > beyond*float64(p.Of) {
			return nil
		}
	} else if position, total := f.Open.pages(); total > 0 {
		p.Basis, p.Done, p.Of = Pages, position, total
	} else {
		return nil
	}
	floor := f.floor(f.Open)
	p.Ratio = min(most, float64(p.Done)/float64(p.Of))
	if p.Ratio < floor-slack {
		return nil
	}
	const few = 10 // requests, from which a rate can be told
	if rate := perSecond(p.Done, s.Length()); rate > 0 && s.Requests >= few && p.Done < p.Of {
		left := time.Duration(float64(p.Of-p.Done) / rate * float64(time.Second))
		p.ETA = s.Ended.Add(left.Round(time.Second))
	}
	p.Ratio = max(p.Ratio, floor)
	return &p
}

// comparable returns the last cycle of a kind that was not cut off by what it met: nil for none.
func (f *Facts) comparable(kind Kind) *Summary {
	if kind == Initial {
		return f.LastInitial
	}
	for i := len(f.Cycles) - 1; i >= 0 && kind == Incremental; i-- {
		if s := &f.Cycles[i]; s.Kind == Incremental && s.Succeeded > 0 {
			return s
		}
	}
	return nil
}
