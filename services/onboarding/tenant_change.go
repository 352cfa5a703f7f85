package onboarding

import (
	"context"
	"time"

	"github.com/askspoke/spoke/services/onboarding/api"
	"github.com/askspoke/spoke/tenancy"
)

// UpdateTenant changes a tenant's name and settings, from the version that If-Match names.
func (s *Server) UpdateTenant(ctx context.Context, r api.UpdateTenantRequestObject) (api.UpdateTenantResponseObject, error) {
	t, err := s.find(ctx, r.Tenant)
	if err != nil {
		return nil, err
	}
	version, err := readVersion(r.Params.IfMatch)
	if err != nil {
		return nil, err
	}
	change := settingsChange(r.Body.Settings)
	change.Name = r.Body.Name
	t, err = s.Tenants.Update(ctx, t.ID, version, change)
	if err != nil {
		return nil, err
	}
	return api.UpdateTenant200JSONResponse{TenantAnswerJSONResponse: s.tenantAnswer(t)}, nil
}

// move finds a tenant, changes its state, and returns it as it is then.
func (s *Server) move(ctx context.Context, name string, act func(tenancy.ID) error) (answer api.TenantAnswerJSONResponse, err error) {
	t, err := s.find(ctx, name)
	if err != nil {
		return answer, err
	}
	if err := act(t.ID); err != nil {
		return answer, err
	}
	if t, err = s.Tenants.ByID(ctx, t.ID); err != nil {
		return answer, err
	}
	return s.tenantAnswer(t), nil
}

// SuspendTenant suspends a tenant.
func (s *Server) SuspendTenant(ctx context.Context, r api.SuspendTenantRequestObject) (api.SuspendTenantResponseObject, error) {
	answer, err := s.move(ctx, r.Tenant, func(id tenancy.ID) error { return s.Tenants.SetState(ctx, id, tenancy.StateSuspended) })
	if err != nil {
		return nil, err
	}
	return api.SuspendTenant200JSONResponse{TenantAnswerJSONResponse: answer}, nil
}

// PauseTenant pauses a tenant.
func (s *Server) PauseTenant(ctx context.Context, r api.PauseTenantRequestObject) (api.PauseTenantResponseObject, error) {
	answer, err := s.move(ctx, r.Tenant, func(id tenancy.ID) error { return s.Tenants.SetState(ctx, id, tenancy.StatePaused) })
	if err != nil {
		return nil, err
	}
	return api.PauseTenant200JSONResponse{TenantAnswerJSONResponse: answer}, nil
}

// ResumeTenant makes a tenant active again.
func (s *Server) ResumeTenant(ctx context.Context, r api.ResumeTenantRequestObject) (api.ResumeTenantResponseObject, error) {
	answer, err := s.move(ctx, r.Tenant, func(id tenancy.ID) error { return s.Tenants.SetState(ctx, id, tenancy.StateActive) })
	if err != nil {
		return nil, err
	}
	return api.ResumeTenant200JSONResponse{TenantAnswerJSONResponse: answer}, nil
}

// defaultGrace is how many days a deletion can be undone where nothing is said.
const defaultGrace = 30

// DeleteTenant begins the deletion of a tenant.
func (s *Server) DeleteTenant(ctx context.Context, r api.DeleteTenantRequestObject) (api.DeleteTenantResponseObject, error) {
	days := defaultGrace
	if r.Params.GraceDays != nil {
		days = *r.Params.GraceDays
	}
	answer, err := s.move(ctx, r.Tenant, func(id tenancy.ID) error {
		_, err := s.Tenants.Delete(ctx, id, time.Duration(days)*24*time.Hour)
		return err
	})
	if err != nil {
		return nil, err
	}
	return api.DeleteTenant202JSONResponse{TenantAnswerJSONResponse: answer}, nil
}

// RestoreTenant undoes the deletion of a tenant.
func (s *Server) RestoreTenant(ctx context.Context, r api.RestoreTenantRequestObject) (api.RestoreTenantResponseObject, error) {
	answer, err := s.move(ctx, r.Tenant, func(id tenancy.ID) error {
		_, err := s.Tenants.Undelete(ctx, id)
		return err
	})
	if err != nil {
		return nil, err
	}
	return api.RestoreTenant200JSONResponse{TenantAnswerJSONResponse: answer}, nil
}
