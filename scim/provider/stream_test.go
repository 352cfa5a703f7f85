package provider_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/askspoke/spoke/scim"
	"github.com/askspoke/spoke/scim/memstore"
	"github.com/askspoke/spoke/scim/provider"
	"github.com/askspoke/spoke/scim/schema"
)

// many is more members than one answer has in memory.
const many = 20_001

// crowd creates so many users and returns what a group says that has them all.
func (s *service) crowd(n int) (members string) {
	s.t.Helper()
	values := make([]string, n)
	for i := range values {
		values[i] = `{"value":"` + s.create("/Users", fmt.Sprintf(`{"userName":"user %d","displayName":"User \"%[1]d\""}`, i)) + `"}`
	}
	return "[" + strings.Join(values, ",") + "]"
}

// written is the answer as a client reads it, whether or not it is streamed.
func (a answer) written(t testing.TB) *httptest.ResponseRecorder {
	t.Helper()
	recorder := httptest.NewRecorder()
	if err := a.WriteTo(recorder); err != nil {
		t.Fatal(err)
	}
	return recorder
}

func decoded(t testing.TB, text []byte) map[string]any {
	t.Helper()
	var object map[string]any
	if err := json.Unmarshal(text, &object); err != nil {
		t.Fatalf("%v: %.200s … %s", err, text, text[max(0, len(text)-200):])
	}
	return object
}

func TestLargeGroupIsStreamed(t *testing.T) {
	t.Parallel()
	s := inMemory(t)
	id := s.create("/Groups", `{"displayName":"all","externalId":"x","members":`+s.crowd(many)+`}`)
	path := "/Groups/" + id
	for query, streamed := range map[string]bool{
		"": true, "?attributes=members": true, "?attributes=members.value,displayName": true, "?excludedAttributes=members.display": true,
		"?excludedAttributes=externalId": true, "?attributes=displayName": false, "?excludedAttributes=members": false,
	} {
		got := s.do(http.MethodGet, path+query, "").is(t, 200)
		if (got.Stream != nil) != streamed {
			t.Errorf("%q: streamed is %t", query, got.Stream != nil)
		}
		answer := got.written(t)
		object := decoded(t, answer.Body.Bytes())
		if version := answer.Header().Get("ETag"); version != `W/"1"` || answer.Header().Get("Content-Type") != provider.ContentType {
			t.Errorf("%q: ETag %s of %v", query, version, answer.Header())
		}
		members, _ := object["members"].([]any)
		delete(object, "members")
		if want := many; !streamed && members != nil || streamed && len(members) != want {
			t.Errorf("%q: %d members", query, len(members))
		}
		// The rest is that of a small group, and so is each member.
		small := s.create("/Groups", `{"displayName":"small","externalId":"x","members":[{"value":"00000000-0000-4000-8000-000000000001"}]}`)
		want := s.do(http.MethodGet, "/Groups/"+small+query, "").is(t, 200).object(t)
		if one, _ := want["members"].([]any); streamed && !cmp.Equal(one[0], members[0]) {
			t.Errorf("%q: the first member (-want +got):\n%s", query, cmp.Diff(one[0], members[0]))
		}
		delete(want, "members")
		for _, o := range []map[string]any{object, want} {
			delete(o, "id")
			delete(o, "meta")
			delete(o, "displayName")
		}
		if diff := cmp.Diff(want, object); diff != "" {
			t.Errorf("%q (-want +got):\n%s", query, diff)
		}
		s.do(http.MethodDelete, "/Groups/"+small, "").is(t, 204)
	}
	if head := s.do(http.MethodHead, path, "").is(t, 200); head.written(t).Body.Len() != 0 || head.ETag != `W/"1"` {
		t.Errorf("HEAD: %+v", head.Response)
	}
	if response := s.doIf(http.MethodGet, path, "", "", `W/"1"`).is(t, 304); response.Stream != nil {
		t.Error("304 has a body")
	}
	// A change that answers with the group.
	changed := s.do(http.MethodPatch, path+"?attributes=members.value", `{"Operations":[{"op":"add","path":"externalId","value":"y"}]}`).is(t, 200)
	if n := bytes.Count(changed.written(t).Body.Bytes(), []byte(`"value"`)); n != many || !changed.Changed || changed.ETag != `W/"2"` {
		t.Errorf("PATCH: %d members, ETag %s, changed %t", n, changed.ETag, changed.Changed)
	}
	put := s.do(http.MethodPut, path, `{"displayName":"everyone"}`).is(t, 200) // keeps its members
	if object := decoded(t, put.written(t).Body.Bytes()); object["displayName"] != "everyone" || len(object["members"].([]any)) != many || !put.Changed {
		t.Errorf("PUT: %v with %d members", object["displayName"], len(object["members"].([]any)))
	}
}

// A page of a list is the same, streamed or not.
func TestListWithLargeGroupsIsStreamed(t *testing.T) {
	t.Parallel()
	s := inMemory(t)
	crowd := strings.SplitAfter(strings.Trim(s.crowd(60), "[]"), "},")
	for i, n := range []int{0, 21, 20, 60, 1, 22, 22, 0} {
		members := strings.TrimSuffix(strings.Join(crowd[:n], ""), ",")
		s.create("/Groups", fmt.Sprintf(`{"displayName":"group %d","members":[%s]}`, i, members))
	}
	for _, path := range []string{
		"/Groups?", "/Groups?attributes=displayName,members.value&", "/Groups?excludedAttributes=members.type&", "/Groups?cursor&",
		"/Groups?sortBy=displayName&sortOrder=descending&", "/?filter=displayName+co+%22r%22&", "/Groups?filter=members[value+pr]&",
	} {
		page := s.do(http.MethodGet, path+"count=1000", "").is(t, 200)
		if page.Stream == nil {
			t.Errorf("%s is not streamed", path)
		}
		got := decoded(t, page.written(t).Body.Bytes())
		resources, _ := got["Resources"].([]any)
		if len(resources) == 0 || got["totalResults"] != float64(len(resources)) || got["itemsPerPage"] != got["totalResults"] {
			t.Errorf("%s: %d resources, %v in all", path, len(resources), got["totalResults"])
		}
		for i, resource := range resources {
			one := s.do(http.MethodGet, fmt.Sprintf("%scount=1&startIndex=%d", strings.Replace(path, "cursor&", "", 1), i+1), "").is(t, 200)
			if one.Stream != nil {
				t.Errorf("%s: a page of one is streamed", path)
			}
			want, _ := one.object(t)["Resources"].([]any)
			if diff := cmp.Diff(want, []any{resource}); diff != "" {
				t.Errorf("%s, resource %d (-want +got):\n%s", path, i, diff)
			}
		}
	}
	if without := s.do(http.MethodGet, "/Groups?count=1000&excludedAttributes=members", "").is(t, 200); without.Stream != nil {
		t.Error("a list without members is streamed")
	}
}

// What is streamed is as it was when the answer began.
func TestStreamIsOfOneMoment(t *testing.T) {
	t.Parallel()
	s := inMemory(t)
	id := s.create("/Groups", `{"displayName":"all","members":`+s.crowd(30)+`}`)
	begun := s.do(http.MethodGet, "/Groups?count=1000", "").is(t, 200)
	s.do(http.MethodPatch, "/Groups/"+id, `{"Operations":[{"op":"replace","path":"members","value":[]}]}`).is(t, 204)
	s.do(http.MethodDelete, "/Groups/"+id, "").is(t, 204)
	if n := bytes.Count(begun.written(t).Body.Bytes(), []byte(`"type":"User"`)); begun.Stream == nil || n != 30 {
		t.Errorf("%d members, streamed is %t", n, begun.Stream != nil)
	}
	s.do(http.MethodGet, "/Groups/"+id, "").is(t, 404)
}

// failing is a store whose snapshots fail after so many looks at elements.
type failing struct {
	provider.Store
	after int
	open  int // snapshots that were not ended
}

var errAway = errors.New("away")

func (f *failing) Snapshot(ctx context.Context, read func(provider.Snapshot) error) error {
	f.open++
	defer func() { f.open-- }()
	return f.Store.Snapshot(ctx, func(s provider.Snapshot) error { return read(failingSnapshot{s, f}) })
}

type failingSnapshot struct {
	provider.Snapshot
	f *failing
}

func (s failingSnapshot) List(ctx context.Context, t *schema.ResourceType, query provider.Query) (provider.Page, error) {
	if s.f.after < 0 {
		return provider.Page{}, errAway
	}
	return s.Snapshot.List(ctx, t, query)
}

func (s failingSnapshot) Elements(ctx context.Context, t *schema.ResourceType, ids []string, base string, yield func(int, []byte) error) error {
	n := 0
	return s.Snapshot.Elements(ctx, t, ids, base, func(i int, elements []byte) error {
		if n++; n > s.f.after {
			return errAway
		}
		return yield(i, elements)
	})
}

type full struct {
	http.ResponseWriter
	room int
}

var errFull = errors.New("full")

func (f *full) Write(b []byte) (int, error) {
	if f.room -= len(b); f.room < 0 {
		return 0, errFull
	}
	return f.ResponseWriter.Write(b)
}

func TestStreamThatFails(t *testing.T) {
	t.Parallel()
	store := &failing{Store: memstore.New(), after: 30}
	s := newService(t, store, scim.Auto)
	crowd := s.crowd(50)
	for i := range 50 {
		s.create("/Groups", fmt.Sprintf(`{"displayName":"group %d","members":%s}`, i, crowd))
	}
	get := func() answer { return s.do(http.MethodGet, "/Groups?count=1000", "") }

	if err := get().WriteTo(httptest.NewRecorder()); !errors.Is(err, errAway) || !errors.Is(err, provider.ErrBrokenOff) {
		t.Errorf("the store goes away: %v", err)
	}
	if err := get().WriteTo(&full{httptest.NewRecorder(), 100_000}); !errors.Is(err, errFull) || errors.Is(err, provider.ErrBrokenOff) {
		t.Errorf("the client goes away: %v", err)
	}
	dropped := get()
	if store.open != 1 {
		t.Errorf("%d snapshots are open while an answer is under way", store.open)
	}
	dropped.Stream.Close()
	dropped.Stream.Close()
	if recorder := dropped.written(t); recorder.Body.Len() > 0 {
		t.Errorf("a closed stream wrote %d bytes", recorder.Body.Len())
	}
	store.after = -1
	if response := get().is(t, 500); response.Stream != nil || !errors.Is(response.err, errAway) {
		t.Errorf("the store was away before: %+v", response)
	}
	if store.open != 0 {
		t.Errorf("%d snapshots are still open", store.open)
	}
}
