package provisionlog

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/askspoke/spoke/services/console/word"
	"github.com/askspoke/spoke/tenancy/directory"
	"github.com/askspoke/spoke/tenancy/journal"
)

// told is an entry in words.
type told struct {
	text string // what was done, or was to be done
	why  string // it was refused: the rule and what it is about
}

// tell says what an entry is about.
func tell(e journal.Entry, names map[string]directory.Name) (told, error) {
	if e.Outcome == journal.Refused {
		r, err := e.Refusal()
		if err != nil {
			return told{}, err
		}
		why := r.Rule
		if r.Attribute != "" {
			why += ": " + r.Attribute
		}
		return told{wanted(e, r, names), why}, nil
	}
	d, err := detailOf(e)
	return told{text: madeText(e, d, names)}, err
}

// madeText says what was done.
func madeText(e journal.Entry, d logDetail, names map[string]directory.Name) string {
	it := subject(e, d.document(), names)
	switch e.Action {
	case journal.ActionCreate:
		if n := len(d.Members); n > 0 {
			return "Created " + it + " with " + word.Plural(n, "member", "members")
		}
		return "Created " + it
	case journal.ActionUpdate:
		return "Changed " + it + changedText(d)
	case journal.ActionDisable:
		return "Disabled " + it
	case journal.ActionRestore:
		if d.Deletion != "" {
			return "Restored " + it
		}
		return "Enabled " + it
	case journal.ActionDelete:
		return "Deleted " + it
	case journal.ActionMemberAdd:
		return "Added " + word.Plural(len(d.Added), "member", "members") + " to " + it
	case journal.ActionMemberRemove:
		return "Removed " + word.Plural(len(d.Removed), "member", "members") + " from " + it
	}
	return string(e.Action) + " " + it
}

// changedText says which attributes an update changed.
func changedText(d logDetail) string {
	var parts []string
	for _, c := range d.Changes {
		parts = append(parts, c.Path)
	}
	const most = 4
	if len(parts) > most {
		parts = append(parts[:most], fmt.Sprintf("%d more", len(d.Changes)-most))
	}
	if n := len(d.Added); n > 0 {
		parts = append(parts, word.Plural(n, "member", "members")+" added")
	}
	if n := len(d.Removed); n > 0 {
		parts = append(parts, word.Plural(n, "member", "members")+" removed")
	}
	if len(parts) == 0 {
		return ""
	}
	return ": " + strings.Join(parts, ", ")
}

// wanted says what was to be done.
func wanted(e journal.Entry, r journal.Refusal, names map[string]directory.Name) string {
	var body struct {
		UserName    any `json:"userName"`
		DisplayName any `json:"displayName"`
	}
	_ = json.Unmarshal(r.Body, &body) // whatever it is: what has no name is told without
	name := map[string]any{"userName": body.UserName, "displayName": body.DisplayName}
	if e.Action != journal.ActionCreate {
		name = nil
	}
	it := subject(e, name, names)
	switch e.Action {
	case journal.ActionCreate:
		return "Create " + it
	case journal.ActionUpdate:
		return "Change " + it
	case journal.ActionDelete:
		return "Delete " + it
	case "read":
		if e.ResourceType == "" {
			return "Read " + r.Path
		}
		if e.ResourceID != "" {
			return "Read " + it
		}
		return "Search " + strings.ToLower(e.ResourceType) + "s"
	case "authenticate":
		return "Show a token"
	}
	return strings.TrimSpace(r.Method + " " + r.Path)
}

// subject names what an entry is about: by what the entry says itself, or by the name that it has now.
func subject(e journal.Entry, document map[string]any, names map[string]directory.Name) string {
	kind := strings.ToLower(e.ResourceType)
	if kind == "" {
		kind = "resource"
	}
	for _, attribute := range []string{"userName", "displayName"} {
		if name, ok := document[attribute].(string); ok && name != "" {
			return kind + " " + word.Short(name)
		}
	}
	if n, ok := names[e.ResourceID]; ok && n.Name != "" {
		return kind + " " + word.Short(n.Name)
	}
	if e.ResourceID != "" {
		return kind + " " + e.ResourceID
	}
	return "a " + kind
}

// logDetail is what the journal keeps of a change that was made.
type logDetail struct {
	Changes []struct {
		Path string          `json:"path"`
		Old  json.RawMessage `json:"old"`
		New  json.RawMessage `json:"new"`
	} `json:"changes"`
	Added    []string        `json:"added"`
	Removed  []string        `json:"removed"`
	Document json.RawMessage `json:"document"`
	Groups   []string        `json:"groups"`
	Members  []string        `json:"members"`
	Deletion string          `json:"deletion"` // of a restoration: the entry of what it takes back
}

func detailOf(e journal.Entry) (d logDetail, err error) {
	if err = json.Unmarshal(e.Detail, &d); err != nil {
		err = fmt.Errorf("decode entry %s: %w", e.ID, err)
	}
	return d, err
}

// document is the resource as a whole, nil where the entry has none.
func (d *logDetail) document() map[string]any {
	var document map[string]any
	_ = json.Unmarshal(d.Document, &document) // none is nil
	return document
}
