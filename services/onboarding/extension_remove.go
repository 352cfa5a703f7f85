package onboarding

import (
	"context"
	"log/slog"
	"time"

	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/lifecycle"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// removeExtension removes a schema extension, and calls waiting when it is closed and the wait begins.
func (s *Server) removeExtension(ctx context.Context, t tenancy.Tenant, urn string, waiting func(time.Duration)) error {
	waits := false
	err := s.Tenants.RemoveExtension(ctx, lifecycle.Removal{
		Slug: t.Slug, URN: urn,
		Use: func(ctx context.Context, t tenancy.Tenant, e tenancy.Extension) (int, string, error) {
			store := s.Directory.Store(tenantdb.SchemaFor(t.ID), t.Settings.UniqueGroupNames)
			return store.ExtensionUse(ctx, e.ResourceType, e.URN)
		},
		Waiting: func(d time.Duration) { waits = true; waiting(d) },
	})
	if err != nil && waits { // nobody waits for the answer any more
		s.Logger.WarnContext(ctx, "schema extension not removed", slog.String("tenant_id", string(t.ID)), slog.Any("error", err))
	}
	return err
}
