package journal

import (
	"database/sql"
	"time"
)

// entryColumns are what scanEntry reads, in its order.
const entryColumns = `id, at, outcome, status, action, resource_type, COALESCE(resource_id::text, '') AS resource_id, version, actor,
	request_id, provider_request_id, duration, detail`

// scanEntry reads a row of entryColumns, with what the statement has before them.
func scanEntry(rows *sql.Rows, before ...any) (Entry, error) {
	var e Entry
	var detail []byte
	var microseconds int64
	err := rows.Scan(append(before, &e.ID, &e.At, &e.Outcome, &e.Status, &e.Action, &e.ResourceType, &e.ResourceID, &e.Version,
		&e.Actor, &e.RequestID, &e.ProviderRequestID, &microseconds, &detail)...)
	e.At, e.Duration, e.Detail = e.At.UTC(), time.Duration(microseconds)*time.Microsecond, detail
	return e, err
}
