package operator_test

import (
	"errors"
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/askspoke/spoke/tenancy/operator"
)

// A secret that a process has admitted is good in that process, and no other, and the database has nothing of it.
func TestAdmit(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	want := operator.Identity{Actor: operator.ShellActor("ann"), Name: "ann", Role: operator.Admin}
	secret := w.Admit(want)
	got, err := w.VerifyKey(t.Context(), secret.Reveal(), netip.Addr{})
	if err != nil || want.Actor != "shell:ann" {
		t.Fatal(want.Actor, err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if _, err := newStore(t, w.db, w.clock).VerifyKey(t.Context(), secret.Reveal(), netip.Addr{}); !errors.Is(err, operator.ErrUnknown) {
		t.Errorf("in another process: %v", err)
	}
	if list, _, err := w.Keys(t.Context(), operator.Page{Limit: 10}); err != nil || len(list) != 0 {
		t.Errorf("the database has %v, %v", list, err)
	}
}
