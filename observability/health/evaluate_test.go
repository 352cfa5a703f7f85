package health

import (
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/askspoke/spoke/tenancy"
)

const (
	day  = 24 * time.Hour
	tick = 40 * time.Minute
)

// steady is an initial cycle of 100 users and seven incremental ones at Entra's pace, from which its cadence is known. The
// last begins at t0 + 280 minutes.
func steady() []request {
	return append(burst(t0, 100, 0), every(t0.Add(tick), tick, 7, func(at time.Time) []request { return burst(at, 20, 0) })...)
}

const steadyEnd = 7 * tick // after t0, when the last cycle of steady begins

func join(lists ...[]request) (all []request) {
	for _, l := range lists {
		all = append(all, l...)
	}
	return all
}

// look is a case of a table: what came, when one looks, and what is to be seen.
type look struct {
	requests []request
	facts    Facts // what is known beside the requests
	after    time.Duration
	state    State
	severity Severity
	codes    []Code
}

func looks(t *testing.T, cases map[string]look) {
	t.Helper()
	pace := DefaultPace()
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			now := t0.Add(tc.after)
			if tc.facts.Users == 0 {
				tc.facts.Users = 1_000 // a cycle of the table does not walk it again
			}
			f, _ := fold(tc.facts, tc.requests, now, pace)
			v := Evaluate(f, now, pace)
			if v.State != tc.state || v.Severity != tc.severity {
				t.Errorf("%s (%s), want %s (%s): %+v", v.State, v.Severity, tc.state, tc.severity, v.Reasons)
			}
			if diff := gocmp.Diff(tc.codes, codes(v)); diff != "" {
				t.Errorf("codes (-want +got):\n%s", diff)
			}
		})
	}
}

func TestBeginning(t *testing.T) {
	t.Parallel()
	probe := []request{{at: t0, resource: "User", action: Read, outcome: Accepted, n: 2}}
	looks(t, map[string]look{
		"nothing known":             {nil, Facts{}, 0, AwaitingFirstRequest, OK, []Code{CodeAwaiting}},
		"nothing for a year":        {nil, Facts{CreatedAt: t0}, 365 * day, AwaitingFirstRequest, OK, []Code{CodeAwaiting}},
		"the connection was tested": {probe, Facts{}, time.Hour, AwaitingFirstRequest, OK, []Code{CodeAwaiting}},
		"a stranger is slowed down": {[]request{{at: t0, action: Authenticate, outcome: Limited, n: 900}}, Facts{}, time.Hour, AwaitingFirstRequest, OK, []Code{CodeAwaiting}},
		"one wrong token":           {refusals(t0, 1), Facts{}, time.Hour, Degraded, Notice, []Code{CodeCredentials, CodeAwaiting}},
		"forgotten after a day":     {refusals(t0, 1), Facts{}, 25 * time.Hour, AwaitingFirstRequest, OK, []Code{CodeAwaiting}},
		"a wrong token":             {refusals(t0, 3), Facts{}, time.Hour, AtRisk, Warning, []Code{CodeCredentials, CodeAwaiting}},
		"often":                     {every(t0, tick, 5, func(at time.Time) []request { return refusals(at, 3) }), Facts{}, 3 * time.Hour, AtRisk, Warning, []Code{CodeCredentials, CodeAwaiting}},
		"the first cycle":           {burst(t0, 100, 0), Facts{}, time.Minute, InitialSync, OK, []Code{CodeInitial}},
		"until it has ended":        {burst(t0, 100, 0), Facts{}, 99*time.Second + 10*time.Minute - 1, InitialSync, OK, []Code{CodeInitial}},
		"and no longer":             {burst(t0, 100, 0), Facts{}, 99*time.Second + 10*time.Minute, Healthy, OK, nil},
		"the second":                {append(burst(t0, 100, 0), burst(t0.Add(tick), 5, 0)...), Facts{Users: 100}, tick + time.Minute, Healthy, OK, nil},
		"walked again":              {append(burst(t0, 100, 0), burst(t0.Add(tick), 100, 0)...), Facts{Users: 100}, tick + 99*time.Second, InitialSync, OK, []Code{CodeInitial}},
	})
}

func TestChanges(t *testing.T) {
	t.Parallel()
	after := time.Minute * 2
	cycle := func(good, bad int64) []request { return big(t0, time.Minute, good, bad) }
	initial := func(code ...Code) []Code { return append(code, CodeInitial) }
	looks(t, map[string]look{
		"one of two":                  {cycle(1, 1), Facts{}, after, Degraded, Notice, initial(CodeChanges)},
		"one of one":                  {cycle(0, 1), Facts{}, after, Degraded, Notice, initial(CodeChanges)},
		"nine of nine":                {cycle(0, 9), Facts{}, after, Degraded, Notice, initial(CodeChanges)},
		"ten of ten":                  {cycle(0, 10), Facts{}, after, AtRisk, Warning, initial(CodeChanges)},
		"20 %":                        {cycle(80, 20), Facts{}, after, Degraded, Notice, initial(CodeChanges)},
		"above 20 %":                  {cycle(79, 21), Facts{}, after, AtRisk, Warning, initial(CodeChanges)},
		"41 of 100":                   {cycle(59, 41), Facts{}, after, AtRisk, Warning, initial(CodeChanges)},
		"100 % below 5,000":           {cycle(0, 4_999), Facts{}, after, AtRisk, Warning, initial(CodeChanges)},
		"40 % and 5,000":              {cycle(7_500, 5_000), Facts{}, after, AtRisk, Warning, initial(CodeChanges)},
		"above 40 % and 5,000":        {cycle(7_499, 5_000), Facts{}, after, AtRisk, Critical, initial(CodeChanges)},
		"below 20,000":                {cycle(1_000_000, 19_999), Facts{}, after, Degraded, Notice, initial(CodeChanges)},
		"half of 40,000":              {cycle(1_000_000, 20_000), Facts{}, after, AtRisk, Warning, initial(CodeChanges)},
		"40,000":                      {cycle(1_000_000, 40_000), Facts{}, after, AtRisk, Critical, initial(CodeChanges)},
		"references alone":            {append(cycle(100, 0), request{at: t0, resource: "Group", action: Reference, outcome: Refused, n: 5_000}), Facts{}, after, Degraded, Notice, initial(CodeReferences)},
		"30,000 with references":      {append(cycle(100, 0), request{at: t0, resource: "Group", action: Reference, outcome: Refused, n: 30_000}), Facts{}, after, AtRisk, Warning, []Code{CodeChanges, CodeReferences, CodeInitial}},
		"60,000 with references":      {append(cycle(1_000_000, 19_000), request{at: t0, resource: "Group", action: Reference, outcome: Refused, n: 41_000}), Facts{}, after, AtRisk, Critical, []Code{CodeChanges, CodeReferences, CodeInitial}},
		"members do not dilute":       {append(cycle(79, 21), request{at: t0, resource: "Group", action: MemberAdd, outcome: Accepted, n: 10_000}), Facts{}, after, AtRisk, Warning, initial(CodeChanges)},
		"held by the guard":           {append(cycle(100, 0), request{at: t0, resource: "User", action: Delete, outcome: Held, n: 600}), Facts{Hold: &Hold{OpenedAt: t0}}, after, GuardHeld, Warning, []Code{CodeGuard, CodeChanges, CodeInitial}},
		"of a cycle that ended":       {cycle(59, 41), Facts{}, 2 * time.Hour, AtRisk, Warning, []Code{CodeChanges}},
		"a day ago":                   {cycle(59, 41), Facts{}, time.Minute + day - 1, AtRisk, Warning, []Code{CodeChanges}},
		"longer ago":                  {cycle(59, 41), Facts{}, time.Minute + day, Healthy, OK, nil},
		"better in the next cycle":    {join(cycle(59, 41), big(t0.Add(tick), time.Minute, 100, 0)), Facts{}, 2 * tick, Healthy, OK, nil},
		"the next is as long":         {join(cycle(59, 41), big(t0.Add(tick), time.Minute, 100, 0)), Facts{}, tick + after, AtRisk, Warning, []Code{CodeChanges}},
		"the next is much longer":     {join(cycle(59, 41), big(t0.Add(tick), 10*time.Minute, 100, 0)), Facts{}, tick + 10*time.Minute, Healthy, OK, nil},
		"the next has only begun":     {join(cycle(59, 41), big(t0.Add(tick), time.Minute, 10, 0)), Facts{}, tick + after, AtRisk, Warning, []Code{CodeChanges}},
		"the next was a small one":    {join(cycle(59, 41), big(t0.Add(tick), time.Minute, 10, 0)), Facts{}, 2 * tick, Healthy, OK, nil},
		"the next had nothing":        {join(cycle(59, 41), []request{{at: t0.Add(tick), resource: "User", action: Read, outcome: Accepted}}), Facts{}, 2 * tick, AtRisk, Warning, []Code{CodeChanges}},
		"worse in the next":           {join(cycle(99, 1), big(t0.Add(tick), time.Minute, 5, 20)), Facts{}, tick + after, AtRisk, Warning, []Code{CodeChanges}},
		"half a risk, half a failure": {join(cycle(59, 41), big(t0.Add(tick), time.Minute, 99, 1)), Facts{}, 2 * tick, Degraded, Notice, []Code{CodeChanges}},
	})
}

func TestCredentials(t *testing.T) {
	t.Parallel()
	refused := func(n int, each int64) []request {
		return append(steady(), every(t0.Add(steadyEnd+tick), tick, n, func(at time.Time) []request { return refusals(at, each) })...)
	}
	at := func(n int) time.Duration { return steadyEnd + time.Duration(n)*tick + time.Minute }
	broken := func(at time.Time) []request {
		return []request{{at: at, resource: "User", action: Read, outcome: Failed, n: 4}}
	}
	expired := Facts{Tokens: Tokens{Count: 1, Expires: t0.Add(steadyEnd + time.Hour/2)}}
	looks(t, map[string]look{
		"one wrong request":             {refused(1, 1), Facts{}, at(1), Degraded, Notice, []Code{CodeCredentials}},
		"is over with the next success": {append(refused(1, 1), burst(t0.Add(steadyEnd+2*tick), 1, 0)...), Facts{}, at(2), Healthy, OK, nil},
		"several in this cycle":         {refused(1, 3), Facts{}, at(1), AtRisk, Warning, []Code{CodeCredentials}},
		"one, and the token expired":    {refused(1, 1), expired, at(1), TokenExpiring, Critical, []Code{CodeExpired, CodeCredentials}},
		"one in each of two cycles":     {refused(2, 1), Facts{}, at(2), AtRisk, Warning, []Code{CodeCredentials}},
		"one in each of three":          {refused(3, 1), Facts{}, at(3), QuarantineSuspected, Critical, []Code{CodeCredentials}},
		"and the token expired":         {refused(3, 1), expired, at(3), QuarantineSuspected, Critical, []Code{CodeCredentials, CodeExpired}},
		"among successes":               {append(burst(t0, 10, 0), refusals(t0, 500)...), Facts{}, time.Minute, InitialSync, OK, []Code{CodeInitial}},
		"between cycles that succeed": {
			append(steady(), every(t0.Add(20*time.Minute), tick, 7, func(at time.Time) []request { return refusals(at, 1) })...), Facts{}, steadyEnd + time.Minute, Healthy, OK, nil,
		},
		"a monitor without a token, and no provider": {
			append(steady(), every(t0.Add(steadyEnd+time.Minute), 5*time.Minute, 2*288, func(at time.Time) []request { return refusals(at, 1) })...),
			Facts{},
			steadyEnd + 2*day, Stale, Warning,
			[]Code{CodeSilent, CodeCredentials, CodeLong},
		},
		"a monitor without a token beside the provider": {
			append(steady(), every(t0, 5*time.Minute, int(steadyEnd/(5*time.Minute)), func(at time.Time) []request { return refusals(at, 1) })...),
			Facts{},
			steadyEnd + time.Minute, Healthy, OK, nil,
		},
		"a stranger's bursts before the provider is due": {
			append(steady(), every(t0.Add(steadyEnd+time.Minute), 11*time.Minute, 3, func(at time.Time) []request { return refusals(at, 4) })...),
			Facts{},
			steadyEnd + 24*time.Minute, Degraded, Notice,
			[]Code{CodeCredentials},
		},
		"strangers slowed down": {append(steady(), request{at: t0.Add(steadyEnd + tick), action: Authenticate, outcome: Limited, n: 900}), Facts{}, at(1), Healthy, OK, nil},
		"errors of ours":        {append(steady(), broken(t0.Add(steadyEnd+tick))...), Facts{}, at(1), AtRisk, Warning, []Code{CodeConnection}},
		"errors in three":       {append(steady(), every(t0.Add(steadyEnd+tick), tick, 3, broken)...), Facts{}, at(3), QuarantineSuspected, Critical, []Code{CodeConnection}},
		"too far apart for one": {append(steady(), every(t0.Add(steadyEnd+3*day), 3*day, 3, func(at time.Time) []request { return refusals(at, 1) })...), Facts{}, steadyEnd + 9*day + time.Minute, Degraded, Notice, []Code{CodeCredentials}},
	})
}

func TestQuarantine(t *testing.T) {
	t.Parallel()
	bad := func(at time.Time) []request { return big(at, 5*time.Minute, 50, 50) }
	first := t0.Add(steadyEnd + tick)
	failed := append(steady(), bad(first)...)
	retries := func(hours ...int) []request {
		list := failed
		for _, h := range hours {
			list = append(list[:len(list):len(list)], bad(first.Add(time.Duration(h)*time.Hour))...)
		}
		return list
	}
	at := func(d time.Duration) time.Duration { return steadyEnd + tick + d }
	both := []Code{CodeWidened, CodeChanges}
	looks(t, map[string]look{
		"a cycle failed":                     {failed, Facts{}, at(tick), AtRisk, Warning, []Code{CodeChanges}},
		"late":                               {failed, Facts{}, at(5*time.Minute + 3*tick), AtRisk, Warning, []Code{CodeChanges, CodeLate}},
		"four times the usual":               {failed, Facts{}, at(4 * tick), QuarantineSuspected, Critical, both},
		"just before":                        {failed, Facts{}, at(4*tick - 1), AtRisk, Warning, []Code{CodeChanges, CodeLate}},
		"an attempt after 6 h":               {retries(6), Facts{}, at(7 * time.Hour), QuarantineSuspected, Critical, both},
		"an attempt that does well":          {append(retries(6), big(first.Add(12*time.Hour), 10*time.Minute, 90, 0)...), Facts{}, at(12*time.Hour + 10*time.Minute), AtRisk, Warning, []Code{CodeChanges}},
		"but not for long":                   {append(retries(6), big(first.Add(12*time.Hour), 9*time.Minute, 90, 0)...), Facts{}, at(12*time.Hour + 9*time.Minute), QuarantineSuspected, Critical, both},
		"while it is under way":              {retries(6), Facts{}, at(6*time.Hour + 5*time.Minute), QuarantineSuspected, Critical, both},
		"6, 12, 24 h and daily":              {retries(6, 12, 24, 48, 72), Facts{}, at(80 * time.Hour), QuarantineSuspected, Critical, both},
		"the failures are not forgotten":     {retries(6, 12, 24), Facts{}, at(24*time.Hour + 5*time.Minute + 2*day), QuarantineSuspected, Critical, both},
		"a small attempt that fails":         {append(retries(6), burst(first.Add(12*time.Hour), 0, 2)...), Facts{}, at(13 * time.Hour), QuarantineSuspected, Critical, both},
		"an attempt that succeeds":           {append(retries(6), burst(first.Add(12*time.Hour), 50, 0)...), Facts{}, at(13 * time.Hour), Healthy, OK, nil},
		"back at the usual pace but failing": {append(retries(6), bad(first.Add(6*time.Hour+tick))...), Facts{}, at(7 * time.Hour), AtRisk, Warning, []Code{CodeChanges}},
		"silence after a stray request":      {append(steady(), refusals(first, 1)...), Facts{}, at(6 * time.Hour), Degraded, Notice, []Code{CodeCredentials, CodeLate}},
		"silence after refused credentials":  {append(steady(), refusals(first, 3)...), Facts{}, at(6 * time.Hour), QuarantineSuspected, Critical, []Code{CodeWidened, CodeCredentials}},
		"silence without failures":           {steady(), Facts{}, steadyEnd + 6*time.Hour, Degraded, Notice, []Code{CodeLate}},
		"silence after one failure of two":   {append(steady(), burst(first, 1, 1)...), Facts{}, at(6 * time.Hour), Degraded, Notice, []Code{CodeChanges, CodeLate}},
		"no cadence is known":                {bad(t0), Facts{}, 8 * time.Hour, AtRisk, Warning, []Code{CodeChanges}},
		"but the limit was reached":          {big(t0, time.Hour, 1_000, 5_000), Facts{}, 8 * time.Hour, QuarantineSuspected, Critical, both},
		"we were not there":                  {failed, Facts{EnabledAt: first.Add(5 * time.Hour)}, at(6 * time.Hour), AtRisk, Warning, []Code{CodeChanges}},
		"we are not there":                   {failed, Facts{Tenant: tenancy.StateSuspended}, at(6 * time.Hour), Paused, Notice, []Code{CodePaused}},
	})
}

func TestSilence(t *testing.T) {
	t.Parallel()
	last := steadyEnd + 19*time.Second // the last request of steady
	events := func() (list []request) {
		at := t0
		for _, minutes := range []int{0, 15, 200, 30, 90, 12, 400, 60, 25, 700, 33} {
			at = at.Add(time.Duration(minutes) * time.Minute)
			list = append(list, burst(at, 2, 0)...)
		}
		return list
	}()
	heard := end(events).Sub(t0)
	failed := append(steady(), big(t0.Add(steadyEnd+tick), time.Minute, 50, 50)...)
	first := steadyEnd + tick
	tries := failed
	for _, d := range []time.Duration{6 * time.Hour, 12 * time.Hour, day} {
		tries = append(tries, big(t0.Add(first+d), time.Minute, 50, 50)...)
	}
	for i := 2; i <= 28; i++ {
		tries = append(tries, big(t0.Add(first+time.Duration(i)*day), time.Minute, 50, 50)...)
	}
	night := join(steady(), every(t0.Add(steadyEnd+15*time.Hour), tick, 8, func(at time.Time) []request { return burst(at, 20, 0) }))
	rested := end(night).Sub(t0)
	looks(t, map[string]look{
		"in time":                         {steady(), Facts{}, last + 3*tick - 1, Healthy, OK, nil},
		"late":                            {steady(), Facts{}, last + 3*tick, Degraded, Notice, []Code{CodeLate}},
		"nearly a day":                    {steady(), Facts{}, last + day - 1, Degraded, Notice, []Code{CodeLate}},
		"a day":                           {steady(), Facts{}, last + day, Stale, Warning, []Code{CodeSilent}},
		"nearly 28 days":                  {steady(), Facts{}, last + 28*day - 1, Stale, Warning, []Code{CodeSilent}},
		"28 days":                         {steady(), Facts{}, last + 28*day, DisabledSuspected, Critical, []Code{CodeSilent}},
		"we were not there":               {steady(), Facts{EnabledAt: t0.Add(5 * day)}, 5*day + time.Hour, Healthy, OK, nil},
		"who rests at night has longer":   {night, Facts{}, rested + 29*time.Hour, Degraded, Notice, []Code{CodeLate}},
		"but not much":                    {night, Facts{}, rested + 31*time.Hour, Stale, Warning, []Code{CodeSilent}},
		"events: a day is nothing":        {events, Facts{}, heard + 3*day, Healthy, OK, nil},
		"events: two weeks but a moment":  {events, Facts{}, heard + 14*day - 1, Healthy, OK, nil},
		"events: two weeks":               {events, Facts{}, heard + 14*day, Stale, Notice, []Code{CodeSilent}},
		"events: 28 days":                 {events, Facts{}, heard + 28*day, DisabledSuspected, Warning, []Code{CodeSilent}},
		"silent since the quarantine":     {failed, Facts{}, first + 3*day, QuarantineSuspected, Critical, []Code{CodeWidened, CodeChanges}},
		"daily attempts for four weeks":   {tries, Facts{}, first + 28*day + time.Hour, QuarantineSuspected, Critical, []Code{CodeWidened, CodeChanges}},
		"and then none":                   {tries, Facts{}, first + 28*day + time.Minute + 36*time.Hour, DisabledSuspected, Critical, []Code{CodeSilent, CodeWidened, CodeChanges}},
		"one cycle ever, a week ago":      {burst(t0, 10, 0), Facts{}, 7 * day, Healthy, OK, nil},
		"one cycle ever, three weeks ago": {burst(t0, 10, 0), Facts{}, 21 * day, Stale, Notice, []Code{CodeSilent}},
	})
}

func TestTokens(t *testing.T) {
	t.Parallel()
	at := func(d time.Duration) Facts { return Facts{Tokens: Tokens{Count: 1, Expires: t0.Add(d)}} }
	await := []Code{CodeAwaiting}
	expiring, expired := []Code{CodeExpiring, CodeAwaiting}, []Code{CodeExpired, CodeAwaiting}
	looks(t, map[string]look{
		"never":               {nil, Facts{Tokens: Tokens{Count: 3}}, 0, AwaitingFirstRequest, OK, await},
		"in 31 days":          {nil, at(31 * day), 0, AwaitingFirstRequest, OK, await},
		"more than 30 days":   {nil, at(30*day + 1), 0, AwaitingFirstRequest, OK, await},
		"30 days":             {nil, at(30 * day), 0, TokenExpiring, Notice, expiring},
		"more than 7 days":    {nil, at(7*day + 1), 0, TokenExpiring, Notice, expiring},
		"7 days":              {nil, at(7 * day), 0, TokenExpiring, Warning, expiring},
		"more than a day":     {nil, at(day + 1), 0, TokenExpiring, Warning, expiring},
		"a day":               {nil, at(day), 0, TokenExpiring, Critical, expiring},
		"a moment":            {nil, at(1), 0, TokenExpiring, Critical, expiring},
		"expired":             {nil, at(0), 0, TokenExpiring, Critical, expired},
		"expired, in use":     {steady(), at(time.Hour), steadyEnd + time.Minute, Healthy, OK, nil},
		"expired after use":   {steady(), at(steadyEnd + 20*time.Minute), steadyEnd + 30*time.Minute, TokenExpiring, Critical, []Code{CodeExpired}},
		"also of a suspended": {nil, func() Facts { f := at(day); f.Tenant = tenancy.StateSuspended; return f }(), 0, TokenExpiring, Critical, []Code{CodeExpiring, CodePaused}},
	})
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	with := func(outcome Outcome, n int64, took time.Duration) []request {
		return append(steady(), request{at: t0.Add(steadyEnd + tick), resource: "User", action: Read, outcome: Accepted, n: 100, took: took},
			request{at: t0.Add(steadyEnd + tick), resource: "User", action: Read, outcome: outcome, n: n, took: took})
	}
	at := steadyEnd + tick + time.Minute
	long := append(steady(), every(t0.Add(steadyEnd+tick), 9*time.Minute, 6, func(at time.Time) []request { return burst(at, 1, 0) })...)
	looks(t, map[string]look{
		"an error in a hundred":   {with(Failed, 1, 0), Facts{}, at, Healthy, OK, nil},
		"two":                     {with(Failed, 2, 0), Facts{}, at, Degraded, Notice, []Code{CodeErrors}},
		"slowed down":             {with(Limited, 20, 0), Facts{}, at, Degraded, Notice, []Code{CodeErrors}},
		"refused reads are none":  {with(Refused, 20, 0), Facts{}, at, Healthy, OK, nil},
		"answers of two seconds":  {with(Accepted, 1, 2*time.Second), Facts{}, at, Healthy, OK, nil},
		"slower":                  {with(Accepted, 1, 2*time.Second+1), Facts{}, at, Degraded, Notice, []Code{CodeSlow}},
		"forgotten after a day":   {with(Failed, 2, 0), Facts{}, steadyEnd + tick + day, Stale, Warning, []Code{CodeSilent}},
		"a cycle that takes long": {long, Facts{}, steadyEnd + tick + 46*time.Minute, Degraded, Notice, []Code{CodeLong}},
		"not yet":                 {long[:len(long)-4], Facts{}, steadyEnd + tick + 28*time.Minute, Healthy, OK, nil},
	})
}

func TestTenantState(t *testing.T) {
	t.Parallel()
	in := func(s tenancy.State) look {
		return look{refusals(t0, 9), Facts{Tenant: s}, 100 * day, Paused, Notice, []Code{CodePaused}}
	}
	looks(t, map[string]look{
		"paused": in(tenancy.StatePaused), "suspended": in(tenancy.StateSuspended), "deleting": in(tenancy.StateDeleting),
		"purging": in(tenancy.StatePurging), "creating": in(tenancy.StateCreating), "importing": in(tenancy.StateImporting),
		"held and suspended": {nil, Facts{Tenant: tenancy.StateSuspended, Hold: &Hold{OpenedAt: t0}}, 0, GuardHeld, Warning, []Code{CodeGuard, CodePaused}},
	})
}
