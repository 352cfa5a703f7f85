package operator_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/operator"
	"github.com/askspoke/spoke/tenancy/token"
)

func (w world) link(t *testing.T) (string, operator.Link) {
	t.Helper()
	secret, link, err := w.CreateLink(t.Context(), operator.NewLink{Tenant: w.tenants[0].ID, Purpose: operator.ForProvisioning, CreatedBy: actor})
	if err != nil {
		t.Fatal(err)
	}
	return secret.Reveal(), link
}

func TestLinkOpensOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	secret, link := w.link(t)
	w.clock.Pass(operator.DefaultLinkLife - time.Microsecond)
	for range 2 { // who looks uses nothing up
		looked, err := w.LookLink(t.Context(), w.tenants[0].ID, secret)
		if diff := cmp.Diff(link, looked); diff != "" || err != nil {
			t.Errorf("looked: %v %s", err, diff)
		}
	}
	got, err := w.OpenLink(t.Context(), w.tenants[0].ID, secret)
	if err != nil {
		t.Fatal(err)
	}
	link.UsedAt = w.clock.Now()
	if diff := cmp.Diff(link, got); diff != "" {
		t.Error(diff)
	}
	if _, err := w.OpenLink(t.Context(), w.tenants[0].ID, secret); !errors.Is(err, operator.ErrUsed) {
		t.Errorf("a second time: %v", err)
	}
	if _, err := w.LookLink(t.Context(), w.tenants[0].ID, secret); !errors.Is(err, operator.ErrUsed) {
		t.Errorf("looked at a second time: %v", err)
	}
	byID, err := w.Store.Link(t.Context(), w.tenants[0].ID, link.ID)
	if diff := cmp.Diff(link, byID); diff != "" || err != nil {
		t.Errorf("by id: %v %s", err, diff)
	}
	for tenant, id := range map[tenancy.ID]string{w.tenants[1].ID: link.ID, w.tenants[0].ID: "x"} {
		if _, err := w.Store.Link(t.Context(), tenant, id); !errors.Is(err, operator.ErrNotFound) {
			t.Errorf("%s of %s: %v", id, tenant, err)
		}
	}
	list, more, err := w.Links(t.Context(), w.tenants[0].ID, operator.Page{Limit: 5})
	if diff := cmp.Diff([]operator.Link{link}, list); diff != "" || more || err != nil {
		t.Errorf("more %t, %v: %s", more, err, diff)
	}
	if list[0].State(w.clock.Now()) != "used" {
		t.Errorf("state %s", list[0].State(w.clock.Now()))
	}
}

func TestLinkIsRejected(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mine, other := w.tenants[0].ID, w.tenants[1].ID
	secret, _ := w.link(t)
	for name, tc := range map[string]struct {
		tenant tenancy.ID
		text   string
		want   error
	}{
		"another tenant's": {other, secret, operator.ErrUnknown},
		"unknown":          {mine, token.NewSecret(token.ForSetUp).Reveal(), operator.ErrUnknown},
		"malformed":        {mine, secret[1:], operator.ErrMalformed},
		"an API key":       {mine, token.NewSecret(token.ForOperator).Reveal(), operator.ErrMalformed},
	} {
		_, look := w.LookLink(t.Context(), tc.tenant, tc.text)
		_, open := w.OpenLink(t.Context(), tc.tenant, tc.text)
		for how, err := range map[string]error{"look": look, "open": open} {
			if !errors.Is(err, tc.want) || !errors.Is(err, operator.ErrRejected) {
				t.Errorf("%s, %s: %v, want %v", name, how, err, tc.want)
			}
		}
	}
	revoked, link := w.link(t)
	if err := w.RevokeLink(t.Context(), other, link.ID); !errors.Is(err, operator.ErrNotFound) {
		t.Errorf("revoked by another tenant: %v", err)
	}
	if err := w.RevokeLink(t.Context(), mine, link.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := w.OpenLink(t.Context(), mine, revoked); !errors.Is(err, operator.ErrRevoked) {
		t.Errorf("revoked: %v", err)
	}
	w.clock.Pass(operator.DefaultLinkLife)
	if _, err := w.OpenLink(t.Context(), mine, secret); !errors.Is(err, operator.ErrExpired) {
		t.Errorf("expired: %v", err)
	}
}

func TestLinkIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	now := w.clock.Now()
	for name, tc := range map[string]struct {
		link operator.NewLink
		want error
	}{
		"purpose":   {operator.NewLink{Tenant: w.tenants[0].ID, Purpose: "all"}, operator.ErrPurpose},
		"expiry":    {operator.NewLink{Tenant: w.tenants[0].ID, Purpose: operator.ForHost, ExpiresAt: now}, operator.ErrExpiry},
		"life":      {operator.NewLink{Tenant: w.tenants[0].ID, Purpose: operator.ForHost, ExpiresAt: now.Add(operator.MaxLinkLife + 1000)}, operator.ErrLifetime},
		"no tenant": {operator.NewLink{Tenant: tenancy.NewID(), Purpose: operator.ForHost}, tenancy.ErrNotFound},
	} {
		if _, _, err := w.CreateLink(t.Context(), tc.link); !errors.Is(err, tc.want) {
			t.Errorf("%s: %v, want %v", name, err, tc.want)
		}
	}
}

func TestLinkOfTwoAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	secret, _ := w.link(t)
	results := make(chan error, 6)
	var group sync.WaitGroup
	for range cap(results) {
		group.Go(func() {
			_, err := w.OpenLink(t.Context(), w.tenants[0].ID, secret)
			results <- err
		})
	}
	group.Wait()
	opened := 0
	for range cap(results) {
		if err := <-results; err == nil {
			opened++
		} else if !errors.Is(err, operator.ErrUsed) {
			t.Error(err)
		}
	}
	if opened != 1 {
		t.Errorf("opened %d times", opened)
	}
}

// A statement that is sent twice makes one link, and opens it for the one who sent it.
func TestLinkWithALostAnswer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s, proxy := w.lossy(t)
	proxy.LoseAnswer()
	secret, _, err := s.CreateLink(t.Context(), operator.NewLink{Tenant: w.tenants[0].ID, Purpose: operator.ForHost, CreatedBy: actor})
	if err != nil {
		t.Fatal(err)
	}
	proxy.LoseAnswer()
	if _, err := s.OpenLink(t.Context(), w.tenants[0].ID, secret.Reveal()); err != nil {
		t.Errorf("open: %v", err)
	}
}

func TestLinkIsMadeOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n := operator.NewLink{ID: uuid.NewString(), Tenant: w.tenants[0].ID, Purpose: operator.ForHost, CreatedBy: actor}
	lost, _, err := w.CreateLink(t.Context(), n)
	if err != nil {
		t.Fatal(err)
	}
	secret, _, err := w.CreateLink(t.Context(), n)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.OpenLink(t.Context(), n.Tenant, lost.Reveal()); !errors.Is(err, operator.ErrUnknown) {
		t.Errorf("the lost one: %v", err)
	}
	if _, err := w.OpenLink(t.Context(), n.Tenant, secret.Reveal()); err != nil {
		t.Error(err)
	}
	if _, _, err := w.CreateLink(t.Context(), n); !errors.Is(err, tenancy.ErrNotFound) {
		t.Errorf("a used link came back: %v", err)
	}
}

// A link that is made once keeps its secret, whoever sends the form again.
func TestLinkKeepsItsSecret(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n := operator.NewLink{ID: uuid.NewString(), Once: true, Tenant: w.tenants[0].ID, Purpose: operator.ForHost, CreatedBy: actor}
	secret, made, err := w.CreateLink(t.Context(), n)
	if err != nil || made.ID != n.ID {
		t.Fatalf("%+v, %v", made, err)
	}
	again := func() {
		t.Helper()
		if _, _, err := w.CreateLink(t.Context(), n); !errors.Is(err, operator.ErrMade) {
			t.Errorf("again: %v", err)
		}
	}
	again()
	if _, err := w.OpenLink(t.Context(), n.Tenant, secret.Reveal()); err != nil {
		t.Error(err)
	}
	again()
	n.Tenant = w.tenants[1].ID // whose links are not told of
	if _, _, err := w.CreateLink(t.Context(), n); !errors.Is(err, tenancy.ErrNotFound) {
		t.Errorf("at another tenant: %v", err)
	}
	n.ID, n.Tenant = uuid.NewString(), tenancy.NewID()
	if _, _, err := w.CreateLink(t.Context(), n); !errors.Is(err, tenancy.ErrNotFound) {
		t.Errorf("at no tenant: %v", err)
	}
	// The answer is lost, and the driver sends the statement again.
	s, proxy := w.lossy(t)
	n.ID, n.Tenant = uuid.NewString(), w.tenants[0].ID
	proxy.LoseAnswer()
	if secret, _, err = s.CreateLink(t.Context(), n); err != nil {
		t.Fatalf("sent twice: %v", err)
	}
	if _, err := w.LookLink(t.Context(), n.Tenant, secret.Reveal()); err != nil {
		t.Error(err)
	}
}
