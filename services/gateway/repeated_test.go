package gateway

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestRepeated counts what is refused of a kind within a minute, by a clock of its own.
func TestRepeated(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var r repeated
		var got []string
		begun := time.Now()
		note := func(kind repeatedKind, name string) {
			r.note(kind, func(more string) { got = append(got, time.Since(begun).String()+" "+name+more) })
		}
		wait := func(d time.Duration) {
			<-time.After(d)
			synctest.Wait()
		}
		token, other := repeatedKind{"a", "auth.token"}, repeatedKind{"b", "auth.token"}
		note(token, "first")
		note(token, "second")
		note(other, "another tenant")
		wait(10 * time.Second)
		note(token, "third")
		wait(51 * time.Second) // at 61 s: a minute is over, and the next one begins
		note(token, "fourth")
		wait(60 * time.Second)
		wait(60 * time.Second) // nothing came within a whole minute
		if n := len(r.kinds); n != 0 {
			t.Errorf("%d kinds are remembered", n)
		}
		note(token, "fifth")
		note(token, "sixth")
		r.finish()
		wait(time.Hour)
		want := []string{
			"0s first", "0s another tenant", "1m0s third (Refused 2 times within a minute.)", "2m0s fourth (Refused 1 times within a minute.)",
			"3m1s fifth", "3m1s sixth (Refused 1 times within a minute.)",
		}
		if diff := cmp.Diff(want, got); diff != "" || len(r.kinds) != 0 {
			t.Errorf("%d kinds (-want +got)\n%s", len(r.kinds), diff)
		}
	})
}
