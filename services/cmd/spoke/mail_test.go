package main

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"syscall"
	"testing"

	"github.com/askspoke/spoke/infra/mailpit"
	"github.com/askspoke/spoke/infra/mailtest"
	"github.com/askspoke/spoke/infra/pgtest"
	"github.com/askspoke/spoke/observability/health"
	"github.com/askspoke/spoke/services/worker/letter"
	"github.com/askspoke/spoke/tenancy/lifecycle"
	"github.com/askspoke/spoke/tenancy/outbox"
	"github.com/askspoke/spoke/tenancy/tenantdb"
	"github.com/askspoke/spoke/tenancy/token"
)

// The server sends what is in the outbox, tells the operators, and counts it; its log has no password.
func TestServeSendsMail(t *testing.T) {
	t.Parallel()
	server := mailtest.Start(t, mailpit.Options{User: "spoke", Password: "geheim"})
	url := pgtest.Database(t)
	env := []string{
		"SPOKE_DATABASE_URL=" + url, "SPOKE_BASE_DOMAIN=askspoke.com", "SPOKE_TOKEN_KEY=" + token.GenerateKey(),
		"SPOKE_ADDR=127.0.0.1:0", "SPOKE_METRICS_ADDR=127.0.0.1:0", "SPOKE_DRAIN_DELAY=1ms", "SPOKE_LOG_LEVEL=debug",
		"SPOKE_SMTP_URL=" + server.URL(), "SPOKE_MAIL_FROM=Spoke <spoke@askspoke.com>", "SPOKE_NOTIFY=ops@askspoke.com,boss@askspoke.com",
	}
	if out, err := spoke(t, env, "tenant", "create", "acme").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	p := startServeIn(t, env)
	db := pgtest.Open(t, url, tenantdb.Options{})
	tenants := lifecycle.New(lifecycle.Config{DB: db})
	acme, err := tenants.Get(t.Context(), "acme")
	if err != nil {
		t.Fatal(err)
	}
	// As the worker that evaluates does.
	notifier := letter.New(letter.Config{Outbox: outbox.New(outbox.Config{DB: db, Domain: "askspoke.com"}), Tenant: tenants.ByID, Operators: []string{"ops@askspoke.com"}})
	err = notifier.Tell(t.Context(), acme.ID, acme.CreatedAt, []health.News{{
		Key: "1", Kind: health.Worse, To: []health.Audience{health.ToOperator}, Codes: []health.Code{health.CodeSilent}, Lines: []string{"Last heard yesterday."},
		Reasons: []health.Reason{{Code: health.CodeSilent, State: health.Stale, Severity: health.Warning, Text: "Last heard yesterday."}}, State: health.Stale, Severity: health.Warning,
	}})
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "the mails came", func() error {
		if list := server.Summaries(); len(list) != 2 {
			return fmt.Errorf("%d came\n%s", len(list), p.out)
		}
		return nil
	})
	for _, m := range server.Messages() {
		if m.Subject != "[Spoke] acme (acme): nothing is heard" || !strings.Contains(m.Text, "https://acme.askspoke.com/scim/v2") {
			t.Errorf("it came as %+v", m)
		}
	}
	eventually(t, "they are counted", func() error {
		r, err := http.Get("http://" + p.ops + "/metrics")
		if err != nil {
			return err
		}
		defer r.Body.Close()
		text, err := io.ReadAll(r.Body)
		if err != nil {
			return err
		}
		for _, want := range []string{`spoke_mail_sent_total{outcome="sent"} 2`, "spoke_mail_queued 0", "spoke_mail_oldest_seconds 0"} {
			if !strings.Contains(string(text), want) {
				return fmt.Errorf("%q is missing", want)
			}
		}
		return nil
	})
	if err := p.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := p.Wait(); err != nil || strings.Contains(p.out.String(), "geheim") {
		t.Errorf("%v\n%s", err, p.out)
	}
}
