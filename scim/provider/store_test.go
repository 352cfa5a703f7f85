package provider_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/askspoke/spoke/scim"
	"github.com/askspoke/spoke/scim/memstore"
	"github.com/askspoke/spoke/scim/provider"
	"github.com/askspoke/spoke/scim/resource"
	"github.com/askspoke/spoke/scim/schema"
)

// watched is a store in memory that tells what is asked of it, and may fail instead.
type watched struct {
	*memstore.Store
	calls []string
	// fail is what the named method returns, as often as left says.
	fail map[string]error
	left int
}

func (w *watched) call(name string, members bool) error {
	if members {
		name += " with the relation"
	}
	w.calls = append(w.calls, name)
	method, _, _ := strings.Cut(name, " ")
	if err := w.fail[method]; err != nil && w.left > 0 {
		w.left--
		return err
	}
	return nil
}

func (w *watched) Get(ctx context.Context, t *schema.ResourceType, id string, read provider.Read) (resource.Document, error) {
	if err := w.call("Get", read.Relation); err != nil {
		return resource.Document{}, err
	}
	return w.Store.Get(ctx, t, id, read)
}

func (w *watched) List(ctx context.Context, t *schema.ResourceType, query provider.Query) (provider.Page, error) {
	if err := w.call("List", query.Relation); err != nil {
		return provider.Page{}, err
	}
	return w.Store.List(ctx, t, query)
}

func (w *watched) Create(ctx context.Context, t *schema.ResourceType, draft provider.Draft, read provider.Read) (resource.Document, error) {
	if err := w.call("Create", read.Relation); err != nil {
		return resource.Document{}, err
	}
	return w.Store.Create(ctx, t, draft, read)
}

func (w *watched) Update(ctx context.Context, t *schema.ResourceType, update provider.Update, read provider.Read) (provider.Updated, error) {
	if err := w.call("Update", read.Relation); err != nil {
		return provider.Updated{}, err
	}
	return w.Store.Update(ctx, t, update, read)
}

func (w *watched) Delete(ctx context.Context, t *schema.ResourceType, deletion provider.Deletion) error {
	if err := w.call("Delete", false); err != nil {
		return err
	}
	return w.Store.Delete(ctx, t, deletion)
}

// fixture is a service over a watched store with a user who is in a group.
func fixture(t *testing.T) (s *service, w *watched, user, group string) {
	t.Helper()
	w = &watched{Store: memstore.New(), fail: make(map[string]error)}
	s = newService(t, w, scim.Auto)
	user = s.create("/Users", `{"userName":"ada"}`)
	group = s.create("/Groups", `{"displayName":"Engineers","members":`+memberList(user)+`}`)
	w.calls = nil
	return s, w, user, group
}

// TestCallsOfTheStore holds the design's promise: one statement for a read, one for a create or delete, two for PUT and
// PATCH, and one for a change of members, which never looks at the members that a group has.
func TestCallsOfTheStore(t *testing.T) {
	t.Parallel()
	for _, tc := range [...]struct {
		name, method, path, body string
		want                     []string
	}{
		{"read", "GET", "/Users/USER", "", []string{"Get with the relation"}},
		{"read without", "GET", "/Groups/GROUP?excludedAttributes=members", "", []string{"Get"}},
		{"read some", "GET", "/Groups/GROUP?attributes=displayName", "", []string{"Get"}},
		{"read members", "GET", "/Groups/GROUP?attributes=members.value", "", []string{"Get with the relation"}},
		{"list", "GET", "/Groups", "", []string{"List with the relation"}},
		{"list without", "GET", "/Groups?excludedAttributes=members", "", []string{"List"}},
		{"list ids", "GET", "/Users?attributes=id", "", []string{"List"}},
		{"create", "POST", "/Users", `{"userName":"grace"}`, []string{"Create with the relation"}},
		{"create a group without", "POST", "/Groups?excludedAttributes=members", `{"displayName":"x","members":[{"value":"USER"}]}`, []string{"Create"}},
		{"delete", "DELETE", "/Users/USER", "", []string{"Delete"}},
		{"put", "PUT", "/Users/USER", `{"userName":"ada","title":"x"}`, []string{"Get with the relation", "Update with the relation"}},
		{"put the same", "PUT", "/Users/USER", `{"userName":"ada"}`, []string{"Get with the relation"}},
		{"put a group", "PUT", "/Groups/GROUP", `{"displayName":"x","members":[{"value":"USER"}]}`, []string{"Get", "Update with the relation"}},
		{"put a group without", "PUT", "/Groups/GROUP?excludedAttributes=members", `{"displayName":"x","members":[]}`, []string{"Get", "Update"}},
		{"patch", "PATCH", "/Users/USER", patch(`{"op":"replace","path":"title","value":"x"}`), []string{"Get with the relation", "Update"}},
		{"patch the same", "PATCH", "/Users/USER", patch(`{"op":"replace","path":"active","value":true}`), []string{"Get with the relation"}},
		{"patch a group", "PATCH", "/Groups/GROUP", patch(`{"op":"replace","path":"displayName","value":"x"}`), []string{"Get", "Update"}},
		{"add a member", "PATCH", "/Groups/GROUP", patch(`{"op":"Add","path":"members","value":[{"value":"USER"}]}`), []string{"Update"}},
		{"remove a member", "PATCH", "/Groups/GROUP", patch(`{"op":"Remove","path":"members","value":[{"value":"USER"}]}`), []string{"Update"}},
		{"remove a member by path", "PATCH", "/Groups/GROUP", patch(`{"op":"remove","path":"members[value eq \"USER\"]"}`), []string{"Update"}},
		{"replace all members", "PATCH", "/Groups/GROUP", patch(`{"op":"replace","path":"members","value":[]}`), []string{"Update"}},
		{"members and a name", "PATCH", "/Groups/GROUP", patch(`{"op":"add","path":"members","value":[{"value":"USER"}]}`, `{"op":"replace","path":"displayName","value":"x"}`), []string{"Get", "Update"}},
		{"members by a filter", "PATCH", "/Groups/GROUP", patch(`{"op":"remove","path":"members[type eq \"User\"]"}`), []string{"Get", "Get with the relation", "Update"}},
		{"members, and the group without them", "PATCH", "/Groups/GROUP?excludedAttributes=members", patch(`{"op":"add","path":"members","value":[{"value":"USER"}]}`), []string{"Update", "Get"}},
		{"a broken body", "PUT", "/Users/USER", `{`, nil},
		{"a broken filter", "GET", "/Users?" + where("x"), "", nil},
		{"no operations", "PATCH", "/Users/USER", patch(), nil},
		{"discovery", "GET", "/Schemas", "", nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s, w, user, group := fixture(t)
			names := strings.NewReplacer("USER", user, "GROUP", group)
			s.do(tc.method, names.Replace(tc.path), names.Replace(tc.body))
			if diff := cmp.Diff(tc.want, w.calls); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestVersionConflict has a store that others are always ahead of. The provider reads and tries again, but not for
// ever.
func TestVersionConflict(t *testing.T) {
	t.Parallel()
	for _, tc := range [...]struct {
		name, method, path, body string
		conflicts, status, calls int
	}{
		{"patch, always", "PATCH", "/Users/USER", patch(`{"op":"replace","path":"title","value":"x"}`), 1000, 503, 20},
		{"put, always", "PUT", "/Users/USER", `{"userName":"ada","title":"x"}`, 1000, 503, 20},
		{"patch of a group, always", "PATCH", "/Groups/GROUP", patch(`{"op":"replace","path":"displayName","value":"x"}`), 1000, 503, 20},
		{"put of a group, always", "PUT", "/Groups/GROUP", `{"displayName":"x"}`, 1000, 503, 20},
		{"patch, twice", "PATCH", "/Users/USER", patch(`{"op":"replace","path":"title","value":"x"}`), 2, 200, 6},
		{"put, nine times", "PUT", "/Users/USER", `{"userName":"ada","title":"x"}`, 9, 200, 20},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s, w, user, group := fixture(t)
			w.fail["Update"], w.left = provider.ErrVersion, tc.conflicts
			names := strings.NewReplacer("USER", user, "GROUP", group)
			a := s.do(tc.method, names.Replace(tc.path), tc.body).is(t, tc.status)
			if len(w.calls) != tc.calls {
				t.Errorf("%d calls of the store, want %d", len(w.calls), tc.calls)
			}
			if e := scimError(a.err); tc.status == 503 && (e == nil || e.Status != 503 || e.Detail == "" || a.Changed) {
				t.Errorf("changed %t, %v", a.Changed, a.err)
			}
			if got := s.do("GET", "/Users/"+user, "").ETag; tc.status == 503 && got != `W/"1"` {
				t.Errorf("the user has the ETag %s", got)
			}
		})
	}
}

// TestStoreErrors has the errors of a store become what a client reads, and others come back as they are.
func TestStoreErrors(t *testing.T) {
	t.Parallel()
	failure := errors.New("the disk is on fire")
	ids := []string{"1", "2", "3", "4", "5", "6", strings.Repeat("7", 1000)}
	for _, tc := range [...]struct {
		err      error
		status   int
		scimType scim.ErrorType
		detail   string
	}{
		{fmt.Errorf("read: %w", provider.ErrNotFound), 404, "", "There is no "},
		{&provider.TakenError{Attribute: "userName"}, 409, scim.Uniqueness, "already has this userName"},
		{&provider.UnknownMemberError{IDs: ids}, 400, scim.InvalidValue, "(7 in all): 1, 2, 3, 4, 5."},
		{&provider.UnknownMemberError{IDs: ids[6:]}, 400, scim.InvalidValue, "777…."},
		{failure, 500, "", ""},
	} {
		for method, request := range map[string][3]string{
			"Create": {"POST", "/Groups", `{"displayName":"x"}`},
			"Update": {"PATCH", "/Groups/GROUP", patch(`{"op":"replace","path":"members","value":[]}`)},
			"Get":    {"PUT", "/Groups/GROUP", `{"displayName":"x"}`},
			"Delete": {"DELETE", "/Groups/GROUP", ""},
		} {
			s, w, _, group := fixture(t)
			w.fail[method], w.left = tc.err, 1
			a := s.do(request[0], strings.Replace(request[1], "GROUP", group, 1), request[2])
			e := scimError(a.err)
			switch {
			case a.Status != tc.status:
				t.Errorf("%s fails with %v: %d %s", method, tc.err, a.Status, a.Body)
			case tc.status == 500:
				if e != nil || !errors.Is(a.err, failure) || strings.Contains(string(a.Body), "fire") {
					t.Errorf("%s: %v becomes %v: %s", method, tc.err, a.err, a.Body)
				}
			case e == nil || e.Type != tc.scimType || !strings.Contains(e.Detail, tc.detail):
				t.Errorf("%s fails with %v: %v", method, tc.err, a.err)
			}
		}
	}
	s, w, _, _ := fixture(t)
	w.fail["List"], w.left = failure, 1
	if a := s.do("GET", "/Users", ""); !errors.Is(a.err, failure) || a.Status != http.StatusInternalServerError {
		t.Errorf("List fails: %v", a.err)
	}
}
