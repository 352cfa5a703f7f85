package lifecycle

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// Limits of a tenant's extensions: every replica keeps them in memory.
const (
	MaxExtensions     = 20
	MaxExtensionBytes = 256 << 10 // of all documents of a tenant
)

var extensions = tenantdb.Control.Table("extensions")

// Extensions returns a tenant's extensions in the order in which they were added. It always asks Postgres.
func (m *Manager) Extensions(ctx context.Context, id tenancy.ID) ([]tenancy.Extension, error) {
	return listExtensions(ctx, m.config.DB, id)
}

func listExtensions(ctx context.Context, db sqlx.QueryerContext, id tenancy.ID) ([]tenancy.Extension, error) {
	rows, err := db.QueryContext(ctx, `SELECT urn, resource_type, document::text, created_at, updated_at, closed_at
		FROM `+extensions+` WHERE tenant_id = $1 ORDER BY created_at, urn`, string(id))
	if err != nil {
		return nil, fmt.Errorf("list extensions of tenant %s: %w", id, err)
	}
	defer rows.Close()
	var list []tenancy.Extension
	for rows.Next() {
		var e tenancy.Extension
		var closed sql.NullTime
		if err := rows.Scan(&e.URN, &e.ResourceType, &e.Document, &e.CreatedAt, &e.UpdatedAt, &closed); err != nil {
			return nil, fmt.Errorf("list extensions of tenant %s: %w", id, err)
		}
		e.CreatedAt, e.UpdatedAt = e.CreatedAt.UTC(), e.UpdatedAt.UTC()
		if closed.Valid {
			e.ClosedAt = closed.Time.UTC()
		}
		list = append(list, e)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("list extensions of tenant %s: %w", id, err)
	}
	return list, nil
}

// PutExtension gives a tenant an extension, or a new document to the one that has the URN already, and opens it again
// if it was being removed. It says whether there was one. The replicas follow within a second. check is called with the
// extensions that there are, one call for a tenant at a time, and its error ends the work; it decides whether they go
// together. Errors: tenancy.ErrNotFound, tenancy.ErrStateInvalid for a tenant that is created or deleted,
// tenancy.ErrExtensionLimit.
func (m *Manager) PutExtension(ctx context.Context, slug tenancy.Slug, e tenancy.Extension, check func([]tenancy.Extension) error) (replaced bool, err error) {
	err = m.locked(ctx, lockName(slug), func(ctx context.Context) error {
		tenant, err := m.settled(ctx, slug)
		if err != nil {
			return err
		}
		list, err := m.Extensions(ctx, tenant.ID)
		if err != nil {
			return err
		}
		if err := check(list); err != nil {
			return err
		}
		others, bytes := 0, len(e.Document)
		for _, other := range list {
			if other.URN == e.URN {
				replaced = true
				continue
			}
			others, bytes = others+1, bytes+len(other.Document)
		}
		if others >= MaxExtensions || bytes > MaxExtensionBytes {
			return errTooManyExtensions()
		}
		_, err = m.config.DB.ExecContext(ctx, `INSERT INTO `+extensions+`
			(tenant_id, urn, resource_type, document, created_at, updated_at) VALUES ($1, $2, $3, $4::text::json, $5, $5)
			ON CONFLICT (tenant_id, urn) DO UPDATE SET document = EXCLUDED.document, updated_at = EXCLUDED.updated_at, closed_at = NULL`,
			string(tenant.ID), e.URN, e.ResourceType, e.Document, m.now())
		if err != nil {
			return err
		}
		return m.announce(ctx, tenant.ID)
	})
	if err != nil {
		return false, fmt.Errorf("put extension %s of tenant %q: %w", e.URN, slug, err)
	}
	return replaced, nil
}

// settled returns a tenant that is not coming into being and not deleted.
func (m *Manager) settled(ctx context.Context, slug tenancy.Slug) (tenancy.Tenant, error) {
	tenant, err := m.Get(ctx, slug)
	if err == nil && !slices.Contains(origins(actDelete), string(tenant.State)) {
		err = &tenancy.StateError{Act: "change", State: tenant.State}
	}
	return tenant, err
}

// find returns the extension of that URN in any case, or tenancy.ErrExtensionNotFound.
func find(list []tenancy.Extension, urn string) (tenancy.Extension, error) {
	for _, e := range list {
		if strings.EqualFold(e.URN, urn) {
			return e, nil
		}
	}
	return tenancy.Extension{}, tenancy.ErrExtensionNotFound
}

// DefaultSettle is the time after which no request is on its way that found its tenant before a change was announced,
// even where the announcement was lost: a replica remembers a tenant for 65 seconds at most, the body of a request
// arrives within 60 seconds of its headers, and what is left is for the change that it makes.
const DefaultSettle = 3 * time.Minute
