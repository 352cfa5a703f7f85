package resource

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/askspoke/spoke/scim/schema"
)

// Document is a resource as a store keeps it: the text that clients read, less what depends on where and when it is
// read. Times have a resolution of one millisecond.
type Document struct {
	ID       string
	Version  int64 // counts the changes, from 1
	Created  time.Time
	Modified time.Time
	// Body is Encode of the canonical object with its id, without meta and without the relation.
	Body []byte
	// Relation is the JSON list of the groups of a user or the members of a group: nil where there are none, or where
	// the read left them out.
	Relation []byte
	// Large says that the relation was left out because it has more elements than the read wanted.
	Large bool
}

// ETag is the version as clients see it, in the ETag header and in meta.version (RFC 7644 section 3.14).
func (d Document) ETag() string { return `W/"` + strconv.FormatInt(d.Version, 10) + `"` }

// Location is the resource's URI under base, the URI that the endpoints are served at.
func (d Document) Location(t *schema.ResourceType, base string) string {
	return base + t.Endpoint + "/" + d.ID
}

// AppendTo writes the whole resource as clients read it: the stored text with its relation and meta joined on, nothing
// parsed.
func (d Document) AppendTo(b []byte, t *schema.ResourceType, base string) []byte {
	b = append(b, d.Body[:len(d.Body)-1]...)
	if len(d.Relation) > 0 {
		b = append(appendName(b, t.Relation), d.Relation...)
	}
	b = append(b, `,"meta":{"resourceType":"`...)
	b = append(b, t.Name...)
	b = append(b, `","created":"`...)
	b = d.Created.UTC().AppendFormat(b, TimeFormat)
	b = append(b, `","lastModified":"`...)
	b = d.Modified.UTC().AppendFormat(b, TimeFormat)
	b = append(b, `","location":`...)
	b = appendString(b, d.Location(t, base))
	b = append(b, `,"version":`...)
	b = appendString(b, d.ETag())
	return append(b, "}}"...)
}

// TimeFormat is how meta.created and meta.lastModified are written: UTC, milliseconds.
const TimeFormat = "2006-01-02T15:04:05.000Z07:00"

// Object returns the stored attributes, without meta and relation. The map is the caller's own.
func (d Document) Object() (map[string]any, error) { return parse(d.Body) }

// Whole returns every attribute that a client reads, meta and relation with it.
func (d Document) Whole(t *schema.ResourceType, base string) (map[string]any, error) {
	return parse(d.AppendTo(nil, t, base))
}

// parse reads text that Encode wrote.
func parse(text []byte) (map[string]any, error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var object map[string]any
	if err := decoder.Decode(&object); err != nil {
		return nil, fmt.Errorf("parse stored document: %w", err)
	}
	return object, nil
}
