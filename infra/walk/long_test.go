//go:build unix

package walk

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/askspoke/spoke/infra/browser"
	"github.com/askspoke/spoke/tenancy/admin"
	"github.com/askspoke/spoke/tenancy/token"
)

// unruly are names as identity providers do send them: of one word, from right to left, of emoji that are several signs each,
// and with a sign that turns around all that follows it.
var unruly = []string{
	strings.Repeat("Wolfeschlegelsteinhausenbergerdorff", 6)[:200],
	strings.TrimSpace(strings.Repeat("عبد الرحمن بن خلدون الحضرمي ", 8)),
	strings.Repeat("👩‍👩‍👧‍👦", 28),
	"Eve \u202eevil\u202c " + strings.Repeat("x ", 90),
}

// long has pages show names of 200 characters.
func (s *stage) long(t *testing.T) {
	id := s.tenant(t, "long", unruly[0][:100])
	_, err := s.Command(t.Context(), "tenant", "set", "long", "--notify", unruly[0][:60]+"@"+unruly[0][:60]+".test", "--guard-count", "2", "--guard-minimum", "2")
	must(t, err)
	key, err := token.ParseKey(s.Key)
	must(t, err)
	tokens, err := token.New(token.Config{DB: s.db, Key: key})
	must(t, err)
	secret, _, err := tokens.Mint(t.Context(), id, unruly[0][:100], time.Time{})
	must(t, err)
	e := &entra{&pasted{http: s.HTTP, url: s.Origin("long") + "/scim/v2", token: secret.Reveal()}}
	var users []string
	for i, name := range unruly {
		users = append(users, e.createUser(t, person{
			given: name, family: name, title: name, department: name, city: name, mail: strings.Repeat("m", 60+i) + "@" + strings.Repeat("d", 60) + ".test",
		}))
		e.addMembers(t, e.createGroup(t, name), users...)
	}
	for _, user := range users { // some are held
		_, _, err := e.via.send(t.Context(), http.MethodDelete, "/Users/"+user, nil)
		must(t, err)
	}
	e.patch(t, http.StatusBadRequest, "/Users/"+users[3], object{"op": "Add", "path": unruly[0], "value": unruly[2]})

	b := browser.New(t)
	s.signIn(t, b, "long", id, admin.Owner)
	b.Open(s.Origin("long") + "/settings/administrators")
	b.Within("main").Fill("Name", unruly[1][:80])
	b.Fill("Mail address", strings.Repeat("m", 60)+"@"+strings.Repeat("d", 60)+".test")
	b.Click("Send an invitation")
	b.WaitFor("invited, not here yet")
	s.judged(t, "long", "guard_held")
	s.inspect(t, b, "long",
		visit{"/", "Overview"}, visit{"/users", "Users"}, visit{"/groups", "Groups"}, visit{"/users/" + users[2], ""}, visit{"/users/" + users[3], ""},
		visit{"/log", "Provisioning log"}, visit{"/guard", "Deletion guard"}, visit{"/guard/deleted", "Deleted"},
		visit{"/settings/integrations", "Integrations"}, visit{"/settings/integrations/scim", "SCIM"}, visit{"/settings/integrations/scim/test", "Test panel"},
		visit{"/settings/administrators", "Administrators"}, visit{"/settings/notifications", "Notifications"}, visit{"/settings/general", "General"},
	)
	for page, within := range map[string]string{"/groups": "#results tbody tr:last-child", "/log": "table.log", "/guard": ".card", "/log?outcome=refused": "table.log"} {
		b.Open(s.Origin("long") + page)
		s.inspect(t, b, "long", visit{browser.Evaluate[string](b, "document.querySelector('"+within+"').querySelector('a[href]').pathname"), ""})
	}
	o := browser.New(t)
	s.signInOperator(t, o)
	s.inspect(t, o, "console", visit{"/", "Tenants"}, visit{"/tenants/long", "long"}, visit{"/audit", "Audit log"})
}
