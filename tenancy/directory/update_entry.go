package directory

import (
	"encoding/json"
	"fmt"

	"github.com/askspoke/spoke/scim/provider"
	"github.com/askspoke/spoke/scim/resource"
	"github.com/askspoke/spoke/scim/schema"
	"github.com/askspoke/spoke/tenancy/journal"
)

// updateEntry is the journal's row of an update, but for the members, which the statement itself tells.
func updateEntry(t *schema.ResourceType, update provider.Update) (journal.Entry, error) {
	id, err := journal.NewID()
	entry := journal.Entry{
		ID: id, At: update.At, Action: updateAction(update), ResourceType: t.Name, ResourceID: update.ID,
	}
	if err != nil || !rewrites(update) {
		return entry, err
	}
	detail, err := json.Marshal(struct {
		Changes []resource.Change `json:"changes"`
	}{update.Changes})
	if err != nil {
		return entry, fmt.Errorf("encode changes: %w", err)
	}
	entry.Detail = detail
	return entry, nil
}

// updateAction names an update. Whether a user may still use the service outweighs what else was changed.
func updateAction(update provider.Update) journal.Action {
	for _, c := range update.Changes {
		switch {
		case c.Path != "active":
		case c.New == false:
			return journal.ActionDisable
		case c.Old == false:
			return journal.ActionRestore
		}
	}
	m := update.Members
	switch {
	case rewrites(update) || m.Replace || m.Empty():
		return journal.ActionUpdate
	case len(m.Remove) == 0:
		return journal.ActionMemberAdd
	case len(m.Add) == 0:
		return journal.ActionMemberRemove
	}
	return journal.ActionUpdate
}
