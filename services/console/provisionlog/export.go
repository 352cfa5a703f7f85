package provisionlog

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/askspoke/spoke/scim/explain"
	"github.com/askspoke/spoke/services/console/place"
	"github.com/askspoke/spoke/services/console/web"
	"github.com/askspoke/spoke/services/console/word"
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
	end, err := s.Exports.Begin(x.Tenant.ID)
	if err != nil {
		return s.refuseExport(x, err, back)
	}
	defer end()
	q.OldestFirst, q.Limit = true, journal.MaxList
	schema := tenantdb.SchemaFor(x.Tenant.ID)
	first, err := journal.List(x.Context(), s.DB, schema, q) // while the answer can still be a page that explains
	if err != nil {
		return err
	}
	format := journal.NDJSON
	if x.Query("format") == string(journal.CSV) {
		format = journal.CSV
	}
	x.Header("Content-Type", format.ContentType())
	x.Header("Content-Disposition", fmt.Sprintf(`attachment; filename="%s-log-%s.%s"`, x.Tenant.Slug, x.Now().UTC().Format("20060102-150405"), format))
	if err := x.Stream(); err != nil {
		return err
	}
	control := http.NewResponseController(x.Writer)
	output := journal.Output{Format: format, RuleText: explain.Reference, ActorName: who.Name}
	err = output.Write(patient{x.Writer, control}, func(after string) (journal.Page, error) {
		if after == "" {
			return first, nil
		}
		// An export goes on for as long as somebody reads it, and for no longer than they may.
		if err := x.Check(x.Context()); err != nil {
			return journal.Page{}, err
		}
		q.After = after
		return journal.List(x.Context(), s.DB, schema, q)
	})
	if err != nil { // the connection ends without the end of the answer, so that the browser sees that it is not whole
		_ = control.SetWriteDeadline(time.Unix(1, 0))
	}
	return err
}

// exportRetry is when to try an export again for which there was no room.
const exportRetry = 30 * time.Second

// refuseExport says that there is no room for another export.
func (s *Pages) refuseExport(x *web.Exchange, err error, back string) error {
	x.Header("Retry-After", strconv.Itoa(int(exportRetry.Seconds())))
	if errors.Is(err, journal.ErrTenantExports) {
		return web.Refuse(http.StatusTooManyRequests, "The log is being exported already", "%d exports of %s's log are under way, which are as many as there may be at once. Wait until one is done, or cancel it, and try again.",
			journal.MaxTenantExports, x.TenantName()).Because(err).At(back, "To the log")
	}
	return web.Refuse(http.StatusServiceUnavailable, "Too many logs are being exported", "There is no room for another export just now. Try again in %s.", word.Roughly(exportRetry)).Because(err).At(back, "To the log")
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
