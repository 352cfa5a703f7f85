package onboarding

import (
	"context"
	"net/http"

	"github.com/askspoke/spoke/scim/explain"
	"github.com/askspoke/spoke/services/onboarding/api"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/journal"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// journalExport is the answer that writes a journal as it is read.
type journalExport struct {
	ctx    context.Context
	server *Server
	tenant tenancy.ID
	schema tenantdb.Schema
	query  journal.Query
	format journal.Format
}

// ExportJournal streams a tenant's journal.
func (s *Server) ExportJournal(ctx context.Context, r api.ExportJournalRequestObject) (api.ExportJournalResponseObject, error) {
	t, err := s.findWhole(ctx, r.Tenant)
	if err != nil {
		return nil, err
	}
	p := r.Params
	q := journalFilter{p.Outcome, p.Action, p.ResourceType, p.Resource, p.Token, p.Request, p.ProviderRequest, p.Rule, p.Since, p.Until}.query()
	q.OldestFirst, q.Limit = true, journal.MaxList
	return journalExport{ctx, s, t.ID, tenantdb.SchemaFor(t.ID), q, journal.Format(value(p.Format))}, nil
}

// VisitExportJournalResponse writes the stream. What goes wrong before its first byte is a problem, and what goes wrong
// later breaks the connection off.
func (e journalExport) VisitExportJournalResponse(w http.ResponseWriter) error {
	end, err := e.server.Exports.Begin(e.tenant)
	if err != nil {
		return err
	}
	defer end()
	b := w.(*buffer)
	out := opening{b, http.NewResponseController(b), e.server.pace(e.ctx), e.format.ContentType()}
	return journal.Output{Format: e.format, RuleText: explain.Reference}.Write(out, func(after string) (journal.Page, error) {
		e.query.After = after
		return journal.List(e.ctx, e.server.DB, e.schema, e.query)
	})
}
