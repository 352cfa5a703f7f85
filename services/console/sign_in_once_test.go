package console

import (
	"net/http"
	"net/url"
	"testing"
	"time"

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
		enter            func(t *testing.T, w *world) (*browser, string, url.Values)
	}
	for name, way := range map[string]entrance{
		"visit": {"impersonations", "openImpersonation", func(t *testing.T, w *world) (*browser, string, url.Values) {
			secret, _, err := w.Admins.CreateImpersonation(t.Context(), admin.NewImpersonation{
				Tenant: w.acme.ID, Operator: "key:1", Name: "Op", Reason: "Ticket 7", Role: admin.Viewer, ExpiresAt: w.clock.now().Add(time.Hour),
			})
			must(t, err)
			return w.stranger(t), "/visit/" + secret.Reveal(), nil
		}},
		"recovery code": {"recovery_codes", "signInByRecoveryCode", func(t *testing.T, w *world) (*browser, string, url.Values) {
			w.as(t, admin.Owner)
			c, err := w.SignOn.Create(t.Context(), signon.NewConnection{
				Tenant: w.acme.ID, Kind: signon.KindOIDC, Name: "Acme login", Config: signon.OIDC{Issuer: "http://127.0.0.1:1", ClientID: "spoke", EmailClaim: "email"}, Secret: []byte("x"), CreatedBy: operator.Shell,
			})
			must(t, err)
			must(t, w.SignOn.Tested(t.Context(), w.acme.ID, c.ID, c.Revision, operator.Shell))
			codes, err := w.SignOn.Enforce(t.Context(), w.acme.ID, c.ID, c.Revision, operator.Shell)
			must(t, err)
			return w.stranger(t), recoveryPath, url.Values{"email": {"owner@acme.example"}, "code": {codes[0]}}
		}},
		"operator's link": {"operator_sign_ins", "signInOperator", func(t *testing.T, w *world) (*browser, string, url.Values) {
			secret, _, err := w.Operators.CreateSignIn(t.Context(), operator.Identity{Actor: operator.Shell, Name: "op", Role: operator.Read})
			must(t, err)
			return w.at(t, "console.askspoke.test"), "/sign-in/link/" + secret.Reveal(), nil
		}},
		"mailed link": {"sign_ins", "signIn", func(t *testing.T, w *world) (*browser, string, url.Values) {
			return w.stranger(t), w.path(t, w.add(t, "ada@acme.example", admin.Viewer)), nil
		}},
		"set-up link": {"setup_links", "openSetupLink", func(t *testing.T, w *world) (*browser, string, url.Values) {
			path, _ := w.setup(t, operator.ForProvisioning)
			return w.stranger(t), path, nil
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			b, path, form := way.enter(t, w)
			used, sessions, audit := tenantdb.Control.Table(way.table), tenantdb.Control.Table("sessions"), tenantdb.Control.Table("audit")
			for _, step := range []struct{ fault, repair string }{
				{`ALTER TABLE ` + audit + ` RENAME TO gone`, `ALTER TABLE ` + tenantdb.Control.Table("gone") + ` RENAME TO audit`},
				{`ALTER TABLE ` + sessions + ` RENAME TO gone`, `ALTER TABLE ` + tenantdb.Control.Table("gone") + ` RENAME TO sessions`},
				{`ALTER TABLE ` + used + ` ADD CONSTRAINT away CHECK (use_id IS NULL)`, `ALTER TABLE ` + used + ` DROP CONSTRAINT away`},
			} {
				exec := func(statement string) {
					_, err := w.DB.ExecContext(t.Context(), statement)
					must(t, err)
				}
				exec(step.fault)
				got := b.post(t, path, form)
				exec(step.repair)
				if got.status != http.StatusInternalServerError || got.header.Get("Set-Cookie") != "" {
					t.Errorf("%s: %d, cookie %q", step.fault, got.status, got.header.Get("Set-Cookie"))
				}
				b.get(t, "/").is(t, http.StatusSeeOther)
			}
			recorded := func() []operator.Call {
				list, _, err := w.Operators.Calls(t.Context(), operator.CallFilter{Operation: way.operation}, operator.Page{Limit: 50})
				must(t, err)
				return list
			}
			before := len(recorded()) // one for each attempt that could be written
			b.post(t, path, form).is(t, http.StatusSeeOther)
			if got := b.get(t, "/"); got.status == http.StatusSeeOther { // a guest is told that this is not what the link is for
				t.Errorf("sent to %s", got.header.Get("Location"))
			}
			calls := recorded()
			if len(calls) != before+1 || before != 2 || calls[0].Status != http.StatusSeeOther {
				t.Errorf("%d before: %+v", before, calls)
			}
			if again := b.post(t, path, form); again.status != http.StatusForbidden && again.status != http.StatusUnprocessableEntity {
				t.Errorf("a second time: %d", again.status)
			}
			if calls := recorded(); len(calls) != before+1 {
				t.Errorf("what was used is recorded again: %+v", calls)
			}
		})
	}
}
