package admin_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/admin"
	"github.com/askspoke/spoke/tenancy/token"
)

func (w world) visit(t *testing.T) (string, admin.Impersonation) {
	t.Helper()
	secret, i, err := w.CreateImpersonation(t.Context(), w.visitor())
	if err != nil {
		t.Fatal(err)
	}
	return secret.Reveal(), i
}

func (w world) visitor() admin.NewImpersonation {
	return admin.NewImpersonation{Tenant: w.mine, Operator: "oidc:grace", Name: "Grace", Reason: "ticket 7", Role: admin.Viewer}
}

func TestImpersonationOpensOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	secret, made := w.visit(t)
	w.clock.Pass(admin.ImpersonationOpen - time.Microsecond)
	for range 2 { // a look uses nothing
		if i, err := w.LookImpersonation(t.Context(), w.mine, secret); err != nil || !i.OpenedAt.IsZero() {
			t.Errorf("%+v, %v", i, err)
		}
	}
	got, err := w.OpenImpersonation(t.Context(), w.mine, secret)
	want := admin.Impersonation{
		ID: made.ID, Tenant: w.mine, Operator: "oidc:grace", Name: "Grace", Reason: "ticket 7", Role: admin.Viewer,
		CreatedAt: made.CreatedAt, ExpiresAt: made.CreatedAt.Add(admin.MaxImpersonation), OpenedAt: w.clock.Now(),
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
	if _, err := w.OpenImpersonation(t.Context(), w.mine, secret); !errors.Is(err, admin.ErrUsed) {
		t.Errorf("a second time: %v", err)
	}
	if got.Actor() != "oidc:grace" || got.Over(w.clock.Now()) || !got.Over(got.ExpiresAt) {
		t.Errorf("actor %s, over %t", got.Actor(), got.Over(w.clock.Now()))
	}
	w.clock.Pass(time.Minute)
	for range 2 { // the first end stays
		if err := w.EndImpersonation(t.Context(), w.mine, made.ID); err != nil {
			t.Fatal(err)
		}
		want.EndedAt = made.CreatedAt.Add(admin.ImpersonationOpen + time.Minute).Add(-time.Microsecond)
		w.clock.Pass(time.Minute)
	}
	got, err = w.Impersonation(t.Context(), w.mine, made.ID)
	if diff := cmp.Diff(want, got); diff != "" || err != nil || !got.Over(w.clock.Now()) {
		t.Errorf("ended: %v %s", err, diff)
	}
	_, later := w.visit(t)
	list, err := w.Impersonations(t.Context(), w.mine, 5)
	if diff := cmp.Diff([]admin.Impersonation{later, want}, list); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
	if list, err := w.Impersonations(t.Context(), w.mine, 1); err != nil || len(list) != 1 || list[0].ID != later.ID {
		t.Errorf("the last: %v, %v", list, err)
	}
}

func TestImpersonationIsRejected(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	secret, made := w.visit(t)
	for name, tc := range map[string]struct {
		tenant tenancy.ID
		text   string
		want   error
	}{
		"another tenant's": {w.its, secret, admin.ErrUnknown},
		"unknown":          {w.mine, token.NewSecret(token.ForVisit).Reveal(), admin.ErrUnknown},
		"a sign-in":        {w.mine, string(token.ForSignIn) + secret[4:], admin.ErrMalformed},
		"cut off":          {w.mine, secret[:40], admin.ErrMalformed},
		"of no tenant":     {"", secret, admin.ErrMalformed},
	} {
		if _, err := w.LookImpersonation(t.Context(), tc.tenant, tc.text); !errors.Is(err, tc.want) {
			t.Errorf("look: want %v, got %v", tc.want, err)
		}
		if _, err := w.OpenImpersonation(t.Context(), tc.tenant, tc.text); !errors.Is(err, tc.want) || !errors.Is(err, admin.ErrRejected) {
			t.Errorf("%s: %v, want %v", name, err, tc.want)
		}
	}
	for _, at := range []struct {
		tenant tenancy.ID
		id     string
	}{{w.its, made.ID}, {w.mine, uuid.NewString()}, {w.mine, "x"}, {"", made.ID}} {
		_, get := w.Impersonation(t.Context(), at.tenant, at.id)
		if end := w.EndImpersonation(t.Context(), at.tenant, at.id); !errors.Is(get, admin.ErrNoImpersonation) || !errors.Is(end, admin.ErrNoImpersonation) {
			t.Errorf("%q at %q: %v, %v", at.id, at.tenant, get, end)
		}
	}
	if list, err := w.Impersonations(t.Context(), w.its, 5); err != nil || len(list) != 0 {
		t.Errorf("at the other tenant: %v, %v", list, err)
	}
	w.clock.Pass(admin.ImpersonationOpen)
	if _, err := w.OpenImpersonation(t.Context(), w.mine, secret); !errors.Is(err, admin.ErrExpired) {
		t.Errorf("too late: %v", err)
	}
	ended, made := w.visit(t)
	if err := w.EndImpersonation(t.Context(), w.mine, made.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := w.OpenImpersonation(t.Context(), w.mine, ended); !errors.Is(err, admin.ErrRevoked) {
		t.Errorf("ended: %v", err)
	}
	short := w.visitor()
	short.ExpiresAt = w.clock.Now().Add(time.Minute)
	brief, _, err := w.CreateImpersonation(t.Context(), short)
	if err != nil {
		t.Fatal(err)
	}
	w.clock.Pass(time.Minute)
	if _, err := w.OpenImpersonation(t.Context(), w.mine, brief.Reveal()); !errors.Is(err, admin.ErrExpired) {
		t.Errorf("over before it was opened: %v", err)
	}
}

func TestImpersonationIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for name, tc := range map[string]struct {
		spoil func(*admin.NewImpersonation)
		want  error
	}{
		"no reason":         {func(n *admin.NewImpersonation) { n.Reason = " " }, admin.ErrReason},
		"a long reason":     {func(n *admin.NewImpersonation) { n.Reason = strings.Repeat("x", 501) }, admin.ErrReason},
		"no name":           {func(n *admin.NewImpersonation) { n.Name = "" }, admin.ErrName},
		"no operator":       {func(n *admin.NewImpersonation) { n.Operator = "" }, admin.ErrName},
		"no role":           {func(n *admin.NewImpersonation) { n.Role = "" }, admin.ErrRole},
		"over":              {func(n *admin.NewImpersonation) { n.ExpiresAt = w.clock.Now() }, admin.ErrExpiry},
		"too long":          {func(n *admin.NewImpersonation) { n.ExpiresAt = w.clock.Now().Add(admin.MaxImpersonation + time.Second) }, admin.ErrExpiry},
		"no id":             {func(n *admin.NewImpersonation) { n.ID = "x" }, admin.ErrID},
		"no tenant":         {func(n *admin.NewImpersonation) { n.Tenant = "" }, tenancy.ErrNotFound},
		"an unknown tenant": {func(n *admin.NewImpersonation) { n.Tenant = tenancy.NewID() }, tenancy.ErrNotFound},
	} {
		n := w.visitor()
		tc.spoil(&n)
		if _, _, err := w.CreateImpersonation(t.Context(), n); !errors.Is(err, tc.want) {
			t.Errorf("%s: %v, want %v", name, err, tc.want)
		}
	}
}

func TestImpersonationIsMadeOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n := w.visitor()
	n.ID = uuid.NewString()
	lost, _, err := w.CreateImpersonation(t.Context(), n)
	if err != nil {
		t.Fatal(err)
	}
	secret, _, err := w.CreateImpersonation(t.Context(), n)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.OpenImpersonation(t.Context(), w.mine, lost.Reveal()); !errors.Is(err, admin.ErrUnknown) {
		t.Errorf("the lost one: %v", err)
	}
	stranger := n
	stranger.Operator = "oidc:eve"
	foreign := n
	foreign.Tenant = w.its
	for _, n := range []admin.NewImpersonation{stranger, foreign} {
		if _, _, err := w.CreateImpersonation(t.Context(), n); !errors.Is(err, tenancy.ErrNotFound) {
			t.Errorf("replaced: %v", err)
		}
	}
	once(t, atOnce(6, func(int) error {
		_, err := w.OpenImpersonation(t.Context(), w.mine, secret.Reveal())
		return err
	}))
	if _, _, err := w.CreateImpersonation(t.Context(), n); !errors.Is(err, tenancy.ErrNotFound) {
		t.Errorf("an opened one came back: %v", err)
	}
	s, proxy := w.lossy(t)
	proxy.LoseAnswer()
	again, _, err := s.CreateImpersonation(t.Context(), w.visitor())
	if err != nil {
		t.Fatal(err)
	}
	proxy.LoseAnswer()
	if _, err := s.OpenImpersonation(t.Context(), w.mine, again.Reveal()); err != nil {
		t.Errorf("open: %v", err)
	}
}
