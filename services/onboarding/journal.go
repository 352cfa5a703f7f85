package onboarding

import (
	"context"
	"encoding/json"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/askspoke/spoke/scim/explain"
	"github.com/askspoke/spoke/services/onboarding/api"
	"github.com/askspoke/spoke/tenancy/journal"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// journalDetail is what the journal keeps of a change that was made.
type journalDetail struct {
	Changes []struct {
		Path string           `json:"path"`
		Old  *json.RawMessage `json:"old"`
		New  *json.RawMessage `json:"new"`
	} `json:"changes"`
	Added    []string         `json:"added"`
	Removed  []string         `json:"removed"`
	Document *json.RawMessage `json:"document"`
	Groups   []string         `json:"groups"`
	Members  []string         `json:"members"`
}

func journalEntry(e journal.Entry) (api.JournalEntry, error) {
	entry := api.JournalEntry{
		ID: e.ID, At: e.At, Outcome: api.JournalOutcome(e.Outcome), Action: api.JournalAction(e.Action),
		ResourceType: optional(api.ResourceTypeName(e.ResourceType)), ResourceID: optional(e.ResourceID), Version: optional(e.Version),
		TokenID: optional(e.Actor), RequestID: e.RequestID, ProviderRequestID: optional(e.ProviderRequestID),
		DurationMicroseconds: e.Duration.Microseconds(),
	}
	if e.Outcome == journal.Refused {
		r, err := e.Refusal()
		entry.Refusal = refusal(e.Status, r)
		return entry, err
	}
	var d journalDetail
	if err := json.Unmarshal(e.Detail, &d); err != nil {
		return entry, err
	}
	if len(d.Changes) > 0 {
		changes := make([]api.AttributeChange, len(d.Changes))
		for i, c := range d.Changes {
			changes[i] = api.AttributeChange{Path: c.Path, Old: c.Old, New: c.New}
		}
		entry.Changes = &changes
	}
	entry.Added, entry.Removed, entry.Groups, entry.Members = some(d.Added), some(d.Removed), some(d.Groups), some(d.Members)
	entry.Document = d.Document
	return entry, nil
}

// some returns nil for an empty list, which is absent in JSON.
func some(list []string) *[]string {
	if len(list) == 0 {
		return nil
	}
	return &list
}

func refusal(status int, r journal.Refusal) *api.Refusal {
	out := &api.Refusal{
		Status: status, Rule: r.Rule, RuleText: optional(explain.Reference(r.Rule)), Attribute: optional(r.Attribute), ScimType: optional(r.SCIMType),
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
