package transfer

import (
	"encoding/json"
	"time"

	"github.com/askspoke/spoke/tenancy"
)

// The format that is written, and the only one so far.
const (
	format        = "spoke-tenant"
	formatVersion = 1
)

// kind is the first member of a line.
type kind string

const (
	kindHeader  kind = "header"
	kindUser    kind = "user"
	kindGroup   kind = "group"
	kindMember  kind = "member"
	kindJournal kind = "journal"
	kindEnd     kind = "end"
)

// How times are written.
const (
	milliseconds = "2006-01-02T15:04:05.000Z"
	microseconds = "2006-01-02T15:04:05.000000Z"
)

type header struct {
	Kind          kind            `json:"kind"`
	Format        string          `json:"format"`
	FormatVersion int             `json:"format_version"`
	ExportedAt    microstamp      `json:"exported_at"`
	SchemaVersion int64           `json:"schema_version"`
	Counts        Counts          `json:"counts"`
	Tenant        tenantLine      `json:"tenant"`
	Extensions    []extensionLine `json:"extensions"`
}

type tenantLine struct {
	ID        tenancy.ID `json:"id"`
	Slug      string     `json:"slug"`
	Name      string     `json:"name"`
	CreatedAt microstamp `json:"created_at"`
	Settings  settings   `json:"settings"`
}

type settings struct {
	UniqueGroupNames bool            `json:"unique_group_names"`
	Profile          tenancy.Profile `json:"profile"`
	Plan             string          `json:"plan"`
	Guard            tenancy.Guard   `json:"guard"`
	Notify           []string        `json:"notify"`
}

type extensionLine struct {
	ResourceType string          `json:"resource_type"`
	Document     json.RawMessage `json:"document"`
	CreatedAt    microstamp      `json:"created_at"`
	UpdatedAt    microstamp      `json:"updated_at"`
}

type recordLine struct {
	Kind     kind            `json:"kind"`
	Version  int64           `json:"version"`
	Created  stamp           `json:"created"`
	Modified stamp           `json:"modified"`
	Document json.RawMessage `json:"document"`
}

type memberLine struct {
	Kind  kind   `json:"kind"`
	Group string `json:"group"`
	User  string `json:"user,omitempty"`
	Child string `json:"child,omitempty"`
	Added stamp  `json:"added"`
}

type journalLine struct {
	Kind         kind            `json:"kind"`
	ID           string          `json:"id"`
	At           microstamp      `json:"at"`
	Outcome      string          `json:"outcome,omitempty"` // none in exports of versions that had no refused requests
	Status       int             `json:"status,omitempty"`
	Action       string          `json:"action"`
	ResourceType string          `json:"resource_type"`
	ResourceID   string          `json:"resource_id"`
	Version      int64           `json:"version"`
	Actor        string          `json:"actor"`
	RequestID    string          `json:"request_id"`
	ProviderID   string          `json:"provider_request_id,omitempty"`
	Microseconds int64           `json:"duration,omitempty"`
	Detail       json.RawMessage `json:"detail"`
}

type endLine struct {
	Kind kind `json:"kind"`
	Counts
	SHA256 string `json:"sha256"`
}

// stamp is a time in milliseconds, microstamp one in microseconds. They are read as any time is.
type (
	stamp      struct{ time.Time }
	microstamp struct{ time.Time }
)

// MarshalJSON writes it.
func (s stamp) MarshalJSON() ([]byte, error) { return []byte(s.Format(`"` + milliseconds + `"`)), nil }

// MarshalJSON writes it.
func (s microstamp) MarshalJSON() ([]byte, error) {
	return []byte(s.Format(`"` + microseconds + `"`)), nil
}
