package operator_test

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/google/uuid"

	"github.com/askspoke/spoke/tenancy/operator"
	"github.com/askspoke/spoke/tenancy/token"
)

func TestSignInOpensOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	who := operator.Identity{Actor: operator.ShellActor("ann"), Name: "ann", Role: operator.Manage}
	secret, expires, err := w.CreateSignIn(t.Context(), who)
	if err != nil || !expires.Equal(w.clock.Now().Add(operator.SignInLife)) {
		t.Fatal(expires, err)
	}
	var opened atomic.Int32
	var group sync.WaitGroup
	for range 6 {
		group.Go(func() {
			got, err := w.OpenSignIn(t.Context(), secret.Reveal())
			switch {
			case err == nil:
				opened.Add(1)
				if diff := cmp.Diff(who, got); diff != "" {
					t.Error(diff)
				}
			case !errors.Is(err, operator.ErrUsed):
				t.Error(err)
			}
		})
	}
	group.Wait()
	if opened.Load() != 1 {
		t.Errorf("opened %d times", opened.Load())
	}
}

func TestSignInIsRejected(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	who := operator.Identity{Actor: operator.Shell, Name: "ann", Role: operator.Read}
	late, _, err := w.CreateSignIn(t.Context(), who)
	if err != nil {
		t.Fatal(err)
	}
	w.clock.Pass(operator.SignInLife + time.Microsecond)
	for name, tc := range map[string]struct {
		text string
		want error
	}{
		"expired":       {late.Reveal(), operator.ErrExpired},
		"unknown":       {token.NewSecret(token.ForConsole).Reveal(), operator.ErrUnknown},
		"a set-up link": {token.NewSecret(token.ForSetUp).Reveal(), operator.ErrMalformed},
		"nothing":       {"", operator.ErrMalformed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, _, err := w.LookSignIn(t.Context(), tc.text); !errors.Is(err, tc.want) {
				t.Errorf("look: want %v, got %v", tc.want, err)
			}
			if _, err := w.OpenSignIn(t.Context(), tc.text); !errors.Is(err, tc.want) || !errors.Is(err, operator.ErrRejected) {
				t.Errorf("got %v", err)
			}
		})
	}
	if _, _, err := w.CreateSignIn(t.Context(), operator.Identity{Name: "ann", Role: "root"}); !errors.Is(err, operator.ErrRole) {
		t.Error(err)
	}
}

// What a link began goes on until the operator's links are revoked, and one that was not opened opens nothing then.
func TestSignInsAreRevoked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ann, bob := operator.Identity{Actor: operator.ShellActor("ann"), Name: "Ann", Role: operator.Manage}, operator.Identity{Actor: operator.ShellActor("bob"), Name: "Bob", Role: operator.Read}
	open := func(who operator.Identity) string {
		t.Helper()
		secret, _, err := w.CreateSignIn(t.Context(), who)
		if err != nil {
			t.Fatal(err)
		}
		id, looked, err := w.LookSignIn(t.Context(), secret.Reveal())
		if err != nil || looked != who {
			t.Fatalf("%+v, %v", looked, err)
		}
		if _, err := w.SignedIn(t.Context(), id); !errors.Is(err, operator.ErrNotFound) {
			t.Errorf("one that nobody has used: %v", err)
		}
		if _, err := w.OpenSignIn(t.Context(), secret.Reveal()); err != nil {
			t.Fatal(err)
		}
		return id
	}
	hers, his := open(ann), open(bob)
	unused, _, err := w.CreateSignIn(t.Context(), ann)
	if err != nil {
		t.Fatal(err)
	}
	w.clock.Pass(8 * time.Hour)
	if got, err := w.SignedIn(t.Context(), hers); err != nil || got != ann {
		t.Errorf("%+v, %v", got, err)
	}
	if n, err := w.RevokeSignIns(t.Context(), ann.Actor); err != nil || n != 2 {
		t.Errorf("%d, %v", n, err)
	}
	if _, err := w.SignedIn(t.Context(), hers); !errors.Is(err, operator.ErrNotFound) {
		t.Errorf("revoked: %v", err)
	}
	if _, err := w.OpenSignIn(t.Context(), unused.Reveal()); !errors.Is(err, operator.ErrUnknown) {
		t.Errorf("revoked: %v", err)
	}
	if got, err := w.SignedIn(t.Context(), his); err != nil || got != bob {
		t.Errorf("another's: %+v, %v", got, err)
	}
	for _, id := range []string{"", "shell:bob", uuid.NewString()} {
		if _, err := w.SignedIn(t.Context(), id); !errors.Is(err, operator.ErrNotFound) {
			t.Errorf("%q: %v", id, err)
		}
	}
}
