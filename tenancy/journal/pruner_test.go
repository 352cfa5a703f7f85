package journal_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/askspoke/spoke/infra/pgtest"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/journal"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// listed is a list of tenants that a Pruner goes through, and counts how often each was asked for.
type listed struct {
	tenants []tenancy.Tenant
	asked   map[tenancy.Slug]int
	err     error
}

func (l *listed) after(_ context.Context, after tenancy.Slug, limit int) (some []tenancy.Tenant, err error) {
	for _, tenant := range l.tenants {
		if tenant.Slug > after && len(some) < limit {
			some = append(some, tenant)
			l.asked[tenant.Slug]++
		}
	}
	return some, l.err
}

// keep is what the plans grant: week a week, ever no limit, the others 90 days.
func keep(plan string) (time.Duration, bool) {
	switch plan {
	case "week":
		return 7 * 24 * time.Hour, true
	case "ever":
		return 0, false
	}
	return 90 * 24 * time.Hour, true
}

// Each tenant's journal is kept as its plan has it, and counts and cycles as all are.
func TestPruner(t *testing.T) {
	t.Parallel()
	db, tenants := pgtest.Tenants(t, 4)
	for i, plan := range []string{"", "week", "ever", "week"} {
		schema := tenantdb.SchemaFor(tenants[i].ID)
		tenants[i].Settings.Plan = plan
		days(t, db, schema, 100)
		db.MustExec(`INSERT INTO `+schema.Table("activity")+` (at, source, resource, action, outcome, count, duration, first_at, last_at)
			SELECT $1::timestamptz - d * interval '1 hour', md5(d::text)::uuid, '', 'read', 'accepted', 1, 1, $1, $1 FROM generate_series(1, 3000) d`, at)
		db.MustExec(`INSERT INTO `+schema.Table("cycles")+` (id, kind, started_at, ended_at, counts)
			SELECT md5(d::text)::uuid, 'initial', $1::timestamptz - d * interval '1 day', $1, '{}' FROM generate_series(1, 500) d`, at)
	}
	tenants[3].State = tenancy.StateImporting // somebody fills it
	gone := tenancy.Tenant{ID: tenancy.NewID(), Slug: "tenant-0", State: tenancy.StateActive}
	list := &listed{tenants: append([]tenancy.Tenant{gone}, tenants...), asked: make(map[tenancy.Slug]int)}
	now := at
	p := journal.NewPruner(journal.PrunerConfig{DB: db, Tenants: list.after, Keep: keep, Now: func() time.Time { return now }})
	removed, err := p.Run(t.Context())
	// 10 days of 4; 93 of 4 but for the accepted deletions of 23 of them; 2160 hours and 100 days of three tenants.
	if want := int64(10*4 + 93*4 - 23 + 3*(3000-35*24) + 3*100); removed != want || err != nil {
		t.Errorf("%d rows were removed, want %d, %v", removed, want, err)
	}
	var rows []int
	for _, tenant := range tenants {
		for _, table := range []string{"journal", "activity", "cycles"} {
			var n int
			if err := db.GetContext(t.Context(), &n, `SELECT count(*) FROM `+tenantdb.SchemaFor(tenant.ID).Table(table)); err != nil {
				t.Fatal(err)
			}
			rows = append(rows, n)
		}
	}
	if diff := cmp.Diff([]int{360, 840, 400, 51, 840, 400, 400, 840, 400, 400, 3000, 500}, rows); diff != "" {
		t.Errorf("rows left (-want +got)\n%s", diff)
	}

	clear(list.asked)
	if removed, err := p.Run(t.Context()); removed != 0 || err != nil || len(list.asked) != 0 {
		t.Errorf("while it rests: %d rows, %v, %v", removed, list.asked, err)
	}
	now = now.Add(25 * time.Hour)
	if removed, err := p.Run(t.Context()); removed == 0 || err != nil {
		t.Errorf("in the next round: %d rows, %v", removed, err)
	}
}

// What grows old besides is removed in steps, of each tenant in a round.
func TestPrunerAlso(t *testing.T) {
	t.Parallel()
	db, tenants := pgtest.Tenants(t, 2)
	left := map[tenantdb.Schema]int{tenantdb.SchemaFor(tenants[0].ID): 2500, tenantdb.SchemaFor(tenants[1].ID): 1000}
	list := &listed{tenants: tenants, asked: make(map[tenancy.Slug]int)}
	p := journal.NewPruner(journal.PrunerConfig{
		DB: db, Tenants: list.after, Keep: keep, Now: func() time.Time { return at },
		Also: func(_ context.Context, schema tenantdb.Schema, now time.Time, limit int) (int, error) {
			n := min(left[schema], limit)
			left[schema] -= n
			if !now.Equal(at) {
				return n, fmt.Errorf("the time is %s", now)
			}
			return n, nil
		},
	})
	if removed, err := p.Run(t.Context()); removed != 3500 || err != nil {
		t.Errorf("%d were removed, %v: %v", removed, err, left)
	}
}

// A round goes through all tenants once, wherever it begins, some in each run; what goes wrong is not the end of it.
func TestPrunerRound(t *testing.T) {
	t.Parallel()
	db, tenants := pgtest.Tenants(t, 1)
	list := &listed{asked: make(map[tenancy.Slug]int)}
	for i := range 120 {
		tenant := tenants[0]
		tenant.Slug = tenancy.Slug(fmt.Sprintf("%c%03d", 'a'+i%26, i))
		list.tenants = append(list.tenants, tenant)
	}
	slices.SortFunc(list.tenants, func(a, b tenancy.Tenant) int { return strings.Compare(string(a.Slug), string(b.Slug)) })
	p := journal.NewPruner(journal.PrunerConfig{DB: db, Tenants: list.after, Keep: keep})
	list.err = errors.New("away")
	if _, err := p.Run(t.Context()); !errors.Is(err, list.err) {
		t.Errorf("without a list: %v", err)
	}
	list.err = nil
	clear(list.asked)
	for run := range 4 {
		if _, err := p.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		if n := len(list.asked); n != min(50*(run+1), 120) {
			t.Errorf("after %d runs %d tenants were asked for", run+1, n)
		}
	}
	for slug, n := range list.asked {
		if n > 2 { // the one with which a round ends is asked for twice
			t.Errorf("%s was asked for %d times", slug, n)
		}
	}
}
