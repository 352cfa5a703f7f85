package provider_test

import (
	cryptorand "crypto/rand"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/askspoke/spoke/scim"
	"github.com/askspoke/spoke/scim/provider"
)

// unreserved is all that a cursor may consist of (RFC 3986 section 2.3).
var unreserved = regexp.MustCompile(`^[A-Za-z0-9._~-]+$`)

// cursorPage asks for a page and returns the names on it and the next cursor, "" where there is none.
func (s *service) cursorPage(path, query, cursor string) (names []string, next string) {
	s.t.Helper()
	a := s.do(http.MethodGet, path+"?"+query+"&cursor="+cursor, "").is(s.t, http.StatusOK)
	object := a.object(s.t)
	names = a.named(s.t)
	next, there := object["nextCursor"].(string)
	if there && !unreserved.MatchString(next) {
		s.t.Errorf("nextCursor is %q", next)
	}
	for _, name := range [...]string{"startIndex", "previousCursor"} {
		if _, has := object[name]; has {
			s.t.Errorf("a page by cursor has %s: %s", name, a.Body)
		}
	}
	if object["itemsPerPage"] != float64(len(names)) {
		s.t.Errorf("itemsPerPage is not %d: %s", len(names), a.Body)
	}
	return names, next
}

// walk reads all pages.
func (s *service) walk(path, query string) (names []string, pages int) {
	s.t.Helper()
	names = []string{}
	for cursor := ""; pages == 0 || cursor != ""; pages++ {
		var page []string
		if page, cursor = s.cursorPage(path, query, cursor); len(page) == 0 && cursor != "" {
			s.t.Fatal("an empty page is not the last")
		}
		names = append(names, page...)
	}
	return names, pages
}

// TestCursor walks lists of every kind page by page (RFC 9865): the same as the list in one.
func TestCursor(t *testing.T) {
	t.Parallel()
	s := both(t)
	for _, path := range [...]string{"/Users", "/Groups", "/"} {
		for _, query := range [...]string{
			"", "sortBy=userName", "sortBy=displayName&sortOrder=descending", "sortBy=title", where("displayName pr"), where("userName pr"), where("members pr"),
			"attributes=userName,displayName", "excludedAttributes=members", where("externalId pr") + "&sortBy=meta.created&sortOrder=descending",
		} {
			if strings.HasPrefix(path, "/Groups") && strings.Contains(query, "userName") && !strings.Contains(query, "attributes") || path == "/Groups" && strings.Contains(query, "title") || path == "/Users" && strings.Contains(query, "members+pr") {
				continue
			}
			want := s.do("GET", path+"?"+query, "").named(t)
			for count := 1; count <= 6; count++ {
				got, pages := s.walk(path, fmt.Sprintf("%s&count=%d", query, count))
				if diff := cmp.Diff(want, got); diff != "" || pages != max(1, (len(want)+count-1)/count) {
					t.Errorf("%s?%s by %d: %d pages (-want +got):\n%s", path, query, count, pages, diff)
				}
			}
		}
	}
	if object := s.do("GET", "/Users?cursor&count=0", "").is(t, 200).object(t); object["totalResults"] != 3.0 || object["nextCursor"] != nil {
		t.Errorf("count=0: %v", object)
	}
	if object := s.do("GET", "/Users", "").is(t, 200).object(t); object["startIndex"] != 1.0 || object["nextCursor"] != nil {
		t.Errorf("without a cursor: %v", object)
	}
	_, next := s.cursorPage("/Users", "count=2", "")
	if names, _ := s.cursorPage("/Users", "", next); !slices.Equal(names, []string{"linus"}) {
		t.Errorf("without count the count of the cursor holds: %v", names)
	}
	body := fmt.Sprintf(`{"count":2,"cursor":%q}`, next)
	if names := s.do("POST", "/Users/.search", body).named(t); !slices.Equal(names, []string{"linus"}) {
		t.Errorf("a search goes on where a GET began: %v", names)
	}
}

// TestCursorRefused is RFC 9865 section 2.1. What is wrong with a cursor nobody can tell.
func TestCursorRefused(t *testing.T) {
	t.Parallel()
	s := both(t)
	const query = "count=2&sortBy=userName&attributes=userName"
	_, next := s.cursorPage("/Users", query, "")
	_, other := s.cursorPage("/", "count=2", "")
	refused := func(s *service, target string, want scim.ErrorType) string {
		t.Helper()
		e := scimError(s.do("GET", target, "").err)
		if e == nil || e.Status != http.StatusBadRequest || e.Type != want {
			t.Errorf("%s: %v, want %s", target, e, want)
			return ""
		}
		return e.Detail
	}
	details := make(map[string]bool)
	for _, target := range [...]string{
		"/Users?" + query + "&cursor=x", "/Users?" + query + "&cursor=" + next[1:], "/Users?" + query + "&cursor=" + next + "A",
		"/Users?" + query + "&cursor=" + strings.ToUpper(next), "/Users?" + query + "&cursor=" + next + "%3D", "/Users?" + query + "&cursor=%20",
		"/Users?" + query + "&cursor=" + other, "/Groups?count=2&sortBy=displayName&attributes=userName&cursor=" + next, "/?" + query + "&cursor=" + next,
		"/Users?count=2&sortBy=userName&cursor=" + next, "/Users?count=2&attributes=userName&cursor=" + next, "/Users?count=2&cursor=" + next,
		"/Users?" + query + ",title&cursor=" + next, "/Users?" + query + "&sortOrder=descending&cursor=" + next,
		"/Users?" + query + "&" + where("userName pr") + "&cursor=" + next, "/Users?count=2&sortBy=userName&excludedAttributes=userName&cursor=" + next,
	} {
		details[refused(s, target, scim.InvalidCursor)] = true
	}
	foreign := *s.Provider
	foreign.Base = strings.Replace(base, "acme", "other", 1)
	details[refused(&service{t, &foreign}, "/Users?"+query+"&cursor="+next, scim.InvalidCursor)] = true
	rekeyed := *s.Provider
	rekeyed.CursorKey[0]++
	details[refused(&service{t, &rekeyed}, "/Users?"+query+"&cursor="+next, scim.InvalidCursor)] = true
	if len(details) != 1 {
		t.Errorf("the details tell cursors apart: %v", details)
	}
	refused(s, "/Users?count=3&sortBy=userName&attributes=userName&cursor="+next, scim.InvalidCount)
	refused(s, "/Users?count=0&sortBy=userName&attributes=userName&cursor="+next, scim.InvalidCount)
	refused(s, "/Users?count=x&sortBy=userName&attributes=userName&cursor="+next, scim.InvalidCount)
	refused(s, "/Users?count=x&cursor", scim.InvalidCount)
	refused(s, "/Users?startIndex=1&cursor", scim.InvalidValue)
	refused(s, "/Users?"+query+"&startIndex=2&cursor="+next, scim.InvalidValue)
}

// TestCursorExpires has a cursor that was kept for longer than cursorTimeout (RFC 9865 section 2.1).
func TestCursorExpires(t *testing.T) {
	t.Parallel()
	s := both(t)
	now := s.Now()
	s.Now = func() time.Time { return now }
	_, next := s.cursorPage("/Users", "count=1", "")
	body := `{"cursor":"` + next + `","count":1}`
	now = now.Add(provider.CursorTimeout)
	s.do("GET", "/Users?count=1&cursor="+next, "").is(t, http.StatusOK)
	s.do("POST", "/Users/.search", body).is(t, http.StatusOK)
	now = now.Add(time.Second)
	for _, a := range [...]answer{s.do("GET", "/Users?count=1&cursor="+next, ""), s.do("POST", "/Users/.search", body)} {
		if e := scimError(a.err); e == nil || e.Status != http.StatusBadRequest || e.Type != scim.ExpiredCursor {
			t.Errorf("an old cursor: %d %s", a.Status, a.Body)
		}
	}
}

// TestCursorHidesWhereItIs has two cursors of one place look different, and none tells what it is made of.
func TestCursorHidesWhereItIs(t *testing.T) {
	t.Parallel()
	s := both(t)
	_, one := s.cursorPage("/Users", "count=1&sortBy=userName", "")
	_, two := s.cursorPage("/Users", "count=1&sortBy=userName", "")
	if one == two || strings.Contains(one, "ada") {
		t.Errorf("%s and %s", one, two)
	}
}

// TestCursorWhileOthersWrite walks lists while users come, go and change: who was there from the beginning to the end is
// seen exactly once, and nobody twice.
func TestCursorWhileOthersWrite(t *testing.T) {
	t.Parallel()
	for seed := range uint64(30) {
		r := rand.New(rand.NewPCG(seed, 9865))
		s := inMemory(t)
		users := make(map[string]string) // by userName, which says how it was made, the id
		made := 0
		create := func() {
			made++
			name := fmt.Sprintf("%c%d", 'a'+rune(r.IntN(26)), made)
			users[name] = s.create("/Users", fmt.Sprintf(`{"userName":%q,"title":"%c"}`, name, 'a'+rune(r.IntN(3))))
		}
		for range 20 + r.IntN(20) {
			create()
		}
		for range r.IntN(10) {
			s.create("/Groups", fmt.Sprintf(`{"displayName":"group %d"}`, made))
			made++
		}
		stays := make(map[string]bool)
		for name := range users {
			stays[name] = true
		}
		path := [...]string{"/Users", "/"}[r.IntN(2)]
		query := [...]string{"", "sortBy=userName", "sortBy=userName&sortOrder=descending", "sortBy=title", where("userName pr")}[r.IntN(5)]
		query += fmt.Sprintf("&count=%d", 1+r.IntN(7))
		seen := make(map[string]int)
		for cursor, first := "", true; first || cursor != ""; first = false {
			var names []string
			names, cursor = s.cursorPage(path, query, cursor)
			for _, name := range names {
				seen[name]++
			}
			for range r.IntN(4) {
				name := slices.Sorted(maps.Keys(users))[r.IntN(len(users))]
				switch r.IntN(3) {
				case 0:
					create()
				case 1:
					s.do("DELETE", "/Users/"+users[name], "").is(t, http.StatusNoContent)
					delete(users, name)
					delete(stays, name)
				default:
					s.do("PATCH", "/Users/"+users[name], patch(fmt.Sprintf(`{"op":"replace","path":"nickName","value":"%d"}`, r.Int()))).is(t, http.StatusOK)
				}
			}
		}
		for name := range stays {
			if seen[name] != 1 {
				t.Errorf("seed %d, %s?%s: %s was seen %d times", seed, path, query, name, seen[name])
			}
		}
		for name, times := range seen {
			if times > 1 {
				t.Errorf("seed %d, %s?%s: %s was seen %d times", seed, path, query, name, times)
			}
		}
	}
}

// FuzzCursor has any text for a cursor be refused, and nothing break.
func FuzzCursor(f *testing.F) {
	s, now := both(f), time.Now()
	s.Now = func() time.Time { return now }
	_, _ = cryptorand.Read(s.CursorKey[:]) // a cursor of another fuzzing process is a foreign one
	_, next := s.cursorPage("/Users", "count=1", "")
	for _, text := range [...]string{"", "x", next, next[:len(next)-1], next + "A", strings.Repeat("A", 100), "=", "\x00", "é", "-_-_"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s := &service{t, s.Provider}
		for _, path := range [...]string{"/Users", "/Groups", "/"} {
			a := s.do(http.MethodGet, path+"?count=1&cursor="+url.QueryEscape(text), "")
			e := scimError(a.err)
			known := text == "" || path == "/Users" && text == next
			if known != (a.Status == http.StatusOK) || !known && (e == nil || e.Type != scim.InvalidCursor) {
				t.Errorf("%s with the cursor %q: %d %s", path, text, a.Status, a.Body)
			}
		}
	})
}

// TestCursorLength is how long a cursor becomes where the sort value that it stands behind is as long as one can be.
func TestCursorLength(t *testing.T) {
	t.Parallel()
	for of, limit := range map[string]int{"a": 3_000, "<": 3_000, "é": 6_000, "文": 8_500, "😀": 11_500} {
		s := inMemory(t)
		for _, name := range []string{"a", "b"} {
			s.create("/Users", fmt.Sprintf(`{"userName":%q,"title":%q}`, name, strings.Repeat(of, 3_000)))
		}
		names, next := s.cursorPage("/Users", "sortBy=title&count=1", "")
		if len(names) != 1 || len(next) < 100 || len(next) > limit {
			t.Errorf("%s: %d names, a cursor of %d characters, want at most %d", of, len(names), len(next), limit)
		}
		if more, last := s.cursorPage("/Users", "sortBy=title&count=1", next); len(more) != 1 || more[0] == names[0] || last != "" {
			t.Errorf("%s: %v after %v", of, more, names)
		}
	}
}
