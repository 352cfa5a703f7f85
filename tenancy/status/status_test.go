package status_test

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/askspoke/spoke/infra/pgtest"
	"github.com/askspoke/spoke/observability/health"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/status"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 123_000, time.UTC)

func after(d time.Duration) time.Time { return noon.Add(d) }

// setup returns a store with n tenants that have rows, none of which is due before their first look.
func setup(t *testing.T, n int) (*tenantdb.DB, *status.Store, []tenancy.ID) {
	t.Helper()
	db, tenants := pgtest.Tenants(t, n)
	s := status.New(status.Config{DB: db})
	if err := s.Ensure(t.Context(), noon); err != nil {
		t.Fatal(err)
	}
	ids := make([]tenancy.ID, n)
	for i, tenant := range tenants {
		ids[i] = tenant.ID
	}
	return db, s, ids
}

func claim(t *testing.T, s *status.Store, now time.Time, limit int) status.Claim {
	t.Helper()
	c, err := s.Claim(t.Context(), now, limit)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// save saves all of a claim in a state, due again in an hour.
func save(t *testing.T, s *status.Store, c status.Claim, state health.State, now time.Time) {
	t.Helper()
	list := make([]status.Evaluated, len(c.Tenants))
	for i, one := range c.Tenants {
		one.Verdict = health.Verdict{State: state}
		list[i] = status.Evaluated{Claimed: one, DueAt: now.Add(time.Hour)}
	}
	if err := s.Save(t.Context(), c.ID, list, now); err != nil {
		t.Fatal(err)
	}
}

func mark(t *testing.T, s *status.Store, at time.Time, ids ...tenancy.ID) {
	t.Helper()
	if err := s.Mark(t.Context(), ids, at); err != nil {
		t.Fatal(err)
	}
}

// heard are the tenants of a claim, and which of them were heard.
func heard(c status.Claim) map[tenancy.ID]bool {
	m := make(map[tenancy.ID]bool)
	for _, one := range c.Tenants {
		m[one.ID] = one.Heard
	}
	return m
}

// A tenant is due when it comes, then when it was said, and at once when it is heard.
func TestDue(t *testing.T) {
	t.Parallel()
	db, s, ids := setup(t, 3)
	first := claim(t, s, noon, 10)
	if diff := cmp.Diff(map[tenancy.ID]bool{ids[0]: false, ids[1]: false, ids[2]: false}, heard(first)); diff != "" {
		t.Errorf("new tenants (-want +got):\n%s", diff)
	}
	for _, one := range first.Tenants {
		if one.Tenant != tenancy.StateActive || one.CreatedAt.IsZero() || !strings.HasPrefix(string(one.Slug), "tenant-") ||
			one.Verdict.State != "" || !one.EvaluatedAt.IsZero() {
			t.Errorf("%+v", one)
		}
	}
	save(t, s, first, health.Healthy, noon)
	if c := claim(t, s, after(time.Minute), 10); len(c.Tenants) != 0 {
		t.Errorf("%d tenants are due before their time", len(c.Tenants))
	}
	mark(t, s, after(2*time.Minute), ids[1], "6f9619ff-8b86-4011-b42d-00c04fc964ff") // one that is gone
	c := claim(t, s, after(2*time.Minute), 10)
	if diff := cmp.Diff(map[tenancy.ID]bool{ids[1]: true}, heard(c)); diff != "" {
		t.Errorf("after a mark (-want +got):\n%s", diff)
	}
	save(t, s, c, health.Healthy, after(2*time.Minute))
	if err := s.Due(t.Context(), ids[2], after(3*time.Minute)); err != nil {
		t.Fatal(err)
	}
	c = claim(t, s, after(3*time.Minute), 10)
	if diff := cmp.Diff(map[tenancy.ID]bool{ids[2]: true}, heard(c)); diff != "" {
		t.Errorf("after something else (-want +got):\n%s", diff)
	}
	save(t, s, c, health.Healthy, after(3*time.Minute))
	db.MustExec(`UPDATE `+tenantdb.Control.Table("tenants")+` SET state = 'purging' WHERE id = $1`, string(ids[0]))
	c = claim(t, s, after(2*time.Hour), 10)
	if diff := cmp.Diff(map[tenancy.ID]bool{ids[1]: false, ids[2]: false}, heard(c)); diff != "" {
		t.Errorf("when time has come (-want +got):\n%s", diff)
	}
}

// A mark that comes at any moment has the tenant read once more: before the claim, between claim and save, and by a process
// whose clock is behind.
func TestMarkIsNeverLost(t *testing.T) {
	t.Parallel()
	_, s, ids := setup(t, 1)
	save(t, s, claim(t, s, noon, 1), health.Healthy, noon)
	now := noon
	for range 3 {
		now = now.Add(time.Minute)
		mark(t, s, now, ids[0])
		mark(t, s, now.Add(time.Second), ids[0]) // waits to be read already
		c := claim(t, s, now.Add(2*time.Second), 1)
		if !heard(c)[ids[0]] {
			t.Fatal("a mark before the claim is lost")
		}
		mark(t, s, now.Add(-30*time.Second), ids[0])
		save(t, s, c, health.Healthy, now.Add(4*time.Second))
		if c := claim(t, s, now.Add(3*time.Second), 1); len(c.Tenants) != 0 {
			t.Error("it is due in the run that has saved it")
		}
		c = claim(t, s, now.Add(5*time.Second), 1)
		if !heard(c)[ids[0]] {
			t.Fatal("a mark between claim and save is lost")
		}
		save(t, s, c, health.Healthy, now.Add(6*time.Second))
		if c := claim(t, s, now.Add(7*time.Second), 1); len(c.Tenants) != 0 {
			t.Error("it is due though nothing came")
		}
	}
}

// Many processes claim and mark at once. Each mark is followed by a claim that was made after it, and no two processes have
// one tenant at once.
func TestAtOnce(t *testing.T) {
	t.Parallel()
	_, s, ids := setup(t, 20)
	var mu sync.Mutex
	at, taken, marked, read := noon, make(map[tenancy.ID]bool), make(map[tenancy.ID]int), make(map[tenancy.ID]int)
	tick := func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		at = at.Add(time.Millisecond)
		return at
	}
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			for i := range 40 {
				if g == 0 { // a gateway: the counts are there when it marks
					id := ids[i%len(ids)]
					mu.Lock()
					marked[id]++
					mu.Unlock()
					mark(t, s, tick(), id)
					continue
				}
				c, err := s.Claim(t.Context(), tick(), 7)
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				for _, one := range c.Tenants {
					if taken[one.ID] {
						t.Errorf("tenant %s is evaluated twice at once", one.ID)
					}
					taken[one.ID] = true
					read[one.ID] = marked[one.ID]
				}
				mu.Unlock()
				mu.Lock()
				for _, one := range c.Tenants {
					taken[one.ID] = false
				}
				mu.Unlock()
				save(t, s, c, health.Healthy, tick())
			}
		})
	}
	wg.Wait()
	for c := claim(t, s, tick(), 7); len(c.Tenants) > 0; c = claim(t, s, tick(), 7) {
		for _, one := range c.Tenants {
			read[one.ID] = marked[one.ID]
		}
		save(t, s, c, health.Healthy, tick())
	}
	if diff := cmp.Diff(marked, read, cmpopts.IgnoreMapEntries(func(_ tenancy.ID, n int) bool { return n == 0 })); diff != "" {
		t.Errorf("marks and what was read (-want +got):\n%s", diff)
	}
}

// Who dies with a claim leaves its tenants to the next, when the lease is over, and what it saves after that is left out.
func TestLease(t *testing.T) {
	t.Parallel()
	_, s, _ := setup(t, 2)
	late := claim(t, s, noon, 1)
	if c := claim(t, s, after(status.DefaultLease-time.Second), 10); len(c.Tenants) != 1 || c.Tenants[0].ID == late.Tenants[0].ID {
		t.Errorf("claimed beside it were %v", heard(c))
	}
	second := claim(t, s, after(status.DefaultLease), 10)
	if len(second.Tenants) != 1 || second.Tenants[0].ID != late.Tenants[0].ID {
		t.Fatalf("after the lease there are %v", heard(second))
	}
	save(t, s, second, health.Degraded, after(status.DefaultLease))
	save(t, s, late, health.Stale, after(status.DefaultLease+time.Second))
	got, err := s.Get(t.Context(), late.Tenants[0].ID)
	if err != nil || got.Verdict.State != health.Degraded {
		t.Errorf("the state is %s: %v", got.Verdict.State, err)
	}
	third := claim(t, s, after(2*status.DefaultLease), 10)
	if err := s.Release(t.Context(), third.ID); err != nil {
		t.Fatal(err)
	}
	if again := claim(t, s, after(2*status.DefaultLease), 10); len(again.Tenants) != len(third.Tenants) || len(third.Tenants) == 0 {
		t.Errorf("of %d tenants that were released %d are due", len(third.Tenants), len(again.Tenants))
	}
}

// What is saved is read as it was, and the time since when a state is does not move while it stays.
func TestSaveAndGet(t *testing.T) {
	t.Parallel()
	_, s, ids := setup(t, 2)
	c := claim(t, s, noon, 10)
	one := c.Tenants[slices.IndexFunc(c.Tenants, func(c status.Claimed) bool { return c.ID == ids[0] })]
	one.Verdict = health.Verdict{
		State: health.AtRisk, Severity: health.Warning, Reasons: []health.Reason{{Code: "x", State: health.AtRisk, Severity: health.Warning, Text: "A “reason”, {with}\\ \"quotes\""}},
		Forecast: "soon", Progress: &health.Progress{Ratio: 0.25, ETA: after(time.Hour), Basis: health.Pages, Done: 1, Of: 4}, DueAt: after(time.Hour),
	}
	one.Facts = health.Facts{Version: 1, Tenant: tenancy.StateActive, LastRequest: noon, Recent: []health.Count{{At: noon, Action: health.Read, Outcome: health.Accepted, Count: 1}}}
	one.ChangedAt = noon
	for i, now := range []time.Time{noon, after(time.Minute)} {
		if err := s.Save(t.Context(), c.ID, []status.Evaluated{{Claimed: one, DueAt: now}}, now); err != nil {
			t.Fatal(err)
		}
		got, err := s.Get(t.Context(), ids[0])
		if err != nil {
			t.Fatal(err)
		}
		want := one.Record
		want.EvaluatedAt, want.Since = now, noon
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("saved %d (-want +got):\n%s", i+1, diff)
		}
		c = claim(t, s, after(time.Minute), 10)
	}
	never, err := s.Get(t.Context(), ids[1])
	if err != nil || never.Verdict.State != health.AwaitingFirstRequest || !never.EvaluatedAt.IsZero() {
		t.Errorf("one that nobody looked at: %+v: %v", never, err)
	}
	for _, id := range []tenancy.ID{tenancy.NewID(), tenancy.NewID()} {
		if _, err := s.Get(t.Context(), id); !errors.Is(err, tenancy.ErrNotFound) {
			t.Errorf("one that is not there: %v", err)
		}
	}
}

// The lists have every tenant once, in their order, however long a page is.
func TestList(t *testing.T) {
	t.Parallel()
	_, s, ids := setup(t, 7)
	c := claim(t, s, noon, 10)
	severities := map[tenancy.ID]health.Severity{ids[1]: health.Warning, ids[2]: health.Critical, ids[3]: health.Warning}
	var list []status.Evaluated
	for _, one := range c.Tenants {
		one.Verdict = health.Verdict{State: health.Healthy, Severity: severities[one.ID]}
		if one.Verdict.Severity > 0 {
			one.Verdict.State = health.AtRisk
		}
		list = append(list, status.Evaluated{Claimed: one, DueAt: after(time.Hour)})
	}
	if err := s.Save(t.Context(), c.ID, list, noon); err != nil {
		t.Fatal(err)
	}
	for i, id := range []tenancy.ID{ids[0], ids[1], ids[3], ids[5]} {
		mark(t, s, after(time.Duration(i+1)*time.Minute), id)
	}
	rest := []tenancy.ID{ids[4], ids[6]}
	slices.Sort(rest)
	for _, tc := range []struct {
		name  string
		query status.Query
		want  []tenancy.ID
	}{
		{"severity", status.Query{}, []tenancy.ID{ids[2], ids[3], ids[1], ids[5], ids[0], rest[0], rest[1]}},
		{"activity", status.Query{Order: status.ByActivity}, append([]tenancy.ID{ids[5], ids[3], ids[1], ids[0]}, sorted(ids[2], ids[4], ids[6])...)},
		{"the worst", status.Query{Least: health.Critical}, []tenancy.ID{ids[2]}},
		{"a state", status.Query{States: []health.State{health.AtRisk, health.Stale}}, []tenancy.ID{ids[2], ids[3], ids[1]}},
		{"a state by activity", status.Query{Order: status.ByActivity, Least: health.Warning, States: []health.State{health.AtRisk}}, []tenancy.ID{ids[3], ids[1], ids[2]}},
	} {
		for limit := 1; limit <= 8; limit++ {
			q, got := tc.query, []tenancy.ID(nil)
			for q.Limit = limit; ; {
				page, err := s.List(t.Context(), q)
				if err != nil {
					t.Fatal(err)
				}
				for _, r := range page.Records {
					got = append(got, r.ID)
				}
				if q.After = page.Next; q.After == "" || len(got) > 10 {
					break
				}
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s, pages of %d (-want +got):\n%s", tc.name, limit, diff)
			}
		}
	}
	for _, wrong := range []string{"x", "1.2.3", "-1." + string(ids[0]) + ".infinity", "1." + string(ids[0]) + ".yesterday"} {
		if _, err := s.List(t.Context(), status.Query{After: wrong}); !errors.Is(err, status.ErrCursor) {
			t.Errorf("%q: %v", wrong, err)
		}
	}
	counts, err := s.Counts(t.Context())
	if err != nil || counts[health.AtRisk] != 3 || counts[health.Healthy] != 4 || len(counts) != len(health.States()) {
		t.Errorf("counted are %v: %v", counts, err)
	}
}

func sorted(ids ...tenancy.ID) []tenancy.ID {
	slices.Sort(ids)
	return ids
}

// A directory is counted once and then when it has changed, not too often.
func TestUncounted(t *testing.T) {
	t.Parallel()
	_, s, ids := setup(t, 2)
	uncounted := func(before time.Time) []tenancy.ID {
		t.Helper()
		list, err := s.Uncounted(t.Context(), before, 10)
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	if got := uncounted(noon); !cmp.Equal(got, sorted(ids...)) {
		t.Errorf("at first: %v", got)
	}
	for _, id := range ids {
		if err := s.SaveSize(t.Context(), id, status.Size{Users: 3, ActiveUsers: 2, Groups: 1}, noon); err != nil {
			t.Fatal(err)
		}
	}
	c := claim(t, s, noon, 10)
	list := make([]status.Evaluated, len(c.Tenants))
	for i, one := range c.Tenants {
		if one.Size != (status.Size{Users: 3, ActiveUsers: 2, Groups: 1}) || !one.CountedAt.Equal(noon) {
			t.Errorf("%+v", one)
		}
		if one.ID == ids[1] {
			one.ChangedAt = after(time.Second)
		}
		list[i] = status.Evaluated{Claimed: one, DueAt: noon}
	}
	if err := s.Save(t.Context(), c.ID, list, noon); err != nil {
		t.Fatal(err)
	}
	if got := uncounted(after(-time.Minute)); len(got) != 0 {
		t.Errorf("too soon: %v", got)
	}
	if got := uncounted(noon); !cmp.Equal(got, ids[1:]) {
		t.Errorf("when it may be: %v", got)
	}
}

// Answers are lost, so that statements are sent twice.
func TestSentTwice(t *testing.T) {
	t.Parallel()
	db, _, ids := setup(t, 3)
	proxy := pgtest.NewProxy(t, pgtest.Address(t, db))
	s := status.New(status.Config{DB: pgtest.Open(t, proxy.URL, tenantdb.Options{})})
	for i := range 5 {
		now := after(time.Duration(i) * time.Hour)
		proxy.LoseAnswer()
		c := claim(t, s, now, 2)
		if len(c.Tenants) != 2 {
			t.Fatalf("run %d: claimed are %v", i, heard(c))
		}
		proxy.LoseAnswer()
		mark(t, s, now, ids...)
		proxy.LoseAnswer()
		save(t, s, c, health.Healthy, now)
		rest := claim(t, s, now, 10)
		if len(rest.Tenants) != 3 { // those two were marked meanwhile
			t.Fatalf("run %d: due are %v", i, heard(rest))
		}
		save(t, s, rest, health.Healthy, now)
	}
}
