package lifecycle

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/lib/pq"

	"github.com/askspoke/spoke/tenancy"
)

// Change says what to change of a tenant. nil leaves a thing as it is.
type Change struct {
	Name             *string
	Profile          *tenancy.Profile
	UniqueGroupNames *bool
	Plan             *string // one of Config.Plans, or "" for none
	Guard            *tenancy.Guard
	Notify           *[]string
}

// Update changes a tenant's name and settings, and tells the replicas, which follow within a second. version is the one
// that the change was made from, 0 for whatever there is. Where names of groups are to be unique from now on, those that
// exist are made so at once, and those that are written meanwhile by replicas that have not heard by UniteDue.
//
// Errors: tenancy.ErrNotFound, tenancy.ErrVersion, *tenancy.SettingError, *directory.SharedNamesError,
// *tenancy.StateError for a tenant that is created, imported or deleted; then nothing has changed. Where the error is
// that of telling alone, the tenant is returned with it.
func (m *Manager) Update(ctx context.Context, id tenancy.ID, version int64, c Change) (tenancy.Tenant, error) {
	t, err := m.update(ctx, id, version, c)
	if err != nil {
		return t, fmt.Errorf("update tenant %s: %w", id, err)
	}
	return t, nil
}

// updateAttempts is how often a change without a version is made anew because it met another one.
const updateAttempts = 10

func (m *Manager) update(ctx context.Context, id tenancy.ID, version int64, c Change) (tenancy.Tenant, error) {
	for range updateAttempts {
		before, err := m.ByID(ctx, id)
		if err != nil {
			return tenancy.Tenant{}, err
		}
		if version != 0 && version != before.Version {
			return tenancy.Tenant{}, tenancy.ErrVersion
		}
		after, err := m.apply(before, c)
		if err != nil {
			return tenancy.Tenant{}, err
		}
		after, err = m.writeSettings(ctx, after)
		if errors.Is(err, tenancy.ErrVersion) && version == 0 {
			continue
		}
		if err == nil && c.UniqueGroupNames != nil && *c.UniqueGroupNames {
			return m.uniteNow(ctx, before, after)
		}
		return after, err
	}
	return tenancy.Tenant{}, tenancy.ErrVersion
}

// apply returns the tenant as the change makes it.
func (m *Manager) apply(t tenancy.Tenant, c Change) (tenancy.Tenant, error) {
	var err error
	if c.Name != nil {
		if t.Name, err = tenancy.ParseName(*c.Name); err != nil {
			return t, err
		}
	}
	s := &t.Settings
	set(&s.Profile, c.Profile)
	set(&s.UniqueGroupNames, c.UniqueGroupNames)
	set(&s.Plan, c.Plan)
	set(&s.Guard, c.Guard)
	set(&s.Notify, c.Notify)
	if c.Plan != nil {
		if err := m.checkPlan(*c.Plan); err != nil {
			return t, err
		}
	}
	*s, err = s.Normalize()
	return t, err
}

func set[T any](to, from *T) {
	if from != nil {
		*to = *from
	}
}

// checkPlan refuses a plan that is not known. A tenant keeps one that is no more.
func (m *Manager) checkPlan(plan string) error {
	if plan == "" || slices.Contains(m.config.Plans, plan) {
		return nil
	}
	known := "none is known"
	if len(m.config.Plans) > 0 {
		known = "it is one of " + strings.Join(m.config.Plans, ", ")
	}
	return &tenancy.SettingError{Setting: "plan", Reason: fmt.Sprintf("has %.50q, which is no plan: %s", plan, known)}
}

// writeSettings writes name and settings over those of the version that t has, or fails with tenancy.ErrVersion.
func (m *Manager) writeSettings(ctx context.Context, t tenancy.Tenant) (tenancy.Tenant, error) {
	guard, err := guardColumn(t.Settings.Guard)
	if err != nil {
		return t, err
	}
	change := tenancy.NewID()
	var settle any
	if t.Settings.UniqueGroupNames {
		settle = m.now().Add(m.config.Settle)
	}
	written, err := m.one(ctx, `UPDATE `+tenants+` SET name = $3, profile = $4, unique_group_names = $5, plan = $6, guard = $7::jsonb,
			notify = COALESCE($8::text[], '{}'), updated_at = $9, version = version + 1, change_id = $12,
			names_settle_at = CASE WHEN NOT $5 THEN NULL WHEN unique_group_names THEN names_settle_at ELSE $10::timestamptz END
		WHERE id = $1 AND version = $2 AND state = ANY ($11) RETURNING `+tenantColumns,
		string(t.ID), t.Version, t.Name, string(t.Settings.Profile), t.Settings.UniqueGroupNames, t.Settings.Plan, guard,
		pq.Array(t.Settings.Notify), m.now(), settle, pq.Array(origins(actDelete)), string(change))
	if errors.Is(err, tenancy.ErrNotFound) {
		written, err = m.changed(ctx, origin{t.ID, t.Version}, change, "change")
	}
	if err != nil {
		return tenancy.Tenant{}, err
	}
	return written, m.announce(ctx, t.ID)
}
