package guard_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/askspoke/spoke/infra/pgtest"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/guard"
	"github.com/askspoke/spoke/tenancy/journal"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// BenchmarkCheck asks whether a user of 50,000 may be disabled, with so many leavers in the window, and while a hold is open.
func BenchmarkCheck(b *testing.B) {
	for _, leavers := range []int{0, 100, 480} {
		for _, prepared := range []bool{false, true} {
			w := open(b)
			if prepared {
				w.Store = guard.New(pgtest.Open(b, pgtest.Address(b, w.db), tenantdb.Options{Prepared: 8}), w.clock)
			}
			ids := w.users(50_000)
			for _, id := range ids[:leavers] {
				if err := w.note(attempt("User", id, journal.ActionDisable, noon)); err != nil {
					b.Fatal(err)
				}
			}
			w.exec(`ANALYZE`)
			a := attempt("User", ids[leavers+4], journal.ActionDisable, noon)
			b.Run(fmt.Sprintf("%d leavers, prepared %t", leavers, prepared), func(b *testing.B) {
				for b.Loop() {
					if err := w.Check(b.Context(), w.schema, tenancy.DefaultGuard(), a); err != nil {
						b.Fatal(err)
					}
				}
			})
			if leavers > 0 {
				continue
			}
			w.held(noon.Add(2*time.Hour), ids[:4]...) // the fourth opens a hold
			b.Run(fmt.Sprintf("held, prepared %t", prepared), func(b *testing.B) {
				for b.Loop() {
					if w.Check(b.Context(), w.schema, tenancy.DefaultGuard(), a) == nil {
						b.Fatal("it passed")
					}
				}
			})
		}
	}
}
