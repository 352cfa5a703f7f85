package conformance

import (
	"net/http"
)

var readChecks = []Check{
	{
		Name: "GET of a resource answers 200 with the resource", Shows: []string{"7644-3.4.1-1"},
		Run: func(t *Trial) {
			user := t.user(someone())
			t.equal("what is read", t.get(at(user)).is(http.StatusOK).object(), user)
		},
	},
	{
		Name: "HEAD answers as GET, without a body", Shows: []string{"7644-3.4.1-1"},
		Run: func(t *Trial) {
			user := t.user(nil)
			a := t.do(http.MethodHead, at(user), nil).is(http.StatusOK)
			if len(a.body) > 0 {
				t.errorf("HEAD is answered with a body")
			}
			t.do(http.MethodHead, "/Users/"+t.name("nobody"), nil).is(http.StatusNotFound)
		},
	},
	{
		Name: "what was changed is read at once", Shows: []string{"7644-3.1-3"},
		Run: func(t *Trial) {
			user := t.user(nil)
			for _, title := range []string{"one", "two", "three"} {
				t.put(at(user), t.newUser(object{"userName": user["userName"], "title": title})).is(http.StatusOK)
				t.equal("title", t.read(user)["title"], title)
			}
		},
	},
}

var listChecks = []Check{
	{
		Name: "a query is answered with a ListResponse", Shows: []string{"7644-3.4.2-2", "7644-3.4.2-3", "7644-3.4.2-4", "7644-3.1-1"}, Needs: []Feature{Filter},
		Run: func(t *Trial) {
			user := t.user(someone())
			p := t.get("/Users" + where(t.mine("userName pr"))).is(http.StatusOK).list()
			t.equal("totalResults", p.Total, 1)
			if len(p.Resources) != 1 {
				t.fatalf("there are %d resources", len(p.Resources))
			}
			t.equal("the resource", p.Resources[0], t.read(user))
		},
	},
	{
		Name: "a list without a filter has what was created", Shows: []string{"7644-3.4.2-4", "7644-3.4.2-8"},
		Run: func(t *Trial) {
			t.user(nil)
			if p := t.get("/Users?count=1").is(http.StatusOK).list(); p.Total < 1 || len(p.Resources) != 1 {
				t.errorf("totalResults is %d, with %d resources", p.Total, len(p.Resources))
			}
		},
	},
	{
		Name: "a query that matches nothing is answered with 200 and an empty list", Shows: []string{"7644-3.4.2-7"}, Needs: []Feature{Filter},
		Run: func(t *Trial) {
			p := t.get("/Users" + where(`userName eq "`+t.name("nobody")+`"`)).is(http.StatusOK).list()
			if p.Total != 0 || len(p.Resources) != 0 {
				t.errorf("totalResults is %d, with %d resources", p.Total, len(p.Resources))
			}
		},
	},
	{
		Name: "unknown parameters of a query are ignored", Shows: []string{"7644-3.4.2-1"},
		Run: func(t *Trial) {
			user := t.user(nil)
			t.get("/Users?count=1&aadOptscim062020&unknown=x").is(http.StatusOK).list()
			t.get(at(user) + "?unknown=x").is(http.StatusOK)
		},
	},
	{
		Name: "a group is found like a user", Shows: []string{"7644-3.4.2-2", "7644-3.4.2.2-1"}, Needs: []Feature{Filter, Groups},
		Run: func(t *Trial) {
			group := t.do(http.MethodPost, "/Groups", t.newGroup()).is(http.StatusCreated).object()
			p := t.get("/Groups" + where(`displayName eq "`+text(group["displayName"])+`"`)).is(http.StatusOK).list()
			t.equal("the ids", p.ids(), []string{id(group)})
		},
	},
}

var pageChecks = []Check{
	{
		Name: "pages of count resources make up the list", Shows: []string{"7644-3.4.2-5", "7644-3.4.2-6", "7644-3.4.2-8", "7644-3.4.2.4-2", "7644-3.4.2.4-5"}, Needs: []Feature{Filter, Index},
		Run: func(t *Trial) {
			path, all := t.five()
			seen := make(map[string]bool)
			for _, start := range []int{1, 3, 5} {
				p := t.get(path + "&count=2&startIndex=" + string(rune('0'+start))).is(http.StatusOK).list()
				want := min(2, 6-start)
				if p.Total != 5 || p.StartIndex != start || p.ItemsPerPage != want || len(p.Resources) != want {
					t.errorf("totalResults %d, startIndex %d, itemsPerPage %d and %d resources", p.Total, p.StartIndex, p.ItemsPerPage, len(p.Resources))
				}
				for _, one := range p.ids() {
					seen[one] = true
				}
			}
			for _, user := range all {
				if !seen[id(user)] {
					t.errorf("no page has the user %s", id(user))
				}
			}
		},
	},
	{
		Name: "a startIndex below 1 is 1", Shows: []string{"7644-3.4.2.4-1"}, Needs: []Feature{Filter, Index},
		Run: func(t *Trial) {
			path, _ := t.five()
			first := t.get(path + "&count=2&startIndex=1").is(http.StatusOK).list()
			for _, start := range []string{"0", "-7"} {
				p := t.get(path + "&count=2&startIndex=" + start).is(http.StatusOK).list()
				t.equal("the ids", p.ids(), first.ids())
				t.equal("startIndex", p.StartIndex, 1)
			}
		},
	},
	{
		Name: "a count of 0, or a negative one, returns totalResults alone", Shows: []string{"7644-3.4.2.4-3", "7644-3.4.2.4-4"}, Needs: []Feature{Filter},
		Run: func(t *Trial) {
			path, _ := t.five()
			for _, count := range []string{"0", "-3"} {
				p := t.get(path + "&count=" + count).is(http.StatusOK).list()
				if p.Total != 5 || len(p.Resources) != 0 || p.ItemsPerPage != 0 {
					t.errorf("totalResults is %d, with %d resources", p.Total, len(p.Resources))
				}
			}
		},
	},
	{
		Name: "beyond the end a page is empty", Shows: []string{"7644-3.4.2.4-5", "7644-3.4.2-8"}, Needs: []Feature{Filter, Index},
		Run: func(t *Trial) {
			path, _ := t.five()
			p := t.get(path + "&startIndex=100&count=2").is(http.StatusOK).list()
			if p.Total != 5 || len(p.Resources) != 0 {
				t.errorf("totalResults is %d, with %d resources", p.Total, len(p.Resources))
			}
		},
	},
	{
		Name: "no page has more resources than filter.maxResults", Shows: []string{"7643-5-9", "7644-3.4.2.4-2"}, Needs: []Feature{Filter},
		Run: func(t *Trial) {
			path, _ := t.five()
			p := t.get(path + "&count=100000000").is(http.StatusOK).list()
			limit, _ := integer(t.config["filter"].(object)["maxResults"])
			if len(p.Resources) > limit {
				t.errorf("%d resources, and filter.maxResults is %d", len(p.Resources), limit)
			}
		},
	},
	{
		Name: "a count that is no number is refused", Shows: []string{"7644-3.12-8"}, Needs: []Feature{Index},
		Run: func(t *Trial) {
			t.get("/Users?count=many").refused(http.StatusBadRequest)
			t.get("/Users?startIndex=first").refused(http.StatusBadRequest)
		},
	},
}

// five creates five users and returns the query that finds them.
func (t *Trial) five() (path string, all []object) {
	for range 5 {
		all = append(all, t.user(nil))
	}
	return "/Users" + where(t.mine("userName pr")), all
}
