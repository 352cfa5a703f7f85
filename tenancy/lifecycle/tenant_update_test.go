package lifecycle_test

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/askspoke/spoke/infra/pgtest"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/lifecycle"
)

func TestUpdate(t *testing.T) {
	t.Parallel()
	db, tenants := pgtest.Tenants(t, 2)
	now := at
	m := lifecycle.New(lifecycle.Config{DB: db, Now: func() time.Time { return now }, Plans: []string{"team", "free"}})
	id := tenants[0].ID
	want := tenants[0]
	update := func(version int64, c lifecycle.Change) {
		t.Helper()
		now = now.Add(time.Second)
		want.UpdatedAt = now
		want.Version++
		got, err := m.Update(t.Context(), id, version, c)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("returned (-want +got):\n%s", diff)
		}
		read, err := m.ByID(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, read); diff != "" {
			t.Errorf("read (-want +got):\n%s", diff)
		}
	}
	name, plan, none := " Acme, Inc. ", "team", ""
	strict, unique := tenancy.ProfileStrict, false
	guard := tenancy.Guard{Window: time.Hour, Count: 9, Minimum: 2, Percent: 50}
	notify := []string{"it@acme.com", "IT@acme.com", "b@acme.com"}

	want.Name, want.Settings.Plan = "Acme, Inc.", "team"
	update(1, lifecycle.Change{Name: &name, Plan: &plan})
	want.Settings.Guard, want.Settings.Notify = guard, []string{"it@acme.com", "b@acme.com"}
	update(0, lifecycle.Change{Guard: &guard, Notify: &notify})
	want.Settings.Profile, want.Settings.UniqueGroupNames = strict, false
	update(3, lifecycle.Change{Profile: &strict, UniqueGroupNames: &unique})
	want.Settings.Guard, want.Settings.Notify, want.Settings.Plan = tenancy.DefaultGuard(), nil, ""
	update(0, lifecycle.Change{Guard: &tenancy.Guard{}, Notify: &[]string{}, Plan: &none})
	update(0, lifecycle.Change{})

	bad, lax := "\x00", tenancy.Profile("lax")
	unknown := "enterprise"
	for setting, c := range map[string]lifecycle.Change{
		"name": {Name: &bad}, "profile": {Profile: &lax}, "plan": {Plan: &unknown}, "guard": {Guard: &tenancy.Guard{Count: -1}},
		"notify": {Notify: &[]string{"nobody"}},
	} {
		_, err := m.Update(t.Context(), id, 0, c)
		var wrong *tenancy.SettingError
		if !errors.As(err, &wrong) || wrong.Setting != setting {
			t.Errorf("%s: %v", setting, err)
		}
	}
	for _, version := range []int64{1, 5, 7, -1} {
		if _, err := m.Update(t.Context(), id, version, lifecycle.Change{Name: &name}); !errors.Is(err, tenancy.ErrVersion) {
			t.Errorf("version %d: %v", version, err)
		}
	}
	if read, err := m.ByID(t.Context(), id); err != nil || !cmp.Equal(want, read) {
		t.Errorf("what is refused has changed something: %v\n%s", err, cmp.Diff(want, read))
	}
	if other, err := m.ByID(t.Context(), tenants[1].ID); err != nil || !cmp.Equal(tenants[1], other) {
		t.Errorf("the other tenant has changed: %v\n%s", err, cmp.Diff(tenants[1], other))
	}
	if _, err := m.Update(t.Context(), "no id", 0, lifecycle.Change{}); !errors.Is(err, tenancy.ErrNotFound) {
		t.Errorf("no id: %v", err)
	}
}

// A plan that is no more stays with who has it, and nobody else gets it.
func TestPlanThatIsNoMore(t *testing.T) {
	t.Parallel()
	db, tenants := pgtest.Tenants(t, 1)
	plan, name := "team", "Acme"
	before := lifecycle.New(lifecycle.Config{DB: db, Plans: []string{"team"}})
	if _, err := before.Update(t.Context(), tenants[0].ID, 0, lifecycle.Change{Plan: &plan}); err != nil {
		t.Fatal(err)
	}
	m := lifecycle.New(lifecycle.Config{DB: db})
	got, err := m.Update(t.Context(), tenants[0].ID, 0, lifecycle.Change{Name: &name})
	if err != nil || got.Settings.Plan != "team" || got.Name != name {
		t.Errorf("%+v, %v", got, err)
	}
	_, err = m.Create(t.Context(), lifecycle.NewTenant{Slug: "acme", Settings: tenancy.Settings{Plan: plan}})
	if !errors.Is(err, tenancy.ErrSettings) {
		t.Errorf("a new tenant: %v", err)
	}
}

// Of changes at once from one version one is made. Those from no version are all made, and none is lost.
func TestUpdateAtOnce(t *testing.T) {
	t.Parallel()
	db, tenants := pgtest.Tenants(t, 2)
	m := lifecycle.New(lifecycle.Config{DB: db})
	const n = 5
	atOnce := func(id tenancy.ID, version int64, change func(i int) lifecycle.Change) (errs [n]error) {
		var wg sync.WaitGroup
		for i := range n {
			wg.Go(func() { _, errs[i] = m.Update(t.Context(), id, version, change(i)) })
		}
		wg.Wait()
		return errs
	}
	var won []string
	for i, err := range atOnce(tenants[0].ID, 1, func(i int) lifecycle.Change { name := fmt.Sprint(i); return lifecycle.Change{Name: &name} }) {
		switch {
		case err == nil:
			won = append(won, fmt.Sprint(i))
		case !errors.Is(err, tenancy.ErrVersion):
			t.Errorf("change %d: %v", i, err)
		}
	}
	got, err := m.ByID(t.Context(), tenants[0].ID)
	if err != nil || got.Version != 2 || !slices.Equal(won, []string{got.Name}) {
		t.Errorf("version %d, name %q, %v; made are %q", got.Version, got.Name, err, won)
	}

	name, notify, strict, guard := "Acme", []string{"it@acme.com"}, tenancy.ProfileStrict, tenancy.Guard{Window: time.Hour, Count: 1, Minimum: 1, Percent: 1}
	unique := false
	changes := [n]lifecycle.Change{{Name: &name}, {Notify: &notify}, {Profile: &strict}, {Guard: &guard}, {UniqueGroupNames: &unique}}
	if errs := atOnce(tenants[1].ID, 0, func(i int) lifecycle.Change { return changes[i] }); errs != ([n]error{}) {
		t.Errorf("without a version: %v", errs)
	}
	want := tenants[1]
	want.Name, want.Version = name, 1+n
	want.Settings = tenancy.Settings{Profile: strict, Guard: guard, Notify: notify}
	got, err = m.ByID(t.Context(), tenants[1].ID)
	want.UpdatedAt = got.UpdatedAt
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}
