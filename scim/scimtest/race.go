package scimtest

import (
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/askspoke/spoke/scim/provider"
	"github.com/askspoke/spoke/scim/schema"
)

var raceRules = []rule{
	{"of equal creates at once exactly one wins", func(w *world) {
		for kind, name := range map[*schema.ResourceType]string{w.users: "userName", w.groups: "displayName"} {
			drafts := make([]provider.Draft, 8)
			for i := range drafts {
				drafts[i] = w.draft(kind, `{"`+name+`": "`+[...]string{"name", "NAME"}[i%2]+`"}`)
			}
			won := w.race(len(drafts), func(i int) error {
				_, err := w.create(drafts[i], kind)
				return err
			}, func(err error) bool { var taken *provider.TakenError; return errors.As(err, &taken) })
			if len(won) != 1 || len(w.names(kind, "")) != 1 {
				w.Errorf("%d of %d creates won, and %q are there", len(won), len(drafts), w.names(kind, ""))
			}
		}
	}},
	{"of changes from one version at once exactly one wins", func(w *world) {
		id := w.user(`{"userName": "a"}`)
		updates := make([]provider.Update, 8)
		for i := range updates {
			updates[i] = w.revision(w.users, id, func(object map[string]any) { object["title"] = fmt.Sprint(i) })
		}
		won := w.race(len(updates), func(i int) error {
			_, err := w.store.Update(w.Context(), w.users, updates[i], bare)
			return err
		}, func(err error) bool { return errors.Is(err, provider.ErrVersion) })
		if len(won) != 1 {
			w.Fatalf("%d of %d updates won", len(won), len(updates))
		}
		w.isAt(w.users, id, 2)
		w.finds(w.users, `title eq "`+fmt.Sprint(won[0])+`"`, "a")
	}},
	{"changes of members at once lose nothing", func(w *world) {
		ids := w.crowd(60)
		group := w.group(`{"displayName": "g"}`, ids[40:]...)
		w.race(20, func(i int) error {
			members := provider.Members{Add: ids[2*i : 2*i+2], Remove: ids[40+i : 41+i]}
			_, err := w.store.Update(w.Context(), w.groups, provider.Update{ID: group, At: w.clock, Members: members}, bare)
			return err
		}, nil)
		w.hasMembers(group, ids[:40]...)
		w.isAt(w.groups, group, 21)
	}},
	{"of equal changes of members at once exactly one changes something", func(w *world) {
		ids := w.crowd(5)
		group := w.group(`{"displayName": "g"}`)
		var changed sync.Map
		w.race(8, func(i int) error {
			// Each in another order, as two requests would lock them.
			add := slices.Concat(ids[i%5:], ids[:i%5])
			done, err := w.store.Update(w.Context(), w.groups, provider.Update{ID: group, At: w.clock, Members: provider.Members{Add: add}}, bare)
			if done.Changed {
				changed.Store(i, true)
			}
			return err
		}, nil)
		n := 0
		changed.Range(func(any, any) bool { n++; return true })
		if n != 1 {
			w.Errorf("%d updates say that they changed the group", n)
		}
		w.hasMembers(group, ids...)
		w.isAt(w.groups, group, 2)
	}},
	{"of deletes at once exactly one wins", func(w *world) {
		id := w.user(`{"userName": "a"}`)
		group := w.group(`{"displayName": "g"}`, id)
		won := w.race(8, func(int) error { return w.store.Delete(w.Context(), w.users, provider.Deletion{ID: id, At: w.clock}) },
			func(err error) bool { return errors.Is(err, provider.ErrNotFound) })
		if len(won) != 1 {
			w.Errorf("%d of 8 deletes won", len(won))
		}
		w.isAt(w.groups, group, 2)
	}},
	{"a member deleted while it is added leaves no trace", func(w *world) {
		group := w.group(`{"displayName": "g"}`)
		for i, id := range w.crowd(20) {
			w.race(2, func(j int) error {
				if j == i%2 {
					return w.store.Delete(w.Context(), w.users, provider.Deletion{ID: id, At: w.clock})
				}
				members := provider.Members{Add: []string{id}}
				_, err := w.store.Update(w.Context(), w.groups, provider.Update{ID: group, At: w.clock, Members: members}, bare)
				return err
			}, func(err error) bool { var unknown *provider.UnknownMemberError; return errors.As(err, &unknown) })
		}
		w.hasMembers(group)
		w.finds(w.groups, `members pr`)
	}},
	{"groups that exchange members at once do not block each other", func(w *world) {
		ids := w.crowd(10)
		groups := []string{w.group(`{"displayName": "a"}`), w.group(`{"displayName": "b"}`)}
		won := w.race(16, func(i int) error {
			group, other := groups[i%2], groups[1-i%2]
			members := provider.Members{Replace: true, Add: append([]string{other}, ids[i%10:]...)}
			_, err := w.store.Update(w.Context(), w.groups, provider.Update{ID: group, At: w.clock, Members: members}, whole)
			return err
		}, isCircle)
		inner, outer := w.elements(w.get(w.groups, groups[0]).Relation), w.elements(w.get(w.groups, groups[1]).Relation)
		if slices.Contains(inner, groups[1]) == slices.Contains(outer, groups[0]) {
			w.Errorf("members are %q and %q: want one of the groups in the other", inner, outer)
		}
		if len(won) != 8 { // all that put the one into the other, and none of those that do the contrary
			w.Errorf("%d of 16 changes were made", len(won))
		}
	}},
	{"groups that are nested at once make no circle", func(w *world) {
		// Each edge alone is allowed, the last one that is added closes the circle; between them lie others.
		const n = 4
		var above, below [n]string
		for i := range n {
			below[i] = w.group(fmt.Sprintf(`{"displayName": "below %d"}`, i))
			above[i] = w.group(fmt.Sprintf(`{"displayName": "above %d"}`, i), below[i])
		}
		won := w.race(n, func(i int) error {
			members := provider.Members{Add: []string{above[(i+1)%n]}}
			_, err := w.store.Update(w.Context(), w.groups, provider.Update{ID: below[i], At: w.clock, Members: members}, bare)
			return err
		}, isCircle)
		if len(won) != n-1 {
			w.Errorf("%d of %d groups were added", len(won), n)
		}
	}},
}

// race calls play n times at once and returns which calls had no error. Another error than the expected ones fails.
func (w *world) race(n int, play func(i int) error, expected func(error) bool) (won []int) {
	w.Helper()
	errs := make([]error, n)
	start := make(chan struct{})
	var group sync.WaitGroup
	for i := range n {
		group.Go(func() {
			<-start
			errs[i] = play(i)
		})
	}
	close(start)
	group.Wait()
	for i, err := range errs {
		switch {
		case err == nil:
			won = append(won, i)
		case expected == nil || !expected(err):
			w.Errorf("call %d: %v", i, err)
		}
	}
	return won
}

func isCircle(err error) bool { var circle *provider.CircleError; return errors.As(err, &circle) }
