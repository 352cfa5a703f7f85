package lifecycle

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/askspoke/spoke/tenancy"
)

// Removal says which extension to remove, and how to tell whether it is used.
type Removal struct {
	Slug tenancy.Slug
	URN  string // in any case
	// Use returns how many resources of the tenant have data under the extension, and the id of one.
	Use func(context.Context, tenancy.Tenant, tenancy.Extension) (count int, example string, err error)
	// Waiting, if not nil, is called with the length of the wait before it begins.
	Waiting func(time.Duration)
}

// RemoveExtension removes an extension that no resource has data under, in four steps: it is closed, so that no further
// resource begins to use it; then Config.Settle passes, after which no replica and no request is left that has not
// heard; then Use counts; then it is gone, unless it was opened again meanwhile. A resource that has data keeps it all
// the while and through its own changes, so what Use does not find then cannot come any more.
//
// Whatever goes wrong, ctx that ends included, the extension is opened again. After a crash it stays closed: remove it
// again, or put it. Errors: tenancy.ErrNotFound, tenancy.ErrStateInvalid, tenancy.ErrExtensionNotFound,
// *tenancy.ExtensionUsedError, tenancy.ErrExtensionReopened.
func (m *Manager) RemoveExtension(ctx context.Context, r Removal) error {
	if err := m.removeExtension(ctx, r); err != nil {
		return fmt.Errorf("remove extension %s of tenant %q: %w", r.URN, r.Slug, err)
	}
	return nil
}

func (m *Manager) removeExtension(ctx context.Context, r Removal) error {
	tenant, err := m.settled(ctx, r.Slug)
	if err != nil {
		return err
	}
	list, err := m.Extensions(ctx, tenant.ID)
	if err != nil {
		return err
	}
	e, err := find(list, r.URN)
	if err != nil {
		return err
	}
	if err := r.unused(ctx, tenant, e); err != nil { // the usual refusal: at once, and nothing was closed
		return err
	}
	if e.ClosedAt, err = m.closeExtension(ctx, tenant.ID, e.URN); err != nil {
		return err
	}
	returned := false
	defer func() {
		if !returned { // a panic of Use's: what comes next is whoever recovers's
			_ = m.reopenExtension(ctx, tenant.ID, e)
		}
	}()
	err = m.awaitUnused(ctx, r, tenant, e)
	returned = true
	if err != nil {
		return errors.Join(err, m.reopenExtension(ctx, tenant.ID, e))
	}
	result, err := m.config.DB.ExecContext(ctx, `DELETE FROM `+extensions+` WHERE tenant_id = $1 AND urn = $2 AND closed_at = $3`,
		string(tenant.ID), e.URN, e.ClosedAt)
	if err != nil {
		return errors.Join(err, m.reopenExtension(ctx, tenant.ID, e))
	}
	if n, err := result.RowsAffected(); err == nil && n == 0 {
		return tenancy.ErrExtensionReopened
	}
	return m.announce(ctx, tenant.ID)
}

func (r Removal) unused(ctx context.Context, tenant tenancy.Tenant, e tenancy.Extension) error {
	count, example, err := r.Use(ctx, tenant, e)
	if err == nil && count > 0 {
		err = &tenancy.ExtensionUsedError{URN: e.URN, ResourceType: e.ResourceType, Count: count, Example: example}
	}
	return err
}

// closeExtension returns since when it is closed: a removal that was broken off does not begin its wait anew.
func (m *Manager) closeExtension(ctx context.Context, id tenancy.ID, urn string) (at time.Time, err error) {
	err = m.config.DB.QueryRowContext(ctx, `UPDATE `+extensions+` SET closed_at = COALESCE(closed_at, $3)
		WHERE tenant_id = $1 AND urn = $2 RETURNING closed_at`, string(id), urn, m.now()).Scan(&at)
	if err != nil {
		return at, err
	}
	return at.UTC(), m.announce(ctx, id)
}

func (m *Manager) awaitUnused(ctx context.Context, r Removal, tenant tenancy.Tenant, e tenancy.Extension) error {
	if left := e.ClosedAt.Add(m.config.Settle).Sub(m.now()); left > 0 {
		if r.Waiting != nil {
			r.Waiting(left)
		}
		timer := time.NewTimer(left)
		defer timer.Stop()
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-timer.C:
		}
	}
	return r.unused(ctx, tenant, e)
}

// reopenExtension undoes closeExtension, also where the reason is that ctx ended.
func (m *Manager) reopenExtension(ctx context.Context, id tenancy.ID, e tenancy.Extension) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	_, err := m.config.DB.ExecContext(ctx, `UPDATE `+extensions+` SET closed_at = NULL WHERE tenant_id = $1 AND urn = $2 AND closed_at = $3`,
		string(id), e.URN, e.ClosedAt)
	if err == nil {
		err = m.announce(ctx, id)
	}
	if err != nil {
		return fmt.Errorf("the extension stays closed for further resources; remove it again or put it again: %w", err)
	}
	return nil
}
