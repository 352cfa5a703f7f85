package lifecycle

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// Import says what tenant comes into being, and with what in it.
type Import struct {
	Slug       tenancy.Slug // from tenancy.ParseSlug
	Name       string       // default the slug
	Settings   tenancy.Settings
	Extensions []tenancy.Extension // which go together, in their order
	// Request is what the import is made for, "" for nothing: with that of an earlier attempt whose tenant is there, and
	// was not changed since, that tenant is returned. Each attempt has a tenant of its own, so that one which was taken
	// for dead never writes into that of another.
	Request tenancy.ID
	// Fill puts into the tenant's empty schema what it is to have. Nobody else sees the tenant meanwhile. Its error ends
	// the import.
	Fill func(context.Context, tenancy.Tenant) error
}

// Import brings a tenant into being that has something in it from the beginning, and returns it active. Until then it is
// as if it did not exist, but for its slug. When it fails, nothing is left; after a crash, the next Import or Create of the
// slug or PurgeDue removes what is left. Of two at once for one slug, one is refused at once.
//
// Errors: *tenancy.SlugError, *tenancy.SettingError, tenancy.ErrExtensionLimit; tenancy.ErrSlugTaken; *tenancy.StateError
// where somebody creates, imports or removes a tenant of that slug; ErrBusy; that of Fill.
func (m *Manager) Import(ctx context.Context, i Import) (tenancy.Tenant, error) {
	request, err := m.normalize(NewTenant{Slug: i.Slug, Name: i.Name, Settings: i.Settings})
	if err == nil {
		err = checkExtensionLimit(i.Extensions)
	}
	if err != nil {
		return tenancy.Tenant{}, fmt.Errorf("import tenant: %w", err)
	}
	var tenant tenancy.Tenant
	err = m.transfer(ctx, func() error {
		ours, err := m.config.DB.TryLocked(ctx, lockPrefix+lockName(request.Slug), func(ctx context.Context) error {
			var done bool
			if tenant, done, err = m.claimForImport(ctx, request.Slug, i.Request); err != nil || done {
				return err
			}
			tenant.Name, tenant.Settings, tenant.State = request.Name, request.Settings, tenancy.StateImporting
			tenant, err = m.fill(ctx, tenant, i)
			return err
		})
		if err == nil && !ours {
			err = m.busy(ctx, request.Slug)
		}
		return err
	})
	if err != nil {
		return tenancy.Tenant{}, fmt.Errorf("import tenant %q: %w", request.Slug, err)
	}
	return tenant, nil
}

// claimForImport is claim, except that it does not go on with a creation that was broken off, and ends a purge. done says
// that an earlier attempt at the request has made the tenant.
func (m *Manager) claimForImport(ctx context.Context, slug tenancy.Slug, request tenancy.ID) (t tenancy.Tenant, done bool, err error) {
	t, err = m.Get(ctx, slug)
	switch {
	case errors.Is(err, tenancy.ErrNotFound):
	case err != nil:
		return t, false, err
	case t.State == tenancy.StateCreating:
		return t, false, &tenancy.StateError{Act: "import", State: t.State}
	case t.State == tenancy.StatePurging:
		if err := m.purge(ctx, t); err != nil {
			return t, false, fmt.Errorf("remove the tenant that was being removed: %w", err)
		}
	}
	t, exists, err := m.claim(ctx, slug)
	if err != nil || !exists {
		return t, false, err
	}
	if request != "" {
		made, err := m.one(ctx, `SELECT `+tenantColumns+` FROM `+tenants+` WHERE id = $1 AND change_id = $2 AND state = 'active'`,
			string(t.ID), string(request))
		if !errors.Is(err, tenancy.ErrNotFound) {
			return made, err == nil, err
		}
	}
	return t, false, tenancy.ErrSlugTaken
}

// busy returns why somebody else has the lock of a slug.
func (m *Manager) busy(ctx context.Context, slug tenancy.Slug) error {
	t, err := m.Get(ctx, slug)
	switch {
	case errors.Is(err, tenancy.ErrNotFound), err == nil && t.State.Complete():
		return tenancy.ErrSlugTaken
	case err != nil:
		return err
	}
	return &tenancy.StateError{Act: "import", State: t.State}
}

// fill does the steps of an import, and undoes them when one fails.
func (m *Manager) fill(ctx context.Context, t tenancy.Tenant, i Import) (tenancy.Tenant, error) {
	done := t
	err := m.steps(ctx, t.Slug, []stepDo{
		{StepInsert, func() error {
			if err := m.insert(ctx, t); err != nil {
				return err
			}
			_, err := m.ByID(ctx, t.ID) // not there: another one has the slug, since the lock was lost
			return err
		}},
		{StepSchema, func() error { return m.buildSchema(ctx, tenantdb.SchemaFor(t.ID)) }},
		{StepExtensions, func() error { return m.insertExtensions(ctx, t.ID, i.Extensions) }},
		{StepFill, func() error { return i.Fill(ctx, t) }},
		{StepActivate, func() (err error) { done, err = m.activate(ctx, t.ID, i.Request); return err }},
		{StepAnnounce, func() error {
			_ = m.announce(ctx, t.ID) // as in complete
			return nil
		}},
	})
	if err != nil {
		m.undo(ctx, t)
		return tenancy.Tenant{}, err
	}
	return done, nil
}

// undo removes what an import made that failed, also where the reason is that ctx ended. Its own failure is not told: why
// the import failed is what matters, and PurgeDue removes the rest. A tenant that is active is left alone.
func (m *Manager) undo(ctx context.Context, t tenancy.Tenant) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
	defer cancel()
	_ = m.purge(ctx, t)
}

func (m *Manager) insertExtensions(ctx context.Context, id tenancy.ID, list []tenancy.Extension) error {
	for _, e := range list {
		_, err := m.config.DB.ExecContext(ctx, `INSERT INTO `+extensions+`
			(tenant_id, urn, resource_type, document, created_at, updated_at) VALUES ($1, $2, $3, $4::text::json, $5, $6)
			ON CONFLICT (tenant_id, urn) DO NOTHING`, string(id), e.URN, e.ResourceType, e.Document, e.CreatedAt, e.UpdatedAt)
		if err != nil {
			return fmt.Errorf("insert extension %s: %w", e.URN, err)
		}
	}
	return nil
}

func checkExtensionLimit(list []tenancy.Extension) error {
	bytes := 0
	for _, e := range list {
		bytes += len(e.Document)
	}
	if len(list) > MaxExtensions || bytes > MaxExtensionBytes {
		return errTooManyExtensions()
	}
	return nil
}

func errTooManyExtensions() error {
	return fmt.Errorf("%w: a tenant has %d at most, and %d KiB of documents", tenancy.ErrExtensionLimit, MaxExtensions, MaxExtensionBytes>>10)
}
