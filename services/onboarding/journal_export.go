package onboarding

import (
	"bufio"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/askspoke/spoke/services/onboarding/api"
	"github.com/askspoke/spoke/tenancy/journal"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// journalExport is the answer that writes a journal as it is read.
type journalExport struct {
	ctx    context.Context
	server *Server
	schema tenantdb.Schema
	query  journal.Query
	csv    bool
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
	return journalExport{ctx, s, tenantdb.SchemaFor(t.ID), q, value(p.Format) == api.JournalCSV}, nil
}

// VisitExportJournalResponse writes the stream. What goes wrong before its first byte is a problem, and what goes wrong
// later breaks the connection off.
func (e journalExport) VisitExportJournalResponse(w http.ResponseWriter) error {
	b := w.(*buffer)
	kind := "application/x-ndjson"
	if e.csv {
		kind = "text/csv; charset=utf-8; header=present"
	}
	out := bufio.NewWriterSize(opening{b, http.NewResponseController(b), e.server.pace(e.ctx), kind}, 32<<10)
	var write entryWriter = &lineWriter{json.NewEncoder(out)}
	if e.csv {
		write = &csvWriter{csv.NewWriter(out)}
	}
	if err := e.write(write, out); err != nil {
		return err
	}
	return out.Flush()
}

func (e journalExport) write(to entryWriter, out io.Writer) error {
	if err := to.begin(); err != nil {
		return err
	}
	n := 0
	for {
		page, err := journal.List(e.ctx, e.server.DB, e.schema, e.query)
		if err != nil {
			return err
		}
		for _, entry := range page.Entries {
			if err := to.entry(entry); err != nil {
				return fmt.Errorf("export journal: %w", err)
			}
			n++
		}
		if page.Next == "" {
			return to.end(out, n)
		}
		e.query.After = page.Next
	}
}

// entryWriter writes entries in one of the formats.
type entryWriter interface {
	begin() error
	entry(journal.Entry) error
	end(out io.Writer, n int) error
}

type lineWriter struct{ *json.Encoder }

func (w *lineWriter) begin() error {
	w.SetEscapeHTML(false)
	return nil
}

func (w *lineWriter) entry(e journal.Entry) error {
	entry, err := journalEntry(e)
	if err != nil {
		return err
	}
	return w.Encode(entry)
}

func (w *lineWriter) end(_ io.Writer, n int) error {
	return w.Encode(struct {
		End     bool `json:"end"`
		Entries int  `json:"entries"`
	}{true, n})
}

type csvWriter struct{ *csv.Writer }

func (w *csvWriter) begin() error {
	return w.Write([]string{
		"id", "at", "outcome", "status", "action", "resource_type", "resource_id", "version", "token_id", "request_id",
		"provider_request_id", "duration_microseconds", "rule", "attribute", "scim_type", "detail", "hint", "data",
	})
}

func (w *csvWriter) entry(e journal.Entry) error {
	var r journal.Refusal
	status, version := "", strconv.FormatInt(e.Version, 10)
	if e.Outcome == journal.Refused {
		var err error
		if r, err = e.Refusal(); err != nil {
			return err
		}
		status, version = strconv.Itoa(e.Status), ""
	}
	record := []string{
		e.ID, e.At.Format(time.RFC3339Nano), string(e.Outcome), status, string(e.Action), e.ResourceType, e.ResourceID,
		version, e.Actor, e.RequestID, e.ProviderRequestID, strconv.FormatInt(e.Duration.Microseconds(), 10),
		r.Rule, r.Attribute, r.SCIMType, r.Detail, r.Hint, string(e.Detail),
	}
	for i, text := range record {
		record[i] = journal.Cell(text)
	}
	return w.Write(record)
}

func (w *csvWriter) end(_ io.Writer, n int) error {
	if err := w.Write([]string{"#end", strconv.Itoa(n)}); err != nil {
		return err
	}
	w.Flush()
	return w.Error()
}
