package journal_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/askspoke/spoke/infra/fixture"
	"github.com/askspoke/spoke/infra/pgtest"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/journal"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// refused is an entry as the gateway makes it.
func refused(request string) journal.Entry {
	return journal.Entry{
		At: at, Status: 400, Action: journal.ActionUpdate, ResourceType: "User", ResourceID: userID, Actor: "token", RequestID: request,
		ProviderRequestID: "p", Duration: 1500 * time.Microsecond, Detail: json.RawMessage(`{"rule": "r"}`),
	}
}

// running runs the buffer until stop is called, which waits for its end.
func running(t *testing.T, b *journal.Buffer) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- b.Run(ctx) }()
	stopped := false
	stop = func() {
		if cancel(); stopped {
			return
		}
		stopped = true
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
	t.Cleanup(stop)
	return stop
}

// requests are the request ids of the refused entries of a tenant, in the order of their ids.
func requests(t *testing.T, db *tenantdb.DB, tenant tenancy.ID) []string {
	t.Helper()
	var got []string
	if err := db.SelectContext(t.Context(), &got, `SELECT request_id FROM `+tenantdb.SchemaFor(tenant).Table("journal")+` WHERE outcome = 'refused' ORDER BY id`); err != nil {
		t.Fatal(err)
	}
	return got
}

// All of a tenant's is written by one statement, and read as it was added.
func TestBuffer(t *testing.T) {
	t.Parallel()
	db, tenants := pgtest.Tenants(t, 2)
	counted, count := pgtest.Counted(t, pgtest.Address(t, db))
	b := journal.NewBuffer(journal.BufferConfig{DB: counted, Every: 300 * time.Millisecond})
	var want []string
	for i := range 100 {
		name := fmt.Sprintf("r%d", i)
		want = append(want, name)
		for _, tenant := range tenants {
			if !b.Add(tenant.ID, refused(name)) {
				t.Fatalf("%s was dropped", name)
			}
		}
	}
	if s := b.Stats(); s.Buffered != 200 || s.Written != 0 || s.Oldest.IsZero() {
		t.Errorf("before: %+v", s)
	}
	before := count.Load()
	running(t, b)
	fixture.Eventually(t, "all written", func() bool { return b.Stats().Written == 200 })
	if n := count.Load() - before; n != 2 {
		t.Errorf("%d statements", n)
	}
	if diff := cmp.Diff(journal.Stats{Written: 200}, b.Stats()); diff != "" {
		t.Errorf("after (-want +got)\n%s", diff)
	}
	for _, tenant := range tenants {
		if diff := cmp.Diff(want, requests(t, db, tenant.ID)); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
	}
	first := refused("r0")
	first.Outcome = journal.Refused
	if diff := cmp.Diff(first, follow(t, db, tenantdb.SchemaFor(tenants[0].ID), 100)[0]); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// What Add takes is stored, whatever the client sent as an id, and it would be taken by an import.
func TestBufferOddities(t *testing.T) {
	t.Parallel()
	db, tenants := pgtest.Tenants(t, 1)
	b := journal.NewBuffer(journal.BufferConfig{DB: db, Every: time.Millisecond})
	before := time.Now().Truncate(time.Microsecond)
	long := string(make([]byte, 5000))
	for _, e := range []journal.Entry{
		{Status: 401, Action: "authenticate"},
		{Status: 404, Action: journal.ActionUpdate, ResourceType: "User", ResourceID: "no-uuid", ProviderRequestID: "\xff\x00"},
		{Status: 404, Action: journal.ActionUpdate, ResourceType: "User", ResourceID: "0190A0A0-0000-7000-8000-000000000001", ProviderRequestID: long},
	} {
		if !b.Add(tenants[0].ID, e) {
			t.Errorf("dropped: %+v", e)
		}
	}
	for name, e := range map[string]journal.Entry{
		"no status": {Action: journal.ActionUpdate}, "no action": {Status: 400},
		"no word":   {Status: 400, Action: "a b", ResourceType: "User"},
		"no object": {Status: 400, Action: "a", Detail: json.RawMessage(`[]`)},
	} {
		if b.Add(tenants[0].ID, e) {
			t.Errorf("%s was taken", name)
		}
	}
	if b.Add("no tenant", refused("a")) {
		t.Error("an entry of no tenant was taken")
	}
	if dropped := b.Stats().Dropped; dropped != 5 {
		t.Errorf("%d dropped", dropped)
	}
	running(t, b)
	fixture.Eventually(t, "all written", func() bool { return b.Stats().Written == 3 })
	entries := follow(t, db, tenantdb.SchemaFor(tenants[0].ID), 3)
	theirs := []string{entries[0].ResourceID, entries[1].ResourceID, entries[1].ProviderRequestID, entries[2].ResourceID}
	if diff := cmp.Diff([]string{"", "", "\uFFFD\uFFFD", userID}, theirs); diff != "" || entries[0].At.Before(before) || entries[0].At.After(time.Now()) {
		t.Errorf("at %s (-want +got)\n%s", entries[0].At, diff)
	}
	if n := len(entries[2].ProviderRequestID); n > 4096 || n < 4000 {
		t.Errorf("a text of 5000 NULs became one of %d bytes", n)
	}
}

// One tenant's flood leaves room for the others, in entries and in bytes, and what is dropped is counted.
func TestBufferIsFair(t *testing.T) {
	t.Parallel()
	for name, bound := range map[string]journal.BufferConfig{"entries": {Entries: 100}, "bytes": {Bytes: 100 * 350}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := journal.NewBuffer(bound)
			flood := func(tenant tenancy.ID) (taken int) {
				for range 1000 {
					if b.Add(tenant, refused("r")) {
						taken++
					}
				}
				return taken
			}
			var taken []int
			total := 0
			for range 5 {
				n := flood(tenancy.NewID())
				taken, total = append(taken, n), total+n
			}
			if diff := cmp.Diff([]int{50, 25, 13, 6, 3}, taken); diff != "" && name == "entries" {
				t.Errorf("taken (-want +got)\n%s", diff)
			}
			if taken[0] < 40 || taken[0] > 52 || taken[4] == 0 {
				t.Errorf("taken: %v", taken)
			}
			if s := b.Stats(); s.Buffered != total || s.Dropped != uint64(5000-total) {
				t.Errorf("%+v", s)
			}
		})
	}
}

// writes counts the lines of a log.
type writes struct{ atomic.Int64 }

func (w *writes) Write(line []byte) (int, error) {
	w.Add(1)
	return len(line), nil
}

// While Postgres is away entries wait; an answer that is lost doubles none.
func TestBufferAway(t *testing.T) {
	t.Parallel()
	db, tenants := pgtest.Tenants(t, 2)
	proxy := pgtest.NewProxy(t, pgtest.Address(t, db))
	var log writes
	b := journal.NewBuffer(journal.BufferConfig{
		DB: pgtest.Open(t, proxy.URL, tenantdb.Options{}), Every: 5 * time.Millisecond, Logger: slog.New(slog.NewTextHandler(&log, nil)),
	})
	running(t, b)
	proxy.Away()
	for _, tenant := range tenants {
		b.Add(tenant.ID, refused("away"))
	}
	fixture.Eventually(t, "both were tried", func() bool { return log.Load() == 2 })
	proxy.Back()
	fixture.Eventually(t, "written when it is back", func() bool { return b.Stats().Written == 2 })
	proxy.LoseAnswer()
	b.Add(tenants[0].ID, refused("lost"))
	fixture.Eventually(t, "written again", func() bool { return b.Stats().Written == 3 })
	if diff := cmp.Diff([]string{"away", "lost"}, requests(t, db, tenants[0].ID)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if s := b.Stats(); s.Dropped != 0 || s.Buffered != 0 {
		t.Errorf("%+v", s)
	}
}

// What waits when the program ends is written, and nothing is taken afterwards.
func TestBufferEnd(t *testing.T) {
	t.Parallel()
	db, tenants := pgtest.Tenants(t, 3)
	b := journal.NewBuffer(journal.BufferConfig{DB: db, Every: time.Hour, AtOnce: 1})
	stop := running(t, b)
	for _, tenant := range tenants {
		for i := range 600 {
			b.Add(tenant.ID, refused(fmt.Sprint(i)))
		}
	}
	stop()
	for _, tenant := range tenants {
		if n := len(requests(t, db, tenant.ID)); n != 600 {
			t.Errorf("%d entries", n)
		}
	}
	if b.Add(tenants[0].ID, refused("late")) {
		t.Error("an entry was taken that nobody writes")
	}
	if diff := cmp.Diff(journal.Stats{Written: 1800, Dropped: 1}, b.Stats()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// A batch that is full does not wait for others.
func TestBufferFull(t *testing.T) {
	t.Parallel()
	db, tenants := pgtest.Tenants(t, 1)
	b := journal.NewBuffer(journal.BufferConfig{DB: db, Every: time.Hour})
	running(t, b)
	for i := range 1000 {
		b.Add(tenants[0].ID, refused(fmt.Sprint(i)))
	}
	fixture.Eventually(t, "all written", func() bool { return b.Stats().Written == 1000 })
}

// A deleted tenant is forgotten, an entry that Postgres refuses is dropped, and neither keeps the others from being written.
func TestBufferPoison(t *testing.T) {
	t.Parallel()
	db, tenants := pgtest.Tenants(t, 2)
	b := journal.NewBuffer(journal.BufferConfig{DB: db, Every: 5 * time.Millisecond})
	var want []string
	for i := range 20 {
		e := refused(fmt.Sprint(i))
		if i == 7 || i == 13 {
			e.Detail = json.RawMessage(`{"a": "\u0000"}`)
		} else {
			want = append(want, e.RequestID)
		}
		b.Add(tenants[0].ID, e)
		b.Add(tenancy.NewID(), refused("gone"))
	}
	b.Add(tenants[1].ID, refused("other"))
	running(t, b)
	fixture.Eventually(t, "all done", func() bool { return b.Stats().Buffered == 0 })
	if diff := cmp.Diff(journal.Stats{Written: 19, Dropped: 2}, b.Stats()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if diff := cmp.Diff(want, requests(t, db, tenants[0].ID)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// A tenant whose journal is locked, as by a migration, waits alone.
func TestBufferLocked(t *testing.T) {
	t.Parallel()
	db, tenants := pgtest.Tenants(t, 2)
	b := journal.NewBuffer(journal.BufferConfig{DB: db, Every: 5 * time.Millisecond})
	running(t, b)
	tx, err := db.BeginTxx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	tx.MustExec(`LOCK TABLE ` + tenantdb.SchemaFor(tenants[0].ID).Table("journal") + ` IN ACCESS EXCLUSIVE MODE`)
	b.Add(tenants[0].ID, refused("locked"))
	for i := range 20 {
		b.Add(tenants[1].ID, refused(fmt.Sprint(i)))
		fixture.Eventually(t, "the other tenant's", func() bool { return b.Stats().Written == uint64(i+1) })
	}
	if s := b.Stats(); s.Buffered != 1 || s.Oldest.IsZero() {
		t.Errorf("%+v", s)
	}
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	fixture.Eventually(t, "the locked tenant's", func() bool { return b.Stats().Written == 21 })
}
