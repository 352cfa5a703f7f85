package lifecycle

import (
	"context"
	"errors"
	"fmt"

	"github.com/askspoke/spoke/tenancy"
)

// NewTenant is what one says to create a tenant.
type NewTenant struct {
	Slug     tenancy.Slug // from tenancy.ParseSlug
	Name     string       // default the slug
	Settings tenancy.Settings
	// Ensure makes Create return the existing tenant, unchanged, instead of ErrSlugTaken.
	Ensure bool
}

// Create brings a tenant into being and returns it active, with an empty directory. A slug whose creation was broken off
// is completed, with the name and settings given now. Of two calls at once for the same slug one gets the tenant and
// the other tenancy.ErrSlugTaken, which is also the answer for a slug that exists, unless Ensure is set.
func (m *Manager) Create(ctx context.Context, request NewTenant) (tenancy.Tenant, error) {
	request, err := request.normalize()
	if err != nil {
		return tenancy.Tenant{}, fmt.Errorf("create tenant: %w", err)
	}
	var tenant tenancy.Tenant
	err = m.locked(ctx, lockName(request.Slug), func(ctx context.Context) error {
		existing, err := m.Get(ctx, request.Slug)
		switch {
		case errors.Is(err, tenancy.ErrNotFound):
			existing = tenancy.Tenant{ID: m.config.NewID(), Slug: request.Slug, CreatedAt: m.now()}
		case err != nil:
			return err
		case existing.State == tenancy.StateCreating: // broken off; nobody works on it, or we would not hold the lock
		case existing.State != tenancy.StateDeleting && request.Ensure:
			tenant = existing
			return nil
		default:
			return tenancy.ErrSlugTaken
		}
		existing.Name, existing.Settings = request.Name, request.Settings
		if err := m.insert(ctx, existing); err != nil {
			return err
		}
		tenant, err = m.complete(ctx, existing)
		return err
	})
	if err != nil {
		return tenancy.Tenant{}, fmt.Errorf("create tenant %q: %w", request.Slug, err)
	}
	return tenant, nil
}

func lockName(slug tenancy.Slug) string { return "tenant " + string(slug) }

func (n NewTenant) normalize() (NewTenant, error) {
	slug, err := tenancy.ParseSlug(string(n.Slug))
	if err != nil {
		return n, err
	}
	n.Slug = slug
	if n.Name == "" {
		n.Name = string(slug)
	}
	if n.Settings.Profile == "" {
		n.Settings.Profile = tenancy.ProfileAuto
	}
	if !n.Settings.Profile.Valid() {
		return n, fmt.Errorf("%w: profile %.20q", tenancy.ErrSettings, n.Settings.Profile)
	}
	return n, nil
}
