// Package health says how a tenant's provisioning does, and what is to come, from what the server alone can see: counts of
// requests. An identity provider knows that its job fails; the application usually does not. So this package knows the
// provider's limits, Microsoft Entra's above all, and says how far a tenant is from them.
//
// Counts of requests ([Count]) are folded into cycles, the runs of a provider ([Fold]); what is known of a tenant then
// ([Facts]) implies its state ([Evaluate]); and of two states follows whom to tell what ([Notices]). All limits and times
// are in a [Pace].
//
// Small numbers must not cry wolf. One failure of two changes is 50 % and says nothing, so fewer than Pace.FewFailures in a
// cycle are never more than a Notice; fewer than Pace.FewRequests requests with a wrong token, in one cycle, may be
// anybody's; a silence is judged by the cadence only of a provider that has one; and a cycle under way makes a state worse
// at once, but better only when it has ended or has gone well for a while.
//
// It reads no clock, no database and no network: all is a value, the time is an argument. Who counts, stores and sends is
// elsewhere.
//
// Invariants: the same facts, time and pace give the same verdict, and the verdict stays the same, texts included, until
// its DueAt unless a request comes; to read a bucket of counts again replaces what was counted of it; [Facts] are bounded
// in size and survive JSON.
package health

// State is how a tenant's provisioning does.
type State string

// The states, the worst last where two of the same severity meet.
const (
	Healthy              State = "healthy"
	AwaitingFirstRequest State = "awaiting_first_request" // enabled, and the provider has not begun
	InitialSync          State = "initial_sync"           // the first cycle is under way, or one that walks the directory again
	Paused               State = "paused"                 // the tenant is paused, suspended or being deleted: by us, not by the provider
	Degraded             State = "degraded"               // some changes fail, answers are slow, or cycles are late
	TokenExpiring        State = "token_expiring"         // or expired
	AtRisk               State = "at_risk"                // half of the provider's limits, or its credentials fail
	GuardHeld            State = "guard_held"             // deletions wait for somebody to decide
	Stale                State = "stale"                  // nothing heard for much longer than usual
	QuarantineSuspected  State = "quarantine_suspected"   // the provider seems to have slowed the job down because it fails
	DisabledSuspected    State = "disabled_suspected"     // the provider seems to have given the job up
)

// States returns all states, the least bad first.
func States() []State {
	return []State{
		Healthy, AwaitingFirstRequest, InitialSync, Paused, Degraded, TokenExpiring, AtRisk, GuardHeld, Stale,
		QuarantineSuspected, DisabledSuspected,
	}
}

// Severity is how much a reason asks for somebody's attention.
type Severity int

// The severities. From Warning on somebody is told.
const (
	OK Severity = iota
	Notice
	Warning
	Critical
)

// String returns ok, notice, warning or critical.
func (s Severity) String() string {
	switch s {
	case OK:
		return "ok"
	case Notice:
		return "notice"
	case Warning:
		return "warning"
	case Critical:
		return "critical"
	}
	return "unknown"
}
