// Package account says who somebody is whom a session or an identity provider tells of, as is true now: an administrator who
// was removed, or whom the directory has disabled, is nobody.
//
// It signs nobody in (package signin does), and does not say what who may (package web does, by the table of routes).
//
// Invariants: the directory is read and never written; whoever it has disabled does not come in, by whatever way.
package account

import (
	"context"
	"errors"
	"time"

	"github.com/askspoke/spoke/services/console/web"
	"github.com/askspoke/spoke/tenancy/directory"

	scim "github.com/askspoke/spoke/scim/provider"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/admin"
	"github.com/askspoke/spoke/tenancy/operator"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// Store knows who comes in.
type Store struct {
	Admins    *admin.Store
	Operators *operator.Store
	Directory *directory.Directory
	// OperatorSignOn is how operators sign in besides links. Nil: they do not.
	OperatorSignOn *operator.SignOn
	Now            func() time.Time
}

// administrator returns the viewer of an administrator's session, and nobody for one who was removed, whose sessions were
// ended since this one began, or whose user of the directory is not active any more.
func (s *Store) administrator(ctx context.Context, tenant tenancy.Tenant, who web.Standing) (web.Viewer, error) {
	a, err := s.Admins.Get(ctx, tenant.ID, who.ID)
	switch {
	case errors.Is(err, admin.ErrNotFound):
		return web.Viewer{}, nil
	case err != nil:
		return web.Viewer{}, err
	case who.Began.Before(a.SessionsFrom):
		return web.Viewer{}, nil
	}
	active, err := s.userActive(ctx, &a)
	if err != nil || !active {
		return web.Viewer{}, err
	}
	return web.Viewer{Kind: web.ByAdmin, Actor: a.Actor(), Name: a.Email, Role: a.Role, Admin: a}, nil
}

// guest returns the viewer of a set-up link's session, and nobody once the link was revoked.
func (s *Store) guest(ctx context.Context, tenant tenancy.Tenant, who web.Standing) (web.Viewer, error) {
	l, err := s.Operators.Link(ctx, tenant.ID, who.ID)
	switch {
	case errors.Is(err, operator.ErrNotFound):
		return web.Viewer{}, nil
	case err != nil:
		return web.Viewer{}, err
	case !l.RevokedAt.IsZero():
		return web.Viewer{}, nil
	}
	return web.Viewer{Kind: web.ByLink, Actor: "link:" + l.ID, Name: "Set-up link", Purpose: l.Purpose}, nil
}

// userActive says whether the user of the directory that an administrator is, is active. One that was linked decides; else
// one with her mail address, which is linked then. Who is none of the directory's users is not its to judge.
func (s *Store) userActive(ctx context.Context, a *admin.Administrator) (bool, error) {
	if a.UserID == "" {
		return s.LinkUser(ctx, a)
	}
	p, err := s.Directory.PersonByID(ctx, a.Tenant, a.UserID)
	if errors.Is(err, scim.ErrNotFound) {
		return false, nil
	}
	return p.Active, err
}

// LinkUser finds the user of the directory that an administrator is now, and links it: another than before where she has left
// and come back, one who was deleted where she was never linked, and none where several have her address. It returns false for
// one whom the directory has disabled.
func (s *Store) LinkUser(ctx context.Context, a *admin.Administrator) (bool, error) {
	user, state, err := s.InDirectory(ctx, *a)
	if err != nil {
		return false, err
	}
	if user.ID != "" && user.ID != a.UserID {
		a.UserID = user.ID
		err = s.Admins.Link(ctx, a.Tenant, a.ID, user.ID)
	}
	return err == nil && state != Disabled, err
}

// LinkAll is LinkUser for each administrator of any tenant who is not linked. So one who has not signed in is known when her
// user is renamed, and when the journal has forgotten that it was deleted. One tenant that fails does not keep the others'
// from being linked.
func (s *Store) LinkAll(ctx context.Context) error {
	var failed []error
	err := s.Admins.EachUnlinked(ctx, func(a admin.Administrator) error {
		_, err := s.LinkUser(ctx, &a)
		if err != nil && !errors.Is(err, admin.ErrNotFound) && !tenantdb.Undefined(err) { // which was removed just now, or its tenant
			failed = append(failed, err)
		}
		return ctx.Err()
	})
	return errors.Join(append(failed, err)...)
}

// visiting returns the viewer of an operator's visit, and nobody when it was ended. What a provider would say now of the
// operator is not asked: a visit is short, and ends when the operator is signed out.
func (s *Store) visiting(ctx context.Context, tenant tenancy.Tenant, id string) (web.Viewer, error) {
	i, err := s.Admins.Impersonation(ctx, tenant.ID, id)
	switch {
	case errors.Is(err, admin.ErrNoImpersonation):
		return web.Viewer{}, nil
	case err != nil:
		return web.Viewer{}, err
	case i.Over(s.Now()):
		return web.Viewer{}, nil
	}
	return Visitor(i), nil
}

// Visitor returns the viewer of an operator's visit.
func Visitor(i admin.Impersonation) web.Viewer {
	return web.Viewer{Kind: web.ByVisit, Actor: i.Actor(), Name: i.Name, Role: i.Role, Impersonation: i}
}

// Viewer returns who it is whose session it is: nobody, where they may not come in any more.
func (s *Store) Viewer(ctx context.Context, tenant tenancy.Tenant, who web.Standing) (web.Viewer, error) {
	switch who.Kind {
	case web.ByAdmin:
		return s.administrator(ctx, tenant, who)
	case web.ByLink:
		return s.guest(ctx, tenant, who)
	case web.ByVisit:
		return s.visiting(ctx, tenant, who.ID)
	case web.ByOperator:
		return s.operating(ctx, who)
	}
	return web.Viewer{}, nil
}

// State is what an administrator is to the directory.
type State int

// What an administrator can be to the directory.
const (
	Unlisted State = iota // the directory has nobody with the address, and never had
	Active
	Disabled // it has her and says that she is inactive, or had her and has deleted her; also where that cannot be told
)

// InDirectory returns the active user of the directory that an administrator is, and what she is to it. One who is linked to
// a user is that user, until another comes who is she again; else it is whose her address is (see holder), or was, of those
// who were deleted since she became an administrator (see left), and a zero Person where that is nobody in particular. The
// directory is read and never written: nobody is revived by signing in.
func (s *Store) InDirectory(ctx context.Context, a admin.Administrator) (directory.Person, State, error) {
	var was directory.Person
	if a.UserID != "" {
		var err error
		was, err = s.Directory.PersonByID(ctx, a.Tenant, a.UserID)
		switch {
		case err == nil && was.Active:
			return was, Active, nil
		case err != nil && !errors.Is(err, scim.ErrNotFound):
			return directory.Person{}, Disabled, err
		}
	}
	list, err := s.Directory.Person(ctx, a.Tenant, a.Email)
	if err != nil {
		return directory.Person{}, Disabled, err
	}
	user, state := holder(list)
	switch {
	case state == Disabled || a.UserID != "" && (state != Active || !returned(a, was, user)):
		return directory.Person{}, Disabled, nil
	case a.UserID != "":
		return user, state, nil
	}
	gone, err := s.Directory.Left(ctx, a.Tenant, a.Email, a.CreatedAt)
	if err != nil {
		return directory.Person{}, Disabled, err
	}
	if who, ok := left(a, gone, list, user); ok {
		return who, Disabled, nil
	}
	return user, state, nil
}

// operating returns the viewer of an operator's session, and nobody where the link that began it was revoked, or where the
// settings give no role any more to what the provider said, or its sessions were ended since. What the provider would say now
// is not asked: that session is short, and a token to ask with would have to be kept, which not every provider gives the roles to.
func (s *Store) operating(ctx context.Context, who web.Standing) (web.Viewer, error) {
	var now operator.Identity
	var err error
	switch {
	case who.By == "link":
		now, err = s.Operators.SignedIn(ctx, who.ID)
	case who.By == "oidc" && s.OperatorSignOn != nil:
		now, err = s.signedOn(ctx, who)
	default: // nobody signs in at a provider any more
		return web.Viewer{}, nil
	}
	switch {
	case errors.Is(err, operator.ErrNotFound), errors.Is(err, operator.ErrRejected):
		return web.Viewer{}, nil
	case err != nil:
		return web.Viewer{}, err
	}
	return web.Viewer{Kind: web.ByOperator, Actor: now.Actor, Name: now.Name, Operator: now}, nil
}

// signedOn returns who came by the operators' provider. Errors: those of operator.SignOn.Again, and operator.ErrNotFound for
// whom "spoke operator sign-out" has ended the sessions of.
func (s *Store) signedOn(ctx context.Context, who web.Standing) (operator.Identity, error) {
	now, err := s.OperatorSignOn.Again(who.Operator)
	if err != nil {
		return now, err
	}
	ended, err := s.Operators.SignedOut(ctx, now.Actor)
	if err == nil && !who.Began.After(ended) {
		err = operator.ErrNotFound
	}
	return now, err
}
