package worker

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/askspoke/spoke/observability/health"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/activity"
	"github.com/askspoke/spoke/tenancy/status"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// Tell tells whom it concerns what is new of a tenant. It is called before the verdict is saved and can so be called again
// with the same news, which have the same keys then. On an error the tenant is evaluated anew, after its lease.
type Tell func(ctx context.Context, tenant status.Record, before, after health.Verdict, news []health.News) error

const (
	// claimAtOnce is how many tenants are evaluated between a claim and a save.
	claimAtOnce = 200
	// recheck is how long a verdict stands at most: what is changed elsewhere (a token, the state of the tenant) marks nothing.
	// It costs three statements for each batch of tenants, and none in their schemas.
	recheck = 10 * time.Minute
)

// evaluator evaluates the health of the tenants that are due.
type evaluator struct {
	Parts
	// ran is when the last run of this process ended well. Since then Postgres may have been away, and counts may be on their
	// way that the gateways have kept.
	ran time.Time
}

// run evaluates until no tenant is due that was when it began. A tenant that fails does not stop the others.
func (e *evaluator) run(ctx context.Context) error {
	began := e.Now().UTC()
	if err := e.Status.Ensure(ctx, began); err != nil {
		return err
	}
	var errs []error
	for {
		claim, err := e.Status.Claim(ctx, began, claimAtOnce)
		if err != nil {
			return errors.Join(append(errs, err)...)
		}
		if err := e.batch(ctx, claim); err != nil {
			errs = append(errs, err)
		}
		if len(claim.Tenants) < claimAtOnce || ctx.Err() != nil {
			break
		}
	}
	err := errors.Join(append(errs, ctx.Err())...)
	if err == nil {
		e.ran = began
	}
	return err
}

// batch evaluates the tenants of a claim and saves those that it could.
func (e *evaluator) batch(ctx context.Context, claim status.Claim) error {
	if len(claim.Tenants) == 0 {
		return nil
	}
	ids := make([]tenancy.ID, len(claim.Tenants))
	for i, t := range claim.Tenants {
		ids[i] = t.ID
	}
	standings, err := e.Tokens.Standings(ctx, ids)
	if err != nil {
		return err
	}
	var errs []error
	done := make([]status.Evaluated, 0, len(ids))
	for _, t := range claim.Tenants {
		now := e.Now().UTC()
		facts := about(t, now)
		facts.Tokens = health.Tokens{Count: standings[t.ID].Live, Expires: standings[t.ID].Expires}
		evaluated, err := e.evaluate(ctx, t, facts, now)
		if err != nil {
			errs = append(errs, fmt.Errorf("evaluate tenant %q: %w", t.Slug, err))
			if ctx.Err() != nil {
				break
			}
			continue
		}
		done = append(done, evaluated)
	}
	if ctx.Err() == nil {
		return errors.Join(append(errs, e.Status.Save(ctx, claim.ID, done, e.Now()))...)
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastSave)
	defer cancel()
	return errors.Join(append(errs, e.Status.Save(last, claim.ID, done, e.Now()), e.Status.Release(last, claim.ID))...)
}

// lastSave is how long a worker that was told to stop may take to save what it has.
const lastSave = 5 * time.Second

// about returns the facts with what the control schema knows of the tenant.
func about(t status.Claimed, now time.Time) health.Facts {
	f := t.Facts
	if f.Tenant != "" && f.Tenant != tenancy.StateActive && t.Tenant == tenancy.StateActive {
		f.EnabledAt = now
	}
	f.Tenant, f.CreatedAt = t.Tenant, t.CreatedAt
	f.Users, f.ActiveUsers, f.Groups = t.Users, t.ActiveUsers, t.Groups
	return f
}

// evaluate makes a tenant's verdict. The tenant's schema is read only where it was heard, or where deletions are held.
func (e *evaluator) evaluate(ctx context.Context, t status.Claimed, facts health.Facts, now time.Time) (status.Evaluated, error) {
	schema := tenantdb.SchemaFor(t.ID)
	var rows []health.Count
	var err error
	if t.Heard {
		if rows, err = activity.Since(ctx, e.DB, schema, facts.ReadFrom()); err != nil && !tenantdb.Undefined(err) {
			return status.Evaluated{}, err
		}
		t.ChangedAt = changed(rows, t.ChangedAt)
	}
	if t.Heard || facts.Hold != nil {
		if facts.Hold, err = openHold(ctx, e.DB, schema); err != nil {
			return status.Evaluated{}, err
		}
	}
	pace, patient := e.Pace, e.patience(t, now)
	patience := pace
	patience.Late = max(pace.Late, patient)
	facts, closed := health.Fold(facts, rows, now, patience)
	if err := activity.WriteCycles(ctx, e.DB, schema, closed); err != nil {
		return status.Evaluated{}, err
	}
	before, after := t.Verdict, health.Evaluate(facts, now, pace)
	news, told := health.Notices(before, after, t.Told, now, pace)
	if len(news) > 0 && e.Tell != nil {
		if err := e.Tell(ctx, t.Record, before, after, news); err != nil {
			return status.Evaluated{}, fmt.Errorf("tell of it: %w", err)
		}
	}
	t.Facts, t.Verdict, t.Told = facts, after, told
	due := now.Add(e.scaled(recheck))
	for _, at := range []time.Time{after.DueAt, told.Due(pace)} {
		if !at.IsZero() && at.Before(due) {
			due = at
		}
	}
	unsettled := len(facts.Recent) > 0 || facts.Open != nil
	if soon := now.Add(pace.Bucket + pace.Late); unsettled && patient > pace.Late && due.After(soon) {
		due = soon
	}
	return status.Evaluated{Claimed: t, DueAt: due}, nil
}

// patience is how late counts may come. After an outage, and after a start, nothing is settled that was not old enough when
// the tenant was last looked at: gateways write what they have kept once Postgres is back, which may be a moment later.
func (e *evaluator) patience(t status.Claimed, now time.Time) time.Duration {
	if t.EvaluatedAt.IsZero() || !e.ran.IsZero() && now.Sub(e.ran) <= 2*e.HealthEvery+e.Pace.Late {
		return e.Pace.Late
	}
	return max(now.Sub(t.EvaluatedAt), e.Pace.Late)
}

// scaled is a time of the worker's own at the pace of health.
func (e *evaluator) scaled(d time.Duration) time.Duration {
	return time.Duration(float64(d) * float64(e.Pace.Bucket) / float64(health.DefaultPace().Bucket))
}

// changed returns when the directory last changed, by the counts.
func changed(rows []health.Count, at time.Time) time.Time {
	for _, r := range rows {
		if r.Outcome == health.Accepted && r.Action != health.Read && r.Resource != "" && r.LastAt.After(at) {
			at = r.LastAt
		}
	}
	return at
}

// openHold returns the deletions of a tenant that wait for a decision, nil for none.
func openHold(ctx context.Context, db *tenantdb.DB, schema tenantdb.Schema) (*health.Hold, error) {
	var hold health.Hold
	err := db.QueryRowContext(ctx, `SELECT opened_at, (SELECT count(*) FROM `+schema.Table("held")+` AS d WHERE d.hold_id = h.id)
		FROM `+schema.Table("holds")+` AS h WHERE state = 'held'`).Scan(&hold.OpenedAt, &hold.Held)
	switch {
	case errors.Is(err, sql.ErrNoRows), tenantdb.Undefined(err):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("read what is held: %w", err)
	}
	hold.OpenedAt = hold.OpenedAt.UTC()
	return &hold, nil
}
