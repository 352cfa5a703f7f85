package overview

import (
	"context"
	"errors"
	"time"

	"github.com/askspoke/spoke/observability/health"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/activity"
	"github.com/askspoke/spoke/tenancy/guard"
	"github.com/askspoke/spoke/tenancy/status"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// judgement is what is known of a tenant's provisioning at a time.
type judgement struct {
	at      time.Time
	verdict health.Verdict
	facts   health.Facts
	stale   bool // the worker, on whose facts it stands, has not looked for long
}

// Buckets of time, after which the facts that the worker has kept are old, and for which counts are read at most: what came
// before them is missing in a judgement where no worker runs.
const (
	staleBuckets = 15
	readBuckets  = 60
)

// judge makes a verdict of now: of the facts that the worker has kept, which looks several times a minute, and of the counts
// since. It keeps nothing. Both come to the same, since both do what package health does.
func (s *Pages) judge(ctx context.Context, tenant tenancy.Tenant, record status.Record, now time.Time) (judgement, error) {
	pace, schema, f := s.Pace, tenantdb.SchemaFor(tenant.ID), record.Facts
	from := f.ReadFrom()
	if oldest := now.Add(-readBuckets * pace.Bucket); from.Before(oldest) {
		from = oldest
	}
	rows, err := activity.Since(ctx, s.DB, schema, from)
	if err != nil {
		return judgement{}, err
	}
	standings, err := s.Tokens.Standings(ctx, []tenancy.ID{tenant.ID})
	if err != nil {
		return judgement{}, err
	}
	hold, err := s.Guard.Open(ctx, schema)
	switch {
	case err == nil:
		f.Hold = &health.Hold{OpenedAt: hold.Opened, Held: int64(hold.Noted)}
	case errors.Is(err, guard.ErrNotFound):
		f.Hold = nil
	default:
		return judgement{}, err
	}
	if f.Tenant != "" && f.Tenant != tenancy.StateActive && tenant.State == tenancy.StateActive {
		f.EnabledAt = now
	}
	f.Tenant, f.CreatedAt = tenant.State, tenant.CreatedAt
	f.Users, f.ActiveUsers, f.Groups = record.Users, record.ActiveUsers, record.Groups
	f.Tokens = health.Tokens{Count: standings[tenant.ID].Live, Expires: standings[tenant.ID].Expires}
	f, _ = health.Fold(f, rows, now, pace)
	old := max(staleBuckets*pace.Bucket, time.Minute)
	return judgement{now, health.Evaluate(f, now, pace), f, now.Sub(record.EvaluatedAt) > old && now.Sub(tenant.CreatedAt) > old}, nil
}

// stateShown is the state with its reasons.
type stateShown struct {
	State    health.State
	Kind     string    // of the badge
	Since    time.Time // zero: just now, or nobody knows
	Reasons  []reasonShown
	Forecast string
	NextAt   time.Time // when the provider is expected; zero: nobody knows
	StaleAt  time.Time // when the worker looked last, where that is long ago
	Stale    bool
}

// reasonShown is a reason, and what to do about it.
type reasonShown struct {
	health.Reason
	Kind string
	Do   remedy // no Path: nothing
}

func (s *Pages) stateOf(record status.Record, j judgement) stateShown {
	v := j.verdict
	shown := stateShown{State: v.State, Kind: kindOf(v.State, v.Severity), Forecast: v.Forecast, NextAt: v.NextAt, Stale: j.stale, StaleAt: record.EvaluatedAt}
	if v.State == record.Verdict.State {
		shown.Since = record.Since
	}
	for _, r := range v.Reasons {
		shown.Reasons = append(shown.Reasons, reasonShown{r, kindOf(r.State, r.Severity), remedies[r.Code]})
	}
	return shown
}

// kindOf is the kind of badge of a state.
func kindOf(state health.State, severity health.Severity) string {
	switch {
	case severity > health.OK && state != health.Paused:
		return severity.String()
	case state == health.Healthy:
		return "ok"
	case state == health.InitialSync:
		return "notice"
	}
	return "quiet"
}

// leads are where the remedies lead.
func leads() (paths []string) {
	for _, r := range remedies {
		paths = append(paths, r.Path)
	}
	return paths
}

// A remedy is a page on which something can be done.
type remedy struct{ Path, Text string }

// remedies are where something can be done about a reason. The others pass, or are for whoever runs Spoke.
var remedies = map[health.Code]remedy{
	health.CodeAwaiting:    {"/settings/integrations", "Steps at your identity provider"},
	health.CodeChanges:     {"/log?outcome=refused", "See what was refused, and why"},
	health.CodeReferences:  {"/log?outcome=refused", "See what was refused, and why"},
	health.CodeErrors:      {"/log?outcome=refused", "See what was refused, and why"},
	health.CodeCredentials: {"/settings/integrations", "Check the token, or make another"},
	health.CodeExpiring:    {"/settings/integrations", "Make another token"},
	health.CodeExpired:     {"/settings/integrations", "Make another token"},
	health.CodeWidened:     {"/log?outcome=refused", "See what was refused, and why"},
	health.CodeSilent:      {"/settings/integrations", "Steps at your identity provider"},
	health.CodeGuard:       {"/guard", "See them, and decide"},
}

// cycleShown is the cycle that is under way.
type cycleShown struct {
	Kind     health.Kind
	Started  time.Time
	Requests int64
	Failed   int64
	Progress *health.Progress
	Percent  int       // of Progress
	ETA      time.Time // zero: nobody knows
}

func (s *Pages) cycleOf(j judgement) *cycleShown {
	c := j.facts.Current(j.at, s.Pace)
	if c == nil {
		return nil
	}
	sum := c.Summary()
	shown := &cycleShown{Kind: c.Kind, Started: c.Started, Requests: sum.Requests, Failed: sum.Failed + sum.References, Progress: j.verdict.Progress}
	if p := shown.Progress; p != nil {
		shown.Percent = int(100 * p.Ratio)
		if p.ETA.After(j.at) {
			shown.ETA = p.ETA
		}
	}
	return shown
}

// start is what to do first.
type start struct {
	Title, Text string
	Next        remedy
}

// startOf returns what to do first where nothing has begun, and else nil.
func startOf(data overview, j judgement) *start {
	f := j.facts
	switch {
	case f.Tenant != tenancy.StateActive, !f.LastRequest.IsZero(), f.Open != nil, len(f.Recent)+len(f.Cycles) > 0, data.Size.Users+data.Size.Groups > 0:
		return nil
	case f.Tokens.Count == 0:
		return &start{
			"Nothing is connected yet", "Enable SCIM for your identity provider. It gets the tenant URL and a token, and then sends its users and groups here.",
			remedy{"/settings/integrations", "Connect an identity provider"},
		}
	}
	return &start{
		"Waiting for the first request", "There is a token. Once your identity provider sends its first request, you see it here: this page changes by itself.",
		remedy{"/settings/integrations", "Steps at your identity provider"},
	}
}
