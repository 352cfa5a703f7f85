package people

import (
	"encoding/json"
	"time"

	"github.com/google/uuid"

	"github.com/askspoke/spoke/services/console/place"
	"github.com/askspoke/spoke/services/console/web"
	"github.com/askspoke/spoke/tenancy/journal"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// historyLine is one entry of the journal about a resource.
type historyLine struct {
	Path    string // of the entry's page
	At      time.Time
	Text    string // what was done
	Refused bool
	Why     string // it was refused
	Actor   string
}

// historyShown is how many entries the page of a resource shows.
const historyShown = 20

// history is what the journal has of a resource, newest first. more says that there is more.
func (s *Pages) changesOf(x *web.Exchange, kind, id string) (lines []historyLine, more bool, err error) {
	page, err := journal.List(x.Context(), s.DB, tenantdb.SchemaFor(x.Tenant.ID), journal.Query{ResourceType: kind, ResourceID: id, Limit: historyShown})
	if err != nil {
		return nil, false, err
	}
	who, err := s.Actors.Names(x.Context(), x.Tenant.ID)
	if err != nil {
		return nil, false, err
	}
	for _, e := range page.Entries {
		line := historyLine{Path: place.Log + "/" + e.ID, At: e.At, Text: actionText(e), Refused: e.Outcome == journal.Refused, Actor: who.Name(e.Actor)}
		if line.Refused {
			var refused journal.Refusal
			if json.Unmarshal(e.Detail, &refused) == nil {
				line.Why = refused.Detail
			}
		}
		lines = append(lines, line)
	}
	return lines, page.Next != "", nil
}

// deletion returns the last deletion of a resource that is not there any more; false where it never was.
func (s *Pages) deletion(x *web.Exchange, kind, id string) (journal.Entry, bool, error) {
	page, err := journal.List(x.Context(), s.DB, tenantdb.SchemaFor(x.Tenant.ID), journal.Query{
		ResourceType: kind, ResourceID: id, Outcome: journal.Accepted, Actions: []journal.Action{journal.ActionDelete}, Limit: 1,
	})
	if err != nil || len(page.Entries) == 0 {
		return journal.Entry{}, false, err
	}
	return page.Entries[0], true, nil
}

// actionText is what was done in a word.
func actionText(e journal.Entry) string {
	switch e.Action {
	case journal.ActionCreate:
		return "Created"
	case journal.ActionUpdate:
		return "Changed"
	case journal.ActionDisable:
		return "Disabled"
	case journal.ActionRestore:
		var detail struct{ Deletion string }
		if json.Unmarshal(e.Detail, &detail) == nil && detail.Deletion != "" {
			return "Restored"
		}
		return "Enabled"
	case journal.ActionDelete:
		return "Deleted"
	case journal.ActionMemberAdd:
		return "Member added"
	case journal.ActionMemberRemove:
		return "Member removed"
	}
	return "Request"
}

// canonicalID says whether a text is a UUID as ids are written.
func canonicalID(text string) bool {
	id, err := uuid.Parse(text)
	return err == nil && id.String() == text
}
