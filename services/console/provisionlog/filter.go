package provisionlog

import (
	"net/url"
	"slices"
	"time"

	"github.com/askspoke/spoke/services/console/actor"
	"github.com/askspoke/spoke/services/console/filter"
	"github.com/askspoke/spoke/services/console/web"
	"github.com/askspoke/spoke/tenancy/directory"
	"github.com/askspoke/spoke/tenancy/journal"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// logFilter is what the log is asked for, as the form and the address have it.
type logFilter struct {
	Outcome, Action, Resource, Actor, Provider, Request, Rule, From, To, After string

	Problems map[string]string // what is wrong with a field, by its name
	from, to time.Time
}

// logFields are the names of the fields.
func (f *logFilter) fields() map[string]*string {
	return map[string]*string{
		"outcome": &f.Outcome, "action": &f.Action, "resource": &f.Resource, "actor": &f.Actor, "provider": &f.Provider,
		"request": &f.Request, "rule": &f.Rule, "from": &f.From, "to": &f.To, "after": &f.After,
	}
}

// logFilterOf reads a filter. What is wrong with it is in Problems, and is shown beside the field.
func logFilterOf(values url.Values) logFilter {
	var f logFilter
	f.Problems = filter.Read(values, f.fields())
	if f.Outcome != "" && f.Outcome != string(journal.Accepted) && f.Outcome != string(journal.Refused) {
		f.Problems["outcome"] = "Choose accepted or refused."
	}
	if f.Action != "" && !slices.ContainsFunc(logActions(), func(c choice) bool { return c.Value == f.Action }) {
		f.Problems["action"] = "Choose one of the list."
	}
	f.from, f.to = filter.Period(&f.From, &f.To, f.Problems)
	return f
}

// Empty says whether everything is asked for.
func (f logFilter) Empty() bool { f.After = ""; return f.query("") == "" }

// query is the filter as an address has it, from a place on, with more pairs of names and values.
func (f logFilter) query(after string, more ...string) string {
	f.After = after
	values := url.Values{}
	for name, field := range f.fields() {
		if *field != "" {
			values.Set(name, *field)
		}
	}
	for i := 0; i+1 < len(more); i += 2 {
		values.Set(more[i], more[i+1])
	}
	if len(values) == 0 {
		return ""
	}
	return "?" + values.Encode()
}

// journal is the filter as the journal has it, but for the resource.
func (f logFilter) journal() journal.Query {
	q := journal.Query{
		Outcome: journal.Outcome(f.Outcome), Actor: f.Actor, RequestID: f.Request, ProviderRequestID: f.Provider, Rule: f.Rule, From: f.from, To: f.to,
	}
	if f.Action != "" {
		q.Actions = []journal.Action{journal.Action(f.Action)}
	}
	return q
}

// choice is one of a list in a form.
type choice struct{ Value, Text string }

// choicesOf are those who can have changed something.
func choicesOf(who actor.Names) (list []choice) {
	for id, name := range who.All() {
		list = append(list, choice{id, name})
	}
	return list
}

// logActions are the actions that the journal has, for people.
func logActions() []choice {
	return []choice{
		{"create", "Created"},
		{"update", "Changed"},
		{"disable", "Disabled"},
		{"restore", "Enabled or restored"},
		{"delete", "Deleted"},
		{"member_add", "Members added"},
		{"member_remove", "Members removed"},
		{"read", "Read or searched"},
		{"authenticate", "Signed in with a token"},
		{"other", "Other"},
	}
}

// store is the tenant's directory.
func (s *Pages) store(x *web.Exchange) directory.Store {
	return s.Directory.Store(tenantdb.SchemaFor(x.Tenant.ID), x.Tenant.Settings.UniqueGroupNames)
}
