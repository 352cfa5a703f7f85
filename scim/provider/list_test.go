package provider_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/askspoke/spoke/scim"
)

// page is a list message; Resources is nil where the message has none.
type page struct {
	TotalResults, StartIndex, ItemsPerPage int
	Resources                              []struct{ UserName string }
}

func (s *service) page(query string) page {
	s.t.Helper()
	var p page
	a := s.do(http.MethodGet, "/Users?attributes=userName&"+query, "").is(s.t, http.StatusOK)
	if err := json.Unmarshal(a.Body, &p); err != nil {
		s.t.Fatal(err)
	}
	if p.Resources == nil || len(p.Resources) != p.ItemsPerPage {
		s.t.Errorf("%s: itemsPerPage does not fit Resources: %s", query, a.Body)
	}
	return p
}

// TestPaging is RFC 7644 section 3.4.2.4.
func TestPaging(t *testing.T) {
	t.Parallel()
	s := inMemory(t)
	const total = 1003
	for i := range total {
		s.create("/Users", fmt.Sprintf(`{"userName":"user-%04d"}`, i))
	}
	type part struct{ Start, Items, First int } // First is the number of the first user, -1 for none
	for query, want := range map[string]part{
		"":                                    {1, 100, 0},
		"startIndex=":                         {1, 100, 0},
		"count=":                              {1, 100, 0},
		"startIndex=1&count=5":                {1, 5, 0},
		"startIndex=6&count=5":                {6, 5, 5},
		"startIndex=0&count=5":                {1, 5, 0},
		"startIndex=-1&count=5":               {1, 5, 0},
		"startIndex=-99999999999999&count=1":  {1, 1, 0},
		"startIndex=1000&count=5":             {1000, 4, 999},
		"startIndex=1003&count=5":             {1003, 1, 1002},
		"startIndex=1004&count=5":             {1004, 0, -1},
		"startIndex=2147483647":               {2147483647, 0, -1},
		"startIndex=99999999999999999999999":  {2147483647, 0, -1},
		"count=0":                             {1, 0, -1},
		"count=-1":                            {1, 0, -1},
		"count=-99999999999999999999":         {1, 0, -1},
		"count=1000":                          {1, 1000, 0},
		"count=1001":                          {1, 1000, 0},
		"count=99999999999999999999":          {1, 1000, 0},
		"startIndex=500&count=99999999999999": {500, 504, 499},
	} {
		p := s.page(query)
		got := part{p.StartIndex, p.ItemsPerPage, -1}
		if len(p.Resources) > 0 {
			if _, err := fmt.Sscanf(p.Resources[0].UserName, "user-%d", &got.First); err != nil {
				t.Fatal(err)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" || p.TotalResults != total {
			t.Errorf("%s: totalResults %d (-want +got):\n%s", query, p.TotalResults, diff)
		}
	}
	seen := 0
	for start := 1; start <= total; start += 97 {
		for _, r := range s.page(fmt.Sprintf("startIndex=%d&count=97", start)).Resources {
			if want := fmt.Sprintf("user-%04d", seen); r.UserName != want {
				t.Fatalf("page by page the order is not that of creation: %s, want %s", r.UserName, want)
			}
			seen++
		}
	}
	if seen != total {
		t.Errorf("page by page there are %d users, want %d", seen, total)
	}
	filtered := s.page("count=2&" + where(`userName sw "user-100"`))
	if filtered.TotalResults != 3 || filtered.ItemsPerPage != 2 {
		t.Errorf("totalResults must count the matches: %+v", filtered)
	}
	for _, query := range [...]string{"sortBy=userName&sortOrder=sideways", "sortOrder=sideways", "startIndex=x", "count=x", "count=1.5", "count=1e3", "startIndex=0x1", "count=%201"} {
		a := s.do(http.MethodGet, "/Users?"+query, "").is(t, http.StatusBadRequest)
		if e := scimError(a.err); e == nil || e.Type != "invalidValue" {
			t.Errorf("%s: %s", query, a.Body)
		}
	}
}

// TestEmptyFilter has a client that looks for nobody find nobody, in both profiles: an empty filter is refused.
func TestEmptyFilter(t *testing.T) {
	t.Parallel()
	s := inMemory(t)
	for _, service := range [...]*service{s, s.strict()} {
		for _, query := range [...]string{"filter=", "filter", "filter=%20", "count=1&filter=%09&sortBy=userName", "cursor&filter="} {
			for _, path := range [...]string{"/Users", "/Groups", "/"} {
				a := service.do(http.MethodGet, path+"?"+query, "").is(t, http.StatusBadRequest)
				if e := scimError(a.err); e == nil || e.Type != scim.InvalidFilter {
					t.Errorf("%s?%s: %s", path, query, a.Body)
				}
			}
		}
	}
}

// An answer tells who counts how far the client has read, of whole lists alone.
func TestPagePosition(t *testing.T) {
	t.Parallel()
	s := inMemory(t)
	for i := range 7 {
		s.create("/Users", fmt.Sprintf(`{"userName":"user-%d"}`, i))
	}
	s.create("/Groups", `{"displayName":"all"}`)
	for path, want := range map[string][2]int{
		"/Users":                            {7, 7},
		"/Users?startIndex=1&count=3":       {3, 7},
		"/Users?startIndex=4&count=3":       {6, 7},
		"/Users?startIndex=7&count=3":       {7, 7},
		"/Users?startIndex=8":               {0, 7},
		"/Users?count=0":                    {0, 7},
		"/Users?filter=userName+pr":         {0, 7},
		"/Users?cursor&count=3":             {0, 0},
		"/Groups":                           {1, 1},
		"/?count=5":                         {5, 8},
		"/Schemas":                          {0, 0},
		"/Users?filter=userName+eq+%22x%22": {0, 0},
	} {
		a := s.do(http.MethodGet, path, "").is(t, http.StatusOK)
		if got := [2]int{a.Position, a.Total}; got != want {
			t.Errorf("%s: position and total are %v, want %v", path, got, want)
		}
	}
	a := s.do(http.MethodPost, "/Users/.search", `{"schemas":["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],"startIndex":3,"count":2}`)
	if got := [2]int{a.Position, a.Total}; got != [2]int{4, 7} {
		t.Errorf("a search: position and total are %v", got)
	}
}
