//go:build unix

package walk

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/askspoke/spoke/infra/guard"
	"github.com/askspoke/spoke/observability/health"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/journal"
	"github.com/askspoke/spoke/tenancy/status"
)

// staff is how many people work at acme.
const staff = 264

// The names of people who do not exist.
var (
	givenNames  = strings.Fields("Ada Amara Anton Bela Carla Chen Dana Deniz Elif Emil Farah Finn Greta Hiro Ines Ivan Jana Jonas Kaja Kofi Lena Liam Maya Milan Nadia Noor Olga Omar Petra Quinn Rafael Rosa Samir Sofia Tariq Tessa Uma Viktor Wanda Yusuf Zoe")
	familyNames = strings.Fields("Abara Becker Castillo Dahl Eriksen Fischer Gomez Haddad Ivanova Jansen Kowalski Larsen Moreau Nakamura Okafor Petrov Quist Rossi Schneider Tanaka Ueda Vogel Weber Xu Yilmaz Zhang")
	departments = []string{"Engineering", "Sales", "Marketing", "Finance", "Operations", "Support", "Legal"}
	titles      = []string{"Engineer", "Account Executive", "Designer", "Controller", "Site Manager", "Support Specialist", "Counsel"}
	cities      = []string{"Berlin", "Hamburg", "Munich", "Leipzig", "Cologne"}
	groups      = append([]string{"All Staff", "Berlin Office", "Managers", "On Call", "VPN", "Works Council"}, departments...)
)

func somebody(i int) person {
	given, family, d := givenNames[i%len(givenNames)], familyNames[i*7%len(familyNames)], i%len(departments)
	return person{
		given: given, family: family, title: titles[d], department: departments[d], city: cities[i*3%len(cities)],
		mail: strings.ToLower(given + "." + family + "@acme.com"),
	}
}

// company is a tenant whose identity provider has come for a month.
type company struct {
	id    tenancy.ID
	users []string // the ids
	entra *entra   // as it comes now
}

// acme makes a tenant as there are many: a month of cycles, one that is under way, some requests that were refused, and
// a team that was deleted at once and is held.
func (s *stage) acme(t *testing.T) *company {
	t.Helper()
	c := &company{id: s.tenant(t, "acme", "Acme Inc.")}
	_, err := s.Command(t.Context(), "tenant", "set", "acme", "--notify", "it@acme.com", "--guard-count", "6", "--guard-minimum", "20")
	must(t, err)
	began := time.Now().Add(-29*24*time.Hour - 5*time.Hour)
	p := s.past(t, c.id, began)
	e := &entra{p}
	c.join(t, p, e)
	c.month(t, p, e)
	p.counted(t, status.Size{Users: staff, ActiveUsers: staff, Groups: int64(len(groups))})
	c.entra = &entra{&pasted{http: s.HTTP, url: s.Origin("acme") + "/scim/v2", token: p.secret}}
	c.today(t)
	return c
}

// join is the first cycle: everybody comes.
func (c *company) join(t *testing.T, p *past, e *entra) {
	t.Helper()
	seen := map[string]bool{}
	for i := 0; len(c.users) < staff; i++ {
		if who := somebody(i); !seen[who.mail] {
			seen[who.mail] = true
			c.users = append(c.users, e.createUser(t, who))
		}
	}
	p.count(staff, "User", health.Read, health.Accepted)
	p.count(staff, "User", health.Create, health.Accepted)
	p.count(len(groups), "Group", health.Create, health.Accepted)
	for i, name := range groups {
		id := e.createGroup(t, name)
		var members []string
		for k, user := range c.users {
			if i == 0 || k%len(groups) == i || k%(i+5) == 1 {
				members = append(members, user)
			}
		}
		e.addMembers(t, id, members...)
		p.count(len(members)/20+1, "Group", health.MemberAdd, health.Accepted)
	}
	p.write(t)
}

// month is all cycles since then: few on a weekend, and of the last day each.
func (c *company) month(t *testing.T, p *past, e *entra) {
	t.Helper()
	const every = 40 * time.Minute
	now := time.Now()
	for n := 1; ; n++ {
		next := now.Add(-9*time.Minute - every*time.Duration(1500-n)) // the last is now's before
		if next.Before(p.now().Add(every / 2)) {
			continue
		}
		if n >= 1500 {
			return
		}
		if now.Sub(next) > 26*time.Hour && n%4 != 0 { // of the days before, a part stands for all
			continue
		}
		p.goTo(next)
		weekend := next.Weekday() == time.Saturday || next.Weekday() == time.Sunday
		changes := 2 + (n*n)%7
		if hour := next.UTC().Hour(); weekend || hour < 6 || hour > 18 {
			changes = n % 2
		}
		if now.Sub(next) > 26*time.Hour {
			changes *= 4
		}
		reads := 20 + n%5
		if now.Sub(next) > 26*time.Hour {
			reads *= 4
		}
		p.count(reads+changes, "User", health.Read, health.Accepted)
		p.goTo(p.now().Add(time.Duration(20+n%50) * time.Second))
		p.count(reads+2*changes, "User", health.Read, health.Accepted)
		p.count(changes, "User", health.Update, health.Accepted)
		p.count(changes/3, "Group", health.MemberAdd, health.Accepted)
		p.count(changes/5, "User", health.Create, health.Accepted)
		if n%37 == 5 {
			p.count(3, "User", health.Update, health.Refused)
		}
		if n%12 == 0 {
			user := c.users[n*5%len(c.users)]
			e.patch(t, http.StatusOK, "/Users/"+user, object{"op": "Replace", "path": "title", "value": "Senior " + titles[n%len(titles)]})
		}
		p.write(t)
	}
}

// today is the cycle that is under way, over HTTP.
func (c *company) today(t *testing.T) {
	t.Helper()
	e := c.entra
	e.testConnection(t)
	held := 0
	for i := range 10 {
		status, _, err := e.via.send(t.Context(), http.MethodDelete, "/Users/"+c.users[len(c.users)-1-i], nil)
		must(t, err)
		if status != http.StatusNoContent {
			held++
		}
	}
	if held == 0 {
		t.Fatal("no deletion is held")
	}
	for i := range 9 {
		who := somebody(i * 11)
		id := e.find(t, who.mail)
		e.patch(t, http.StatusOK, "/Users/"+id, object{"op": "Replace", "path": "title", "value": "Lead " + who.title})
	}
	e.patch(t, http.StatusBadRequest, "/Users/"+c.users[17], object{"op": "Add", "path": "badgeNumber", "value": "7741"})
	double := somebody(3).document()
	double["externalId"] = "another"
	e.send(t, http.StatusConflict, http.MethodPost, "/Users", double)
}

// neighbours makes other tenants, for an operator to see.
func (s *stage) neighbours(t *testing.T) {
	t.Helper()
	now := time.Now()
	beside := func(slug, name string, people int, act func(*past)) {
		t.Helper()
		id := s.tenant(t, slug, name)
		if people == 0 {
			return
		}
		p := s.past(t, id, now.Add(-3*24*time.Hour))
		e := &entra{p}
		for i := range people {
			e.createUser(t, somebody(i))
		}
		p.count(people, "User", health.Create, health.Accepted)
		p.write(t)
		for n := 60; n > 0; n-- {
			p.goTo(now.Add(-time.Duration(n) * 40 * time.Minute))
			act(p)
			p.write(t)
		}
		p.end(t, status.Size{Users: int64(people), ActiveUsers: int64(people)})
	}
	well := func(p *past) {
		p.count(20, "User", health.Read, health.Accepted)
		p.count(3, "User", health.Update, health.Accepted)
	}
	beside("fennel", "Fennel & Partners", 42, well)
	beside("kestrel", "Kestrel Air", 130, well)
	beside("northlight", "Northlight Studios", 75, func(p *past) {
		well(p)
		p.count(2, "User", health.Update, health.Refused)
		p.refuses(t, http.StatusBadRequest, "User", "", journal.ActionUpdate, journal.Refusal{Method: "PATCH", Path: "/Users", Detail: "costCenter is no attribute", Hint: "Remove the mapping."})
	})
	beside("harbour", "Harbour Bank", 18, func(p *past) { p.count(2, "", health.Authenticate, health.Unauthorized) })
	beside("quillon", "Quillon Robotics", 0, nil)
}

// judged waits until the worker has judged the tenants.
func (s *stage) judged(t *testing.T, slug string, states ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for {
		var h struct{ State string }
		s.run(t, &h, "tenant", "health", slug)
		for _, state := range states {
			if h.State == state {
				return
			}
		}
		if guard.Pause(ctx) != nil {
			t.Fatalf("%s is %s, not %v", slug, h.State, states)
		}
	}
}
