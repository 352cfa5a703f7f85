package onboarding

import (
	"context"
	"errors"

	"github.com/askspoke/spoke/services/onboarding/api"
	"github.com/askspoke/spoke/tenancy/token"
)

func (s *Server) rotation(r token.Rotation) api.Rotation {
	return api.Rotation{State: api.RotationState(r.State), Proven: r.Proven, Old: s.token(r.Old), New: s.token(r.New)}
}

// StartRotation issues the token that is to replace another.
func (s *Server) StartRotation(ctx context.Context, r api.StartRotationRequestObject) (api.StartRotationResponseObject, error) {
	t, err := s.findToken(ctx, r.Tenant, r.Token)
	if err != nil {
		return nil, err
	}
	if err := settled(t); err != nil {
		return nil, err
	}
	if r.Body.ExpiresAt != nil && !r.Body.ExpiresAt.After(s.config.Now()) {
		return nil, wrongField("expires_at", "must be in the future")
	}
	secret, started, err := s.Tokens.StartRotation(ctx, t.ID, r.Token, token.NewRotation{
		ID: string(exchangeOf(ctx).attempt.ID), ExpiresAt: value(r.Body.ExpiresAt),
	})
	if err != nil {
		return nil, err
	}
	p := s.rotation(started)
	answer := api.StartRotation201JSONResponse{Body: api.StartedRotation{State: p.State, Proven: p.Proven, Old: p.Old, New: p.New, Secret: secret.Reveal()}}
	answer.Headers.Location = tokenPath(t, started.Old) + "/rotation"
	return answer, nil
}

// GetRotation answers with the last rotation of a token.
func (s *Server) GetRotation(ctx context.Context, r api.GetRotationRequestObject) (api.GetRotationResponseObject, error) {
	t, err := s.findToken(ctx, r.Tenant, r.Token)
	if err != nil {
		return nil, err
	}
	p, err := s.Tokens.Rotation(ctx, t.ID, r.Token)
	if errors.Is(err, token.ErrNoRotation) {
		return nil, newProblem(notFound, "The token was never rotated.")
	}
	if err != nil {
		return nil, err
	}
	return api.GetRotation200JSONResponse(s.rotation(p)), nil
}

// CompleteRotation revokes the old token.
func (s *Server) CompleteRotation(ctx context.Context, r api.CompleteRotationRequestObject) (api.CompleteRotationResponseObject, error) {
	t, err := s.findToken(ctx, r.Tenant, r.Token)
	if err != nil {
		return nil, err
	}
	p, err := s.Tokens.CompleteRotation(ctx, t.ID, r.Token, value(r.Params.Force))
	if err != nil {
		return nil, err
	}
	return api.CompleteRotation200JSONResponse(s.rotation(p)), nil
}

// CancelRotation revokes the new token.
func (s *Server) CancelRotation(ctx context.Context, r api.CancelRotationRequestObject) (api.CancelRotationResponseObject, error) {
	t, err := s.findToken(ctx, r.Tenant, r.Token)
	if err != nil {
		return nil, err
	}
	p, err := s.Tokens.CancelRotation(ctx, t.ID, r.Token)
	if err != nil {
		return nil, err
	}
	return api.CancelRotation200JSONResponse(s.rotation(p)), nil
}
