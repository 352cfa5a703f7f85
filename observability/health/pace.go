package health

import (
	"slices"
	"time"
)

// Pace is every time and limit that a verdict depends on. A limit of a number of requests is the same at any pace.
type Pace struct {
	// How requests are counted and divided.

	Bucket time.Duration // of a Count
	Late   time.Duration // after its end a bucket may still grow for so long
	Gap    time.Duration // a longer pause divides two cycles
	Probe  int64         // so many reads without a change do not begin to synchronise

	// When a cycle is taken for one that walks the directory again: it has at least WalkLeast requests, and WalkRatio of
	// the requests of the last initial cycle and of the resources of the directory.

	WalkLeast int64
	WalkRatio float64

	// How regular cycles are: at least Intervals intervals, RegularRatio of which are within Tolerance of their median.

	Cadence      time.Duration // Entra's
	Intervals    int
	RegularRatio float64
	Tolerance    float64

	// Entra's limits. References are refused changes of members and managers, which Entra does not count but for the last.

	FailureRatio     float64 // quarantine above it, from FailuresAssessed failures
	FailuresAssessed int64
	FailuresMost     int64 // quarantine from so many
	AllFailuresMost  int64 // and from so many, references included
	FailedCycles     int   // quarantine after so many cycles without one success

	// Entra's quarantine: it tries again so long after the first failure, then every Daily, and gives up after Disabled.

	Retries  []time.Duration
	Daily    time.Duration
	Disabled time.Duration

	// What is our own judgement.

	Half           float64       // of a limit is a risk
	FewFailures    int64         // fewer in a cycle are no risk, whatever their ratio
	FewRequests    int64         // fewer that are shut out may be anybody's
	Remember       time.Duration // failures of an ended cycle matter for so long
	Slow           time.Duration // an answer in the mean
	LateCadences   float64       // so many times the usual interval is late
	DueCadences    float64       // without success for so many, the provider should have come
	GoneCadences   float64       // without success for so many, it did not come
	WideCadences   float64       // and after failures, a quarantine
	Stale          time.Duration // silence of a provider that comes regularly, at least StaleCadences intervals
	StaleCadences  float64
	StaleIrregular time.Duration // silence of any other
	TokenNotice    time.Duration // before a token expires
	TokenWarning   time.Duration
	TokenCritical  time.Duration

	// Who is told how often.

	// The same reason is told again after TellAgain, then after twice that, and so on up to TellSeldom.

	TellAgain  time.Duration
	TellSeldom time.Duration
	TellDay    time.Duration // in which at most TellMost mails are sent of a tenant
	TellMost   int
	// TellKept of these are kept for what is critical and new.
	TellKept int
}

// DefaultPace returns Entra's pace, and our judgement.
func DefaultPace() Pace {
	const day = 24 * time.Hour
	return Pace{
		Bucket: time.Minute, Late: 30 * time.Second, Gap: 10 * time.Minute, Probe: 5,
		WalkLeast: 50, WalkRatio: 0.5,
		Cadence: 40 * time.Minute, Intervals: 6, RegularRatio: 0.8, Tolerance: 0.25,
		FailureRatio: 0.4, FailuresAssessed: 5_000, FailuresMost: 40_000, AllFailuresMost: 60_000, FailedCycles: 3,
		Retries: []time.Duration{6 * time.Hour, 12 * time.Hour, day}, Daily: day, Disabled: 28 * day,
		Half: 0.5, FewFailures: 10, FewRequests: 3, Remember: day, Slow: 2 * time.Second, LateCadences: 3, DueCadences: 0.7, GoneCadences: 2, WideCadences: 4,
		Stale: day, StaleCadences: 3, StaleIrregular: 14 * day,
		TokenNotice: 30 * day, TokenWarning: 7 * day, TokenCritical: day,
		TellAgain: day, TellSeldom: 7 * day, TellDay: day, TellMost: 6, TellKept: 2,
	}
}

// Faster returns a pace at which time passes n times as fast, n being above 0: every duration that is the provider's or a
// person's is divided, and what is the server's own stays: how slow an answer is, and, down to a few seconds, how late
// counts come. Buckets are divided, so whoever counts has to count by the same pace.
func (p Pace) Faster(n float64) Pace {
	for _, d := range []*time.Duration{
		&p.Bucket, &p.Gap, &p.Cadence, &p.Daily, &p.Disabled, &p.Remember, &p.Stale, &p.StaleIrregular,
		&p.TokenNotice, &p.TokenWarning, &p.TokenCritical, &p.TellAgain, &p.TellSeldom, &p.TellDay,
	} {
		*d = times(*d, 1/n)
	}
	const least = 5 * time.Second
	p.Late = max(times(p.Late, 1/n), min(p.Late, least))
	p.Retries = slices.Clone(p.Retries)
	for i := range p.Retries {
		p.Retries[i] = times(p.Retries[i], 1/n)
	}
	return p
}
