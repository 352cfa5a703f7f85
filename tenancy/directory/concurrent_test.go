package directory_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/askspoke/spoke/scim/provider"
	"github.com/askspoke/spoke/tenancy/journal"
)

// TestParallelAdds adds 32 members at once, each by its own request: none is lost, and each counts one version.
func TestParallelAdds(t *testing.T) {
	t.Parallel()
	for _, shape := range []journal.Shape{journal.OneStatement, journal.Transaction} {
		s := open(t, 1, shape)[0]
		g := s.group("G")
		ids := make([]string, 32)
		for i := range ids {
			ids[i] = s.user(fmt.Sprint("u", i)).ID
		}
		var wg sync.WaitGroup
		for _, id := range ids {
			wg.Go(func() {
				s.update(groups, provider.Update{ID: g.ID, At: at, Members: provider.Members{Add: []string{id}}})
			})
		}
		wg.Wait()
		d := s.get(groups, g.ID)
		if diff := cmp.Diff(sorted(ids), values(t, d)); diff != "" || d.Version != 33 {
			t.Errorf("version %d, members (-want +got):\n%s", d.Version, diff)
		}
		if n := len(s.entries(g.ID)); n != 33 {
			t.Errorf("%d journal rows", n)
		}
	}
}

// TestParallelMixtures lets changes meet that put one pair of members in the place of the other. Each is whole: after
// every one of them the group has one pair and not the other.
func TestParallelMixtures(t *testing.T) {
	t.Parallel()
	s := openOne(t)
	var ids []string
	for i := range 4 {
		ids = append(ids, s.user(fmt.Sprint("u", i)).ID)
	}
	first, second := ids[:2], ids[2:]
	g := s.group("G", first...).ID
	changes := []provider.Members{
		{Add: first, Remove: second}, {Add: second, Remove: first}, {Replace: true, Add: first}, {Replace: true, Add: second},
	}
	var changed atomic.Int64
	var wg sync.WaitGroup
	for worker := range 8 {
		random := rand.New(rand.NewPCG(1, uint64(worker)))
		wg.Go(func() {
			for range 40 {
				m := changes[random.IntN(len(changes))]
				if s.update(groups, provider.Update{ID: g, At: at, Members: m}).Changed {
					changed.Add(1)
				}
				now := values(s, s.get(groups, g))
				if !slices.Equal(now, sorted(first)) && !slices.Equal(now, sorted(second)) {
					t.Errorf("%+v left %v of %v", m, now, ids)
				}
			}
		})
	}
	wg.Wait()
	if d := s.get(groups, g); d.Version != 1+changed.Load() {
		t.Errorf("version %d after %d changes", d.Version, changed.Load())
	}
	if n := len(s.entries(g)); n != 1+int(changed.Load()) {
		t.Errorf("%d journal rows after %d changes", n, changed.Load())
	}
}

// TestParallelUpdates makes 16 changes from the same version: one is made, the others are told that they came late.
func TestParallelUpdates(t *testing.T) {
	t.Parallel()
	s := openOne(t)
	a, g := s.user("a"), s.group("G")
	var made, late atomic.Int64
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Go(func() {
			kind, from, text := users, a, fmt.Sprintf(`{"userName":"a","title":"%d"}`, i)
			if i%2 == 0 {
				kind, from, text = groups, g, fmt.Sprintf(`{"displayName":"G%d"}`, i)
			}
			u := changed(t, kind, from, text)
			if i%4 == 0 {
				u.Members.Add = []string{a.ID}
			}
			switch _, err := s.Update(t.Context(), kind, u, whole); {
			case err == nil:
				made.Add(1)
			case errors.Is(err, provider.ErrVersion):
				late.Add(1)
			default:
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if made.Load() != 2 || late.Load() != 14 {
		t.Errorf("%d made, %d late", made.Load(), late.Load())
	}
}

// TestDeletedWhileAdded deletes users and groups while others put them into groups and take them out. Nothing fails but
// for what is gone, and no membership outlives its user.
func TestDeletedWhileAdded(t *testing.T) {
	t.Parallel()
	s := openOne(t)
	teams := []string{s.group("A").ID, s.group("B").ID, s.group("C").ID}
	for round := range 12 {
		ids := []string{s.user(fmt.Sprint("u", round)).ID, s.user(fmt.Sprint("v", round)).ID, s.group(fmt.Sprint("g", round)).ID}
		var wg sync.WaitGroup
		for _, team := range teams {
			for _, m := range []provider.Members{{Add: ids}, {Remove: ids}, {Replace: true, Add: ids[1:]}, {Add: ids[:1]}} {
				wg.Go(func() {
					_, err := s.Update(t.Context(), groups, provider.Update{ID: team, At: at, Members: m}, whole)
					if unknown := (*provider.UnknownMemberError)(nil); err != nil && !errors.As(err, &unknown) {
						t.Errorf("%+v: %v", m, err)
					}
				})
			}
		}
		for i, id := range ids {
			wg.Go(func() {
				kind := users
				if i == 2 {
					kind = groups
				}
				if err := s.Delete(t.Context(), kind, provider.Deletion{ID: id, At: at}); err != nil {
					t.Errorf("delete: %v", err)
				}
			})
		}
		wg.Wait()
	}
	for _, team := range teams {
		d := s.get(groups, team)
		if d.Relation != nil {
			t.Errorf("members of deleted users: %s", d.Relation)
		}
		var bumps int64
		for _, e := range s.entries(team) {
			bumps = max(bumps, e.Version)
		}
		if d.Version < bumps {
			t.Errorf("version %d, the journal has %d", d.Version, bumps)
		}
	}
}
