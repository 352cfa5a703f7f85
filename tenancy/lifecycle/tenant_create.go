package lifecycle

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/askspoke/spoke/tenancy"
)

// NewTenant is what one says to create a tenant.
type NewTenant struct {
	// ID is the tenant's; default Config.NewID. With the ID of a request that is made once, a later attempt completes, or
	// returns, what an earlier one made.
	ID       tenancy.ID
	Slug     tenancy.Slug // from tenancy.ParseSlug
	Name     string       // default the slug
	Settings tenancy.Settings
	// Ensure makes Create return the existing tenant, unchanged, instead of ErrSlugTaken.
	Ensure bool
}

// Create brings a tenant into being and returns it active, with an empty directory. A slug whose creation was broken off
// is completed, with the name and settings given now; what a broken-off import left is removed first. Of two calls at
// once for the same slug one gets the tenant and the other tenancy.ErrSlugTaken, which is also the answer for a slug that
// exists, unless Ensure is set. Errors: *tenancy.SlugError, *tenancy.SettingError, tenancy.ErrSlugTaken,
// tenancy.ErrSlugConfusable.
func (m *Manager) Create(ctx context.Context, request NewTenant) (tenancy.Tenant, error) {
	request, err := m.normalize(request)
	if err != nil {
		return tenancy.Tenant{}, fmt.Errorf("create tenant: %w", err)
	}
	var tenant tenancy.Tenant
	err = m.locked(ctx, lockName(request.Slug), func(ctx context.Context) error {
		var exists bool
		tenant, exists, err = m.claimAs(ctx, request.Slug, request.ID)
		switch {
		case err != nil:
			return err
		case exists && request.ID == tenant.ID && tenant.State == tenancy.StateActive:
			return nil
		case exists && request.Ensure && tenant.State.Complete() && tenant.State != tenancy.StateDeleting:
			return nil
		case exists:
			return tenancy.ErrSlugTaken
		}
		tenant.Name, tenant.Settings, tenant.State = request.Name, request.Settings, tenancy.StateCreating
		err := m.steps(ctx, tenant.Slug, []stepDo{{StepInsert, func() error { return m.insert(ctx, tenant) }}})
		if err != nil {
			return err
		}
		tenant, err = m.complete(ctx, tenant)
		return err
	})
	if err != nil {
		return tenancy.Tenant{}, fmt.Errorf("create tenant %q: %w", request.Slug, err)
	}
	return tenant, nil
}

// claim is claimAs for a tenant of whichever ID.
func (m *Manager) claim(ctx context.Context, slug tenancy.Slug) (t tenancy.Tenant, exists bool, err error) {
	return m.claimAs(ctx, slug, "")
}

// claimAs returns the tenant that has a slug, whose lock the caller holds, or one to be: the one whose creation was broken
// off, or a new one. What a broken-off import left, or a creation under another ID, is removed: nobody works on it, or we
// would not hold the lock.
func (m *Manager) claimAs(ctx context.Context, slug tenancy.Slug, as tenancy.ID) (t tenancy.Tenant, exists bool, err error) {
	t, err = m.Get(ctx, slug)
	switch {
	case errors.Is(err, tenancy.ErrNotFound):
	case err != nil:
		return t, false, err
	case t.State == tenancy.StateCreating && (as == "" || as == t.ID):
		return t, false, nil
	case t.State == tenancy.StateCreating, t.State == tenancy.StateImporting:
		if err := m.purge(ctx, t); err != nil {
			return t, false, fmt.Errorf("remove what was broken off: %w", err)
		}
	default:
		return t, true, nil
	}
	if err := slug.CheckLook(); err != nil {
		return t, false, err
	}
	return tenancy.Tenant{ID: cmp.Or(as, m.config.NewID()), Slug: slug, CreatedAt: m.now()}, false, nil
}

func (m *Manager) normalize(n NewTenant) (NewTenant, error) {
	slug, err := tenancy.ParseSlug(string(n.Slug))
	if err != nil {
		return n, err
	}
	n.Slug = slug
	if n.Name == "" {
		n.Name = string(slug)
	}
	if n.Name, err = tenancy.ParseName(n.Name); err != nil {
		return n, err
	}
	if err = m.checkPlan(n.Settings.Plan); err != nil {
		return n, err
	}
	n.Settings, err = n.Settings.Normalize()
	return n, err
}
