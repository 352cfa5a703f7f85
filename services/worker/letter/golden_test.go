package letter_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/askspoke/spoke/infra/pgtest"
	"github.com/askspoke/spoke/observability/health"
	"github.com/askspoke/spoke/services/worker/letter"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/lifecycle"
	"github.com/askspoke/spoke/tenancy/outbox"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

var update = flag.Bool("update", false, "rewrite the letters under testdata")

var at = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

var both = []health.Audience{health.ToTenant, health.ToOperator}

// The reasons that the letters are about, in the words of package health.
var (
	changes = health.Reason{Code: health.CodeChanges, State: health.AtRisk, Severity: health.Warning, Text: "41 of 100 changes failed in this cycle (41 %)."}
	expired = health.Reason{Code: health.CodeExpired, State: health.TokenExpiring, Severity: health.Critical, Text: "The token expired 2 h ago."}
	refused = health.Reason{
		Code: health.CodeCredentials, State: health.QuarantineSuspected, Severity: health.Critical,
		Text: "Credentials were refused in 3 cycles one after the other (57 requests), and nothing has succeeded since.",
	}
	expiring = health.Reason{Code: health.CodeExpiring, State: health.TokenExpiring, Severity: health.Warning, Text: "One of 2 tokens expires in 6 days, on 7 March 2026."}
	held     = health.Reason{
		Code: health.CodeGuard, State: health.GuardHeld, Severity: health.Critical,
		Text: "Deletions are held since 11:58 UTC on 1 March because there were too many at once: 212 wait.",
	}
	slow = health.Reason{Code: health.CodeSlow, State: health.Degraded, Severity: health.Notice, Text: "An answer takes 1.2 s in the mean."}
)

// news are what the letters tell.
var news = map[string]health.News{
	"worse": {
		Key: "1:worse:changes_failing", Kind: health.Worse, To: both, Codes: []health.Code{health.CodeChanges}, Lines: []string{changes.Text},
		Reasons: []health.Reason{changes, slow}, Before: health.Healthy, State: health.AtRisk, Severity: health.Warning, At: at,
		Forecast: "41 of 100 changes failed in this cycle; Entra quarantines above 40 % from 5,000 failures; at this rate in about 3 h.",
	},
	"again": {
		Key: "2:again:credentials_failing", Kind: health.Again, To: both, Codes: []health.Code{health.CodeCredentials, health.CodeExpired},
		Lines: []string{refused.Text, expired.Text}, Reasons: []health.Reason{refused, expired},
		Before: health.QuarantineSuspected, State: health.QuarantineSuspected, Severity: health.Critical, At: at,
		Forecast: "If it is a quarantine, Entra tries again at about 18:00 UTC on 1 March, and disables the job on 29 March 2026. Once the cause is gone, provisioning can be restarted there at once.",
	},
	"recovered": {
		Key: "3:recovered:changes_failing", Kind: health.Recovered, To: both, Codes: []health.Code{health.CodeChanges},
		Lines: []string{"It is over: changes fail."}, Before: health.AtRisk, State: health.Healthy, At: at,
		Forecast: "120 changes in the last cycle, and none failed.",
	},
	"expiring": {
		Key: "4:worse:token_expiring", Kind: health.Worse, To: both, Codes: []health.Code{health.CodeExpiring}, Lines: []string{expiring.Text},
		Reasons: []health.Reason{expiring}, Before: health.Healthy, State: health.TokenExpiring, Severity: health.Warning, At: at,
		Forecast: "One of 2 tokens expires in 6 days. Make another and enter it at the provider; until then both work.",
	},
	"expired": {
		Key: "5:worse:token_expired", Kind: health.Worse, To: both, Codes: []health.Code{health.CodeExpired}, Lines: []string{expired.Text},
		Reasons: []health.Reason{expired}, Before: health.TokenExpiring, State: health.TokenExpiring, Severity: health.Critical, At: at,
		Forecast: "Every request is refused with 401 until another token is entered at the provider; Entra quarantines a job for that.",
	},
	"held": {
		Key: "6:worse:guard_held", Kind: health.Worse, To: both, Codes: []health.Code{health.CodeGuard}, Lines: []string{held.Text},
		Reasons: []health.Reason{held}, Before: health.Healthy, State: health.GuardHeld, Severity: health.Critical, At: at,
		Forecast: "They stay held until somebody approves or rejects them; other changes go on.",
	},
	"digest": {
		Key: "7:digest:changes_failing+token_expiring", Kind: health.Digest, To: both, Codes: []health.Code{health.CodeChanges, health.CodeExpiring},
		Lines: []string{
			"09:00 UTC on 1 March: It is over: changes fail.", "10:20 UTC on 1 March: " + changes.Text, "11:00 UTC on 1 March: " + expiring.Text,
		},
		Reasons: []health.Reason{changes, expiring}, Before: health.AtRisk, State: health.AtRisk, Severity: health.Warning, At: at,
		Forecast: "41 of 100 changes failed in this cycle; Entra quarantines above 40 % from 5,000 failures, or from 40,000 whatever their share.",
	},
}

// world is a database with tenants, an outbox and who tells.
type world struct {
	*letter.Notifier

	t       *testing.T
	db      *tenantdb.DB
	tenants []tenancy.Tenant
	outbox  *outbox.Store
	owners  []string
	now     time.Time
}

// newWorld returns one of so many tenants, each called Acme & Söhne, with the address it@acme.com.
func newWorld(t *testing.T, tenants int, operators ...string) *world {
	t.Helper()
	db, _ := pgtest.Tenants(t, 0)
	w := &world{t: t, db: db, now: at}
	manager := lifecycle.New(lifecycle.Config{DB: db})
	for i := range tenants {
		settings := tenancy.DefaultSettings()
		settings.Notify = []string{"it@acme.com"}
		slug := tenancy.Slug(fmt.Sprintf("acme-%d", i+1))
		tenant, err := manager.Create(t.Context(), lifecycle.NewTenant{Slug: slug, Name: "Acme & Söhne", Settings: settings})
		if err != nil {
			t.Fatal(err)
		}
		w.tenants = append(w.tenants, tenant)
	}
	w.outbox = outbox.New(outbox.Config{DB: db, Domain: "askspoke.com", Now: func() time.Time { return w.now }})
	w.Notifier = letter.New(letter.Config{
		Outbox: w.outbox, Tenant: manager.ByID, Operators: operators, Owners: func(context.Context, tenancy.ID) ([]string, error) { return w.owners, nil }, Dashboard: "https://grafana.askspoke.com/d/fleet",
		URL:     func(slug tenancy.Slug) string { return "https://" + string(slug) + ".askspoke.com/scim/v2" },
		Console: func(slug tenancy.Slug) string { return "https://" + string(slug) + ".askspoke.com/console" },
		Decide: func(slug tenancy.Slug) []string {
			return []string{"Approve: command approve " + string(slug), "Reject: command reject " + string(slug)}
		},
	})
	return w
}

func (w *world) tell(tenant int, list ...health.News) {
	w.t.Helper()
	if err := w.Tell(w.t.Context(), w.tenants[tenant].ID, at.Add(-time.Hour), list); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) tellOperators() {
	w.t.Helper()
	if err := w.TellOperators(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
}

// mails takes all mails out of the outbox.
func (w *world) mails() []outbox.Claimed {
	w.t.Helper()
	list, err := w.outbox.Claim(w.t.Context(), 1000, time.Hour)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, m := range list {
		if err := w.outbox.Sent(w.t.Context(), m); err != nil {
			w.t.Fatal(err)
		}
	}
	return list
}

// golden compares a mail with a file's.
func golden(t *testing.T, name string, m outbox.Claimed) {
	t.Helper()
	for ending, got := range map[string]string{".txt": "To: " + m.To + "\nSubject: " + m.Subject + "\n\n" + m.Text, ".html": m.HTML} {
		file := filepath.Join("testdata", name+ending)
		if *update {
			if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
				t.Fatal(err)
			}
			continue
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), got); diff != "" {
			t.Errorf("%s (-want +got)\n%s", file, diff)
		}
	}
}

// Each kind of news as a tenant reads it. It names no server and no other tenant.
func TestTenantLetters(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	for name, item := range news {
		w.tell(0, item)
		list := w.mails()
		if len(list) != 1 || list[0].To != "it@acme.com" || list[0].Tenant != w.tenants[0].ID {
			t.Fatalf("%s: %+v", name, list)
		}
		golden(t, "tenant_"+name, list[0])
		for _, internal := range []string{string(w.tenants[0].ID), "SPOKE_", "grafana", "command"} {
			if all := list[0].Subject + list[0].Text + list[0].HTML; strings.Contains(all, internal) {
				t.Errorf("%s tells of %s", name, internal)
			}
		}
	}
}

// What operators read of one tenant, of several, and of very many.
func TestOperatorLetters(t *testing.T) {
	t.Parallel()
	for name, tell := range map[string]func(*world){
		"one": func(w *world) { w.tell(0, news["held"]) },
		"several": func(w *world) {
			w.tell(0, news["recovered"])
			w.tell(1, news["again"])
			w.tell(2, news["worse"])
		},
		"many": func(w *world) {
			for i := range 120 {
				item := news["worse"]
				if item.Key = fmt.Sprint(i); i == 100 {
					item = news["expired"]
				}
				w.tell(i%3, item)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, 3, "ops@askspoke.com", "boss@askspoke.com")
			tell(w)
			w.mails() // the tenants'
			w.tellOperators()
			list := w.mails()
			if len(list) != 2 || list[0].To == list[1].To || list[0].Text != list[1].Text || list[0].Key != list[1].Key {
				t.Fatalf("%+v", list)
			}
			for _, m := range list {
				if m.To != "ops@askspoke.com" {
					continue
				}
				if name != "many" {
					golden(t, "operator_"+name, m)
					continue
				}
				const subject = "[Spoke] Provisioning: 1 critical, 49 to be looked at, 70 more"
				if m.Subject != subject || !strings.Contains(m.Text, "And 70 more, which are no worse.") || strings.Index(m.Text, expired.Text) > strings.Index(m.Text, changes.Text) {
					t.Errorf("%s\n%s", m.Subject, m.Text)
				}
			}
		})
	}
}
