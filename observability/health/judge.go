package health

// judge returns how severe the failed changes of one cycle are, of all that came to it. A few failures are a Notice,
// however many of a few changes they are: one failure of two is 50 %, and says nothing. From Pace.FewFailures on, more
// than half of the share that Entra tolerates is a Warning, and so is half of the number; to be beyond its limit is
// Critical.
func judge(s Summary, p Pace) Severity {
	all := s.Failed + s.References
	ratio := s.FailureRatio()
	half := func(n int64) int64 { return int64(float64(n) * p.Half) }
	switch {
	case s.Failed >= p.FailuresAssessed && ratio > p.FailureRatio,
		s.Failed >= p.FailuresMost,
		all >= p.AllFailuresMost:
		return Critical
	case s.Failed >= p.FewFailures && ratio > p.FailureRatio*p.Half,
		s.Failed >= half(p.FailuresMost),
		all >= half(p.AllFailuresMost):
		return Warning
	case s.Failed > 0:
		return Notice
	}
	return OK
}

// refused says whether nothing of the cycle succeeded and credentials were refused.
func (s Summary) refused() bool { return s.Succeeded == 0 && s.Unauthorized > 0 }

// broken says whether nothing of the cycle succeeded because of errors of ours.
func (s Summary) broken() bool { return s.Succeeded == 0 && s.Unauthorized == 0 && s.Errors > 0 }

// shutOut says whether nothing of the cycle succeeded for a reason that makes Entra quarantine a job at once.
func (s Summary) shutOut() bool { return s.refused() || s.broken() }

// troubled says whether a quarantine may follow the cycle. A stray request with a wrong token is none of the provider's.
func troubled(s Summary, p Pace) bool {
	return s.shutOut() && s.Unauthorized+s.Errors >= p.FewRequests || judge(s, p) >= Warning
}

// failing says whether a quarantine goes on after the cycle, which may be a small one: Entra's attempts need not be whole
// cycles.
func failing(s Summary, p Pace) bool {
	return s.shutOut() || s.Failed > 0 && s.FailureRatio() > p.FailureRatio*p.Half
}
