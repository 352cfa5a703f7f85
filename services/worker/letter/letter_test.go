package letter_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
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

// addressed are to whom mails go and what their subjects are, in order.
func addressed(list []outbox.Claimed) []string {
	out := []string{}
	for _, m := range list {
		out = append(out, m.To+": "+m.Subject)
	}
	slices.Sort(out)
	return out
}

func wantMails(t *testing.T, list []outbox.Claimed, want ...string) {
	t.Helper()
	if diff := cmp.Diff(append([]string{}, want...), addressed(list)); diff != "" {
		t.Errorf("mails (-want +got)\n%s", diff)
	}
}

// A crash between telling and saving that it was told makes the same news again, from what was stored, a little later: by
// the same key, they are mailed once. What comes after is mailed.
func TestTellThenCrash(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1, "ops@askspoke.com")
	pace := health.DefaultPace()
	verdict := health.Verdict{State: health.AtRisk, Severity: health.Warning, Reasons: []health.Reason{changes}, Forecast: "It gets worse."}
	var told health.Told // as stored
	evaluate := func(now time.Time, v health.Verdict) (health.Told, []health.News) {
		list, after := health.Notices(health.Verdict{State: health.Healthy}, v, told, now, pace)
		w.tell(0, list...)
		return after, list
	}
	_, first := evaluate(at, verdict) // and crashes before it is saved
	later := verdict
	later.Forecast = "It has become worse."
	after, second := evaluate(at.Add(2*time.Minute), later)
	if len(first) != 1 || len(second) != 1 || first[0].Key != second[0].Key {
		t.Fatalf("the news are %+v and then %+v", first, second)
	}
	w.tellOperators()
	wantMails(t, w.mails(),
		"it@acme.com: Provisioning of Acme & Söhne: changes fail",
		"ops@askspoke.com: [Spoke] Acme & Söhne (acme-1): changes fail")
	told = after
	if _, list := evaluate(at.Add(3*time.Minute), verdict); len(list) != 0 {
		t.Errorf("told again: %+v", list)
	}
	told, _ = evaluate(at.Add(pace.TellAgain+time.Minute*2), verdict)
	w.now = at.Add(pace.TellAgain)
	w.tellOperators()
	wantMails(t, w.mails(),
		"it@acme.com: Provisioning of Acme & Söhne: changes still fail",
		"ops@askspoke.com: [Spoke] Acme & Söhne (acme-1): changes still fail")
}

// Two processes that evaluate the same tenant at once, each of which crashes and comes back, mail once.
func TestTellTogether(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1, "ops@askspoke.com")
	var wg sync.WaitGroup
	for range 6 {
		wg.Go(func() {
			for range 3 {
				if err := w.Tell(t.Context(), w.tenants[0].ID, at, []health.News{news["worse"], news["held"]}); err != nil {
					t.Error(err)
				}
				if err := w.TellOperators(t.Context()); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	w.now = at.Add(time.Hour)
	w.tellOperators()
	got := addressed(w.mails())
	want := []string{"it@acme.com: Provisioning of Acme & Söhne: changes fail", "it@acme.com: Provisioning of Acme & Söhne: deletions are held"}
	if diff := cmp.Diff(want, got[:min(2, len(got))]); diff != "" {
		t.Errorf("mails (-want +got)\n%s", diff)
	}
	if len(got) < 3 || len(got) > 4 { // of the operator's, told of both at once or of one after the other
		t.Errorf("mails are %q", got)
	}
}

// Operators are told at once of the first, and then in peace until the gap is over, of all that came meanwhile.
func TestOperatorGap(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 3, "ops@askspoke.com")
	w.tellOperators()
	wantMails(t, w.mails())
	w.tell(0, news["worse"])
	w.tellOperators()
	w.tell(1, news["expired"])
	w.now = at.Add(14 * time.Minute)
	w.tell(2, news["recovered"])
	w.tellOperators()
	operators := func() (list []outbox.Claimed) {
		for _, m := range w.mails() {
			if m.To == "ops@askspoke.com" {
				list = append(list, m)
			}
		}
		return list
	}
	wantMails(t, operators(), "ops@askspoke.com: [Spoke] Acme & Söhne (acme-1): changes fail")
	w.now = at.Add(15 * time.Minute)
	w.tellOperators()
	w.tellOperators()
	wantMails(t, operators(), "ops@askspoke.com: [Spoke] Provisioning: 1 critical, 1 well again")
}

// Who is told: the audience of the news, of those that have an address, each once.
func TestAudience(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1, "IT@acme.com")
	w.tell(0, news["worse"])
	w.tellOperators()
	wantMails(t, w.mails(), "IT@acme.com: [Spoke] Acme & Söhne (acme-1): changes fail") // not as the tenant as well
	mine := news["expired"]
	mine.To = []health.Audience{health.ToTenant}
	w.tell(0, mine)
	yours := news["held"]
	yours.To = []health.Audience{health.ToOperator}
	w.tell(0, yours)
	w.now = at.Add(time.Hour)
	w.tellOperators()
	wantMails(t, w.mails(),
		"IT@acme.com: [Spoke] Acme & Söhne (acme-1): deletions are held",
		"it@acme.com: Provisioning of Acme & Söhne: a token has expired")
	nobody := newWorld(t, 1)
	nobody.tell(0, yours)
	nobody.tellOperators()
	nobody.tell(0)
	wantMails(t, nobody.mails())
	if err := w.Tell(t.Context(), tenancy.NewID(), at, []health.News{news["worse"]}); err != nil { // of one that has gone
		t.Error(err)
	}
}

// A name is text, whatever it has in it, and no mail is lost for it.
func TestHostileName(t *testing.T) {
	t.Parallel()
	db, _ := pgtest.Tenants(t, 0)
	manager := lifecycle.New(lifecycle.Config{DB: db})
	settings := tenancy.DefaultSettings()
	settings.Notify = []string{"it@acme.com"}
	name := `<script>alert(1)</script> {{.URL}} "=?utf-8?q?x?=`
	name += strings.Repeat("界", tenancy.MaxName-len(name))
	tenant, err := manager.Create(t.Context(), lifecycle.NewTenant{Slug: "acme", Name: name, Settings: settings})
	if err != nil {
		t.Fatal(err)
	}
	store := outbox.New(outbox.Config{DB: db, Domain: "askspoke.com"})
	n := letter.New(letter.Config{Outbox: store, Tenant: manager.ByID, Operators: []string{"ops@askspoke.com"}})
	if err := n.Tell(t.Context(), tenant.ID, at, []health.News{news["again"], news["digest"]}); err != nil {
		t.Fatal(err)
	}
	if err := n.TellOperators(t.Context()); err != nil {
		t.Fatal(err)
	}
	list, err := store.Claim(t.Context(), 10, time.Hour)
	if err != nil || len(list) != 3 {
		t.Fatalf("%v: %d mails", err, len(list))
	}
	for _, m := range list {
		if strings.Contains(m.HTML, "<script") || !strings.Contains(m.HTML, "&lt;script&gt;") || !strings.Contains(m.Text, name) {
			t.Errorf("it reads\n%s\n%s", m.Text, m.HTML)
		}
		if m.To == "it@acme.com" && !strings.Contains(m.Subject, name) {
			t.Errorf("its subject is %s", m.Subject)
		}
	}
}

// Who evaluates hears that nothing could be kept, and nothing is half kept for it to be told twice.
func TestTellWithoutPostgres(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1, "ops@askspoke.com")
	proxy := pgtest.NewProxy(t, pgtest.Address(t, w.db))
	away := pgtest.Open(t, proxy.URL, tenantdb.Options{})
	n := letter.New(letter.Config{
		Outbox: outbox.New(outbox.Config{DB: away, Domain: "askspoke.com", Now: func() time.Time { return at }}), Tenant: lifecycle.New(lifecycle.Config{DB: w.db}).ByID,
		Operators: []string{"ops@askspoke.com"},
	})
	proxy.Away()
	if err := n.Tell(t.Context(), w.tenants[0].ID, at, []health.News{news["worse"]}); !tenantdb.Unavailable(err) {
		t.Errorf("err = %v", err)
	}
	proxy.Back()
	if err := n.Tell(t.Context(), w.tenants[0].ID, at, []health.News{news["worse"]}); err != nil {
		t.Fatal(err)
	}
	failed := errors.New("failed")
	n = letter.New(letter.Config{Outbox: w.outbox, Tenant: func(context.Context, tenancy.ID) (tenancy.Tenant, error) { return tenancy.Tenant{}, failed }})
	if err := n.Tell(t.Context(), w.tenants[0].ID, at, []health.News{news["worse"]}); !errors.Is(err, failed) {
		t.Errorf("err = %v", err)
	}
	w.tellOperators()
	if got := len(w.mails()); got != 2 {
		t.Errorf("%d mails", got)
	}
}

// Every reason of which somebody is told has words, for now, for again and for when it is over.
func TestHeadlines(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	codes := []health.Code{
		health.CodeChanges, health.CodeReferences, health.CodeCredentials, health.CodeConnection, health.CodeErrors, health.CodeSlow, health.CodeLong,
		health.CodeLate, health.CodeWidened, health.CodeSilent, health.CodeExpiring, health.CodeExpired, health.CodeGuard,
	}
	for i, code := range codes {
		reason := health.Reason{Code: code, State: health.Degraded, Severity: health.Warning, Text: "Text."}
		for kind, reasons := range map[health.NewsKind][]health.Reason{health.Worse: {reason}, health.Again: {reason}, health.Recovered: nil} {
			w.tell(0, health.News{Key: fmt.Sprint(i, kind), Kind: kind, To: both, Codes: []health.Code{code}, Lines: []string{"Text."}, Reasons: reasons, State: health.Degraded, At: at})
		}
	}
	seen := make(map[string]bool)
	for _, m := range w.mails() {
		seen[m.Subject] = true
		if strings.Contains(m.Subject, "attention") || strings.Contains(m.Subject, "all is well") {
			t.Errorf("%s: %s", m.Key, m.Subject)
		}
	}
	if len(seen) < 2*len(codes) {
		t.Errorf("subjects %v", seen)
	}
}
