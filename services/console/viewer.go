package console

import (
	"context"
	"errors"

	store "github.com/askspoke/spoke/scim/provider" // provider is a test's word in this package
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/admin"
	"github.com/askspoke/spoke/tenancy/operator"
)

// administrator returns the viewer of an administrator's session, and nobody for one who was removed, whose sessions were
// ended since this one began, or whose user of the directory is not active any more.
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
	active, err := s.userActive(ctx, &a)
	if err != nil || !active {
		return Viewer{}, err
	}
	return Viewer{Kind: byAdmin, Actor: a.Actor(), Name: a.Email, Role: a.Role, Admin: a}, nil
}

// guest returns the viewer of a set-up link's session, and nobody once the link was revoked.
func (s *Server) guest(ctx context.Context, tenant tenancy.Tenant, who standing) (Viewer, error) {
	l, err := s.Operators.Link(ctx, tenant.ID, who.ID)
	switch {
	case errors.Is(err, operator.ErrNotFound):
		return Viewer{}, nil
	case err != nil:
		return Viewer{}, err
	case !l.RevokedAt.IsZero():
		return Viewer{}, nil
	}
	return Viewer{Kind: byLink, Actor: "link:" + l.ID, Name: "Set-up link", Purpose: l.Purpose}, nil
}

// userActive says whether the user of the directory that an administrator is, is active. One that was linked decides; else
// one with her mail address, which is linked then. Who is none of the directory's users is not its to judge.
func (s *Server) userActive(ctx context.Context, a *admin.Administrator) (bool, error) {
	if a.UserID == "" {
		return s.findUser(ctx, a)
	}
	p, err := s.Directory.PersonByID(ctx, a.Tenant, a.UserID)
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	return p.Active, err
}

// findUser is userActive for who signs in: she is another user than the one that was linked where that one is not active
// and one who is has her mail address, as when she has left and come back.
func (s *Server) findUser(ctx context.Context, a *admin.Administrator) (bool, error) {
	if a.UserID != "" {
		if active, err := s.userActive(ctx, a); err != nil || active {
			return active, err
		}
	}
	id, known, err := s.userByEmail(ctx, a.Tenant, a.Email)
	switch {
	case err != nil:
		return false, err
	case id == "":
		return a.UserID == "" && !known, nil
	}
	a.UserID = id
	return true, s.Admins.Link(ctx, a.Tenant, a.ID, id)
}

// userByEmail returns the active user of the directory who has a mail address, "" where there is none, and whether any
// user has it.
func (s *Server) userByEmail(ctx context.Context, tenant tenancy.ID, email string) (id string, known bool, err error) {
	list, err := s.Directory.Person(ctx, tenant, email)
	for _, p := range list {
		if p.Active {
			return p.ID, true, err
		}
	}
	return "", len(list) > 0, err
}
