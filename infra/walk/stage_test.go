//go:build unix

package walk

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/askspoke/spoke/infra/browser"
	"github.com/askspoke/spoke/infra/guard"
	"github.com/askspoke/spoke/infra/mailpit"
	"github.com/askspoke/spoke/infra/mailtest"
	"github.com/askspoke/spoke/infra/pgtest"
	"github.com/askspoke/spoke/infra/spokeserver"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/admin"
	"github.com/askspoke/spoke/tenancy/operator"
	"github.com/askspoke/spoke/tenancy/tenantdb"
	"github.com/askspoke/spoke/tenancy/token"
)

// buildDir is where Spoke is built, once for all tests.
var buildDir string

var build = sync.OnceValues(func() (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute) // a first build takes long
	defer cancel()
	return spokeserver.Build(ctx, buildDir)
})

func TestMain(m *testing.M) {
	var err error
	if buildDir, err = os.MkdirTemp("", "spoke-walk-"); err != nil {
		fmt.Fprintln(os.Stderr, "walk:", err)
		os.Exit(1)
	}
	temporary, err := guard.Temporary(buildDir) // also when the tests are killed: it is large
	if err != nil {
		fmt.Fprintln(os.Stderr, "walk:", err)
		os.Exit(1)
	}
	code := m.Run()
	temporary.Close()
	os.Exit(code)
}

// stage is a Spoke with a database and a mail server of its own.
type stage struct {
	*spokeserver.Server

	mail   *mailtest.Server
	db     *tenantdb.DB // the same database, for what was before the test began
	admins *admin.Store
}

// operators is the address of who runs Spoke.
const operators = "operator@spoke.test"

// newStage starts the parts. Whatever browser looks at it is made after it, and so is gone before it.
func newStage(t *testing.T, settings ...string) *stage {
	t.Helper()
	program, err := build()
	must(t, err)
	url := pgtest.Database(t)
	s := &stage{mail: mailtest.Start(t, mailpit.Options{})}
	s.Server, err = spokeserver.Start(t.Context(), spokeserver.Options{
		Program: program, Dir: t.TempDir(), Database: url,
		Settings: append([]string{
			"SPOKE_HEALTH_INTERVAL=1s", "SPOKE_SMTP_URL=" + s.mail.URL(), "SPOKE_MAIL_FROM=Spoke <spoke@spoke.test>", "SPOKE_NOTIFY=" + operators,
		}, settings...),
	})
	must(t, err)
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("spoke's log ends with\n%s", s.LogTail())
		}
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	})
	s.db = pgtest.Open(t, url, tenantdb.Options{})
	key, err := token.ParseKey(s.Key)
	must(t, err)
	s.admins, err = admin.New(admin.Config{DB: s.db, Key: key})
	must(t, err)
	return s
}

// run runs a command of Spoke's that prints JSON, and reads it.
func (s *stage) run(t *testing.T, into any, args ...string) {
	t.Helper()
	output, err := s.Command(t.Context(), append(args, "--json")...)
	must(t, err)
	must(t, json.Unmarshal(output, into))
}

// tenant makes a tenant without a token.
func (s *stage) tenant(t *testing.T, slug, name string) tenancy.ID {
	t.Helper()
	_, err := s.Command(t.Context(), "tenant", "create", slug, "--name", name, "--no-token")
	must(t, err)
	var id tenancy.ID
	must(t, s.db.GetContext(t.Context(), &id, `SELECT id FROM `+tenantdb.Control.Table("tenants")+` WHERE slug = $1`, slug))
	return id
}

// signIn has a tab be an administrator's of a tenant, who is new: through the link that a mail would have.
func (s *stage) signIn(t *testing.T, b *browser.Browser, slug string, id tenancy.ID, role admin.Role) {
	t.Helper()
	who, err := s.admins.Add(t.Context(), admin.NewAdministrator{
		Tenant: id, Email: string(role) + "@" + slug + ".test", Name: "Robin " + strings.ToUpper(string(role)[:1]) + string(role)[1:], Role: role, CreatedBy: operator.Shell,
	})
	must(t, err)
	secret, _, err := s.admins.CreateSignIn(t.Context(), id, who.ID, "/")
	must(t, err)
	b.Open(s.Origin(slug) + "/sign-in/link/" + secret.Reveal())
	b.Click("css:main form button")
	b.WaitFor("text:Overview")
}

// signInOperator has a tab be an operator's.
func (s *stage) signInOperator(t *testing.T, b *browser.Browser) {
	t.Helper()
	var link struct{ URL string }
	s.run(t, &link, "operator", "link", "--role", "admin", "--name", "Kim")
	b.Open(link.URL)
	b.Click("Sign in")
	b.WaitFor("text:Tenants")
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
