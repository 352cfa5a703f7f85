package gateway_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
)

// TestIsolation has a client of one tenant try everything on what another tenant has. It must not be able to tell it
// from what nobody has.
func TestIsolation(t *testing.T) {
	t.Parallel()
	s := start(t, 2)
	n := neighbours{a: s.client(t, 0), b: s.client(t, 1)}
	n.grace = n.a.user("grace")
	n.ada = n.a.send("POST", "/Users", strings.Replace(adaJSON, "MANAGER", n.grace, 1)).is(t, 201).id(t)
	n.engineers = n.a.group("Engineers", n.ada, n.grace)
	n.nested = n.a.group("Nested", n.engineers)
	n.mine = n.b.user("linus")
	n.group = n.b.group("Ours", n.mine)
	before := [2][]string{s.snapshot(t, n.a.tenant), s.snapshot(t, n.b.tenant)}
	n.ids(t)
	n.foreignToken(t)
	n.foreignMembers(t)
	n.filters(t)
	if diff := cmp.Diff(before, [2][]string{s.snapshot(t, n.a.tenant), s.snapshot(t, n.b.tenant)}); diff != "" {
		t.Errorf("a tenant has changed (-before +after):\n%s", diff)
	}
}

// neighbours are the clients of two tenants and what the tenants have.
type neighbours struct {
	a, b                          *client
	grace, ada, engineers, nested string // of a
	mine, group                   string // of b
}

// ids tries every request on every id of the other tenant.
func (n neighbours) ids(t *testing.T) {
	t.Helper()
	b := n.b
	for _, id := range [...]string{n.ada, n.grace, n.engineers, n.nested} {
		nobody := uuid.NewString()
		for i, r := range append(routes(id, id), withID(id)...) {
			if !strings.Contains(r.path, "/"+id) {
				continue
			}
			stranger := append(routes(nobody, nobody), withID(nobody)...)[i]
			got := b.send(r.method, r.path, r.body).is(t, 404)
			want := b.send(stranger.method, stranger.path, stranger.body)
			want.body = []byte(strings.ReplaceAll(string(want.body), nobody, id))
			if diff := cmp.Diff(visible(want), visible(got)); diff != "" {
				t.Errorf("%s %s is told from an id that nobody has (-nobody's +theirs):\n%s", r.method, r.path, diff)
			}
		}
	}
}

// foreignToken shows a token at the other tenant's host.
func (n neighbours) foreignToken(t *testing.T) {
	t.Helper()
	a, b, s := n.a, n.b, n.a.server
	theirs, random := a.as(b.secret), a.as(s.nobodysToken(t))
	for _, r := range append(routes(n.ada, n.engineers), withID(n.ada)...) {
		if diff := cmp.Diff(visible(random.send(r.method, r.path, r.body).is(t, 401)), visible(theirs.send(r.method, r.path, r.body))); diff != "" {
			t.Errorf("%s %s: another tenant's token is told from a random one (-random +theirs):\n%s", r.method, r.path, diff)
		}
	}
}

// foreignMembers puts the other tenant's resources into groups.
func (n neighbours) foreignMembers(t *testing.T) {
	t.Helper()
	b := n.b
	nobody := uuid.NewString()
	for _, id := range [...]string{n.ada, n.engineers} {
		for _, r := range [...]func(id string) route{
			func(id string) route {
				return route{"POST", "/Groups", object{"displayName": "Stolen", "members": elements([]string{n.mine, id})}.String(), 400}
			},
			func(id string) route {
				return route{"PUT", "/Groups/" + n.group, object{"displayName": "Ours", "members": elements([]string{n.mine, id})}.String(), 400}
			},
			func(id string) route {
				return route{"PATCH", "/Groups/" + n.group, patch(op("Add", "members", elements([]string{id}))), 400}
			},
			func(id string) route {
				return route{"PATCH", "/Groups/" + n.group, patch(op("Replace", "members", elements([]string{id}))), 400}
			},
			func(id string) route {
				return route{"PATCH", "/Groups/" + n.group, patch(op("Remove", "members", elements([]string{id}))), 204}
			},
			func(id string) route {
				return route{"PATCH", "/Groups/" + n.group, patch(op("remove", `members[value eq "`+id+`"]`, nil)), 204}
			},
		} {
			theirs, nobodys := r(id), r(nobody)
			got := b.send(theirs.method, theirs.path, theirs.body).is(t, theirs.status)
			want := b.send(nobodys.method, nobodys.path, nobodys.body)
			want.body = []byte(strings.ReplaceAll(string(want.body), nobody, id))
			if diff := cmp.Diff(visible(want), visible(got)); diff != "" {
				t.Errorf("%s is told from a member that nobody knows (-nobody +theirs):\n%s", theirs.body, diff)
			}
		}
	}
	if diff := cmp.Diff([]string{n.mine}, b.members(n.group)); diff != "" {
		t.Errorf("members (-want +got):\n%s", diff)
	}
}

// filters looks for all that the other tenant has.
func (n neighbours) filters(t *testing.T) {
	t.Helper()
	b := n.b
	for _, filter := range [...]string{
		`userName eq "Ada@Contoso.example"`, `emails[type eq "work"].value eq "ada@contoso.example"`, `title eq "Analyst"`, `name.givenName eq "Ada"`,
		`name.familyName eq "King"`, `name.formatted co "Ada"`, `addresses[type eq "work"].locality eq "London"`, `addresses[type eq "work"].country pr`,
		`addresses[type eq "work"].region eq "Greater London"`, `externalId eq "ada"`, enterpriseSchema + `:department eq "Analysis"`,
		enterpriseSchema + `:manager eq "` + n.grace + `"`, customSchema + `:startDate pr`, `id eq "` + n.ada + `"`, `id eq "` + n.grace + `" or manager eq "` + n.grace + `"`,
		`groups.value eq "` + n.engineers + `"`, `not (userName eq "linus")`, `userName sw "a" or userName sw "g"`, `userName eq "x" or "1" eq "1"`,
	} {
		got := b.send("GET", "/Users?"+where(filter), "")
		if got.status == 400 {
			continue // not a filter at all
		}
		if l := got.list(t); l.Total != 0 || len(l.IDs) != 0 {
			t.Errorf("%s found %+v", filter, l)
		}
	}
	for _, filter := range [...]string{`displayName eq "Engineers"`, `members eq "` + n.ada + `"`, `members.value eq "` + n.engineers + `"`, `id eq "` + n.engineers + `"`, `not (displayName eq "Ours")`} {
		if l := b.send("GET", "/Groups?"+where(filter), "").list(t); l.Total != 0 || len(l.IDs) != 0 {
			t.Errorf("%s found %+v", filter, l)
		}
	}
}

// withID are more requests that name a resource.
func withID(id string) []route {
	user := object{"schemas": array(userSchema), "userName": "stolen", "displayName": "stolen"}.String()
	return []route{
		{"GET", "/Groups/" + id + "?excludedAttributes=members", "", 404},
		{"GET", "/Users/" + id + "?attributes=groups", "", 404},
		{"HEAD", "/Users/" + id, "", 404},
		{"PUT", "/Users/" + id, user, 404},
		{"PUT", "/Groups/" + id, user, 404},
		{"PATCH", "/Users/" + id, patch(op("Replace", "active", "False")), 404},
		{"PATCH", "/Users/" + id, patch(op("Replace", "title", "")), 404},
		{"PATCH", "/Groups/" + id, patch(op("Remove", "members", nil)), 404},
		{"PATCH", "/Groups/" + id, patch(op("Remove", "members", elements([]string{id}))), 404},
	}
}

// TestSameNames has two tenants keep the same names apart, and journals that know their own tenant's requests alone.
func TestSameNames(t *testing.T) {
	t.Parallel()
	s := start(t, 2)
	var stories [2]*story
	for i := range stories {
		play := newStory(s.client(t, i))
		created := play.send("POST", "/Users", `{"userName":"ada","externalId":"1"}`).is(t, 201)
		play.did(created, "create", "User", created.id(t))
		group := play.send("POST", "/Groups", object{"displayName": "Engineers", "members": elements([]string{created.id(t)})}.String()).is(t, 201)
		play.did(group, "create", "Group", group.id(t))
		play.did(play.send("PATCH", "/Users/"+created.id(t), patch(op("replace", "title", "x"))).is(t, 200), "update", "User", created.id(t))
		play.did(play.send("DELETE", "/Users/"+created.id(t), "").is(t, 204), "delete", "User", created.id(t))
		play.send("POST", "/Groups", `{"displayName":"engineers"}`).is(t, 409)
		stories[i] = play
	}
	for _, play := range stories {
		play.compareJournal()
	}
}

// TestForwardedHost has a client of one tenant name the other one in every header that a proxy might write.
func TestForwardedHost(t *testing.T) {
	t.Parallel()
	s := start(t, 2)
	a, b := s.client(t, 0), s.client(t, 1)
	a.user("ada")
	for _, header := range [...]string{"X-Forwarded-Host", "Forwarded", "X-Original-Host", "X-Host", "X-Tenant"} {
		if got := b.send("GET", "/Users", "", header, a.host).list(t).Total; got != 0 {
			t.Errorf("%s leads to another tenant", header)
		}
		a.as(b.secret).send("GET", "/Users", "", header, b.host).is(t, 401)
	}
}
