package journal

import (
	"encoding/json"
	"fmt"
	"time"
)

// Line is an entry for programs that are not ours: a line of an export. The onboarding API's JournalEntry is the same.
type Line struct {
	Action               string            `json:"action"`
	ActorName            string            `json:"actor_name,omitempty"` // where Output asks for it
	Added                []string          `json:"added,omitempty"`      // the ids of the members that a group got
	At                   time.Time         `json:"at"`
	Changes              []AttributeChange `json:"changes,omitempty"`
	Document             *json.RawMessage  `json:"document,omitempty"` // what was created or deleted
	DurationMicroseconds int64             `json:"duration_microseconds"`
	Groups               []string          `json:"groups,omitempty"` // the ids of those that what was deleted was in
	ID                   string            `json:"id"`
	Members              []string          `json:"members,omitempty"` // the ids of those that a group was created with, or had at its end
	Outcome              string            `json:"outcome"`
	ProviderRequestID    string            `json:"provider_request_id,omitempty"`
	Refusal              *RefusalLine      `json:"refusal,omitempty"` // nil where the change was made
	Removed              []string          `json:"removed,omitempty"` // the ids of the members that a group lost
	RequestID            string            `json:"request_id"`
	ResourceID           string            `json:"resource_id,omitempty"`
	ResourceType         string            `json:"resource_type,omitempty"`
	TokenID              string            `json:"token_id,omitempty"` // the Actor, who is not always a token
	Version              int64             `json:"version,omitempty"`
}

// AttributeChange is what an update did to an attribute.
type AttributeChange struct {
	New  *json.RawMessage `json:"new,omitempty"` // nil: it has none any more
	Old  *json.RawMessage `json:"old,omitempty"` // nil: it had none
	Path string           `json:"path"`
}

// RefusalLine is why a request was refused, and the request itself.
type RefusalLine struct {
	Attribute string          `json:"attribute,omitempty"`
	Body      json.RawMessage `json:"body,omitempty"`
	BodyText  string          `json:"body_text,omitempty"`
	Detail    string          `json:"detail"`
	Hint      string          `json:"hint"`
	Method    string          `json:"method,omitempty"`
	Path      string          `json:"path,omitempty"`
	Query     string          `json:"query,omitempty"`
	Redacted  []string        `json:"redacted,omitempty"`
	Rule      string          `json:"rule"`
	RuleText  string          `json:"rule_text,omitempty"`
	SCIMType  string          `json:"scim_type,omitempty"`
	Status    int             `json:"status"`
	Truncated bool            `json:"truncated,omitempty"`
}

// Line returns the entry as a line. ruleText says where a rule is written, "" for one that it does not know. The error is
// that of a Detail which is not as it was written.
func (e *Entry) Line(ruleText func(rule string) string) (Line, error) {
	l := Line{
		ID: e.ID, At: e.At, Outcome: string(e.Outcome), Action: string(e.Action), ResourceType: e.ResourceType, ResourceID: e.ResourceID,
		Version: e.Version, TokenID: e.Actor, RequestID: e.RequestID, ProviderRequestID: e.ProviderRequestID,
		DurationMicroseconds: e.Duration.Microseconds(),
	}
	if e.Outcome == Refused {
		r, err := e.Refusal()
		l.Refusal = &RefusalLine{
			Status: e.Status, Rule: r.Rule, RuleText: ruleText(r.Rule), Attribute: r.Attribute, SCIMType: r.SCIMType, Detail: r.Detail, Hint: r.Hint,
			Method: r.Method, Path: r.Path, Query: r.Query, Body: r.Body, BodyText: r.BodyText, Truncated: r.Truncated, Redacted: r.Redacted,
		}
		return l, err
	}
	var made struct {
		Changes  []AttributeChange `json:"changes"`
		Added    []string          `json:"added"`
		Removed  []string          `json:"removed"`
		Document *json.RawMessage  `json:"document"`
		Groups   []string          `json:"groups"`
		Members  []string          `json:"members"`
	}
	if err := json.Unmarshal(e.Detail, &made); err != nil {
		return l, fmt.Errorf("decode entry %s: %w", e.ID, err)
	}
	l.Changes, l.Added, l.Removed, l.Document, l.Groups, l.Members = made.Changes, made.Added, made.Removed, made.Document, made.Groups, made.Members
	return l, nil
}
