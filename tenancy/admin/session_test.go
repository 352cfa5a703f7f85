package admin_test

import (
	"errors"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/google/go-cmp/cmp"

	"github.com/askspoke/spoke/tenancy/admin"
)

var _ scs.CtxStore = admin.Sessions{}

func TestSession(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s, at := w.Sessions(), w.clock.Now()
	find := func(text, want string) {
		t.Helper()
		data, found, err := s.FindCtx(t.Context(), text)
		if err != nil || found != (want != "") || string(data) != want {
			t.Errorf("%q, %t, %v, want %q", data, found, err, want)
		}
	}
	commit := func(text, data string, life time.Duration) {
		t.Helper()
		if err := s.CommitCtx(t.Context(), text, []byte(data), at.Add(life)); err != nil {
			t.Fatal(err)
		}
	}
	find("secret", "")
	commit("secret", "one", time.Hour)
	commit("other", "two", time.Hour)
	commit("secret", "three", 2*time.Hour)
	find("secret", "three")
	find("other", "two")
	var shown int
	if err := w.db.GetContext(t.Context(), &shown, `SELECT count(*) FROM spoke.sessions s
		WHERE s::text LIKE '%secret%' OR s::text LIKE '%' || encode('secret', 'hex') || '%'`); err != nil || shown != 0 {
		t.Errorf("what the browser has is in the database: %d, %v", shown, err)
	}
	w.clock.Pass(time.Hour)
	find("other", "")
	find("secret", "three")
	w.clock.Pass(time.Hour)
	find("secret", "")
	if err := s.CommitCtx(t.Context(), "large", make([]byte, 64<<10+1), at); !errors.Is(err, admin.ErrSessionSize) {
		t.Errorf("large: %v", err)
	}
}

// A request that was under way when the session was ended does not bring it back, nor does a statement that is sent twice.
func TestSessionThatWasEnded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	lossy, proxy := w.lossy(t)
	s, until := lossy.Sessions(), w.clock.Now().Add(time.Hour)
	proxy.LoseAnswer()
	if err := s.Commit("a", []byte("x"), until); err != nil {
		t.Fatal(err)
	}
	if _, found, err := s.Find("a"); err != nil || !found {
		t.Fatal(found, err)
	}
	for range 2 {
		proxy.LoseAnswer()
		if err := s.Delete("a"); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Commit("a", []byte("y"), until); err != nil {
		t.Fatal(err)
	}
	if data, found, err := s.Find("a"); err != nil || found {
		t.Errorf("%q, %t, %v", data, found, err)
	}
	if err := s.Delete("never was"); err != nil {
		t.Error(err)
	}
}

func TestPrune(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.add(t, "ada@acme.com", admin.Owner)
	w.signIn(t, a)
	w.visit(t)
	begin := w.clock.Now()
	if err := w.Sessions().Commit("a", []byte("x"), begin.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	// More than a batch, without a statement for each.
	if _, err := w.db.ExecContext(t.Context(), `INSERT INTO spoke.sessions (hash, data, expires_at)
		SELECT decode(md5(i::text), 'hex'), NULL, $1 FROM generate_series(1, 2500) i`, begin); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		after                           time.Duration
		gone                            int64
		sessions, links, visits, admins int
	}{
		{0, 2500, 1, 1, 1, 1},
		{time.Hour - time.Microsecond, 0, 1, 1, 1, 1},
		{time.Hour, 1, 0, 1, 1, 1},
		{7*24*time.Hour + admin.SignInLife - time.Microsecond, 0, 0, 1, 1, 1},
		{7*24*time.Hour + admin.SignInLife, 1, 0, 0, 1, 1},
		{400*24*time.Hour + admin.MaxImpersonation - time.Microsecond, 0, 0, 0, 1, 1},
		{400*24*time.Hour + admin.MaxImpersonation, 1, 0, 0, 0, 1},
	} {
		w.clock.Pass(begin.Add(step.after).Sub(w.clock.Now()))
		if gone, err := w.Prune(t.Context()); err != nil || gone != step.gone {
			t.Errorf("after %s %d rows went, %v", step.after, gone, err)
		}
		var left [4]int
		if err := w.db.QueryRowContext(t.Context(), `SELECT (SELECT count(*) FROM spoke.sessions), (SELECT count(*) FROM spoke.sign_ins),
			(SELECT count(*) FROM spoke.impersonations), (SELECT count(*) FROM spoke.administrators)`).Scan(&left[0], &left[1], &left[2], &left[3]); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([4]int{step.sessions, step.links, step.visits, step.admins}, left); diff != "" {
			t.Errorf("after %s: %s", step.after, diff)
		}
	}
}
