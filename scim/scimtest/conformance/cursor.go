package conformance

import (
	"net/http"
	"regexp"
	"slices"

	"github.com/askspoke/spoke/scim"
)

// Types of errors of RFC 9865 section 2.1.
const (
	invalidCursor scim.ErrorType = "invalidCursor"
	invalidCount  scim.ErrorType = "invalidCount"
)

// unreserved are the characters of a cursor (RFC 3986 section 2.3).
var unreserved = regexp.MustCompile(`^[A-Za-z0-9._~-]+$`)

// next is the cursor of the next page, or "" on the last.
func (t *Trial) next(p page) string {
	value, there := p.object["nextCursor"]
	if cursor := text(value); there && !unreserved.MatchString(cursor) {
		t.errorf("nextCursor is %v", value)
	}
	return text(value)
}

var cursorChecks = []Check{
	{
		Name: "pages are followed by nextCursor to the last, which has none", Shows: []string{"9865-2-1", "9865-2-3", "9865-2-4", "9865-2-5", "9865-2-6", "9865-2-7", "9865-2-8"}, Needs: []Feature{Cursor, Filter},
		Run: func(t *Trial) {
			path, all := t.five()
			var got []string
			cursor := ""
			for i := range 10 { // a page may have fewer than it could
				p := t.get(path + "&count=2&cursor=" + cursor).is(http.StatusOK).list()
				if _, there := p.object["previousCursor"]; there && i == 0 {
					t.errorf("the first page has a previousCursor")
				}
				if len(p.Resources) > 2 || p.ItemsPerPage != len(p.Resources) {
					t.errorf("a page of 2 has %d resources, and itemsPerPage %d", len(p.Resources), p.ItemsPerPage)
				}
				got = append(got, p.ids()...)
				if cursor = t.next(p); cursor == "" {
					break
				}
			}
			if cursor != "" {
				t.errorf("the last page has a nextCursor")
			}
			want := make([]string, 0, len(all))
			for _, user := range all {
				want = append(want, id(user))
			}
			slices.Sort(got)
			slices.Sort(want)
			t.equal("the ids of all pages", got, want)
		},
	},
	{
		Name: "a cursor without a value asks for the first page", Shows: []string{"9865-2-1"}, Needs: []Feature{Cursor, Filter},
		Run: func(t *Trial) {
			path, _ := t.five()
			first := t.get(path + "&count=2&cursor=").is(http.StatusOK).list()
			t.equal("the ids", t.get(path+"&count=2&cursor").is(http.StatusOK).list().ids(), first.ids())
			if t.next(first) == "" {
				t.errorf("there is no nextCursor")
			}
		},
	},
	{
		Name: "with a cursor too, a count of 0 or a negative one returns totalResults alone", Shows: []string{"9865-2-2", "9865-2-9"}, Needs: []Feature{Cursor, Filter},
		Run: func(t *Trial) {
			path, _ := t.five()
			for _, count := range []string{"0", "-3"} {
				p := t.get(path + "&cursor=&count=" + count).is(http.StatusOK).list()
				if p.Total != 5 || len(p.Resources) != 0 {
					t.errorf("totalResults is %d, with %d resources", p.Total, len(p.Resources))
				}
			}
		},
	},
	{
		Name: "pages by cursor lose and repeat nothing while resources come and go", Shows: []string{"9865-2-4", "9865-2-5"}, Needs: []Feature{Cursor, Filter},
		Run: func(t *Trial) {
			path, all := t.five()
			first := t.get(path + "&count=2&cursor=").is(http.StatusOK).list()
			seen := first.ids()
			t.do(http.MethodDelete, "/Users/"+seen[0], nil).is(http.StatusNoContent)
			t.user(nil)
			for cursor := t.next(first); cursor != ""; {
				p := t.get(path + "&count=2&cursor=" + cursor).is(http.StatusOK).list()
				for _, one := range p.ids() {
					if slices.Contains(seen, one) {
						t.errorf("the user %s is on two pages", one)
					}
				}
				seen, cursor = append(seen, p.ids()...), t.next(p)
			}
			for _, user := range all {
				if !slices.Contains(seen, id(user)) {
					t.errorf("the user %s is on no page", id(user))
				}
			}
		},
	},
	{
		Name: "a cursor that was not given out is refused with invalidCursor, and nothing is told of it", Shows: []string{"9865-2.1-1", "9865-2.1-2", "9865-5.2-4"}, Needs: []Feature{Cursor, Filter},
		Run: func(t *Trial) {
			path, _ := t.five()
			cursor := t.next(t.get(path + "&count=2&cursor=").is(http.StatusOK).list())
			flipped := []byte(cursor)
			if flipped[len(flipped)/2]++; !unreserved.Match(flipped) {
				flipped[len(flipped)/2] = 'A'
			}
			var details []any
			for _, wrong := range []string{"AAAA", "nothing", string(flipped), cursor[:len(cursor)/2], cursor + cursor} {
				details = append(details, t.get(path+"&count=2&cursor="+wrong).refused(http.StatusBadRequest, invalidCursor)["detail"])
			}
			for _, detail := range details {
				t.equal("what is told of a wrong cursor", detail, details[0])
			}
		},
	},
	{
		Name: "a cursor is refused with invalidCursor where the filter or the type is another", Shows: []string{"9865-2.1-1", "9865-2.1-2"}, Needs: []Feature{Cursor, Filter},
		Run: func(t *Trial) {
			path, _ := t.five()
			cursor := t.next(t.get(path + "&count=2&cursor=").is(http.StatusOK).list())
			t.get("/Users"+where(t.mine("title pr"))+"&count=2&cursor="+cursor).refused(http.StatusBadRequest, invalidCursor)
			if t.missing[Groups] == "" {
				t.get("/Groups?count=2&cursor="+cursor).refused(http.StatusBadRequest, invalidCursor)
			}
		},
	},
	{
		Name: "a cursor is refused with invalidCount where count is another", Shows: []string{"9865-2.1-4"}, Needs: []Feature{Cursor, Filter},
		Run: func(t *Trial) {
			path, _ := t.five()
			cursor := t.next(t.get(path + "&count=2&cursor=").is(http.StatusOK).list())
			t.get(path+"&count=3&cursor="+cursor).refused(http.StatusBadRequest, invalidCount)
		},
	},
	{
		Name: "pages by cursor are sorted", Shows: []string{"9865-2.2-1"}, Needs: []Feature{Cursor, Sort, Filter},
		Run: func(t *Trial) {
			for _, title := range []string{"c", "a", "d", "b"} {
				t.user(object{"title": title})
			}
			var titles []string
			cursor := ""
			for range 10 {
				p := t.get("/Users" + where(t.mine("userName pr")) + "&sortBy=title&count=2&cursor=" + cursor).is(http.StatusOK).list()
				for _, r := range p.Resources {
					titles = append(titles, text(r["title"]))
				}
				if cursor = t.next(p); cursor == "" {
					break
				}
			}
			t.equal("the titles of all pages", titles, []string{"a", "b", "c", "d"})
		},
	},
	{
		Name: "a search pages by cursor", Shows: []string{"9865-3-1"}, Needs: []Feature{Cursor, Search, Filter},
		Run: func(t *Trial) {
			_, all := t.five()
			parameters := object{"filter": t.mine("userName pr"), "count": 3, "cursor": ""}
			first := t.search("/Users", parameters).is(http.StatusOK).list()
			parameters["cursor"] = t.next(first)
			second := t.search("/Users", parameters).is(http.StatusOK).list()
			t.equal("the number of resources of both pages", len(first.Resources)+len(second.Resources), len(all))
			t.equal("the last nextCursor", t.next(second), "")
		},
	},
}
