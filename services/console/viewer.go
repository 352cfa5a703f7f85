package console

import (
	"context"
	"errors"

	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/admin"
)

// administrator returns the viewer of an administrator's session, and nobody for one who was removed, or whose sessions
// were ended since this one began.
func (s *Server) administrator(ctx context.Context, tenant tenancy.Tenant, who standing) (Viewer, error) {
	a, err := s.Admins.Get(ctx, tenant.ID, who.ID)
	switch {
	case errors.Is(err, admin.ErrNotFound):
		return Viewer{}, nil
	case err != nil:
		return Viewer{}, err
	case who.Began.Before(a.SessionsFrom):
		return Viewer{}, nil
	}
	return Viewer{Kind: byAdmin, Actor: a.Actor(), Name: a.Email, Role: a.Role, Admin: a}, nil
}
