package conformance

import (
	"net/http"
	"slices"

	"github.com/askspoke/spoke/scim"
)

// search posts a SearchRequest with the parameters.
func (t *Trial) search(path string, parameters object) answer {
	return t.do(http.MethodPost, path+"/.search", merge(object{"schemas": list{searchSchema}}, parameters))
}

var searchChecks = []Check{
	{
		Name: "a search is answered as a query by GET is", Shows: []string{"7644-3.4.3-1", "7644-3.4.3-9", "7644-3.4.3-2", "7644-3.4.2-2"}, Needs: []Feature{Search, Filter},
		Run: func(t *Trial) {
			path, all := t.five()
			p := t.search("/Users", object{"filter": t.mine("userName pr"), "startIndex": 2, "count": 3}).is(http.StatusOK).list()
			t.equal("what is found", p, t.get(path+"&startIndex=2&count=3").is(http.StatusOK).list())
			t.equal("totalResults", p.Total, len(all))
			none := t.search("/Users", object{"filter": t.mine("title pr")}).is(http.StatusOK).list()
			t.equal("totalResults of nothing", none.Total, 0)
		},
	},
	{
		Name: "a search takes attributes and excludedAttributes", Shows: []string{"7644-3.4.3-3", "7644-3.4.3-4", "7644-3.4.3-5", "7644-3.9-4"}, Needs: []Feature{Search, Filter},
		Run: func(t *Trial) {
			t.user(someone())
			first := func(parameters object) object {
				found := t.search("/Users", merge(object{"filter": t.mine("userName pr")}, parameters)).is(http.StatusOK).list().Resources
				if len(found) != 1 {
					t.fatalf("%d users are found, want 1", len(found))
				}
				return found[0]
			}
			t.holds(first(object{"attributes": list{"userName", "name.givenName"}}), "id", "userName", "name")
			got := first(object{"excludedAttributes": list{"id", "title", userSchema + ":nickName"}})
			t.unassigned(got, "title")
			t.unassigned(got, "nickName")
			if id(got) == "" {
				t.errorf("the id is excluded")
			}
		},
	},
	{
		Name: "a search with a broken filter is refused with invalidFilter", Shows: []string{"7644-3.4.3-6", "7644-3.12-5"}, Needs: []Feature{Search, Filter},
		Run: func(t *Trial) {
			for _, broken := range []string{"userName", ""} {
				t.search("/Users", object{"filter": broken}).refused(http.StatusBadRequest, scim.InvalidFilter)
			}
		},
	},
	{
		Name: "a search takes sortBy and sortOrder", Shows: []string{"7644-3.4.3-7", "7644-3.4.3-8"}, Needs: []Feature{Search, Filter, Sort},
		Run: func(t *Trial) {
			b, a := t.user(object{"name": object{"givenName": "b"}}), t.user(object{"name": object{"givenName": "a"}})
			for order, want := range map[string][]string{"ascending": {id(a), id(b)}, "descending": {id(b), id(a)}} {
				p := t.search("/Users", object{"filter": t.mine("userName pr"), "sortBy": userSchema + ":name.givenName", "sortOrder": order})
				t.equal("the order "+order, p.is(http.StatusOK).list().ids(), want)
			}
		},
	},
	{
		Name: "a search whose body is no SearchRequest is refused", Shows: []string{"7644-3.4.3-2", "7644-3.12-6"}, Needs: []Feature{Search}, Tolerates: []scim.Tolerance{scim.MissingSchemas},
		Run: func(t *Trial) {
			t.do(http.MethodPost, "/Users/.search", object{"schemas": list{userSchema}, "count": 1}).refused(http.StatusBadRequest, scim.InvalidSyntax, scim.InvalidValue)
		},
	},
	{
		Name: "a search of a broken body is refused with invalidSyntax", Shows: []string{"7644-3.12-6"}, Needs: []Feature{Search},
		Run: func(t *Trial) {
			t.do(http.MethodPost, "/Users/.search", "{").refused(http.StatusBadRequest, scim.InvalidSyntax)
		},
	},
	{
		Name: "a search of the root looks at all resources", Shows: []string{"7644-3.4.3-1", "7644-3.4.2.1-1", "7644-3.4.2.1-3", "7644-3.4.2.1-4"}, Needs: []Feature{RootSearch, Filter, Groups},
		Run: func(t *Trial) {
			t.everywhere(func(filter string) page { return t.search("", object{"filter": filter}).is(http.StatusOK).list() })
		},
	},
}

var rootChecks = []Check{
	{
		Name: "a query of the root looks at all resources", Shows: []string{"7644-3.4.2.1-1", "7644-3.4.2.1-3", "7644-3.4.2.1-4"}, Needs: []Feature{RootQuery, Filter, Groups},
		Run: func(t *Trial) {
			t.everywhere(func(filter string) page { return t.get("/" + where(filter)).is(http.StatusOK).list() })
		},
	},
	{
		Name: "a query of the root pages through all types", Shows: []string{"7644-3.4.2.1-1", "7644-3.4.2.4-2"}, Needs: []Feature{RootQuery, Filter, Groups, Index},
		Run: func(t *Trial) {
			name := t.name("same")
			want := []string{id(t.user(object{"displayName": name})), id(t.user(object{"displayName": name}))}
			group := t.do(http.MethodPost, "/Groups", merge(t.newGroup(), object{"displayName": name})).is(http.StatusCreated).object()
			want = append(want, id(group))
			var got []string
			for _, start := range []string{"1", "2", "3"} {
				p := t.get("/" + where(`displayName eq "`+name+`"`) + "&count=1&startIndex=" + start).is(http.StatusOK).list()
				t.equal("totalResults", p.Total, 3)
				got = append(got, p.ids()...)
			}
			slices.Sort(got)
			slices.Sort(want)
			t.equal("the ids of three pages", got, want)
		},
	},
}

// everywhere checks a query over users and groups.
func (t *Trial) everywhere(query func(filter string) page) {
	name := t.name("same")
	user := t.user(object{"displayName": name, "title": "x"})
	group := t.do(http.MethodPost, "/Groups", merge(t.newGroup(), object{"displayName": name})).is(http.StatusCreated).object()
	finds := func(filter string, want ...object) {
		got, ids := query(`displayName eq "`+name+`" and (`+filter+")").ids(), make([]string, 0, len(want))
		for _, resource := range want {
			ids = append(ids, id(resource))
		}
		slices.Sort(got)
		slices.Sort(ids)
		if !slices.Equal(got, ids) {
			t.errorf("%s finds %d resources, want %d", filter, len(got), len(ids))
		}
	}
	finds("id pr", user, group)
	finds(`(meta.resourceType eq "User") or (meta.resourceType eq "Group")`, user, group)
	finds(`meta.resourceType eq "User"`, user)
	finds(`meta.resourceType eq "Group"`, group)
	finds("userName pr", user)
	finds(`title eq "x"`, user)
	finds("members pr")
	finds("not (title pr)", group)
}
