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
