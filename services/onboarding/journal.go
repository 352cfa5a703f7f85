package onboarding

import (
	"context"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/askspoke/spoke/scim/explain"
	"github.com/askspoke/spoke/services/onboarding/api"
	"github.com/askspoke/spoke/tenancy/journal"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// journalEntry is an entry as the API's document has it, which is the line of an export.
func journalEntry(e journal.Entry) (api.JournalEntry, error) {
	l, err := e.Line(explain.Reference)
	entry := api.JournalEntry{
		ID: l.ID, At: l.At, Outcome: api.JournalOutcome(l.Outcome), Action: api.JournalAction(l.Action),
		ResourceType: optional(api.ResourceTypeName(l.ResourceType)), ResourceID: optional(l.ResourceID), Version: optional(l.Version),
		TokenID: optional(l.TokenID), RequestID: l.RequestID, ProviderRequestID: optional(l.ProviderRequestID),
		DurationMicroseconds: l.DurationMicroseconds, Document: l.Document, Refusal: refusal(l.Refusal),
		Added: some(l.Added), Removed: some(l.Removed), Groups: some(l.Groups), Members: some(l.Members),
	}
	changes := make([]api.AttributeChange, len(l.Changes))
	for i, c := range l.Changes {
		changes[i] = api.AttributeChange{Path: c.Path, Old: c.Old, New: c.New}
	}
	entry.Changes = some(changes)
	return entry, err
}

// some returns nil for an empty list, which is absent in JSON.
func some[T any](list []T) *[]T {
	if len(list) == 0 {
		return nil
	}
	return &list
}

func refusal(r *journal.RefusalLine) *api.Refusal {
	if r == nil {
		return nil
	}
	out := &api.Refusal{
		Status: r.Status, Rule: r.Rule, RuleText: optional(r.RuleText), Attribute: optional(r.Attribute), ScimType: optional(r.SCIMType),
		Detail: r.Detail, Hint: r.Hint, Method: optional(r.Method), Path: optional(r.Path), Query: optional(r.Query),
		BodyText: optional(r.BodyText), Truncated: optional(r.Truncated), Redacted: some(r.Redacted),
	}
	if len(r.Body) > 0 {
		out.Body = &r.Body
	}
	return out
}

// journalFilter are the parameters that list and export have in common.
type journalFilter struct {
	Outcome         *api.JournalOutcome
	Action          *[]api.JournalAction
	ResourceType    *api.ResourceTypeName
	Resource        *string
	Token           *string
	Request         *string
	ProviderRequest *string
	Rule            *string
	Since           *time.Time
	Until           *time.Time
}

func (f journalFilter) query() journal.Query {
	q := journal.Query{
		Outcome: journal.Outcome(value(f.Outcome)), ResourceType: string(value(f.ResourceType)), ResourceID: value(f.Resource),
		Actor: value(f.Token), RequestID: value(f.Request), ProviderRequestID: value(f.ProviderRequest), Rule: value(f.Rule),
		From: value(f.Since), To: value(f.Until),
	}
	for _, action := range value(f.Action) {
		q.Actions = append(q.Actions, journal.Action(action))
	}
	return q
}

// values are the parameters as they stand in a query.
func (f journalFilter) values() url.Values {
	v := url.Values{}
	actions := make([]string, len(value(f.Action)))
	for i, action := range value(f.Action) {
		actions[i] = string(action)
	}
	for name, text := range map[string]string{
		"outcome": string(value(f.Outcome)), "action": strings.Join(actions, ","), "resource_type": string(value(f.ResourceType)),
		"resource": value(f.Resource), "token": value(f.Token), "request": value(f.Request),
		"provider_request": value(f.ProviderRequest), "rule": value(f.Rule),
	} {
		if text != "" {
			v.Set(name, text)
		}
	}
	for name, at := range map[string]*time.Time{"since": f.Since, "until": f.Until} {
		if at != nil {
			v.Set(name, at.Format(time.RFC3339Nano))
		}
	}
	return v
}

// ListJournal answers with a page of a tenant's journal.
func (s *Server) ListJournal(ctx context.Context, r api.ListJournalRequestObject) (api.ListJournalResponseObject, error) {
	t, err := s.findWhole(ctx, r.Tenant)
	if err != nil {
		return nil, err
	}
	p := r.Params
	order := value(p.Order)
	if order == "" {
		order = api.JournalNewest
	}
	list := "journal " + string(order) + " " + string(t.ID)
	after, err := readPlace(list, p.Cursor)
	if err != nil {
		return nil, err
	}
	filter := journalFilter{p.Outcome, p.Action, p.ResourceType, p.Resource, p.Token, p.Request, p.ProviderRequest, p.Rule, p.Since, p.Until}
	q := filter.query()
	q.Limit, q.After, q.OldestFirst = limitOf(p.Limit), after, order == api.JournalOldest
	page, err := journal.List(ctx, s.DB, tenantdb.SchemaFor(t.ID), q)
	if err != nil {
		return nil, err
	}
	answer := api.ListJournal200JSONResponse{Body: api.JournalPage{Items: make([]api.JournalEntry, len(page.Entries))}}
	for i, e := range page.Entries {
		if answer.Body.Items[i], err = journalEntry(e); err != nil {
			return nil, err
		}
	}
	query := filter.values()
	query.Set("limit", strconv.Itoa(q.Limit))
	if p.Order != nil {
		query.Set("order", string(*p.Order))
	}
	answer.Headers.Link, answer.Body.NextCursor = linkAfter(tenantPath(t)+"/journal", list, query, page.Next)
	return answer, nil
}

// GetJournalEntry answers with one entry.
func (s *Server) GetJournalEntry(ctx context.Context, r api.GetJournalEntryRequestObject) (api.GetJournalEntryResponseObject, error) {
	t, err := s.findWhole(ctx, r.Tenant)
	if err != nil {
		return nil, err
	}
	exchangeOf(ctx).about(r.Entry)
	e, err := journal.Get(ctx, s.DB, tenantdb.SchemaFor(t.ID), r.Entry)
	if err != nil {
		return nil, err
	}
	entry, err := journalEntry(e)
	return api.GetJournalEntry200JSONResponse(entry), err
}
