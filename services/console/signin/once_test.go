package signin_test

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/askspoke/spoke/services/console/consoletest"
	"github.com/askspoke/spoke/services/console/signin"
	"github.com/askspoke/spoke/tenancy/admin"
	"github.com/askspoke/spoke/tenancy/operator"
	"github.com/askspoke/spoke/tenancy/signon"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// What works once is used up by nobody who does not come in for it, and nobody comes in whom the audit log does not have:
// whichever step Postgres fails at.
func TestUsedUpLast(t *testing.T) {
	t.Parallel()
	type entrance struct {
		table, operation string
		enter            func(t *testing.T, w *consoletest.World) (*consoletest.Browser, string, url.Values)
	}
	for name, way := range map[string]entrance{
		"visit": {"impersonations", "openImpersonation", func(t *testing.T, w *consoletest.World) (*consoletest.Browser, string, url.Values) {
			secret, _, err := w.Admins.CreateImpersonation(t.Context(), admin.NewImpersonation{
				Tenant: w.Acme.ID, Operator: "key:1", Name: "Op", Reason: "Ticket 7", Role: admin.Viewer, ExpiresAt: w.Clock.Now().Add(time.Hour),
			})
			consoletest.Must(t, err)
			return w.Stranger(t), "/visit/" + secret.Reveal(), nil
		}},
		"recovery code": {"recovery_codes", "signInByRecoveryCode", func(t *testing.T, w *consoletest.World) (*consoletest.Browser, string, url.Values) {
			w.As(t, admin.Owner)
			c, err := w.SignOn.Create(t.Context(), signon.NewConnection{
				Tenant: w.Acme.ID, Kind: signon.KindOIDC, Name: "Acme login", Config: signon.OIDC{Issuer: "http://127.0.0.1:1", ClientID: "spoke", EmailClaim: "email"}, Secret: []byte("x"), CreatedBy: operator.Shell,
			})
			consoletest.Must(t, err)
			consoletest.Must(t, w.SignOn.Tested(t.Context(), w.Acme.ID, c.ID, c.Revision, operator.Shell))
			codes, err := w.SignOn.Enforce(t.Context(), w.Acme.ID, c.ID, c.Revision, operator.Shell)
			consoletest.Must(t, err)
			return w.Stranger(t), signin.RecoveryPath, url.Values{"email": {"owner@acme.example"}, "code": {codes[0]}}
		}},
		"operator's link": {"operator_sign_ins", "signInOperator", func(t *testing.T, w *consoletest.World) (*consoletest.Browser, string, url.Values) {
			secret, _, err := w.Operators.CreateSignIn(t.Context(), operator.Identity{Actor: operator.Shell, Name: "op", Role: operator.Read})
			consoletest.Must(t, err)
			return w.At(t, "console.askspoke.test"), "/sign-in/link/" + secret.Reveal(), nil
		}},
		"mailed link": {"sign_ins", "signIn", func(t *testing.T, w *consoletest.World) (*consoletest.Browser, string, url.Values) {
			return w.Stranger(t), w.Path(t, w.Add(t, "ada@acme.example", admin.Viewer)), nil
		}},
		"first administrator": {"setup_links", "becomeOwner", func(t *testing.T, w *consoletest.World) (*consoletest.Browser, string, url.Values) {
			path, _ := w.SetUp(t, operator.ForAdministrator)
			return w.Stranger(t), path, url.Values{"name": {"Ada"}, "email": {"ada@acme.example"}}
		}},
		"set-up link": {"setup_links", "openSetupLink", func(t *testing.T, w *consoletest.World) (*consoletest.Browser, string, url.Values) {
			path, _ := w.SetUp(t, operator.ForProvisioning)
			return w.Stranger(t), path, nil
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := consoletest.NewWorld(t)
			b, path, form := way.enter(t, w)
			used, sessions, audit := tenantdb.Control.Table(way.table), tenantdb.Control.Table("sessions"), tenantdb.Control.Table("audit")
			for _, step := range []struct{ fault, repair string }{
				{`ALTER TABLE ` + audit + ` RENAME TO gone`, `ALTER TABLE ` + tenantdb.Control.Table("gone") + ` RENAME TO audit`},
				{`ALTER TABLE ` + sessions + ` RENAME TO gone`, `ALTER TABLE ` + tenantdb.Control.Table("gone") + ` RENAME TO sessions`},
				{`ALTER TABLE ` + used + ` ADD CONSTRAINT away CHECK (use_id IS NULL)`, `ALTER TABLE ` + used + ` DROP CONSTRAINT away`},
			} {
				exec := func(statement string) {
					_, err := w.DB.ExecContext(t.Context(), statement)
					consoletest.Must(t, err)
				}
				exec(step.fault)
				got := b.Post(t, path, form)
				exec(step.repair)
				if got.Status != http.StatusInternalServerError || got.Header.Get("Set-Cookie") != "" {
					t.Errorf("%s: %d, cookie %q", step.fault, got.Status, got.Header.Get("Set-Cookie"))
				}
				b.Get(t, "/").Is(t, http.StatusSeeOther)
			}
			recorded := func() []operator.Call {
				list, _, err := w.Operators.Calls(t.Context(), operator.CallFilter{Operation: way.operation}, operator.Page{Limit: 50})
				consoletest.Must(t, err)
				return list
			}
			before := len(recorded()) // one for each attempt that could be written
			b.Post(t, path, form).Is(t, http.StatusSeeOther)
			if got := b.Get(t, "/"); got.Status == http.StatusSeeOther { // a guest is told that this is not what the link is for
				t.Errorf("sent to %s", got.Header.Get("Location"))
			}
			calls := recorded()
			if len(calls) != before+1 || before != 2 || calls[0].Status != http.StatusSeeOther {
				t.Errorf("%d before: %+v", before, calls)
			}
			if again := b.Post(t, path, form); again.Status != http.StatusForbidden && again.Status != http.StatusUnprocessableEntity {
				t.Errorf("a second time: %d", again.Status)
			}
			if calls := recorded(); len(calls) != before+1 {
				t.Errorf("what was used is recorded again: %+v", calls)
			}
		})
	}
}
