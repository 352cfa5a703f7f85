package activity

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// lastFlush is how long the last flush may take, when Run has been told to end.
const lastFlush = 5 * time.Second

// Run writes the counts every now and then until ctx ends, and once more then. It returns nil; what cannot be written is
// logged and tried again.
func (r *Recorder) Run(ctx context.Context) error {
	ticker := time.NewTicker(r.config.Every)
	defer ticker.Stop()
	var failed time.Time // when that was last logged
	for {
		select {
		case <-ticker.C:
			err := r.Flush(ctx)
			if now := r.config.Now(); err != nil && ctx.Err() == nil && now.Sub(failed) >= time.Minute {
				failed = now
				r.config.Logger.WarnContext(ctx, "counts of requests not written", "error", err, "kept", r.Stats().Kept)
			}
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastFlush)
			defer cancel()
			if err := r.Flush(last); err != nil {
				r.config.Logger.WarnContext(last, "counts of requests lost", "error", err, "kept", r.Stats().Kept)
			}
			return nil
		}
	}
}

// unreachable is after how many tenants in a row that Postgres could not be asked for a flush gives up: one can be locked by
// a migration, two are an outage.
const unreachable = 2

// Flush writes what was counted since the last Flush, one statement for each tenant that had requests and one for all of
// them. What fails is kept for the next.
func (r *Recorder) Flush(ctx context.Context) error {
	r.writing.Lock()
	defer r.writing.Unlock()
	var errs []error
	away := 0
	for _, id := range r.dirty() {
		rows := r.rows(id)
		err := write(ctx, r.config.DB, tenantdb.SchemaFor(id), rows)
		switch {
		case err == nil:
			away = 0
			r.wrote(id, rows)
			continue
		case tenantdb.Undefined(err):
			away = 0
			r.drop(id)
			continue
		case tenantdb.Unavailable(err):
			away++
		}
		errs = append(errs, fmt.Errorf("write counts of tenant %s: %w", id, err))
		if away >= unreachable || ctx.Err() != nil {
			break
		}
	}
	return errors.Join(append(errs, r.tell(ctx))...)
}

// row is one of the table.
type row struct {
	key
	count
}

// dirty returns the tenants of which something is not written, the longest waiting first.
func (r *Recorder) dirty() []tenancy.ID {
	type waiting struct {
		id    tenancy.ID
		since time.Time
	}
	r.mu.Lock()
	r.turn(r.config.Now().UTC()) // also where nobody counts any more
	list := make([]waiting, 0, len(r.tenants))
	for id, t := range r.tenants {
		if !t.dirty.IsZero() {
			list = append(list, waiting{id, t.dirty})
		}
	}
	r.mu.Unlock()
	slices.SortFunc(list, func(a, b waiting) int { return cmp.Or(a.since.Compare(b.since), cmp.Compare(a.id, b.id)) })
	ids := make([]tenancy.ID, len(list))
	for i, w := range list {
		ids[i] = w.id
	}
	return ids
}

// rows returns what is not written of a tenant.
func (r *Recorder) rows(id tenancy.ID) []row {
	r.mu.Lock()
	defer r.mu.Unlock()
	var list []row
	if t, ok := r.tenants[id]; ok {
		for k, c := range t.of {
			if c.written != c.n {
				list = append(list, row{k, *c})
			}
		}
	}
	return list
}

// wrote notes that rows are written. What was counted meanwhile is not.
func (r *Recorder) wrote(id tenancy.ID, rows []row) {
	now := r.config.Now()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.unheard[id] = struct{}{}
	t, ok := r.tenants[id]
	if !ok {
		return
	}
	t.dirty = time.Time{}
	for _, w := range rows {
		if c, ok := t.of[w.key]; ok {
			c.written = max(c.written, w.n)
		}
	}
	for _, c := range t.of {
		if c.written != c.n {
			t.dirty = now
		}
	}
	r.forget(id, t)
}

// drop forgets a tenant that is gone.
func (r *Recorder) drop(id tenancy.ID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	t, ok := r.tenants[id]
	if !ok {
		return
	}
	for _, c := range t.of {
		r.dropped += c.n - c.written
	}
	r.size -= len(t.of)
	delete(r.tenants, id)
	delete(r.unheard, id)
}

// tell tells Heard of the tenants whose counts are written.
func (r *Recorder) tell(ctx context.Context) error {
	r.mu.Lock()
	list := make([]tenancy.ID, 0, len(r.unheard))
	for id := range r.unheard {
		list = append(list, id)
	}
	clear(r.unheard)
	r.mu.Unlock()
	if len(list) == 0 || r.config.Heard == nil {
		return nil
	}
	slices.Sort(list) // so that two processes that mark the same rows do not lock each other out
	err := r.config.Heard(ctx, list, r.config.Now().UTC())
	if err == nil {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, id := range list {
		r.unheard[id] = struct{}{}
	}
	return fmt.Errorf("mark tenants that had requests: %w", err)
}
