package deletionguard

import (
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/askspoke/spoke/services/console/filter"
	"github.com/askspoke/spoke/services/console/web"
	"github.com/askspoke/spoke/services/console/word"
	"github.com/askspoke/spoke/tenancy/directory"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// deletedShown is what was deleted and can be restored.
type deletedShown struct {
	Filter    deletedFilter
	Rows      []deletedRow
	Short     bool // it looked at many deletions, and older ones may follow
	Next      string
	First     bool
	FirstPath string
	Burst     string      // what restoring all of it means
	Restored  *restoredUp // nil: nothing was restored just now
}

// deletedRow is a deletion.
type deletedRow struct {
	directory.Deleted
	Who string
}

// deletedFilter is what of it is asked for, as the form and the address have it.
type deletedFilter struct {
	Kind, Name, From, To, After string
	Problems                    map[string]string
	from, to                    time.Time
}

// deletedRows is how many deletions a page has.
const deletedRows = 100

func deletedFilterOf(values url.Values) deletedFilter {
	f := deletedFilter{Kind: values.Get("kind")}
	f.Problems = filter.Read(values, map[string]*string{"name": &f.Name, "from": &f.From, "to": &f.To, "after": &f.After})
	f.from, f.to = filter.Period(&f.From, &f.To, f.Problems)
	if f.Kind != "" && f.Kind != "User" && f.Kind != "Group" {
		f.Problems["kind"], f.Kind = "Choose users or groups.", ""
	}
	return f
}

// Empty says whether everything is asked for.
func (f deletedFilter) Empty() bool { return f.query("") == "" }

// query is the filter as an address has it, from a place on.
func (f deletedFilter) query(after string) string {
	values := url.Values{}
	for name, text := range map[string]string{"kind": f.Kind, "name": f.Name, "from": f.From, "to": f.To, "after": after} {
		if text != "" {
			values.Set(name, text)
		}
	}
	if len(values) == 0 {
		return ""
	}
	return "?" + values.Encode()
}

// directory is the filter as the directory has it.
func (f deletedFilter) directory() directory.DeletedQuery {
	return directory.DeletedQuery{ResourceType: f.Kind, Name: f.Name, From: f.from, To: f.to, After: f.After, Limit: deletedRows}
}

// deletedPage lists what was deleted within 30 days and is not there again.
func (s *Pages) deletedPage(x *web.Exchange) error { return s.showDeleted(x, nil) }

func (s *Pages) showDeleted(x *web.Exchange, restored *restoredUp) error {
	page := deletedShown{Filter: deletedFilterOf(x.Request.URL.Query()), Restored: restored}
	if restored != nil {
		page.Filter = restored.filter
		page.Filter.After = ""
	}
	page.First, page.FirstPath = page.Filter.After == "", deletedPath+page.Filter.query("")
	if len(page.Filter.Problems) > 0 {
		return x.ShowAgain("deleted", page)
	}
	found, err := s.store(x).Deleted(x.Context(), page.Filter.directory(), x.Now())
	if errors.Is(err, tenantdb.ErrCursor) {
		return web.Refuse(http.StatusBadRequest, "This page of what was deleted cannot be shown", "The address was cut off or changed. Begin with the first page.").At(page.FirstPath, "To the first page").Because(err)
	}
	if err != nil {
		return err
	}
	who, err := s.Actors.Names(x.Context(), x.Tenant.ID)
	if err != nil {
		return err
	}
	for _, d := range found.Deleted {
		page.Rows = append(page.Rows, deletedRow{d, who.Name(d.Actor)})
	}
	if found.Next != "" {
		page.Next = deletedPath + page.Filter.query(found.Next)
		page.Short = len(page.Rows) < deletedRows
	}
	page.Burst = burstText(len(page.Rows), found.Next != "" || !page.First)
	return x.Show("deleted", page)
}

// burstText says what restoring a whole list means.
func burstText(n int, more bool) string {
	whom := word.Plural(n, "user or group", "users and groups")
	if more {
		whom = "All users and groups of this list, those on its other pages too,"
	} else if n == 1 {
		return "It is made again with its id, its attributes and its memberships. " + notRestored
	}
	return whom + " are made again with their ids, attributes and memberships. " + notRestored
}

// notRestored says what a restoration does not bring back.
const notRestored = "Passwords and what your application itself deleted meanwhile do not come back. A user who was disabled before stays so, unless you say otherwise. " +
	"If the identity provider still leaves them out of its scope, it deletes them again."
