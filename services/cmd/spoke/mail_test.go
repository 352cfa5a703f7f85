package main

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/askspoke/spoke/infra/fixture"
	"github.com/askspoke/spoke/infra/mailpit"
	"github.com/askspoke/spoke/infra/mailtest"
	"github.com/askspoke/spoke/infra/pgtest"
	"github.com/askspoke/spoke/tenancy/token"
)

// The server finds that a token expires, tells the tenant and the operators, once, and counts it; its log has no password.
func TestServeSendsMail(t *testing.T) {
	t.Parallel()
	server := mailtest.Start(t, mailpit.Options{User: "spoke", Password: "geheim"})
	url := pgtest.ControlDatabase(t)
	env := []string{
		"SPOKE_DATABASE_URL=" + url, "SPOKE_BASE_DOMAIN=askspoke.com", "SPOKE_TOKEN_KEY=" + token.GenerateKey(),
		"SPOKE_ADDR=127.0.0.1:0", "SPOKE_METRICS_ADDR=127.0.0.1:0", "SPOKE_DRAIN_DELAY=1ms", "SPOKE_LOG_LEVEL=debug", "SPOKE_HEALTH_INTERVAL=1s",
		"SPOKE_SMTP_URL=" + server.URL(), "SPOKE_MAIL_FROM=Spoke <spoke@askspoke.com>", "SPOKE_NOTIFY=ops@askspoke.com,boss@askspoke.com",
	}
	for _, args := range [][]string{
		{"tenant", "create", "acme", "--name", "Acme", "--notify", "it@acme.com", "--no-token"},
		{"tenant", "token", "create", "acme", "--expires-in", "12h"},
	} {
		if out, err := spoke(t, env, args...).CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	p := startServeIn(t, env)
	fixture.Succeeds(t, "the mails came", func() error {
		if n := len(server.Summaries()); n != 3 {
			return fmt.Errorf("%d came\n%s", n, p.out)
		}
		return nil
	})
	got := make(map[string]string)
	for _, m := range server.Messages() {
		got[m.To[0].Address] = m.Subject
		if !strings.Contains(m.Text, "https://acme.askspoke.com/scim/v2") || !strings.Contains(m.Text, "expires in") {
			t.Errorf("it came as %+v", m)
		}
	}
	const told = "[Spoke] Acme (acme): a token expires soon"
	want := map[string]string{"it@acme.com": "Provisioning of Acme: a token expires soon", "ops@askspoke.com": told, "boss@askspoke.com": told}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("mails (-want +got)\n%s", diff)
	}
	fixture.Succeeds(t, "they are counted", func() error {
		r, err := http.Get("http://" + p.ops + "/metrics")
		if err != nil {
			return err
		}
		defer r.Body.Close()
		text, err := io.ReadAll(r.Body)
		if err != nil {
			return err
		}
		for _, want := range []string{`spoke_mail_sent_total{outcome="sent"} 3`, "spoke_mail_queued 0", "spoke_mail_oldest_seconds 0"} {
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
