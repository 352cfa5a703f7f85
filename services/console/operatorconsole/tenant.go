package operatorconsole

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/askspoke/spoke/observability/health"
	"github.com/askspoke/spoke/services/console/web"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/operator"
	"github.com/askspoke/spoke/tenancy/status"
)

var (
	operatorReads   = web.Operators(operator.Read)
	operatorManages = web.Operators(operator.Manage)
)

func (s *Pages) operatorTenantRoutes() []web.Route {
	return []web.Route{
		web.Get("/", operatorReads, s.operatorTenants),
		web.Get("/tenants/:slug", operatorReads, s.operatorTenant),
		web.Get("/onboard", operatorManages, s.onboardPage),
		web.Post("/onboard", operatorManages, "createTenant", s.onboard),
		web.Post("/tenants/:slug/setup-links", operatorManages, "createSetupLink", s.operatorSetupLink),
		web.Post("/tenants/:slug/setup-links/:id/revoke", operatorManages, "revokeSetupLink", s.revokeSetupLink),
		web.Post("/tenants/:slug/state", operatorManages, "changeTenantState", s.operatorState),
		web.Post("/tenants/:slug/impersonations", operatorManages, "createImpersonation", s.impersonate),
		web.Post("/tenants/:slug/impersonations/:id/end", operatorManages, "endImpersonation", s.endImpersonation),
		web.Get("/audit", operatorReads, s.operatorAudit),
	}
}

// tenantRow is a tenant in the list.
type tenantRow struct {
	status.Record
	Kind      string // of the badge
	Heading   string // the worst reason, or nothing
	Evaluated bool
}

// stateCount is how many tenants are in a state.
type stateCount struct {
	State health.State
	Count int
	Kind  string
	Here  bool
}

// tenantsPerPage is how many tenants a page of the list has.
const tenantsPerPage = 50

// operatorTenants lists the tenants, those with the worst health first, or looks for one.
func (s *Pages) operatorTenants(x *web.Exchange) error {
	if slug := strings.TrimSpace(x.Query("slug")); slug != "" {
		_, err := s.Tenants.Get(x.Context(), tenancy.Slug(strings.ToLower(slug)))
		switch {
		case err == nil:
			return x.SeeOther("/tenants/" + url.PathEscape(strings.ToLower(slug)))
		case !errors.Is(err, tenancy.ErrNotFound):
			return err
		}
		return web.Refuse(http.StatusNotFound, "No tenant has this slug", "There is none that is called %.60q. A slug is the first part of the tenant's host, such as acme.", slug).At("/", "All tenants")
	}
	counts, err := s.Status.Counts(x.Context())
	if err != nil {
		return err
	}
	query := status.Query{Order: status.BySeverity, After: x.Query("after"), Limit: tenantsPerPage}
	chosen := health.State(x.Query("state"))
	if slices.Contains(health.States(), chosen) {
		query.States = []health.State{chosen}
	}
	page, err := s.Status.List(x.Context(), query)
	if errors.Is(err, status.ErrCursor) {
		return web.Refuse(http.StatusBadRequest, "This page of the list cannot be shown", "Its address was changed on the way.").At("/", "The first page").Because(err)
	}
	if err != nil {
		return err
	}
	data := struct {
		Counts []stateCount
		Rows   []tenantRow
		Chosen health.State
		Next   string
		First  bool
		MayAdd bool
	}{Chosen: chosen, First: query.After == "", MayAdd: x.Viewer.MayUse(operatorManages)}
	for _, state := range health.States() {
		if counts[state] > 0 {
			data.Counts = append(data.Counts, stateCount{state, counts[state], badgeOfState(state), state == chosen})
		}
	}
	if len(page.Records) == 0 && query.After == "" && query.States == nil {
		// The worker has not looked at any: there may be tenants all the same.
		made, err := s.Tenants.ListAfter(x.Context(), "", tenantsPerPage)
		if err != nil {
			return err
		}
		for _, t := range made {
			page.Records = append(page.Records, status.Record{ID: t.ID, Slug: t.Slug, Verdict: health.Verdict{State: health.AwaitingFirstRequest}})
		}
	}
	for _, record := range page.Records {
		row := tenantRow{Record: record, Kind: badgeOf(record.Verdict), Evaluated: !record.EvaluatedAt.IsZero()}
		if len(record.Verdict.Reasons) > 0 {
			row.Heading = record.Verdict.Reasons[0].Text
		}
		data.Rows = append(data.Rows, row)
	}
	if page.Next != "" {
		next := url.Values{"after": {page.Next}}
		if chosen != "" {
			next.Set("state", string(chosen))
		}
		data.Next = "/?" + next.Encode()
	}
	return x.Show("operator_tenants", data)
}

// badgeKind is the badge of a severity.
func badgeKind(severity health.Severity) string {
	switch severity {
	case health.OK:
		return "ok"
	case health.Notice:
		return "notice"
	case health.Warning:
		return "warning"
	}
	return "critical"
}

// badgeOf is the badge of a verdict. That nobody came yet is neither well nor ill.
func badgeOf(v health.Verdict) string {
	if v.Severity == health.OK {
		return badgeOfState(v.State)
	}
	return badgeKind(v.Severity)
}

// badgeOfState is the badge of a state where it is not known how bad it is.
func badgeOfState(state health.State) string {
	if state == health.Healthy {
		return "ok"
	}
	return "quiet"
}

// asked returns the tenant of the path, of which the change is.
func (s *Pages) asked(x *web.Exchange) (tenancy.Tenant, error) {
	t, err := s.Tenants.Get(x.Context(), tenancy.Slug(x.Param("slug")))
	if errors.Is(err, tenancy.ErrNotFound) {
		return t, web.Refuse(http.StatusNotFound, "No tenant has this slug", "It may have been deleted.").At("/", "All tenants").Because(err)
	}
	x.About = t.ID
	return t, err
}

// operatorTenant shows a tenant, and what an operator can do for it.
func (s *Pages) operatorTenant(x *web.Exchange) error {
	t, err := s.asked(x)
	if err != nil {
		return err
	}
	return s.showTenant(x, t, shownOnce{})
}

// shownOnce is what the answer to a change shows and no other.
type shownOnce struct {
	Link    string // a set-up link
	Purpose string
	Expires time.Time
	Visit   string // the link of an impersonation
	Welcome bool   // the tenant was just made
}

func (s *Pages) showTenant(x *web.Exchange, t tenancy.Tenant, once shownOnce) error {
	ctx := x.Context()
	record, err := s.Status.Get(ctx, t.ID)
	if err != nil && !errors.Is(err, tenancy.ErrNotFound) {
		return err
	}
	standings, err := s.Tokens.Standings(ctx, []tenancy.ID{t.ID})
	if err != nil {
		return err
	}
	admins, err := s.Admins.List(ctx, t.ID)
	if err != nil {
		return err
	}
	visits, err := s.Admins.Impersonations(ctx, t.ID, 10)
	if err != nil {
		return err
	}
	links, _, err := s.Operators.Links(ctx, t.ID, operator.Page{Limit: 10})
	if err != nil {
		return err
	}
	type visit struct {
		ID, Name, Reason, Role string
		At, Opened, Until      time.Time
		Open                   bool
	}
	type setupLink struct {
		ID, Purpose, State string
		At, Until          time.Time
		Live               bool // it opens something, or what it opened is still open
	}
	now := x.Now()
	data := struct {
		Tenant    tenancy.Tenant
		URL, Home string
		Record    status.Record
		Kind      string
		Live      int // tokens and secrets that are valid
		Admins    int
		Visits    []visit
		Links     []setupLink
		Once      shownOnce
		FormOnce  string // the number of the forms that make a link
		May       bool
		MayAdmin  bool
		Purposes  []choice
	}{
		Tenant: t, URL: s.TenantURL(t.Slug), Home: s.Origin(s.Host(t.Slug)), Record: record, Kind: badgeOf(record.Verdict),
		Live: standings[t.ID].Live, Admins: len(admins), Once: once, FormOnce: uuid.NewString(), May: x.Viewer.MayUse(operatorManages), MayAdmin: x.Viewer.MayUse(web.Operators(operator.Admin)),
		Purposes: setupPurposes(),
	}
	for _, v := range visits {
		data.Visits = append(data.Visits, visit{v.ID, v.Name, v.Reason, string(v.Role), v.CreatedAt, v.OpenedAt, v.ExpiresAt, !v.Over(now)})
	}
	for _, l := range links {
		data.Links = append(data.Links, setupLink{l.ID, web.PurposeText(l.Purpose), l.State(now), l.CreatedAt, l.ExpiresAt, linkLive(l, now)})
	}
	return x.Show("operator_tenant", data)
}

// linkLive says whether it changes anything to revoke a set-up link.
func linkLive(l operator.Link, now time.Time) bool {
	guest := l.Purpose != operator.ForAdministrator && !l.UsedAt.IsZero() && now.Before(l.UsedAt.Add(web.GuestLife))
	return l.RevokedAt.IsZero() && (guest || l.UsedAt.IsZero() && now.Before(l.ExpiresAt))
}

// choice is an option of a form.
type choice struct{ Value, Text string }

func setupPurposes() []choice {
	var list []choice
	for _, p := range []operator.Purpose{operator.ForAdministrator, operator.ForProvisioning, operator.ForSignOn, operator.ForHost} {
		list = append(list, choice{string(p), web.PurposeText(p)})
	}
	return list
}
