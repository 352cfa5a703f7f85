package admin_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/admin"
	"github.com/askspoke/spoke/tenancy/tenantdb"
	"github.com/askspoke/spoke/tenancy/token"
)

func TestAdministratorIsKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a, err := w.Add(t.Context(), admin.NewAdministrator{
		Tenant: w.mine, Email: " Ada.Lovelace@ACME.com ", Name: " Ada Lovelace ", Role: admin.Owner, CreatedBy: "key:1",
	})
	if err != nil {
		t.Fatal(err)
	}
	want := admin.Administrator{
		ID: a.ID, Tenant: w.mine, Email: "ada.lovelace@acme.com", Name: "Ada Lovelace", Role: admin.Owner,
		CreatedAt: w.clock.Now(), CreatedBy: "key:1", SessionsFrom: w.clock.Now(),
	}
	if diff := cmp.Diff(want, a); diff != "" {
		t.Error(diff)
	}
	user := uuid.NewString()
	w.clock.Pass(time.Hour)
	want.UserID, want.SignedInAt = user, w.clock.Now()
	want.SessionsFrom = w.clock.Now().Add(-time.Minute)
	for range 2 { // as a statement that is sent twice
		err = errors.Join(
			w.Link(t.Context(), w.mine, a.ID, user),
			w.SignedIn(t.Context(), w.mine, a.ID, want.SignedInAt), w.SignedIn(t.Context(), w.mine, a.ID, want.SignedInAt.Add(-time.Second)),
			w.EndSessions(t.Context(), w.mine, a.ID, want.SessionsFrom), w.EndSessions(t.Context(), w.mine, a.ID, want.SessionsFrom.Add(-time.Second)),
		)
		if err != nil {
			t.Fatal(err)
		}
	}
	byID, err := w.Get(t.Context(), w.mine, a.ID)
	if diff := cmp.Diff(want, byID); diff != "" || err != nil {
		t.Errorf("by id: %v %s", err, diff)
	}
	byEmail, err := w.ByEmail(t.Context(), w.mine, "ADA.lovelace@acme.COM")
	if diff := cmp.Diff(want, byEmail); diff != "" || err != nil {
		t.Errorf("by address: %v %s", err, diff)
	}
	b := w.add(t, "a@acme.com", admin.Viewer)
	list, err := w.List(t.Context(), w.mine)
	if diff := cmp.Diff([]admin.Administrator{b, want}, list); diff != "" || err != nil {
		t.Errorf("list: %v %s", err, diff)
	}
	if a.Actor() != "admin:"+a.ID {
		t.Error(a.Actor())
	}
	if err := w.Link(t.Context(), w.mine, a.ID, ""); err != nil {
		t.Fatal(err)
	}
	if got, err := w.Get(t.Context(), w.mine, a.ID); err != nil || got.UserID != "" {
		t.Errorf("unlinked: %q, %v", got.UserID, err)
	}
}

func TestAdministratorIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ada := w.add(t, "ada@acme.com", admin.Owner)
	good := admin.NewAdministrator{Tenant: w.mine, Email: "grace@acme.com", Name: "Grace", Role: admin.Admin}
	for name, tc := range map[string]struct {
		spoil func(*admin.NewAdministrator)
		want  error
	}{
		"no address":           {func(n *admin.NewAdministrator) { n.Email = "" }, admin.ErrEmail},
		"a name and address":   {func(n *admin.NewAdministrator) { n.Email = "Grace <grace@acme.com>" }, admin.ErrEmail},
		"two addresses":        {func(n *admin.NewAdministrator) { n.Email = "grace@acme.com, eve@evil.com" }, admin.ErrEmail},
		"a header":             {func(n *admin.NewAdministrator) { n.Email = "grace@acme.com\r\nBcc: eve@evil.com" }, admin.ErrEmail},
		"a long address":       {func(n *admin.NewAdministrator) { n.Email = strings.Repeat("g", 250) + "@acme.com" }, admin.ErrEmail},
		"no name":              {func(n *admin.NewAdministrator) { n.Name = " " }, admin.ErrName},
		"a long name":          {func(n *admin.NewAdministrator) { n.Name = strings.Repeat("x", 101) }, admin.ErrName},
		"a name of two lines":  {func(n *admin.NewAdministrator) { n.Name = "a\nb" }, admin.ErrName},
		"a name turned around": {func(n *admin.NewAdministrator) { n.Name = "a\u202eb" }, admin.ErrName},
		"no text":              {func(n *admin.NewAdministrator) { n.Name = "a\xff" }, admin.ErrName},
		"no role":              {func(n *admin.NewAdministrator) { n.Role = "" }, admin.ErrRole},
		"another role":         {func(n *admin.NewAdministrator) { n.Role = "root" }, admin.ErrRole},
		"an id that is none":   {func(n *admin.NewAdministrator) { n.ID = "1" }, admin.ErrID},
		"an id in upper case":  {func(n *admin.NewAdministrator) { n.ID = strings.ToUpper("a" + uuid.NewString()[1:]) }, admin.ErrID},
		"no tenant":            {func(n *admin.NewAdministrator) { n.Tenant = "" }, tenancy.ErrNotFound},
		"an unknown tenant":    {func(n *admin.NewAdministrator) { n.Tenant = tenancy.NewID() }, tenancy.ErrNotFound},
		"a known address":      {func(n *admin.NewAdministrator) { n.Email = "ADA@acme.com" }, admin.ErrExists},
		"another's id":         {func(n *admin.NewAdministrator) { n.ID = ada.ID }, admin.ErrExists},
		"another tenant's id":  {func(n *admin.NewAdministrator) { n.ID, n.Tenant, n.Email = ada.ID, w.its, ada.Email }, admin.ErrExists},
	} {
		n := good
		tc.spoil(&n)
		// Whether an id or a tenant is known, only Add finds out.
		if err := w.Check(t.Context(), n); !errors.Is(err, tc.want) && (n.ID == "" && n.Tenant == w.mine || err != nil) {
			t.Errorf("check %s: %v, want %v", name, err, tc.want)
		}
		if _, err := w.Add(t.Context(), n); !errors.Is(err, tc.want) {
			t.Errorf("%s: %v, want %v", name, err, tc.want)
		}
	}
	if err := w.Check(t.Context(), good); err != nil {
		t.Errorf("check: %v", err)
	}
	if list, err := w.List(t.Context(), w.mine); err != nil || len(list) != 1 {
		t.Errorf("%d administrators, %v", len(list), err)
	}
	if _, err := admin.New(admin.Config{DB: w.db}); err == nil {
		t.Error("a store without a key")
	}
}

// An address that only looks the same, once its letters are made small, is another one.
func TestAdministratorOfLookalikeAddress(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.add(t, "kim@acme.com", admin.Owner)
	for _, email := range []string{"\u212Aim@acme.com", "k\u0130m@acme.com", "\uFF2Bim@acme.com", "kım@acme.com"} {
		if a, err := w.ByEmail(t.Context(), w.mine, email); !errors.Is(err, admin.ErrNotFound) {
			t.Errorf("%+q is %s, %v", email, a.Email, err)
		}
	}
	w.add(t, "ÅSA@acme.com", admin.Viewer)
	if a, err := w.ByEmail(t.Context(), w.mine, "åsa@Acme.com"); err != nil || a.Email != "åsa@acme.com" {
		t.Errorf("%q, %v", a.Email, err)
	}
	if _, err := w.ByEmail(t.Context(), w.mine, "kim"); !errors.Is(err, admin.ErrEmail) {
		t.Errorf("no address: %v", err)
	}
}

// What is another tenant's is not there, for whatever is asked.
func TestAdministratorOfAnotherTenant(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.add(t, "owner@acme.com", admin.Owner)
	a := w.add(t, "ada@acme.com", admin.Viewer)
	for _, tenant := range []tenancy.ID{w.its, tenancy.NewID(), "", "x", tenancy.ID(strings.ToUpper(string(w.mine))) + "'"} {
		for _, id := range []string{a.ID, uuid.NewString(), "", "x", a.ID + " "} {
			_, get := w.Get(t.Context(), tenant, id)
			_, setRole := w.SetRole(t.Context(), tenant, id, admin.Owner)
			_, _, signIn := w.CreateSignIn(t.Context(), tenant, id, "/")
			for name, err := range map[string]error{
				"get": get, "set role": setRole, "sign-in": signIn, "link": w.Link(t.Context(), tenant, id, ""),
				"signed in": w.SignedIn(t.Context(), tenant, id, w.clock.Now()), "end sessions": w.EndSessions(t.Context(), tenant, id, w.clock.Now()),
				"remove": w.Remove(t.Context(), tenant, id),
			} {
				if !errors.Is(err, admin.ErrNotFound) && !errors.Is(err, tenancy.ErrNotFound) {
					t.Errorf("%s of %q at %q: %v", name, id, tenant, err)
				}
			}
		}
		if _, err := w.ByEmail(t.Context(), tenant, a.Email); !errors.Is(err, admin.ErrNotFound) {
			t.Errorf("by address at %q: %v", tenant, err)
		}
		if list, err := w.List(t.Context(), tenant); err != nil || len(list) != 0 {
			t.Errorf("list of %q: %v, %v", tenant, list, err)
		}
	}
	if got, err := w.Get(t.Context(), w.mine, a.ID); err != nil || !cmp.Equal(a, got) {
		t.Errorf("changed: %s, %v", cmp.Diff(a, got), err)
	}
	// Both tenants may have an administrator with one address.
	if _, err := w.Add(t.Context(), admin.NewAdministrator{Tenant: w.its, Email: a.Email, Name: "Ada", Role: admin.Owner}); err != nil {
		t.Error(err)
	}
}

func TestAdministratorIsAddedOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n := admin.NewAdministrator{ID: uuid.NewString(), Tenant: w.mine, Email: "ada@acme.com", Name: "Ada", Role: admin.Owner, CreatedBy: "key:1"}
	first, err := w.Add(t.Context(), n)
	if err != nil {
		t.Fatal(err)
	}
	w.clock.Pass(time.Minute)
	again, err := w.Add(t.Context(), n)
	if diff := cmp.Diff(first, again); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
	n.ID = ""
	errs := atOnce(6, func(int) error {
		n := n
		n.Email = "grace@acme.com"
		_, err := w.Add(t.Context(), n)
		return err
	})
	added := 0
	for _, err := range errs {
		if err == nil {
			added++
		} else if !errors.Is(err, admin.ErrExists) {
			t.Error(err)
		}
	}
	if added != 1 {
		t.Errorf("added %d times", added)
	}
}

// Of many who are added at once, no more stay than a tenant can have.
func TestAdministratorLimit(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if _, err := w.db.ExecContext(t.Context(), `INSERT INTO spoke.administrators (id, tenant_id, email, name, role, created_at, created_by, sessions_from)
		SELECT md5(i::text)::uuid, $1, 'a' || i || '@acme.com', 'A', 'viewer', $2, '', $2 FROM generate_series(1, $3) i`,
		string(w.mine), w.clock.Now(), admin.MaxAdministrators-2); err != nil {
		t.Fatal(err)
	}
	errs := atOnce(6, func(i int) error {
		_, err := w.Add(t.Context(), admin.NewAdministrator{Tenant: w.mine, Email: fmt.Sprintf("b%d@acme.com", i), Name: "B", Role: admin.Owner})
		return err
	})
	added := 0
	for _, err := range errs {
		if err == nil {
			added++
		} else if !errors.Is(err, admin.ErrLimit) {
			t.Error(err)
		}
	}
	if added != 2 {
		t.Errorf("%d were added where 2 could be", added)
	}
	if err := w.Check(t.Context(), admin.NewAdministrator{Tenant: w.mine, Email: "c@acme.com", Name: "C", Role: admin.Owner}); !errors.Is(err, admin.ErrLimit) {
		t.Errorf("check: %v", err)
	}
}

func TestLastOwner(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ada, grace := w.add(t, "ada@acme.com", admin.Owner), w.add(t, "grace@acme.com", admin.Admin)
	refused := func(id string) {
		t.Helper()
		if err := w.Remove(t.Context(), w.mine, id); !errors.Is(err, admin.ErrLastOwner) {
			t.Errorf("remove: %v", err)
		}
		if _, err := w.SetRole(t.Context(), w.mine, id, admin.Admin); !errors.Is(err, admin.ErrLastOwner) {
			t.Errorf("demote: %v", err)
		}
	}
	refused(ada.ID)
	// Another tenant's owner is none of this one's.
	if _, err := w.Add(t.Context(), admin.NewAdministrator{Tenant: w.its, Email: "eve@evil.com", Name: "Eve", Role: admin.Owner}); err != nil {
		t.Fatal(err)
	}
	refused(ada.ID)
	if a, err := w.SetRole(t.Context(), w.mine, ada.ID, admin.Owner); err != nil || a.Role != admin.Owner {
		t.Errorf("stays one: %v, %v", a.Role, err)
	}
	if a, err := w.SetRole(t.Context(), w.mine, grace.ID, admin.Owner); err != nil || a.Role != admin.Owner {
		t.Fatal(a.Role, err)
	}
	if err := w.Remove(t.Context(), w.mine, ada.ID); err != nil {
		t.Fatal(err)
	}
	if err := w.Remove(t.Context(), w.mine, ada.ID); !errors.Is(err, admin.ErrNotFound) {
		t.Errorf("removed twice: %v", err)
	}
	refused(grace.ID)
	if _, err := w.SetRole(t.Context(), w.mine, grace.ID, "root"); !errors.Is(err, admin.ErrRole) {
		t.Errorf("another role: %v", err)
	}
}

// Two owners take each other away at once: one stays.
func TestLastOwnersAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for round := range 5 {
		owners := []admin.Administrator{w.add(t, fmt.Sprintf("a%d@acme.com", round), admin.Owner), w.add(t, fmt.Sprintf("b%d@acme.com", round), admin.Owner)}
		if round > 0 { // the one who stayed
			list, err := w.List(t.Context(), w.mine)
			if err != nil {
				t.Fatal(err)
			}
			for _, a := range list {
				if a.ID != owners[0].ID && a.ID != owners[1].ID {
					if err := w.Remove(t.Context(), w.mine, a.ID); err != nil {
						t.Fatal(err)
					}
				}
			}
		}
		errs := atOnce(4, func(i int) error {
			if i < 2 {
				return w.Remove(t.Context(), w.mine, owners[i].ID)
			}
			_, err := w.SetRole(t.Context(), w.mine, owners[i-2].ID, admin.Viewer)
			return err
		})
		for _, err := range errs {
			if err != nil && !errors.Is(err, admin.ErrLastOwner) && !errors.Is(err, admin.ErrNotFound) {
				t.Error(err)
			}
		}
		list, err := w.List(t.Context(), w.mine)
		if err != nil {
			t.Fatal(err)
		}
		left := 0
		for _, a := range list {
			if a.Role == admin.Owner {
				left++
			}
		}
		if left != 1 {
			t.Fatalf("%d owners are left: %v", left, errs)
		}
	}
}

func TestPostgresIsAway(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.add(t, "ada@acme.com", admin.Owner)
	s, proxy := w.lossy(t)
	proxy.Away()
	_, get := s.Get(t.Context(), w.mine, a.ID)
	_, add := s.Add(t.Context(), admin.NewAdministrator{Tenant: w.mine, Email: "b@acme.com", Name: "B", Role: admin.Owner})
	_, open := s.OpenSignIn(t.Context(), w.mine, token.NewSecret(token.ForSignIn).Reveal())
	_, visit := s.OpenImpersonation(t.Context(), w.mine, token.NewSecret(token.ForVisit).Reveal())
	_, found, session := s.Sessions().FindCtx(t.Context(), "x")
	for name, err := range map[string]error{
		"get": get, "add": add, "open": open, "visit": visit, "session": session, "remove": s.Remove(t.Context(), w.mine, a.ID),
		"commit": s.Sessions().CommitCtx(t.Context(), "x", nil, w.clock.Now()),
	} {
		if !tenantdb.Unavailable(err) || errors.Is(err, admin.ErrRejected) || errors.Is(err, admin.ErrNotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if found {
		t.Error("a session was found")
	}
}

func TestRoles(t *testing.T) {
	t.Parallel()
	roles := []admin.Role{"", admin.Viewer, admin.Admin, admin.Owner}
	for i, has := range roles {
		for j, needs := range roles {
			if got, want := has.Includes(needs), j > 0 && i >= j; got != want {
				t.Errorf("%q includes %q: %t", has, needs, got)
			}
		}
	}
}
