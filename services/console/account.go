package console

import (
	"context"
	"errors"

	"github.com/askspoke/spoke/tenancy/directory"

	scim "github.com/askspoke/spoke/scim/provider"
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
		return s.linkUser(ctx, a)
	}
	p, err := s.Directory.PersonByID(ctx, a.Tenant, a.UserID)
	if errors.Is(err, scim.ErrNotFound) {
		return false, nil
	}
	return p.Active, err
}

// linkUser finds the active user of the directory that an administrator is now, and links it: another than before where
// she has left and come back. It returns false for one whom the directory has disabled.
func (s *Server) linkUser(ctx context.Context, a *admin.Administrator) (bool, error) {
	user, state, err := s.inDirectory(ctx, *a)
	if err != nil || state == disabled {
		return false, err
	}
	if state == active && user.ID != a.UserID {
		a.UserID = user.ID
		return true, s.Admins.Link(ctx, a.Tenant, a.ID, user.ID)
	}
	return true, nil
}

// visiting returns the viewer of an operator's visit, and nobody when it was ended.
func (s *Server) visiting(ctx context.Context, tenant tenancy.Tenant, id string) (Viewer, error) {
	i, err := s.Admins.Impersonation(ctx, tenant.ID, id)
	switch {
	case errors.Is(err, admin.ErrNoImpersonation):
		return Viewer{}, nil
	case err != nil:
		return Viewer{}, err
	case i.Over(s.config.Now()):
		return Viewer{}, nil
	}
	return visitor(i), nil
}

func visitor(i admin.Impersonation) Viewer {
	return Viewer{Kind: impersonate, Actor: i.Actor(), Name: i.Name, Role: i.Role, Impersonation: i}
}

// viewerOf returns who it is whose session it is: nobody, where they may not come in any more.
func (s *Server) viewerOf(ctx context.Context, tenant tenancy.Tenant, who standing) (Viewer, error) {
	switch who.Kind {
	case byAdmin:
		return s.administrator(ctx, tenant, who)
	case byLink:
		return s.guest(ctx, tenant, who)
	case impersonate:
		return s.visiting(ctx, tenant, who.ID)
	case byOperator:
		return Viewer{Kind: byOperator, Actor: who.Operator.Actor, Name: who.Operator.Name, Operator: who.Operator}, nil
	}
	return Viewer{}, nil
}

// directoryStanding is what an administrator is to the directory.
type directoryStanding int

// inDirectory returns the active user of the directory that an administrator is, and what she is to it. The directory is
// read and never written: nobody is revived by signing in.
func (s *Server) inDirectory(ctx context.Context, a admin.Administrator) (directory.Person, directoryStanding, error) {
	list, err := s.Directory.Person(ctx, a.Tenant, a.Email)
	if err != nil {
		return directory.Person{}, disabled, err
	}
	for _, p := range list {
		if p.Active {
			return p, active, nil
		}
	}
	switch {
	case len(list) > 0:
		return directory.Person{}, disabled, nil
	case a.UserID == "":
		return directory.Person{}, unlisted, nil
	}
	p, err := s.Directory.PersonByID(ctx, a.Tenant, a.UserID) // whose address is another now
	switch {
	case errors.Is(err, scim.ErrNotFound), err == nil && !p.Active:
		return directory.Person{}, disabled, nil
	case err != nil:
		return directory.Person{}, disabled, err
	}
	return p, active, nil
}

const (
	unlisted directoryStanding = iota // the directory has nobody with the address, and never had
	active
	disabled // it has her and says that she is inactive, or had her and has deleted her
)
