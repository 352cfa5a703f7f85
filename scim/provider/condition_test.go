package provider_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/askspoke/spoke/scim/provider"
)

// atVersionThree is a service with a user and a group that have been changed twice.
func atVersionThree(t *testing.T) (s *service, w *watched, names *strings.Replacer) {
	t.Helper()
	s, w, user, group := fixture(t)
	for _, title := range [...]string{"a", "b"} {
		s.do("PATCH", "/Users/"+user, patch(`{"op":"replace","path":"title","value":"`+title+`"}`)).is(t, 200)
		s.do("PATCH", "/Groups/"+group, patch(`{"op":"replace","path":"displayName","value":"`+title+`"}`)).is(t, 204)
	}
	w.calls = nil
	return s, w, strings.NewReplacer("USER", user, "GROUP", group)
}

// TestConditionalRead is RFC 7644 section 3.14 and RFC 9110 sections 13.1.1 and 13.1.2.
func TestConditionalRead(t *testing.T) {
	t.Parallel()
	s, _, names := atVersionThree(t)
	for _, path := range [...]string{"/Users/USER", "/Groups/GROUP", "/Groups/GROUP?excludedAttributes=members", "/Users/USER?attributes=userName"} {
		path := names.Replace(path)
		for tags, want := range map[string]int{
			"": 200, "*": 304, " * ": 304,
			`W/"3"`: 304, `"3"`: 304, `W/"1", W/"3"`: 304, `W/"1",W/"2" , "3"`: 304, `"a,b", W/"3"`: 304, `,, W/"3",`: 304, `3, W/"3"`: 304,
			`W/"1"`: 200, `W/"2", W/"4"`: 200, `W/"33"`: 200, `W/"03"`: 200, `W/"+3"`: 200, `W/""`: 200,
			// What is no tag matches nothing.
			`3`: 200, `w/"3"`: 200, `W/3`: 200, `"3`: 200, `'3'`: 200, `"3"x`: 200, `W/"1", *`: 200, `W/ "3"`: 200, `"`: 200, `W/`: 200, `,`: 200,
			`W/"99999999999999999999"`: 200,
		} {
			for _, method := range [...]string{http.MethodGet, http.MethodHead} {
				a := s.doIf(method, path, "", "", tags)
				if a.Status != want || a.ETag != `W/"3"` || (a.Body == nil) != (want == 304) {
					t.Errorf("%s %s with If-None-Match %s: %d, want %d; ETag %s, body %s", method, path, tags, a.Status, want, a.ETag, a.Body)
				}
			}
			if want = map[int]int{200: 412, 304: 200}[want]; tags == "" {
				want = 200
			}
			if a := s.doIf(http.MethodGet, path, "", tags, ""); a.Status != want {
				t.Errorf("GET %s with If-Match %s: %d, want %d", path, tags, a.Status, want)
			}
		}
	}
	s.doIf("GET", "/Users/nobody", "", "", "*").is(t, 404)
	s.doIf("GET", "/Users", "", `W/"1"`, "*").is(t, 200)
	s.doIf("GET", "/Schemas", "", `W/"1"`, "*").is(t, 200)
}

// TestConditionalChange has every way of writing with every condition, and counts what it costs: a change of members or
// a deletion at one version is one call of the store, as without.
func TestConditionalChange(t *testing.T) {
	t.Parallel()
	rename := patch(`{"op":"replace","path":"displayName","value":"new"}`)
	add := patch(`{"op":"add","path":"members","value":[{"value":"GROUP2"}]}`)
	remove := patch(`{"op":"remove","path":"members[value eq \"USER\"]"}`)
	writes := [...]struct {
		method, path, body string
		status, calls      int // without a condition, and at a version that is the right one
	}{
		{"PUT", "/Users/USER", `{"userName":"ada","title":"new"}`, 200, 2},
		{"PUT", "/Users/USER", `{"userName":"ada","title":"b"}`, 200, 1}, // the same
		{"PATCH", "/Users/USER", patch(`{"op":"replace","path":"title","value":"new"}`), 200, 2},
		{"PATCH", "/Users/USER", patch(`{"op":"replace","path":"title","value":"b"}`), 200, 1},
		{"PUT", "/Groups/GROUP", `{"displayName":"new"}`, 200, 2},
		{"PUT", "/Groups/GROUP", `{"displayName":"b","members":[]}`, 200, 2},
		{"PATCH", "/Groups/GROUP", rename, 204, 2},
		{"PATCH", "/Groups/GROUP", add, 204, 1},
		{"PATCH", "/Groups/GROUP", remove, 204, 1},
		{"PATCH", "/Groups/GROUP?attributes=members", remove, 200, 2},
		{"PATCH", "/Groups/GROUP", patch(`{"op":"remove","path":"members[type eq \"User\"]"}`), 204, 3},
		{"DELETE", "/Users/USER", "", 204, 1},
		{"DELETE", "/Groups/GROUP", "", 204, 1},
	}
	conditions := [...]struct {
		match, none string
		refused     bool
		reads       int // calls of the store besides
	}{
		{"*", "", false, 0},
		{`W/"3"`, "", false, 0},
		{`"3"`, "", false, 0},
		{`W/"2", W/"3"`, "", false, 1},
		{"", `W/"2"`, false, 1},
		{`W/"3"`, `W/"2"`, false, 1},
		{`W/"2"`, "", true, 0},
		{`W/"4"`, "", true, 0},
		{`W/"2", W/"4"`, "", true, 0},
		{`W/"x"`, "", true, 0},
		{`nonsense`, "", true, 0},
		{"", "*", true, 0},
		{"", `W/"3"`, true, 0},
		{`W/"3"`, `W/"3"`, true, 0},
	}
	for _, write := range writes {
		for _, condition := range conditions {
			s, w, names := atVersionThree(t)
			other := s.create("/Groups", `{"displayName":"other"}`)
			w.calls = nil
			before := s.do("GET", strings.TrimSuffix(names.Replace(write.path), "?attributes=members"), "").Body
			w.calls = nil
			body := strings.ReplaceAll(names.Replace(write.body), names.Replace("GROUP")+"2", other)
			a := s.doIf(write.method, names.Replace(write.path), body, condition.match, condition.none)
			label := write.method + " " + write.path + " " + write.body + " with If-Match " + condition.match + ", If-None-Match " + condition.none
			if !condition.refused {
				calls := write.calls
				if calls == 1 && write.body != "" && !strings.Contains(write.body, "members") || calls > 1 && !strings.Contains(write.path, "?") {
					condition.reads = 0 // it reads anyway
				}
				if a.Status != write.status || len(w.calls) != calls+condition.reads {
					t.Errorf("%s: %d %s, calls %v", label, a.Status, a.Body, w.calls)
				}
				continue
			}
			e := scimError(a.err)
			after := s.do("GET", strings.TrimSuffix(names.Replace(write.path), "?attributes=members"), "").Body
			if e == nil || e.Status != http.StatusPreconditionFailed || e.Type != "" || e.Detail == "" || a.Changed {
				t.Errorf("%s: %v", label, a.err)
			}
			if diff := cmp.Diff(string(before), string(after)); diff != "" {
				t.Errorf("%s (-before +after):\n%s", label, diff)
			}
		}
		for _, match := range [...]string{"*", `W/"3"`, `W/"1", W/"2"`, "nonsense"} {
			s, _, _ := atVersionThree(t)
			path := strings.NewReplacer("USER", "nobody", "GROUP", "nobody").Replace(write.path)
			if a := s.doIf(write.method, path, strings.ReplaceAll(write.body, "GROUP2", "x"), match, ""); a.Status != 404 {
				t.Errorf("%s %s with If-Match %s: %d, want 404", write.method, path, match, a.Status)
			}
		}
	}
	s, _, _ := atVersionThree(t)
	s.doIf("POST", "/Users", `{"userName":"new"}`, "", "*").is(t, 201)
	s.doIf("POST", "/Users", `{`, `W/"1"`, "").is(t, 400)
	s.doIf("PUT", "/Users/x", `{`, `W/"1"`, "").is(t, 400)
}

// TestChangedBetween has the resource change after it was read: a client that named the version hears so, and the write
// is not tried again.
func TestChangedBetween(t *testing.T) {
	t.Parallel()
	for _, write := range [...]struct{ method, path, body string }{
		{"PUT", "/Users/USER", `{"userName":"ada","title":"new"}`},
		{"PATCH", "/Users/USER", patch(`{"op":"replace","path":"title","value":"new"}`)},
		{"PUT", "/Groups/GROUP", `{"displayName":"b","members":[]}`},
		{"PATCH", "/Groups/GROUP", patch(`{"op":"replace","path":"displayName","value":"new"}`)},
		{"PATCH", "/Groups/GROUP", patch(`{"op":"replace","path":"members","value":[]}`)},
		{"DELETE", "/Users/USER", ""},
	} {
		for _, match := range [...]string{`W/"3"`, `W/"2", W/"3"`} {
			s, w, names := atVersionThree(t)
			w.fail["Update"], w.fail["Delete"], w.left = provider.ErrVersion, provider.ErrVersion, 1
			a := s.doIf(write.method, names.Replace(write.path), write.body, match, "")
			if a.Status != http.StatusPreconditionFailed {
				t.Errorf("%s %s with If-Match %s: %d, want 412", write.method, write.path, match, a.Status)
			}
			writes := 0
			for _, call := range w.calls {
				if !strings.HasPrefix(call, "Get") {
					writes++
				}
			}
			if writes != 1 {
				t.Errorf("%s %s: calls %v", write.method, write.path, w.calls)
			}
		}
	}
}

// TestOneOfManyWins has many clients write what they decided by the same version. One is answered, the others hear that
// it has changed.
func TestOneOfManyWins(t *testing.T) {
	t.Parallel()
	for _, body := range [...]string{
		patch(`{"op":"replace","path":"displayName","value":"VALUE"}`),
		patch(`{"op":"add","path":"members","value":[{"value":"VALUE"}]}`),
	} {
		s, _, names := atVersionThree(t)
		var values []string
		for range 20 {
			values = append(values, s.create("/Groups", `{"displayName":"`+strings.Repeat("x", len(values)+1)+`"}`))
		}
		statuses := make([]int, len(values))
		var done sync.WaitGroup
		for i, value := range values {
			done.Go(func() {
				statuses[i] = s.quiet("PATCH", names.Replace("/Groups/GROUP"), strings.Replace(body, "VALUE", value, 1), `W/"3"`)
			})
		}
		done.Wait()
		won := 0
		for _, status := range statuses {
			switch status {
			case http.StatusNoContent:
				won++
			case http.StatusPreconditionFailed:
			default:
				t.Errorf("status %d", status)
			}
		}
		if etag := s.do("GET", names.Replace("/Groups/GROUP"), "").ETag; won != 1 || etag != `W/"4"` {
			t.Errorf("%d of %d were made, and the ETag is %s", won, len(statuses), etag)
		}
	}
}

// TestConditionalFields reads them from HTTP, each on one line or on several.
func TestConditionalFields(t *testing.T) {
	t.Parallel()
	r := httptest.NewRequest(http.MethodGet, "/scim/v2/Users/x", http.NoBody)
	r.Header["If-Match"] = []string{`W/"1"`, `W/"2", W/"3"`}
	r.Header["If-None-Match"] = []string{"*"}
	request, err := provider.ReadRequest(r, "/scim/v2")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{`W/"1",W/"2", W/"3"`, "*"}, []string{request.IfMatch, request.IfNoneMatch}); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	recorder := httptest.NewRecorder()
	if err := (provider.Response{Status: 304, ETag: `W/"1"`}).WriteTo(recorder); err != nil {
		t.Fatal(err)
	}
	if recorder.Body.Len() != 0 || recorder.Header().Get("ETag") != `W/"1"` || recorder.Header().Get("Content-Type") != "" {
		t.Errorf("304: %v %s", recorder.Header(), recorder.Body)
	}
}
