package provisionlog

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/askspoke/spoke/services/console/actor"
	"github.com/askspoke/spoke/services/console/place"
	"github.com/askspoke/spoke/services/console/web"
	"github.com/askspoke/spoke/tenancy/journal"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// exportPatience is how long a browser may take for a piece of an export.
const exportPatience = time.Minute

// exportLog streams what a filter chooses, the oldest first, as lines of JSON or as CSV. Its last line says how many there
// were: an export without it broke off.
func (s *Pages) exportLog(x *web.Exchange) error {
	page := logPage{Filter: logFilterOf(x.Request.URL.Query())}
	page.Filter.After = ""
	back := place.Log + page.Filter.query("")
	if len(page.Filter.Problems) > 0 {
		return web.Refuse(http.StatusUnprocessableEntity, "The log cannot be exported with this filter", "Something in it is wrong. Correct it on the log's page, which says which one.").At(back, "To the log")
	}
	q, err := s.logQuery(x, &page)
	if err != nil {
		return err
	}
	if page.Unknown || len(page.Choices) > 1 {
		return web.Refuse(http.StatusUnprocessableEntity, "The log cannot be exported with this filter", "The name chooses nobody, or several. Choose one on the log's page.").At(back, "To the log")
	}
	who, err := s.Actors.Names(x.Context(), x.Tenant.ID)
	if err != nil {
		return err
	}
	q.OldestFirst, q.Limit = true, journal.MaxList
	schema := tenantdb.SchemaFor(x.Tenant.ID)
	first, err := journal.List(x.Context(), s.DB, schema, q) // while the answer can still be a page that explains
	if err != nil {
		return err
	}
	kind, ending := "application/x-ndjson", "ndjson"
	if x.Query("format") == "csv" {
		kind, ending = "text/csv; charset=utf-8; header=present", "csv"
	}
	x.Header("Content-Type", kind)
	x.Header("Content-Disposition", fmt.Sprintf(`attachment; filename="%s-log-%s.%s"`, x.Tenant.Slug, x.Now().UTC().Format("20060102-150405"), ending))
	if err := x.Stream(); err != nil {
		return err
	}
	control := http.NewResponseController(x.Writer)
	out := bufio.NewWriterSize(patient{x.Writer, control}, 32<<10)
	to := logWriter(&logLines{json.NewEncoder(out), who})
	if ending == "csv" {
		to = &logTable{csv.NewWriter(out), who}
	}
	next := func(after string) (journal.Page, error) {
		// An export goes on for as long as somebody reads it, and for no longer than they may.
		if err := x.Check(x.Context()); err != nil {
			return journal.Page{}, err
		}
		q.After = after
		return journal.List(x.Context(), s.DB, schema, q)
	}
	if err = writeLog(to, out, first, next); err == nil {
		err = out.Flush()
	}
	if err != nil { // the connection ends without the end of the answer, so that the browser sees that it is not whole
		_ = control.SetWriteDeadline(time.Unix(1, 0))
	}
	return err
}

// writeLog writes page after page.
func writeLog(to logWriter, out io.Writer, page journal.Page, next func(after string) (journal.Page, error)) error {
	if err := to.begin(); err != nil {
		return err
	}
	for n := 0; ; {
		for _, e := range page.Entries {
			if err := to.entry(e); err != nil {
				return fmt.Errorf("export the log: %w", err)
			}
			n++
		}
		if page.Next == "" {
			return to.end(out, n)
		}
		var err error
		if page, err = next(page.Next); err != nil {
			return err
		}
	}
}

// patient writes for as long as somebody reads.
type patient struct {
	io.Writer
	control *http.ResponseController
}

// Write writes b within exportPatience.
func (p patient) Write(b []byte) (int, error) {
	if err := p.control.SetWriteDeadline(time.Now().Add(exportPatience)); err != nil {
		return 0, err
	}
	return p.Writer.Write(b)
}

// logWriter writes entries in one of the formats.
type logWriter interface {
	begin() error
	entry(e journal.Entry) error
	end(out io.Writer, n int) error
}

// logLines writes a JSON object a line.
type logLines struct {
	*json.Encoder
	who actor.Names
}

func (w *logLines) begin() error {
	w.SetEscapeHTML(false)
	return nil
}

func (w *logLines) entry(e journal.Entry) error {
	return w.Encode(struct {
		ID                string          `json:"id"`
		At                time.Time       `json:"at"`
		Outcome           string          `json:"outcome"`
		Status            int             `json:"status,omitempty"`
		Action            string          `json:"action"`
		ResourceType      string          `json:"resource_type,omitempty"`
		ResourceID        string          `json:"resource_id,omitempty"`
		Version           int64           `json:"version,omitempty"`
		Actor             string          `json:"actor,omitempty"`
		ActorName         string          `json:"actor_name"`
		RequestID         string          `json:"request_id,omitempty"`
		ProviderRequestID string          `json:"provider_request_id,omitempty"`
		Duration          int64           `json:"duration_microseconds"`
		Detail            json.RawMessage `json:"detail"`
	}{
		e.ID, e.At, string(e.Outcome), e.Status, string(e.Action), e.ResourceType, e.ResourceID, e.Version, e.Actor, w.who.Name(e.Actor),
		e.RequestID, e.ProviderRequestID, e.Duration.Microseconds(), e.Detail,
	})
}

func (w *logLines) end(_ io.Writer, n int) error {
	return w.Encode(struct {
		End     bool `json:"end"`
		Entries int  `json:"entries"`
	}{true, n})
}

// logTable writes CSV (RFC 4180).
type logTable struct {
	*csv.Writer
	who actor.Names
}

func (w *logTable) begin() error {
	return w.Write([]string{
		"id", "at", "outcome", "status", "action", "resource_type", "resource_id", "version", "actor", "actor_name", "request_id",
		"provider_request_id", "duration_microseconds", "rule", "attribute", "detail", "hint", "data",
	})
}

func (w *logTable) entry(e journal.Entry) error {
	var r journal.Refusal
	if e.Outcome == journal.Refused {
		var err error
		if r, err = e.Refusal(); err != nil {
			return err
		}
	}
	record := []string{
		e.ID, e.At.Format(time.RFC3339Nano), string(e.Outcome), strconv.Itoa(e.Status), string(e.Action), e.ResourceType, e.ResourceID,
		strconv.FormatInt(e.Version, 10), e.Actor, w.who.Name(e.Actor), e.RequestID, e.ProviderRequestID, strconv.FormatInt(e.Duration.Microseconds(), 10),
		r.Rule, r.Attribute, r.Detail, r.Hint, string(e.Detail),
	}
	for i, text := range record {
		record[i] = journal.Cell(text)
	}
	return w.Write(record)
}

func (w *logTable) end(_ io.Writer, n int) error {
	if err := w.Write([]string{"#end", strconv.Itoa(n)}); err != nil {
		return err
	}
	w.Flush()
	return w.Error()
}
