package guard_test

import (
	"encoding/binary"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/askspoke/spoke/infra/pgtest"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/guard"
	"github.com/askspoke/spoke/tenancy/journal"
)

// TestThreshold has users deleted one after another until the guard holds one.
func TestThreshold(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		guard         tenancy.Guard
		users, leaves int
		want          string
	}{
		"one of one":                         {tenancy.DefaultGuard(), 1, 1, "1 passes, "},
		"all of a tiny directory":            {tenancy.DefaultGuard(), 19, 19, "19 passes, "},
		"all of a small one":                 {tenancy.DefaultGuard(), 30, 30, "19 passes, 1 opens percent, 10 held, "},
		"twenty of a hundred are 20 %":       {tenancy.DefaultGuard(), 100, 22, "20 passes, 1 opens percent, 1 held, "},
		"what has gone counts as directory":  {tenancy.Guard{Window: time.Hour, Count: 500, Minimum: 2, Percent: 50}, 10, 7, "5 passes, 1 opens percent, 1 held, "},
		"more than the count":                {tenancy.Guard{Window: time.Hour, Count: 5, Minimum: 100, Percent: 20}, 500, 8, "5 passes, 1 opens count, 2 held, "},
		"a percentage of 100 never is":       {tenancy.Guard{Window: time.Hour, Count: 500, Minimum: 1, Percent: 100}, 9, 9, "9 passes, "},
		"a minimum of one":                   {tenancy.Guard{Window: time.Hour, Count: 500, Minimum: 1, Percent: 10}, 9, 3, "1 passes, 1 opens percent, 1 held, "},
		"the only one with a minimum of one": {tenancy.Guard{Window: time.Hour, Count: 500, Minimum: 1, Percent: 1}, 1, 1, "1 passes, "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := open(t)
			ids := w.users(c.users)
			if got := w.deleteAll(c.guard, noon, ids[:c.leaves]...); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

// TestCounted tells what counts as a leaver: each resource once, users apart from groups for the percentage, and no
// refused request.
func TestCounted(t *testing.T) {
	t.Parallel()
	w := open(t)
	users, groups := w.users(20), w.groups(20)
	g := tenancy.Guard{Window: time.Hour, Count: 8, Minimum: 4, Percent: 15} // more than three of either, or eight of both
	expect := func(want string, a guard.Attempt) {
		t.Helper()
		if got := w.try(g, a); got != want {
			t.Errorf("%s of %s: %s, want %s", a.Action, a.ResourceType, got, want)
		}
	}
	for i := range 9 {
		expect("passes", attempt("User", users[0], journal.ActionDisable, noon.Add(time.Duration(i)*time.Second)))
	}
	expect("passes", attempt("User", users[0], journal.ActionDelete, noon))
	expect("passes", attempt("User", newID(), journal.ActionDelete, noon)) // it is not there: that is for the store to say
	w.exec(`DELETE FROM `+w.schema.Table("journal")+` WHERE resource_id NOT IN ($1)`, users[0])
	w.exec(`INSERT INTO `+w.schema.Table("journal")+` (id, at, action, outcome, status, resource_type, resource_id, version, actor, request_id, detail)
		SELECT gen_random_uuid(), $1, 'delete', 'refused', 404, 'User', gen_random_uuid(), 1, '', '', '{}' FROM generate_series(1, 50)`, noon)
	for i := range 3 {
		expect("passes", attempt("Group", groups[i], journal.ActionDelete, noon))
	}
	expect("passes", attempt("User", users[1], journal.ActionDisable, noon))
	expect("passes", attempt("User", users[2], journal.ActionDelete, noon))
	expect("opens percent", attempt("Group", groups[3], journal.ActionDelete, noon))
	hold, err := w.Open(t.Context(), w.schema)
	if err != nil {
		t.Fatal(err)
	}
	want := guard.Found{Rule: guard.RulePercent, Guard: g, Leavers: 7, ResourceType: "Group", Resources: 4, Directory: 20, Actor: "token"}
	if diff := cmp.Diff(want, hold.Found); diff != "" {
		t.Error(diff)
	}
}

// TestNewcomers has resources come and go within the window, as those of who tries a service out do: they are no part of
// the directory that a percentage is of, and of the count they are.
func TestNewcomers(t *testing.T) {
	t.Parallel()
	w := open(t)
	g := tenancy.Guard{Window: time.Hour, Count: 40, Minimum: 3, Percent: 20}
	old, fresh := w.users(10), w.users(60)
	w.exec(`UPDATE `+w.schema.Table("users")+` SET created = $1 WHERE id = ANY ($2::uuid[])`, noon, pq.Array(fresh))
	for _, id := range fresh {
		entry := uuid.Must(uuid.NewV7())
		binary.BigEndian.PutUint64(entry[:8], uint64(noon.UnixMilli())<<16|0x7000)
		w.exec(`INSERT INTO `+w.schema.Table("journal")+` (id, at, action, resource_type, resource_id, version, actor, request_id, detail)
			VALUES ($1, $2, 'create', 'User', $3, 1, '', '', '{}')`, entry.String(), noon, id)
	}
	soon := noon.Add(time.Minute)
	if got := w.deleteAll(g, soon, fresh[:20]...); got != "20 passes, " {
		t.Error(got)
	}
	if got := w.deleteAll(g, soon, old[:2]...); got != "2 passes, " {
		t.Error(got)
	}
	if got := w.deleteAll(g, soon, fresh[20:22]...); got != "2 passes, " {
		t.Error(got)
	}
	if got := w.deleteAll(g, soon, old[2]); got != "1 opens percent, " {
		t.Error(got)
	}
	hold, err := w.Open(t.Context(), w.schema)
	if err != nil || hold.Found.Leavers != 25 || hold.Found.Resources != 3 || hold.Found.Directory != 10 {
		t.Errorf("%+v %v", hold, err)
	}
	if _, err := w.Approve(t.Context(), w.schema, hold.ID, "ada", noon.Add(2*time.Minute)); err != nil {
		t.Fatal(err)
	}
	later := noon.Add(3 * time.Minute) // whom the window created was there when counting began anew
	if got, want := w.deleteAll(g, later, fresh[22:33]...), "9 passes, 1 opens percent, 1 held, "; got != want {
		t.Errorf("got %s want %s", got, want)
	}

	w = open(t)
	fresh = w.users(50)
	w.exec(`UPDATE `+w.schema.Table("users")+` SET created = $1`, noon)
	if got, want := w.deleteAll(g, soon, fresh...), "40 passes, 1 opens count, 9 held, "; got != want {
		t.Errorf("got %s want %s", got, want)
	}
}

// TestWindow has leavers who are too many together come one by one.
func TestWindow(t *testing.T) {
	t.Parallel()
	w := open(t)
	g := tenancy.Guard{Window: time.Hour, Count: 3, Minimum: 100, Percent: 20}
	ids := w.users(60)
	for i := range 20 {
		if got := w.deleteAll(g, noon.Add(time.Duration(i)*20*time.Minute), ids[i]); got != "1 passes, " {
			t.Fatalf("leaver %d: %s", i, got)
		}
	}
	// A hold that is open holds whatever comes, however long after: else the burst would drip through as the window moves.
	burst := noon.Add(48 * time.Hour)
	if got, want := w.deleteAll(g, burst, ids[20:30]...), "3 passes, 1 opens count, 6 held, "; got != want {
		t.Errorf("got %s want %s", got, want)
	}
	if got, want := w.deleteAll(g, burst.Add(72*time.Hour), ids[24:32]...), "8 held, "; got != want {
		t.Errorf("got %s want %s", got, want)
	}
	hold, err := w.Open(t.Context(), w.schema)
	if err != nil || hold.Noted != 9 || !hold.Opened.Equal(burst) {
		t.Errorf("%+v %v", hold, err)
	}
}

// TestNoted reads what a hold has noted, page by page, and that the same attempt noted twice is one.
func TestNoted(t *testing.T) {
	t.Parallel()
	w := open(t)
	g := tenancy.Guard{Window: time.Hour, Count: 1, Minimum: 100, Percent: 20}
	ids := w.users(9)
	w.deleteAll(g, noon, ids[:6]...)
	later := noon.Add(time.Hour)
	w.deleteAll(g, later, ids[2], ids[2]) // the driver sends a statement again: the times are the same
	w.try(g, attempt("User", ids[2], journal.ActionDisable, later))
	hold, err := w.Open(t.Context(), w.schema)
	if err != nil || hold.Noted != 6 {
		t.Fatalf("%+v %v", hold, err)
	}
	all := map[string]guard.Held{}
	for cursor, pages := "", 1; ; pages++ {
		page, err := w.Held(t.Context(), w.schema, hold.ID, cursor, 2)
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range page.Held {
			all[h.ResourceID+string(h.Action)] = h
		}
		if cursor = page.Next; cursor == "" {
			if pages != 3 {
				t.Errorf("%d pages", pages)
			}
			break
		}
	}
	want := map[string]guard.Held{}
	for _, id := range ids[1:6] {
		want[id+"delete"] = guard.Held{ResourceType: "User", ResourceID: id, Action: "delete", Name: "User " + id, First: noon, Last: noon, Attempts: 1, Actor: "token"}
	}
	again := want[ids[2]+"delete"]
	again.Last, again.Attempts = later, 2
	want[ids[2]+"delete"] = again
	again.Action, again.First, again.Attempts = "disable", later, 1
	want[ids[2]+"disable"] = again
	if diff := cmp.Diff(want, all); diff != "" {
		t.Error(diff)
	}
	for _, cursor := range []string{"x", "eA", "eCA", hold.ID} {
		if _, err := w.Held(t.Context(), w.schema, hold.ID, cursor, 2); err == nil {
			t.Errorf("cursor %q", cursor)
		}
	}

	// A hold that is full holds on, and notes no more.
	w.exec(`UPDATE `+w.schema.Table("holds")+` SET noted = $1`, guard.MaxHeld)
	if got := w.deleteAll(g, later, ids[7]); got != "1 held, " {
		t.Error(got)
	}
	if got := w.deleteAll(g, later.Add(time.Hour), ids[2]); got != "1 held, " {
		t.Error(got)
	}
	page, err := w.Held(t.Context(), w.schema, hold.ID, "", 100)
	if err != nil || len(page.Held) != 6 {
		t.Errorf("%d %v", len(page.Held), err)
	}
	hold, err = w.Open(t.Context(), w.schema)
	if err != nil || hold.Noted != guard.MaxHeld {
		t.Errorf("%+v %v", hold, err)
	}
}

// TestStatements counts them: one for what passes, for what opens a hold and for what is held.
func TestStatements(t *testing.T) {
	t.Parallel()
	w := open(t)
	counted, counter := pgtest.Counted(t, pgtest.Address(t, w.db))
	w.Store = guard.New(counted, w.clock)
	g := tenancy.Guard{Window: time.Hour, Count: 1, Minimum: 100, Percent: 20}
	ids := w.users(3)
	for i, want := range []string{"passes", "opens count", "held"} {
		before := counter.Load()
		if got := w.try(g, attempt("User", ids[i], journal.ActionDelete, noon)); got != want {
			t.Errorf("%s, want %s", got, want)
		}
		if n := counter.Load() - before; n != 1 {
			t.Errorf("%s: %d statements", want, n)
		}
	}
}

// TestBounded has a directory of 30,000: to learn that 20 are not 20 % of it, a hundred are read, and of the journal the
// leavers' own entries.
func TestBounded(t *testing.T) {
	t.Parallel()
	w := open(t)
	ids := w.users(30_000)
	g := tenancy.DefaultGuard()
	for _, id := range ids[:19] {
		if err := w.note(attempt("User", id, journal.ActionDisable, noon)); err != nil {
			t.Fatal(err)
		}
	}
	w.exec(`INSERT INTO `+w.schema.Table("journal")+` (id, at, action, resource_type, resource_id, version, actor, request_id, detail)
		SELECT gen_random_uuid(), $1, 'create', 'User', id, 1, '', '', '{}' FROM `+w.schema.Table("users"), noon.AddDate(0, 0, -9))
	w.exec(`ANALYZE ` + w.schema.Table("users") + `, ` + w.schema.Table("journal"))
	read := guard.RowsRead(t, w.db, w.schema, g, attempt("User", ids[20], journal.ActionDisable, noon))
	if read["users"] > 101 || read["users"] < 100 || read["journal"] > 57 {
		t.Errorf("rows read: %v", read)
	}
}
