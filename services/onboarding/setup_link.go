package onboarding

import (
	"context"
	"net/url"
	"strconv"

	"github.com/askspoke/spoke/services/onboarding/api"
	"github.com/askspoke/spoke/tenancy/operator"
)

func (s *Server) setupLink(l operator.Link) api.SetupLink {
	return api.SetupLink{
		ID: l.ID, Purpose: api.SetupPurpose(l.Purpose), State: api.SetupState(l.State(s.config.Now())), CreatedAt: l.CreatedAt,
		CreatedBy: l.CreatedBy, ExpiresAt: l.ExpiresAt, UsedAt: optional(l.UsedAt), RevokedAt: optional(l.RevokedAt),
	}
}

// ListSetupLinks answers with a page of a tenant's set-up links.
func (s *Server) ListSetupLinks(ctx context.Context, r api.ListSetupLinksRequestObject) (api.ListSetupLinksResponseObject, error) {
	t, err := s.find(ctx, r.Tenant)
	if err != nil {
		return nil, err
	}
	name := "setup-links " + string(t.ID)
	page, err := readPage(name, r.Params.Limit, r.Params.Cursor)
	if err != nil {
		return nil, err
	}
	list, more, err := s.Operators.Links(ctx, t.ID, page)
	if err != nil {
		return nil, err
	}
	answer := api.ListSetupLinks200JSONResponse{Body: api.SetupLinkPage{Items: make([]api.SetupLink, len(list))}}
	next := cursor{List: name}
	for i, l := range list {
		answer.Body.Items[i], next.At, next.ID = s.setupLink(l), l.CreatedAt, l.ID
	}
	path := "/v1/tenants/" + string(t.Slug) + "/setup-links"
	answer.Headers.Link, answer.Body.NextCursor = linkTo(path, url.Values{"limit": {strconv.Itoa(page.Limit)}}, next, more)
	return answer, nil
}

// CreateSetupLink makes a set-up link.
func (s *Server) CreateSetupLink(ctx context.Context, r api.CreateSetupLinkRequestObject) (api.CreateSetupLinkResponseObject, error) {
	t, err := s.findSettled(ctx, r.Tenant)
	if err != nil {
		return nil, err
	}
	x := exchangeOf(ctx)
	purpose := operator.Purpose(r.Body.Purpose)
	if purpose == operator.ForAdministrator && !x.caller.Role.Includes(operator.Admin) {
		has, err := s.Admins.HasOwner(ctx, t.ID)
		if err != nil {
			return nil, err
		}
		if has { // it would make another, past who may do what there
			p := newProblem(forbidden, "The tenant has an owner, who invites further administrators. A link that makes another owner needs the role admin, and the caller has %s.", x.caller.Role)
			p.role = operator.Admin
			return nil, p
		}
	}
	n := operator.NewLink{
		ID: string(x.attempt.ID), Tenant: t.ID, Purpose: purpose, ExpiresAt: value(r.Body.ExpiresAt), CreatedBy: x.caller.Actor,
	}
	secret, made, err := s.Operators.CreateLink(ctx, n)
	if err != nil {
		return nil, err
	}
	x.resource = made.ID
	l := s.setupLink(made)
	return api.CreateSetupLink201JSONResponse{
		ID: l.ID, Purpose: l.Purpose, State: l.State, CreatedAt: l.CreatedAt, CreatedBy: l.CreatedBy, ExpiresAt: l.ExpiresAt,
		URL: s.config.SetupURL(t.Slug, secret.Reveal()),
	}, nil
}

// RevokeSetupLink makes a set-up link open nothing any more.
func (s *Server) RevokeSetupLink(ctx context.Context, r api.RevokeSetupLinkRequestObject) (api.RevokeSetupLinkResponseObject, error) {
	t, err := s.find(ctx, r.Tenant)
	if err != nil {
		return nil, err
	}
	exchangeOf(ctx).about(r.Link)
	if err := s.Operators.RevokeLink(ctx, t.ID, r.Link); err != nil {
		return nil, err
	}
	return api.RevokeSetupLink204Response{}, nil
}
