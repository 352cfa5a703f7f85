package journal

import (
	"container/heap"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/lib/pq"

	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// insert writes a batch in one statement, and returns how many of it are in the journal then: those that Postgres refuses
// are found by halves and left out. After an error the whole batch can be tried again.
func (b *Buffer) insert(ctx context.Context, schema tenantdb.Schema, batch []Entry) (written int, err error) {
	err = b.insertAll(ctx, schema, batch)
	if !poisoned(err) {
		return len(batch), err
	}
	if len(batch) == 1 {
		b.config.Logger.Error("an entry of the journal is refused by Postgres", "schema", schema.Name(), "journal_id", batch[0].ID, "error", err)
		return 0, nil
	}
	half := len(batch) / 2
	if written, err = b.insert(ctx, schema, batch[:half]); err != nil {
		return 0, err
	}
	more, err := b.insert(ctx, schema, batch[half:])
	return written + more, err
}

func (b *Buffer) insertAll(ctx context.Context, schema tenantdb.Schema, batch []Entry) error {
	ctx, cancel := context.WithTimeout(ctx, writeTimeout)
	defer cancel()
	n := len(batch)
	ids, ats, resources, details, durations := make([]string, n), make([]string, n), make([]string, n), make([]string, n), make([]int64, n)
	actions, types, actors, requests := make([]string, n), make([]string, n), make([]string, n), make([]string, n)
	theirs, statuses := make([]string, n), make([]int64, n)
	for i := range batch {
		e := &batch[i]
		ids[i], ats[i], resources[i], details[i] = e.ID, e.At.Format(time.RFC3339Nano), e.ResourceID, e.detail()
		actions[i], types[i], actors[i], requests[i] = string(e.Action), e.ResourceType, e.Actor, e.RequestID
		theirs[i], statuses[i], durations[i] = e.ProviderRequestID, int64(e.Status), e.Duration.Microseconds()
	}
	_, err := b.config.DB.ExecContext(ctx, `INSERT INTO `+schema.Table("journal")+`
		(id, at, outcome, status, action, resource_type, resource_id, version, actor, request_id, provider_request_id, duration, detail)
		SELECT id, at, 'refused', status, action, resource_type, NULLIF(resource_id, '')::uuid, 0, actor, request_id,
			provider_request_id, duration, detail::jsonb
		FROM unnest($1::uuid[], $2::timestamptz[], $3::smallint[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[],
			$10::bigint[], $11::text[])
			AS e(id, at, status, action, resource_type, resource_id, actor, request_id, provider_request_id, duration, detail)
		ON CONFLICT (id) DO NOTHING`,
		pq.Array(ids), pq.Array(ats), pq.Array(statuses), pq.Array(actions), pq.Array(types), pq.Array(resources), pq.Array(actors),
		pq.Array(requests), pq.Array(theirs), pq.Array(durations), pq.Array(details))
	if err != nil {
		return fmt.Errorf("write refused entries: %w", err)
	}
	return nil
}

// poisoned says that Postgres refuses what a row has: data, an integrity constraint, a limit of the program.
func poisoned(err error) bool {
	var pqErr *pq.Error
	if !errors.As(err, &pqErr) {
		return false
	}
	switch pqErr.Code.Class() {
	case "22", "23", "54":
		return true
	}
	return false
}

// gone says that the tenant's schema is no more.
func gone(err error) bool {
	var pqErr *pq.Error
	return errors.As(err, &pqErr) && (pqErr.Code == "3F000" || pqErr.Code == "42P01") // invalid schema, undefined table
}

// queues is a heap by what is due first.
type queues []*queue

var _ heap.Interface = (*queues)(nil)

// Len counts.
func (h queues) Len() int { return len(h) }

// Less compares.
func (h queues) Less(i, j int) bool { return h[i].due.Before(h[j].due) }

// Swap exchanges two.
func (h queues) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].place, h[j].place = i, j
}

// Push adds a *queue at the end.
func (h *queues) Push(x any) {
	q := x.(*queue)
	q.place = len(*h)
	*h = append(*h, q)
}

// Pop takes the last one.
func (h *queues) Pop() any {
	last := len(*h) - 1
	q := (*h)[last]
	(*h)[last], *h = nil, (*h)[:last]
	q.place = -1
	return q
}
