package provisionlog

import (
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/google/uuid"

	"github.com/askspoke/spoke/services/console/actor"
	"github.com/askspoke/spoke/services/console/place"
	"github.com/askspoke/spoke/services/console/web"
	"github.com/askspoke/spoke/services/console/word"
	"github.com/askspoke/spoke/tenancy/journal"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

func (s *Pages) routes() []web.Route {
	return []web.Route{
		web.Get(place.Log, web.Viewers, s.log),
		web.Get(place.Log+"/export", web.Viewers, s.exportLog),
		web.Get(place.Log+"/:entry", web.Viewers, s.logEntry),
		web.Get(place.Log+"/:entry/replay", web.Editors, s.replayForm),
		web.Post(place.Log+"/:entry/replay", web.Editors, "replayRequest", s.sendReplay),
		web.Post(place.Log+"/:entry/check", web.Editors, "", s.checkReplay),
	}
}

// logRows is how many entries a page has.
const logRows = 50

// logPage is the provisioning log of a tenant.
type logPage struct {
	Filter    logFilter
	Rows      []logRow
	Choices   []logCalled // what has the name, where it is more than one
	Unknown   bool        // nothing has the name
	Short     bool        // it looked at many entries, and older ones may follow
	Next      string      // the path of the next page, "" where there is none
	First     bool
	FirstPath string
	Exports   map[string]string // the paths of the exports, by format
	Actors    []choice
	Actions   []choice
}

// logRow is an entry in the list.
type logRow struct {
	ID       string
	At       time.Time
	Refused  bool
	Status   int
	Text     string // what was done, or was to be done
	Why      string // it was refused
	Who      string
	Duration time.Duration
}

// log lists what the identity provider changed, and what was refused.
func (s *Pages) log(x *web.Exchange) error {
	page := logPage{Filter: logFilterOf(x.Request.URL.Query()), Actions: logActions()}
	page.First = page.Filter.After == ""
	page.FirstPath = place.Log + page.Filter.query("")
	page.Exports = map[string]string{
		"CSV": place.Log + "/export" + page.Filter.query("", "format", "csv"), "NDJSON": place.Log + "/export" + page.Filter.query("", "format", "ndjson"),
	}
	who, err := s.Actors.Names(x.Context(), x.Tenant.ID)
	if err != nil {
		return err
	}
	page.Actors = choicesOf(who)
	if len(page.Filter.Problems) > 0 {
		return x.ShowAgain("log", page)
	}
	q, err := s.logQuery(x, &page)
	if err != nil {
		return err
	}
	if page.Unknown || len(page.Choices) > 1 {
		return x.Show("log", page)
	}
	q.Limit, q.After = logRows, page.Filter.After
	found, err := journal.List(x.Context(), s.DB, tenantdb.SchemaFor(x.Tenant.ID), q)
	if errors.Is(err, journal.ErrCursor) {
		return web.Refuse(http.StatusBadRequest, "This page of the log cannot be shown", "The address was cut off or changed. Begin with the first page.").At(page.FirstPath, "To the first page").Because(err)
	}
	if err != nil {
		return err
	}
	if err := s.fillLog(x, &page, found, who); err != nil {
		return err
	}
	return x.Show("log", page)
}

// fillLog makes rows of entries. The names of what they are about are one statement more, however many they are.
func (s *Pages) fillLog(x *web.Exchange, page *logPage, found journal.Page, who actor.Names) error {
	ids := make([]string, 0, len(found.Entries))
	for _, e := range found.Entries {
		if e.ResourceID != "" {
			ids = append(ids, e.ResourceID)
		}
	}
	names, err := s.store(x).Names(x.Context(), ids)
	if err != nil {
		return err
	}
	for _, e := range found.Entries {
		told, err := tell(e, names)
		if err != nil {
			return err
		}
		page.Rows = append(page.Rows, logRow{
			ID: e.ID, At: e.At, Refused: e.Outcome == journal.Refused, Status: e.Status, Text: told.text, Why: told.why,
			Who: who.Name(e.Actor), Duration: e.Duration,
		})
	}
	if found.Next != "" {
		page.Next = place.Log + page.Filter.query(found.Next)
		page.Short = len(page.Rows) < logRows
	}
	return nil
}

// logQuery is the filter as the journal has it. Whoever is looked for by name is found first.
func (s *Pages) logQuery(x *web.Exchange, page *logPage) (journal.Query, error) {
	q, f := page.Filter.journal(), &page.Filter
	if f.Resource == "" {
		return q, nil
	}
	if id, err := uuid.Parse(f.Resource); err == nil {
		f.Resource = id.String()
	}
	const most = 10
	list, err := s.store(x).Called(x.Context(), f.Resource, most)
	if err != nil {
		return q, err
	}
	switch {
	case word.IsUUID(f.Resource):
		q.ResourceID = f.Resource
	case len(list) == 0:
		page.Unknown = true
	case len(list) == 1:
		q.ResourceID = list[0].ID
	}
	for _, n := range list {
		one := *f
		one.Resource, one.After = n.ID, ""
		page.Choices = append(page.Choices, logCalled{Name: n.Name, Kind: n.ResourceType, ID: n.ID, Path: place.Log + one.query("")})
	}
	return q, nil
}

// logCalled is a resource that has the name that was asked for.
type logCalled struct{ Name, Kind, ID, Path string }

// logPathOf is the path of a list that a query chooses.
func logPathOf(pairs ...string) string {
	values := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		values.Set(pairs[i], pairs[i+1])
	}
	return place.Log + "?" + values.Encode()
}
