package people

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/askspoke/spoke/scim/provider"
	"github.com/askspoke/spoke/scim/resource"
	"github.com/askspoke/spoke/scim/schema"
	"github.com/askspoke/spoke/services/console/place"
	"github.com/askspoke/spoke/services/console/web"
	"github.com/askspoke/spoke/tenancy/directory"
	"github.com/askspoke/spoke/tenancy/journal"
)

// relatedShown is how many members or groups a page shows.
const relatedShown = 50

// resourcePage is one user or group.
type resourcePage struct {
	Path, List       string // of the page, and of the list that it is in
	ID, Name, Second string
	Active           bool
	ExternalID       string
	Version          int64
	Created          time.Time
	Modified         time.Time
	Attributes       []factGroup
	Relation         relationPage // the groups of a user, the members of a group
	Above            []relatedRow // groups that it is in through others; of a group all that it is in
	AboveMore        bool
	History          []historyLine
	HistoryMore      bool
	JSON             string
	Without          string // what the JSON leaves out, because it is long
}

// relationPage is a page of members or groups.
type relationPage struct {
	Rows        []relatedRow
	Next, First string
}

type relatedRow struct {
	Path, Name string
	Group      bool
	Indirect   bool
}

func relatedRows(list []directory.Related, indirect bool) (rows []relatedRow) {
	for _, r := range list {
		row := relatedRow{Path: place.Users + "/" + r.ID, Name: r.Name, Group: r.Group, Indirect: indirect}
		if r.Group {
			row.Path = place.Groups + "/" + r.ID
		}
		if row.Name == "" {
			row.Name = r.ID
		}
		rows = append(rows, row)
	}
	return rows
}

// user is the page of one user.
func (s *Pages) user(x *web.Exchange) error {
	kind, _, err := s.types(x)
	if err != nil {
		return err
	}
	return s.resource(x, kind, "user", place.Users)
}

// group is the page of one group.
func (s *Pages) group(x *web.Exchange) error {
	_, kind, err := s.types(x)
	if err != nil {
		return err
	}
	return s.resource(x, kind, "group", place.Groups)
}

func (s *Pages) resource(x *web.Exchange, kind *schema.ResourceType, name, list string) error {
	id, base := x.Param("id"), s.TenantURL(x.Tenant.Slug)
	document, err := s.store(x).Get(x.Context(), kind, id, provider.Read{Base: base, Relation: true, Most: relatedShown})
	if errors.Is(err, provider.ErrNotFound) {
		return s.gone(x, kind, list, id)
	}
	if err != nil {
		return err
	}
	page, err := pageOf(kind, document, base)
	if err != nil {
		return err
	}
	page.List, page.Path = list, list+"/"+id
	if err := s.relate(x, kind, &page); err != nil {
		return err
	}
	if page.History, page.HistoryMore, err = s.changesOf(x, kind.Name, id); err != nil {
		return err
	}
	return x.Show(name, page)
}

// pageOf reads a document.
func pageOf(kind *schema.ResourceType, document resource.Document, base string) (page resourcePage, err error) {
	object, err := document.Object()
	if err != nil {
		return page, err
	}
	choice, err := resource.NewProjection(kind, nil, nil)
	if err != nil {
		return page, err
	}
	text, err := choice.AppendTo(nil, document, kind, base)
	if err != nil {
		return page, err
	}
	var indented bytes.Buffer
	if err := json.Indent(&indented, text, "", "  "); err != nil {
		return page, err
	}
	page = resourcePage{
		ID: document.ID, Version: document.Version, Created: document.Created, Modified: document.Modified,
		Attributes: describe(kind, object), JSON: indented.String(), Active: object["active"] != false,
	}
	page.Name, _ = object["displayName"].(string)
	page.Second, _ = object["userName"].(string)
	page.ExternalID, _ = object["externalId"].(string)
	if page.Name == "" {
		page.Name = page.Second
	}
	if document.Large {
		page.Without = kind.Relation
	}
	return page, nil
}

// relate fills in the members or groups, from the place on that the address names.
func (s *Pages) relate(x *web.Exchange, kind *schema.ResourceType, page *resourcePage) error {
	store, after := s.store(x), x.Query("after")
	if after != "" && !canonicalID(after) {
		return web.Refuse(http.StatusBadRequest, "This page of the list cannot be found", "The address was cut short or changed on its way.").At(page.Path, "First page")
	}
	var direct []directory.Related
	var more bool
	var err error
	if kind.Relation == "members" {
		direct, more, err = store.MembersOf(x.Context(), page.ID, after, relatedShown)
	} else {
		direct, more, err = store.GroupsOf(x.Context(), kind, page.ID, after, relatedShown)
	}
	if err != nil {
		return err
	}
	page.Relation.Rows = relatedRows(direct, false)
	if more {
		page.Relation.Next = page.Path + "?after=" + direct[len(direct)-1].ID
	}
	if after != "" {
		page.Relation.First = page.Path
	}
	above, more, err := store.GroupsAbove(x.Context(), kind, page.ID, relatedShown)
	if err != nil {
		return err
	}
	page.AboveMore = more
	if kind.Relation == "members" { // its own groups come first
		own, ownMore, err := store.GroupsOf(x.Context(), kind, page.ID, "", relatedShown)
		if err != nil {
			return err
		}
		page.Above, page.AboveMore = relatedRows(own, false), more || ownMore
	}
	page.Above = append(page.Above, relatedRows(above, true)...)
	return nil
}

// gonePage is what is known of what was deleted.
type gonePage struct {
	Kind, Name, ID, List, Entry string
	At                          time.Time
	Actor                       string
	Until                       time.Time // it can be restored; zero: no longer
	History                     []historyLine
}

// gone answers for what is not there: that it was deleted, or that there never was such a one.
func (s *Pages) gone(x *web.Exchange, kind *schema.ResourceType, list, id string) error {
	unknown := web.Refuse(http.StatusNotFound, "There is no such "+lowerFirst(kind.Name), "Nobody with this id is or was here, or it is so long ago that the log does not tell.").
		At(list, "To the list")
	if !canonicalID(id) {
		return unknown
	}
	e, ok, err := s.deletion(x, kind.Name, id)
	if err != nil {
		return err
	}
	if !ok {
		return unknown
	}
	who, err := s.Actors.Names(x.Context(), x.Tenant.ID)
	if err != nil {
		return err
	}
	page := gonePage{Kind: lowerFirst(kind.Name), ID: id, List: list, Entry: e.ID, At: e.At, Actor: who.Name(e.Actor), Name: deletedName(e)}
	if until := e.At.Add(journal.RestoreFor); x.Now().Before(until) {
		page.Until = until
	}
	if page.History, _, err = s.changesOf(x, kind.Name, id); err != nil {
		return err
	}
	return x.Render("gone", http.StatusGone, page)
}

// deletedName is what people knew it by.
func deletedName(e journal.Entry) string {
	var detail struct {
		Document struct{ DisplayName, UserName string }
	}
	if json.Unmarshal(e.Detail, &detail) != nil {
		return ""
	}
	if detail.Document.DisplayName != "" {
		return detail.Document.DisplayName
	}
	return detail.Document.UserName
}

func lowerFirst(name string) string {
	if name == "User" {
		return "user"
	}
	return "group"
}
