package people

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/askspoke/spoke/scim/schema"
	"github.com/askspoke/spoke/services/console/place"
	"github.com/askspoke/spoke/services/console/web"
	"github.com/askspoke/spoke/tenancy/directory"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

func (s *Pages) routes() []web.Route {
	return []web.Route{
		web.Get(place.Users, web.Viewers, s.users),
		web.Get(place.Users+"/:id", web.Viewers, s.user),
		web.Get(place.Groups, web.Viewers, s.groups),
		web.Get(place.Groups+"/:id", web.Viewers, s.group),
	}
}

// builtInTypes are the resource types of tenants without extensions of their own, User and Group.
var builtInTypes = sync.OnceValues(func() ([]*schema.ResourceType, error) { return directory.ResourceTypes(nil) })

// types are the tenant's resource types, User and Group.
func (s *Pages) types(x *web.Exchange) (user, group *schema.ResourceType, err error) {
	list, err := builtInTypes()
	if x.Tenant.Extensions != nil {
		list, err = directory.ResourceTypes(x.Tenant.Extensions)
	}
	if err != nil {
		return nil, nil, err
	}
	return list[0], list[1], nil
}

// store is the tenant's directory.
func (s *Pages) store(x *web.Exchange) directory.Store {
	return s.Directory.Store(tenantdb.SchemaFor(x.Tenant.ID), x.Tenant.Settings.UniqueGroupNames)
}

// listPage is a list of users or groups.
type listPage struct {
	Path        string // of the list
	Text, State string // what is looked for
	Rows        []listRow
	Next, First string // paths, of the next page and of the first one, where this is not it
	More        bool   // there is more that meets the text
	Size        listSize
}

// listSize is how large the directory is, where it is small, and else how large it was when it was last counted.
type listSize struct {
	directory.Size
	Now       bool      // it is
	CountedAt time.Time // it was then; zero: never
}

type listRow struct {
	Path, Name, Second string // Second is a user's userName
	Email, ExternalID  string
	Active             bool
	Members            int // of a group; more than MembersShown: it has more
	Modified           time.Time
}

// Searching says whether the list is not simply all.
func (p listPage) Searching() bool { return p.Text != "" || p.State != "" }

// Crowded says whether a group has more members than were counted.
func (r listRow) Crowded() bool { return r.Members > directory.MembersShown }

// users lists users, or those that somebody looks for.
func (s *Pages) users(x *web.Exchange) error { return s.list(x, "users", place.Users) }

// groups is users for groups.
func (s *Pages) groups(x *web.Exchange) error { return s.list(x, "groups", place.Groups) }

var errNoSuchState = web.Refuse(http.StatusBadRequest, "There is no such filter", "Users are active or disabled. Choose one of the list.").At(place.Users, "To the users")

func (s *Pages) list(x *web.Exchange, name, path string) error {
	user, group, err := s.types(x)
	if err != nil {
		return err
	}
	kind := user
	if path == place.Groups {
		kind = group
	}
	page := listPage{Path: path, Text: x.Query("q"), State: x.Query("state")}
	asked := directory.Lookup{Text: page.Text, After: x.Query("after")}
	switch page.State {
	case "":
	case "active", "disabled":
		active := page.State == "active"
		asked.Active = &active
	default:
		return errNoSuchState
	}
	found, err := s.store(x).Look(x.Context(), kind, asked)
	if errors.Is(err, tenantdb.ErrCursor) {
		return web.Refuse(http.StatusBadRequest, "This page of the list cannot be found", "The address was cut short or changed on its way. Begin with the first page.").
			Because(err).At(path, "First page")
	}
	if err != nil {
		return err
	}
	for _, one := range found.List {
		row, err := rowOf(path, one)
		if err != nil {
			return err
		}
		page.Rows = append(page.Rows, row)
	}
	page.More = found.More
	if found.Next != "" {
		page.Next = page.at(found.Next)
	}
	if asked.After != "" {
		page.First = page.at("")
	}
	if x.GetHeader("HX-Request") != "" {
		return x.Fragment(name, "results", page)
	}
	if page.Size, err = s.size(x); err != nil {
		return err
	}
	return x.Show(name, page)
}

func (s *Pages) size(x *web.Exchange) (listSize, error) {
	record, err := s.Status.Get(x.Context(), x.Tenant.ID)
	if err != nil {
		return listSize{}, err
	}
	size := listSize{Size: directory.Size(record.Size), CountedAt: record.CountedAt}
	counted, small, err := s.store(x).SmallSize(x.Context(), size.Size)
	if small {
		size.Size, size.Now = counted, true
	}
	return size, err
}

// at is the path of the list from a cursor on, "" for its beginning.
func (p listPage) at(cursor string) string {
	query := url.Values{}
	for name, value := range map[string]string{"q": p.Text, "state": p.State, "after": cursor} {
		if value != "" {
			query.Set(name, value)
		}
	}
	if len(query) == 0 {
		return p.Path
	}
	return p.Path + "?" + query.Encode()
}

// rowOf reads what a list shows of a document.
func rowOf(path string, one directory.Listed) (listRow, error) {
	var document struct {
		UserName, DisplayName, ExternalID string
		Emails                            []struct {
			Value   string
			Primary bool
		}
	}
	if err := json.Unmarshal(one.Document, &document); err != nil {
		return listRow{}, err
	}
	row := listRow{
		Path: path + "/" + one.ID, Name: document.DisplayName, Second: document.UserName, ExternalID: document.ExternalID,
		Active: one.Active, Members: one.Members, Modified: one.Modified,
	}
	if row.Name == "" {
		row.Name = document.UserName
	}
	for i, email := range document.Emails {
		if i == 0 || email.Primary {
			row.Email = email.Value
		}
	}
	return row, nil
}
