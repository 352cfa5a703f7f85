package operatorconsole

import (
	"errors"
	"net/url"
	"sort"
	"time"

	"github.com/askspoke/spoke/services/console/web"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/operator"
)

// auditPerPage is how many calls a page of the audit log has.
const auditPerPage = 50

// operatorAudit lists the calls of the onboarding API and the changes that were made in a console, the newest first.
func (s *Pages) operatorAudit(x *web.Exchange) error {
	filter := operator.CallFilter{Actor: x.Query("actor"), Operation: x.Query("operation")}
	data := struct {
		Tenant, Actor, Operation string
		Problem                  string
		Calls                    []operator.Call
		Slugs                    map[tenancy.ID]tenancy.Slug
		Next                     string
		First                    bool
	}{Tenant: x.Query("tenant"), Actor: filter.Actor, Operation: filter.Operation, First: x.Query("id") == "", Slugs: make(map[tenancy.ID]tenancy.Slug)}
	page := operator.Page{Limit: auditPerPage}
	if at, err := time.Parse(time.RFC3339Nano, x.Query("at")); err == nil && !data.First {
		if id, err := tenancy.ParseID(x.Query("id")); err == nil {
			page.After = operator.Position{At: at, ID: string(id)}
		}
	}
	if data.Tenant != "" {
		t, err := s.Tenants.Get(x.Context(), tenancy.Slug(data.Tenant))
		switch {
		case errors.Is(err, tenancy.ErrNotFound):
			data.Problem = "No tenant has this slug."
			return x.Show("operator_audit", data)
		case err != nil:
			return err
		}
		filter.Tenant, data.Slugs[t.ID] = t.ID, t.Slug
	}
	list, more, err := s.Operators.Calls(x.Context(), filter, page)
	if err != nil {
		return err
	}
	data.Calls = list
	if err := s.nameTenants(x, list, data.Slugs); err != nil {
		return err
	}
	if more {
		last := list[len(list)-1]
		next := url.Values{"at": {last.At.Format(time.RFC3339Nano)}, "id": {last.ID}}
		for name, value := range map[string]string{"tenant": data.Tenant, "actor": data.Actor, "operation": data.Operation} {
			if value != "" {
				next.Set(name, value)
			}
		}
		data.Next = "/audit?" + next.Encode()
	}
	return x.Show("operator_audit", data)
}

// nameTenants finds the slugs of the calls' tenants. One that is gone has none.
func (s *Pages) nameTenants(x *web.Exchange, calls []operator.Call, slugs map[tenancy.ID]tenancy.Slug) error {
	for _, c := range calls {
		if _, known := slugs[c.Tenant]; known || c.Tenant == "" {
			continue
		}
		t, err := s.Tenants.ByID(x.Context(), c.Tenant)
		if err != nil && !errors.Is(err, tenancy.ErrNotFound) {
			return err
		}
		slugs[c.Tenant] = t.Slug
	}
	return nil
}

func sortChoices(list []choice) {
	sort.Slice(list, func(i, j int) bool { return list[i].Text < list[j].Text })
}
