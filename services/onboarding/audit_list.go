package onboarding

import (
	"context"
	"errors"
	"net/url"
	"strconv"
	"time"

	"github.com/askspoke/spoke/services/onboarding/api"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/operator"
)

func auditEntry(c operator.Call) api.AuditEntry {
	e := api.AuditEntry{
		ID: c.ID, At: c.At, Actor: c.Actor, Name: optional(c.Name), Role: optional(api.Role(c.Role)), Operation: c.Operation,
		TenantID: optional(string(c.Tenant)), ResourceID: optional(c.Resource), RequestID: c.RequestID, Status: optional(c.Status),
		Problem: optional(c.Problem), Replayed: optional(c.Replayed),
	}
	if c.Address.IsValid() {
		e.Address = c.Address.String()
	}
	return e
}

// ListAudit answers with a page of the calls of this API.
func (s *Server) ListAudit(ctx context.Context, r api.ListAuditRequestObject) (api.ListAuditResponseObject, error) {
	p := r.Params
	page, err := readPage("audit", p.Limit, p.Cursor)
	if err != nil {
		return nil, err
	}
	filter := operator.CallFilter{Actor: value(p.Actor), Operation: value(p.Operation), Since: value(p.Since), Until: value(p.Until)}
	if p.Tenant != nil {
		if filter.Tenant, err = s.tenantOfAudit(ctx, *p.Tenant); err != nil {
			return nil, err
		}
	}
	list, more, err := s.Operators.Calls(ctx, filter, page)
	if err != nil {
		return nil, err
	}
	answer := api.ListAudit200JSONResponse{Body: api.AuditPage{Items: make([]api.AuditEntry, len(list))}}
	next := cursor{List: "audit"}
	for i, c := range list {
		answer.Body.Items[i], next.At, next.ID = auditEntry(c), c.At, c.ID
	}
	query := url.Values{"limit": {strconv.Itoa(page.Limit)}}
	for name, text := range map[string]string{"actor": filter.Actor, "operation": filter.Operation, "tenant": value(p.Tenant)} {
		if text != "" {
			query.Set(name, text)
		}
	}
	for name, at := range map[string]time.Time{"since": filter.Since, "until": filter.Until} {
		if !at.IsZero() {
			query.Set(name, at.Format(time.RFC3339Nano))
		}
	}
	answer.Headers.Link, answer.Body.NextCursor = linkTo("/v1/audit", query, next, more)
	return answer, nil
}

// tenantOfAudit returns the id of a tenant by its slug or its id. The audit log outlives a tenant, so an id need not be of
// one that is there.
func (s *Server) tenantOfAudit(ctx context.Context, name string) (tenancy.ID, error) {
	t, err := s.lookUp(ctx, name)
	if err == nil {
		return t.ID, nil
	}
	if !errors.Is(err, tenancy.ErrNotFound) {
		return "", err
	}
	id, err := tenancy.ParseID(name)
	if err != nil {
		return "", wrongField("tenant", "is no tenant's slug, and no id")
	}
	return id, nil
}
