package provisionlog

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/askspoke/spoke/scim/explain"
	"github.com/askspoke/spoke/services/console/actor"
	"github.com/askspoke/spoke/services/console/place"
	"github.com/askspoke/spoke/services/console/web"
	"github.com/askspoke/spoke/services/console/word"
	"github.com/askspoke/spoke/tenancy/directory"
	"github.com/askspoke/spoke/tenancy/journal"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// entryPage is one entry of the log.
type entryPage struct {
	logRow
	Kind, ResourceID, ResourcePath string // of what it is about; "" of what names none
	Deleted                        bool   // the resource is not there any more
	RequestID, ProviderID, Actor   string
	ProviderPath, ResourceLog      string // the log of those

	// Of an accepted change.
	Differences []difference
	More        int
	Lists       []membership
	Document    string
	Cut         bool
	Restorable  bool // it is a deletion that can be taken back

	// Of a refused request.
	Refusal   journal.Refusal
	Reference string
	Body      string // as it was kept
	BodyLost  string // why there is none, or not the whole
	Curl      string
	Replay    string // the path of the form that sends it again; "": it cannot be
	NoReplay  string // why it cannot be, and what to do instead

	Neighbours []logRow // of the same request of the provider
}

// membership are groups or members that came or went with a change.
type membership struct {
	Title   string
	Members []member
	More    int
}

type member struct{ Name, Path string }

// membersNamed is how many members of a list are named.
const membersNamed = 100

var errNoEntry = web.Refuse(http.StatusNotFound, "The log has no such entry", "It may be older than what your plan keeps, or the address was cut off.").At(place.Log, "To the log")

// entry reads the entry that the address names.
func (s *Pages) entry(x *web.Exchange) (journal.Entry, error) {
	e, err := journal.Get(x.Context(), s.DB, tenantdb.SchemaFor(x.Tenant.ID), x.Param("entry"))
	if errors.Is(err, journal.ErrNotFound) {
		return e, errNoEntry.Because(err)
	}
	return e, err
}

// logEntry explains an entry.
func (s *Pages) logEntry(x *web.Exchange) error {
	e, err := s.entry(x)
	if err != nil {
		return err
	}
	who, err := s.Actors.Names(x.Context(), x.Tenant.ID)
	if err != nil {
		return err
	}
	near, err := s.neighbours(x, e)
	if err != nil {
		return err
	}
	var d logDetail
	if e.Outcome != journal.Refused {
		if d, err = detailOf(e); err != nil {
			return err
		}
	}
	ids := []string{e.ResourceID}
	for _, list := range [][]string{d.Added, d.Removed, d.Members, d.Groups} {
		ids = append(ids, list[:min(len(list), membersNamed)]...)
	}
	for _, n := range near {
		ids = append(ids, n.ResourceID)
	}
	names, err := s.store(x).Names(x.Context(), ids)
	if err != nil {
		return err
	}
	page, err := s.entryPage(x, e, d, names, who)
	if err != nil {
		return err
	}
	for _, n := range near {
		told, err := tell(n, names)
		if err != nil {
			return err
		}
		page.Neighbours = append(page.Neighbours, logRow{ID: n.ID, At: n.At, Refused: n.Outcome == journal.Refused, Status: n.Status, Text: told.text, Why: told.why, Who: who.Name(n.Actor)})
	}
	return x.Show("log_entry", page)
}

func (s *Pages) entryPage(x *web.Exchange, e journal.Entry, d logDetail, names map[string]directory.Name, who actor.Names) (entryPage, error) {
	told, err := tell(e, names)
	if err != nil {
		return entryPage{}, err
	}
	page := entryPage{
		logRow:    logRow{ID: e.ID, At: e.At, Refused: e.Outcome == journal.Refused, Status: e.Status, Text: told.text, Why: told.why, Who: who.Name(e.Actor), Duration: e.Duration},
		Kind:      e.ResourceType,
		RequestID: e.RequestID, ProviderID: e.ProviderRequestID, Actor: e.Actor,
	}
	if e.ProviderRequestID != "" {
		page.ProviderPath = logPathOf("provider", e.ProviderRequestID)
	}
	if e.ResourceID != "" {
		page.ResourceID, page.ResourceLog = e.ResourceID, logPathOf("resource", e.ResourceID)
		if n, ok := names[e.ResourceID]; ok {
			page.ResourcePath, page.Deleted = placeOf(n), n.Deleted
		}
	}
	page.NoReplay = s.whyNoReplay(x, e)
	if page.Refused {
		return page, s.showRefusal(x, e, &page)
	}
	page.Restorable = e.Action == journal.ActionDelete && page.Deleted && x.Now().Sub(e.At) < journal.RestoreFor
	page.Differences, page.More = differences(d, e.Action == journal.ActionDelete)
	page.Document, page.Cut = pretty(d.Document)
	verb := map[bool]string{true: "It was in the groups", false: "In the groups"}[e.Action == journal.ActionDelete]
	for _, list := range []struct {
		title string
		ids   []string
	}{{"Members added", d.Added}, {"Members removed", d.Removed}, {"Members", d.Members}, {verb, d.Groups}} {
		if len(list.ids) > 0 {
			page.Lists = append(page.Lists, membershipOf(list.title, list.ids, names))
		}
	}
	return page, nil
}

// showRefusal fills in why it was refused, and what was sent.
func (s *Pages) showRefusal(x *web.Exchange, e journal.Entry, page *entryPage) error {
	r, err := e.Refusal()
	if err != nil {
		return err
	}
	page.Refusal, page.Reference = r, explain.Reference(r.Rule)
	page.Body, page.Cut = bodyOf(r)
	page.BodyLost = lostOf(e, r)
	page.Curl = s.curl(x, r)
	if x.Viewer.May("admin") && s.Replay != nil && sendable(r) {
		page.Replay = place.Log + "/" + e.ID + "/replay"
	}
	return nil
}

// neighbours are the other entries of the same request of the provider, within an hour: what it tried again, or what an
// administrator sent again.
func (s *Pages) neighbours(x *web.Exchange, e journal.Entry) ([]journal.Entry, error) {
	if e.ProviderRequestID == "" {
		return nil, nil
	}
	const most = 20
	found, err := journal.List(x.Context(), s.DB, tenantdb.SchemaFor(x.Tenant.ID), journal.Query{
		ProviderRequestID: e.ProviderRequestID, From: e.At.Add(-time.Hour), To: e.At.Add(time.Hour), Limit: most,
	})
	return slices.DeleteFunc(found.Entries, func(n journal.Entry) bool { return n.ID == e.ID }), err
}

func membershipOf(title string, ids []string, names map[string]directory.Name) membership {
	list := membership{Title: title, More: max(0, len(ids)-membersNamed)}
	for _, id := range ids[:min(len(ids), membersNamed)] {
		n, ok := names[id]
		if !ok || n.Name == "" {
			n.Name = id
		}
		m := member{Name: word.Short(n.Name)}
		if ok {
			m.Path = placeOf(n)
		}
		list.Members = append(list.Members, m)
	}
	return list
}

// placeOf is where a resource has its page.
func placeOf(n directory.Name) string {
	if n.ResourceType == "Group" {
		return "/groups/" + n.ID
	}
	return "/users/" + n.ID
}

// bodyOf is the body of a refused request as it was kept.
func bodyOf(r journal.Refusal) (text string, cut bool) {
	if len(r.Body) > 0 {
		return pretty(r.Body)
	}
	return pretty([]byte(r.BodyText))
}

// lostOf says what of a refused request's body is not kept, "" for nothing.
func lostOf(e journal.Entry, r journal.Refusal) string {
	switch {
	case r.Truncated:
		return "The body was long, and only its beginning was kept."
	case len(r.Redacted) > 0:
		return "Secrets are not kept: " + strings.Join(r.Redacted, ", ") + "."
	case len(r.Body) == 0 && r.BodyText == "" && mayHaveBody(r.Method) && e.Status != http.StatusBadRequest:
		return "The log keeps no body of a request that was refused for its token, its rate or the tenant's state."
	}
	return ""
}

func mayHaveBody(method string) bool {
	return method == http.MethodPost || method == http.MethodPut || method == http.MethodPatch
}

// curl is the refused request as a command for a shell, without the token; "" for one that is no text to paste.
func (s *Pages) curl(x *web.Exchange, r journal.Refusal) string {
	url := s.TenantURL(x.Tenant.Slug) + r.Path
	if r.Query != "" {
		url += "?" + r.Query
	}
	if !sendable(r) || len(r.Body) == 0 && r.BodyText != "" || strings.ContainsFunc(url+r.Method, unicode.IsControl) {
		return ""
	}
	command := "curl -X " + quoted(r.Method) + " " + quoted(url) + ` -H "Authorization: Bearer $TOKEN"`
	if len(r.Body) > 0 {
		command += " -H 'Content-Type: application/scim+json' --data-raw " + quoted(string(r.Body))
	}
	return command
}

// quoted is a text as one word of a shell.
func quoted(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }

// sendable says whether a refused request names what it asked for as a whole.
func sendable(r journal.Refusal) bool {
	at := r.Path + r.Query
	return r.Method != "" && strings.HasPrefix(r.Path, "/") && !strings.Contains(at, explain.Redacted) && !strings.Contains(at, "…")
}
