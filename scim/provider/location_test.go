package provider_test

import (
	"net/http/httptest"
	"testing"
)

// What is one resource says in Content-Location where it is, by its meta.location (RFC 7643 section 3.1); a list does not.
func TestContentLocation(t *testing.T) {
	t.Parallel()
	s := inMemory(t)
	ada := s.create("/Users", `{`+core+`}`)
	user := base + "/Users/" + ada
	for _, tc := range []struct{ method, path, body, want string }{
		{"GET", "/Users/" + ada, "", user},
		{"GET", "/users/" + ada + "?attributes=userName", "", user},
		{"PUT", "/Users/" + ada, `{` + core + `,"title":"Countess"}`, user},
		{"PATCH", "/Users/" + ada, patch(`{"op":"add","path":"title","value":"Analyst"}`), user},
		{"GET", "/Users", "", ""},
		{"GET", "/ServiceProviderConfig", "", base + "/ServiceProviderConfig"},
		{"GET", "/ResourceTypes/user", "", base + "/ResourceTypes/User"},
		{"GET", "/Schemas/" + enterpriseSchema, "", base + "/Schemas/" + enterpriseSchema},
		{"GET", "/Schemas", "", ""},
		{"GET", "/Nothing", "", ""},
		{"DELETE", "/Users/" + ada, "", ""},
	} {
		a := s.do(tc.method, tc.path, tc.body)
		w := httptest.NewRecorder()
		if err := a.WriteTo(w); err != nil {
			t.Fatal(err)
		}
		if got := w.Header().Get("Content-Location"); got != tc.want {
			t.Errorf("%s %s: Content-Location %q, want %q", tc.method, tc.path, got, tc.want)
		}
		if tc.want == "" || a.ETag == "" {
			continue
		}
		if same := s.doIf("GET", tc.path, "", "", a.ETag); same.Status != 304 || same.ContentLocation != tc.want {
			t.Errorf("%d with Content-Location %q", same.Status, same.ContentLocation)
		}
	}
	if a := s.do("POST", "/Users", `{`+core+`}`).is(t, 201); a.ContentLocation == "" || a.ContentLocation != a.Location {
		t.Errorf("Content-Location %q, Location %q", a.ContentLocation, a.Location)
	}
}
