package journal

import (
	"encoding/csv"
	"io"
	"strconv"
	"time"
)

// column is one of a CSV file. Refusal is the zero value for what was accepted.
type column struct {
	name string
	text func(Entry, Refusal) string
}

// columns are those of a CSV file; actorName, when set, is the one that not every export has.
func columns(actorName func(string) string) []column {
	list := []column{
		{"id", func(e Entry, _ Refusal) string { return e.ID }},
		{"at", func(e Entry, _ Refusal) string { return e.At.Format(time.RFC3339Nano) }},
		{"outcome", func(e Entry, _ Refusal) string { return string(e.Outcome) }},
		{"status", func(e Entry, _ Refusal) string { return unlessZero(int64(e.Status)) }},
		{"action", func(e Entry, _ Refusal) string { return string(e.Action) }},
		{"resource_type", func(e Entry, _ Refusal) string { return e.ResourceType }},
		{"resource_id", func(e Entry, _ Refusal) string { return e.ResourceID }},
		{"version", func(e Entry, _ Refusal) string { return unlessZero(e.Version) }},
		{"token_id", func(e Entry, _ Refusal) string { return e.Actor }},
	}
	if actorName != nil {
		list = append(list, column{"actor_name", func(e Entry, _ Refusal) string { return actorName(e.Actor) }})
	}
	return append(list, []column{
		{"request_id", func(e Entry, _ Refusal) string { return e.RequestID }},
		{"provider_request_id", func(e Entry, _ Refusal) string { return e.ProviderRequestID }},
		{"duration_microseconds", func(e Entry, _ Refusal) string { return strconv.FormatInt(e.Duration.Microseconds(), 10) }},
		{"rule", func(_ Entry, r Refusal) string { return r.Rule }},
		{"attribute", func(_ Entry, r Refusal) string { return r.Attribute }},
		{"scim_type", func(_ Entry, r Refusal) string { return r.SCIMType }},
		{"detail", func(_ Entry, r Refusal) string { return r.Detail }},
		{"hint", func(_ Entry, r Refusal) string { return r.Hint }},
		{"data", func(e Entry, _ Refusal) string { return string(e.Detail) }}, // the Detail whole, as JSON
	}...)
}

// unlessZero is a number that is 0 where there is none.
func unlessZero(n int64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}

// table writes CSV (RFC 4180), each text through Cell.
type table struct {
	*csv.Writer
	columns []column
}

func newTable(w io.Writer, o Output) *table { return &table{csv.NewWriter(w), columns(o.ActorName)} }

func (t *table) begin() error {
	record := make([]string, len(t.columns))
	for i, c := range t.columns {
		record[i] = c.name
	}
	return t.Write(record)
}

func (t *table) entry(e Entry) error {
	var r Refusal
	if e.Outcome == Refused {
		var err error
		if r, err = e.Refusal(); err != nil {
			return err
		}
	}
	record := make([]string, len(t.columns))
	for i, c := range t.columns {
		record[i] = Cell(c.text(e, r))
	}
	return t.Write(record)
}

func (t *table) end(n int) error {
	if err := t.Write([]string{"#end", strconv.Itoa(n)}); err != nil {
		return err
	}
	t.Flush()
	return t.Error()
}
