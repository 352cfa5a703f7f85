package health

import (
	"slices"
	"time"
)

// usual returns the time between two cycles, when they come regularly: that of most of the last ones. A provider that
// pushes on events has none. Once known it is kept through a quarantine, whose pauses are not counted, and forgotten when
// cycles without such pauses come irregularly.
func (f *Facts) usual(pace Pace) time.Duration {
	pauses := f.pauses(pace)
	if len(pauses) < pace.Intervals {
		return f.Usual
	}
	if median, ok := regular(pauses[len(pauses)-pace.Intervals:], pace); ok {
		return median
	}
	last := pauses[max(0, len(pauses)-2*pace.Intervals):]
	median, ok := regular(last, pace)
	if !ok {
		return 0
	}
	return median
}

// pauses returns the times between the beginnings of cycles that are remembered, the oldest first, without those of a
// quarantine: much longer than usual, after a cycle that failed.
func (f *Facts) pauses(pace Pace) []time.Duration {
	var list []time.Duration
	var last *Summary
	for i := range f.Cycles {
		s := &f.Cycles[i]
		if s.Kind == Probe || s.Strangers == s.Requests {
			continue // not a run of the job, or anybody's
		}
		if last != nil {
			pause := s.Started.Sub(last.Started)
			if f.Usual == 0 || pause < times(f.Usual, pace.WideCadences) || !troubled(*last, pace) {
				list = append(list, pause)
			}
		}
		last = s
	}
	return list
}

// regular returns the median of the pauses, and whether most are near it.
func regular(pauses []time.Duration, pace Pace) (time.Duration, bool) {
	sorted := slices.Sorted(slices.Values(pauses))
	median := sorted[len(sorted)/2]
	near := 0
	for _, p := range sorted {
		if off := (p - median).Abs(); off <= times(median, pace.Tolerance) {
			near++
		}
	}
	return median, float64(near) >= pace.RegularRatio*float64(len(sorted))
}

func times(d time.Duration, n float64) time.Duration { return time.Duration(float64(d) * n) }
