package lifecycle_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/askspoke/spoke/infra/pgtest"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/lifecycle"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

func accept([]tenancy.Extension) error { return nil }

func badge(document string) tenancy.Extension {
	return tenancy.Extension{URN: "urn:example:Badge", ResourceType: "User", Document: document}
}

func TestPutExtension(t *testing.T) {
	t.Parallel()
	db, tenants := pgtest.Tenants(t, 2)
	m := lifecycle.New(lifecycle.Config{DB: db, Now: clock})
	slug, id := tenants[0].Slug, tenants[0].ID
	var checked []tenancy.Extension
	var refusal error
	look := func(list []tenancy.Extension) error { checked = list; return refusal }
	put := func(e tenancy.Extension, wantReplaced bool) {
		t.Helper()
		if replaced, err := m.PutExtension(t.Context(), slug, e, look); err != nil || replaced != wantReplaced {
			t.Errorf("replaced %t, %v", replaced, err)
		}
	}
	put(badge(`{"a": 1}`), false)
	put(tenancy.Extension{URN: "urn:example:Team", ResourceType: "Group", Document: `{}`}, false)
	put(badge(`{"a": 1, "b":2}`), true)
	want := []tenancy.Extension{
		{URN: "urn:example:Badge", ResourceType: "User", Document: `{"a": 1, "b":2}`, CreatedAt: at, UpdatedAt: at},
		{URN: "urn:example:Team", ResourceType: "Group", Document: `{}`, CreatedAt: at, UpdatedAt: at},
	}
	got, err := m.Extensions(t.Context(), id)
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	want[0].Document = `{"a": 1}`
	if diff := cmp.Diff(want, checked); diff != "" {
		t.Errorf("checked (-want +got):\n%s", diff)
	}
	if other, err := m.Extensions(t.Context(), tenants[1].ID); len(other) != 0 || err != nil {
		t.Errorf("the other tenant has %v, %v", other, err)
	}
	refusal = errors.New("no")
	if _, err := m.PutExtension(t.Context(), slug, badge(`{}`), look); !errors.Is(err, refusal) {
		t.Errorf("refused: %v", err)
	}
	refusal = nil
	if _, err := m.PutExtension(t.Context(), "nobody", badge(`{}`), accept); !errors.Is(err, tenancy.ErrNotFound) {
		t.Errorf("no tenant: %v", err)
	}
	if _, err := m.PutExtension(t.Context(), slug, badge(`"`+strings.Repeat("x", lifecycle.MaxExtensionBytes)+`"`), accept); !errors.Is(err, tenancy.ErrExtensionLimit) {
		t.Errorf("too long: %v", err)
	}
	for i := range lifecycle.MaxExtensions - 2 {
		put(tenancy.Extension{URN: "urn:example:" + string(rune('a'+i)), ResourceType: "User", Document: `{}`}, false)
	}
	put(badge(`{}`), true)
	if _, err := m.PutExtension(t.Context(), slug, tenancy.Extension{URN: "urn:example:more", ResourceType: "User", Document: `{}`}, accept); !errors.Is(err, tenancy.ErrExtensionLimit) {
		t.Errorf("one more: %v", err)
	}
	if _, err := m.Delete(t.Context(), id, 0); err != nil {
		t.Fatal(err)
	}
	if _, err := m.PutExtension(t.Context(), slug, badge(`{}`), accept); !errors.Is(err, tenancy.ErrStateInvalid) {
		t.Errorf("a tenant that is deleted: %v", err)
	}
}

// removal is one in which each count is what the next element says; the last one stays.
type removal struct {
	*testing.T
	m      *lifecycle.Manager
	db     *tenantdb.DB
	tenant tenancy.Tenant
	during func() // is called as the wait begins
}

func (r removal) try(ctx context.Context, counts ...int) error {
	r.Helper()
	return r.m.RemoveExtension(ctx, lifecycle.Removal{
		Slug: r.tenant.Slug, URN: "URN:example:badge",
		Use: func(_ context.Context, tenant tenancy.Tenant, e tenancy.Extension) (int, string, error) {
			if tenant.ID != r.tenant.ID || e.URN != "urn:example:Badge" {
				r.Errorf("Use of %v, %v", tenant, e)
			}
			n := counts[0]
			if len(counts) > 1 {
				counts = counts[1:]
			}
			return n, "some-id", nil
		},
		Waiting: func(time.Duration) {
			if r.during != nil {
				r.during()
			}
		},
	})
}

// closed tells whether the extension is closed; there is false where it is gone.
func (r removal) closed() (closed, there bool) {
	r.Helper()
	list, err := r.m.Extensions(r.Context(), r.tenant.ID)
	if err != nil {
		r.Fatal(err)
	}
	if len(list) == 0 {
		return false, false
	}
	return !list[0].ClosedAt.IsZero(), true
}

func TestRemoveExtension(t *testing.T) {
	t.Parallel()
	db, tenants := pgtest.Tenants(t, 1)
	m := lifecycle.New(lifecycle.Config{DB: db, Settle: 20 * time.Millisecond})
	r := removal{T: t, m: m, db: db, tenant: tenants[0]}
	put := func() {
		t.Helper()
		if _, err := m.PutExtension(t.Context(), r.tenant.Slug, badge(`{}`), accept); err != nil {
			t.Fatal(err)
		}
	}
	open := func(when string) {
		t.Helper()
		if closed, there := r.closed(); closed || !there {
			t.Errorf("%s: closed %t, there %t", when, closed, there)
		}
	}
	if err := r.try(t.Context(), 0); !errors.Is(err, tenancy.ErrExtensionNotFound) {
		t.Errorf("nothing there: %v", err)
	}
	put()
	waited := false
	r.during = func() { waited = true }
	var used *tenancy.ExtensionUsedError
	if err := r.try(t.Context(), 3); !errors.As(err, &used) || used.Count != 3 || used.Example != "some-id" || waited {
		t.Errorf("used: %v, waited %t", err, waited)
	}
	open("used")

	r.during = func() {
		if closed, _ := r.closed(); !closed {
			t.Error("it waits and is open")
		}
	}
	if err := r.try(t.Context(), 0, 1); !errors.As(err, &used) {
		t.Errorf("used meanwhile: %v", err)
	}
	open("used meanwhile")

	ctx, cancel := context.WithCancel(t.Context())
	r.during = cancel
	if err := r.try(ctx, 0); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	open("cancelled")

	r.during = func() { panic("a mistake") }
	func() {
		defer func() {
			if cause := recover(); cause != "a mistake" {
				t.Errorf("recovered %v", cause)
			}
		}()
		_ = r.try(t.Context(), 0)
	}()
	open("panicked")

	r.during = put
	if err := r.try(t.Context(), 0); !errors.Is(err, tenancy.ErrExtensionReopened) {
		t.Errorf("added again meanwhile: %v", err)
	}
	open("added again meanwhile")

	r.during = nil
	if err := r.try(t.Context(), 0); err != nil {
		t.Error(err)
	}
	if _, there := r.closed(); there {
		t.Error("it is still there")
	}
}

// A removal whose process died goes on where it was: it does not wait again.
func TestRemoveExtensionAfterCrash(t *testing.T) {
	t.Parallel()
	db, tenants := pgtest.Tenants(t, 1)
	now := at
	m := lifecycle.New(lifecycle.Config{DB: db, Now: func() time.Time { return now }})
	r := removal{T: t, m: m, db: db, tenant: tenants[0], during: func() { t.Error("it waits again") }}
	if _, err := m.PutExtension(t.Context(), r.tenant.Slug, badge(`{}`), accept); err != nil {
		t.Fatal(err)
	}
	db.MustExec(`UPDATE `+tenantdb.Control.Table("extensions")+` SET closed_at = $1`, at)
	if closed, _ := r.closed(); !closed {
		t.Error("it is open")
	}
	now = at.Add(lifecycle.DefaultSettle)
	if err := r.try(t.Context(), 0); err != nil {
		t.Error(err)
	}
}
