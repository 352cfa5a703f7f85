package directory_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/askspoke/spoke/scim/provider"
	"github.com/askspoke/spoke/tenancy/journal"
)

// drafts makes n users with the attributes that an identity provider sends.
func drafts(t testing.TB, n int) []provider.Draft {
	t.Helper()
	list := make([]provider.Draft, n)
	for i := range list {
		name := fmt.Sprintf("%d-%d@example.com", i, rand.Int64())
		list[i] = draft(t, users, fmt.Sprintf(benchUser, name, i, name, i))
	}
	return list
}

// TestBatchIsJournaled compares the journal of creations by one statement with that of creations one by one, in both
// shapes. What is refused has no row.
func TestBatchIsJournaled(t *testing.T) {
	t.Parallel()
	for name, shape := range shapes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := open(t, 1, shape)[0]
			ctx := journal.WithOrigin(t.Context(), journal.Origin{Actor: "entra", RequestID: "4711"})
			one, many := drafts(t, 3), drafts(t, 3)
			many[1].Object["userName"], many[1].Body = many[0].Object["userName"], many[0].Body
			for _, d := range one {
				if _, err := s.Create(ctx, users, d, whole); err != nil {
					t.Fatal(err)
				}
			}
			for i, c := range s.CreateAll(ctx, users, many, whole) {
				if (c.Err != nil) != (i == 1) {
					t.Fatalf("draft %d: %v", i, c.Err)
				}
			}
			for _, d := range append(one, many[0], many[2]) {
				var detail string
				if err := s.db.Get(&detail, `SELECT ($1::jsonb)::text`, `{"document":`+string(d.Body)+`}`); err != nil {
					t.Fatal(err)
				}
				want := []entry{{Action: "create", Version: 1, Actor: "entra", RequestID: "4711", Detail: detail}}
				if diff := cmp.Diff(want, s.entries(d.ID)); diff != "" {
					t.Errorf("(-want +got)\n%s", diff)
				}
			}
			if rows := s.entries(many[1].ID); len(rows) > 0 {
				t.Errorf("a refused creation is journaled: %v", rows)
			}
		})
	}
}

// TestBatchStatements counts what a batch asks of Postgres, and shows that one that is sent twice is answered as made.
func TestBatchStatements(t *testing.T) {
	t.Parallel()
	s, c := counted(t)
	list := drafts(t, 450)
	before := c.Load()
	s.CreateAll(t.Context(), users, list, whole)
	if n := c.Load() - before; n != 3 {
		t.Errorf("450 creations took %d statements", n)
	}
	for i, again := range s.CreateAll(t.Context(), users, list, whole) {
		if again.Err != nil || again.Document.ID != list[i].ID || again.Document.Version != 1 || string(again.Document.Body) != string(list[i].Body) {
			t.Fatalf("draft %d, sent again: %+v", i, again)
		}
	}
	if total, err := s.List(t.Context(), users, provider.Query{}); err != nil || total.Total != 450 {
		t.Errorf("%d users, %v", total.Total, err)
	}
}

// TestBatchOfOneBadDraft has the statement fail for one draft, which no provider makes, and the others are created.
func TestBatchOfOneBadDraft(t *testing.T) {
	t.Parallel()
	s := openOne(t)
	list := drafts(t, 4)
	list[2].Body = []byte(`{"broken`)
	for i, c := range s.CreateAll(t.Context(), users, list, whole) {
		if (c.Err != nil) != (i == 2) {
			t.Errorf("draft %d: %v", i, c.Err)
		}
	}
}

// TestBatchesMeet has batches with the same names in opposite orders at once: each name is kept once, and none waits
// for another for ever.
func TestBatchesMeet(t *testing.T) {
	t.Parallel()
	s := openOne(t)
	const n, writers = 150, 4
	made := make(chan int, writers)
	for w := range writers {
		list := make([]provider.Draft, n)
		for i := range list {
			k := i
			if w%2 == 1 {
				k = n - 1 - i
			}
			list[i] = draft(t, users, fmt.Sprintf(`{"userName":"user %d"}`, k))
		}
		go func() {
			count := 0
			for _, c := range s.CreateAll(t.Context(), users, list, whole) {
				var taken *provider.TakenError
				switch {
				case c.Err == nil:
					count++
				case !errors.As(c.Err, &taken):
					t.Error(c.Err)
				}
			}
			made <- count
		}()
	}
	total := 0
	for range writers {
		total += <-made
	}
	if page, err := s.List(t.Context(), users, provider.Query{}); err != nil || page.Total != n || total != n {
		t.Errorf("%d were answered as made, %d are there (%v), want %d", total, page.Total, err, n)
	}
}

// BenchmarkCreateAll sets 1,000 creations by one client at once beside 1,000 one after another.
func BenchmarkCreateAll(b *testing.B) {
	s := openOne(b)
	rate := func(b *testing.B, create func(ctx context.Context, list []provider.Draft) error) {
		b.Helper()
		for range b.N {
			b.StopTimer()
			list := drafts(b, 1000)
			b.StartTimer()
			if err := create(b.Context(), list); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(b.N)*1000/b.Elapsed().Seconds(), "creates/s")
	}
	b.Run("single", func(b *testing.B) {
		rate(b, func(ctx context.Context, list []provider.Draft) error {
			for _, d := range list {
				if _, err := s.Create(ctx, users, d, whole); err != nil {
					return err
				}
			}
			return nil
		})
	})
	b.Run("batch", func(b *testing.B) {
		rate(b, func(ctx context.Context, list []provider.Draft) error {
			for _, c := range s.CreateAll(ctx, users, list, whole) {
				if c.Err != nil {
					return c.Err
				}
			}
			return nil
		})
	})
}
