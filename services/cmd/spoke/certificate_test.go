package main

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/askspoke/spoke/infra/fixture"
	"github.com/askspoke/spoke/infra/mailpit"
	"github.com/askspoke/spoke/infra/mailtest"
	"github.com/askspoke/spoke/infra/pgtest"
	"github.com/askspoke/spoke/infra/samltest"
	"github.com/askspoke/spoke/tenancy/admin"
	"github.com/askspoke/spoke/tenancy/lifecycle"
	"github.com/askspoke/spoke/tenancy/operator"
	"github.com/askspoke/spoke/tenancy/seal"
	"github.com/askspoke/spoke/tenancy/signon"
	"github.com/askspoke/spoke/tenancy/signon/saml"
	"github.com/askspoke/spoke/tenancy/tenantdb"
	"github.com/askspoke/spoke/tenancy/token"
)

// The server finds that a certificate of single sign-on ends and mails the tenant's owners and its addresses, once, also
// when another server begins. It says nothing of a draft's, and writes to no owner whom the directory has disabled.
func TestServeWarnsOfCertificates(t *testing.T) {
	t.Parallel()
	server := mailtest.Start(t, mailpit.Options{})
	url, text := pgtest.ControlDatabase(t), token.GenerateKey()
	env := []string{
		"SPOKE_DATABASE_URL=" + url, "SPOKE_BASE_DOMAIN=askspoke.com", "SPOKE_TOKEN_KEY=" + text, "SPOKE_ADDR=127.0.0.1:0", "SPOKE_METRICS_ADDR=127.0.0.1:0",
		"SPOKE_DRAIN_DELAY=1ms", "SPOKE_SMTP_URL=" + server.URL(), "SPOKE_MAIL_FROM=Spoke <spoke@askspoke.com>",
	}
	if out, err := spoke(t, env, "tenant", "create", "acme", "--name", "Acme", "--notify", "it@acme.com", "--no-token").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	db := pgtest.Open(t, url, tenantdb.Options{})
	key, err := token.ParseKey(text)
	if err != nil {
		t.Fatal(err)
	}
	connectSAML(t, db, key)
	want := map[string]string{"it@acme.com": "Single sign-on of Acme: a certificate ends in 4 days", "olga@acme.com": "Single sign-on of Acme: a certificate ends in 4 days"}
	for range 2 {
		p := startServeIn(t, env)
		fixture.Succeeds(t, "it was looked for certificates that end", func() error {
			return p.shows(`spoke_job_runs_total{job="warn of ending certificates",outcome="done"} 1`)
		})
		fixture.Succeeds(t, "all mail is sent", func() error { return p.shows("spoke_mail_queued 0") })
		got := make(map[string]string)
		for _, m := range server.Messages() {
			if _, twice := got[m.To[0].Address]; twice {
				t.Errorf("%s was told twice", m.To[0].Address)
			}
			got[m.To[0].Address] = m.Subject
			if !strings.Contains(m.Text, "https://acme.askspoke.com/settings/sign-on") || !strings.Contains(m.Text, "CN=Identity provider") {
				t.Errorf("it came as\n%s", m.Text)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("mails (-want +got)\n%s\n%s", diff, p.out)
		}
		if err := p.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		if err := p.Wait(); err != nil {
			t.Errorf("%v\n%s", err, p.out)
		}
	}
}

// shows returns an error while the server's metrics have not a line.
func (p *serveProcess) shows(line string) error {
	r, err := http.Get("http://" + p.ops + "/metrics")
	if err != nil {
		return err
	}
	defer r.Body.Close()
	text, err := io.ReadAll(r.Body)
	if err == nil && !strings.Contains(string(text), line+"\n") {
		err = fmt.Errorf("%q is missing", line)
	}
	return err
}

// connectSAML gives the tenant acme two owners, one of whom the directory has disabled, a connection that people sign in by,
// whose certificate ends soon, and a draft with another such certificate.
func connectSAML(t *testing.T, db *tenantdb.DB, key token.Key) {
	t.Helper()
	ctx := t.Context()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	tenant, err := lifecycle.New(lifecycle.Config{DB: db}).Get(ctx, "acme")
	must(err)
	sealer, err := seal.New(key)
	must(err)
	connections, err := signon.New(signon.Config{DB: db, Key: key, Seal: sealer})
	must(err)
	admins, err := admin.New(admin.Config{DB: db, Key: key})
	must(err)
	for _, name := range []string{"olga", "gone"} {
		_, err = admins.Add(ctx, admin.NewAdministrator{Tenant: tenant.ID, Email: name + "@acme.com", Name: name, Role: admin.Owner, CreatedBy: operator.Shell})
		must(err)
	}
	_, err = db.ExecContext(ctx, `INSERT INTO `+tenantdb.SchemaFor(tenant.ID).Table("users")+` (id, user_name, document, search, version, created, modified)
		VALUES ($1, 'gone@acme.com', '{"userName":"gone@acme.com","active":false}', '{"active": false}', 1, $2, $2)`, uuid.NewString(), time.Now())
	must(err)
	for name, end := range map[string]time.Duration{"live": 5*24*time.Hour - time.Minute, "draft": 20 * 24 * time.Hour} {
		certificate := samltest.Until(time.Now().Add(end)).Certificate.Raw
		c, err := connections.Create(ctx, signon.NewConnection{
			Tenant: tenant.ID, Kind: signon.KindSAML, Name: name, CreatedBy: operator.Shell,
			Config: saml.Config{EntityID: "https://idp.acme.com", SSOURL: "https://idp.acme.com/sso", Certificates: [][]byte{certificate}},
		})
		must(err)
		if name == "live" {
			must(connections.Offer(ctx, tenant.ID, c.ID, c.Revision, operator.Shell))
		}
	}
}
