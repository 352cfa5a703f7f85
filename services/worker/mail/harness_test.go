//go:build unix

package mail_test

import (
	"crypto/tls"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/askspoke/spoke/infra/fixture"
	"github.com/askspoke/spoke/infra/mailpit"
	"github.com/askspoke/spoke/infra/mailtest"
	"github.com/askspoke/spoke/services/worker/mail"
	"github.com/askspoke/spoke/tenancy/outbox"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

var at = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// post is an outbox and who sends from it, to a URL.
type post struct {
	*mail.Sender

	t      *testing.T
	db     *tenantdb.DB
	clock  *fixture.Clock
	outbox *outbox.Store
	counts map[mail.Outcome]int
}

// newPost returns one that trusts the server's certificate, and gives nothing up but after an hour.
func newPost(t *testing.T, db *tenantdb.DB, c *fixture.Clock, s *mailtest.Server, url string) *post {
	t.Helper()
	server, err := mail.ParseURL(url)
	if err != nil {
		t.Fatal(err)
	}
	from, err := mail.ParseFrom("Spoke für Ädmins <spoke@askspoke.com>")
	if err != nil {
		t.Fatal(err)
	}
	p := &post{t: t, db: db, clock: c, counts: make(map[mail.Outcome]int)}
	p.outbox = outbox.New(outbox.Config{DB: db, Domain: mail.Domain(from), Now: c.Now, Retry: outbox.Retry{
		GiveUp: time.Hour, Jitter: func(d time.Duration) time.Duration { return d },
	}})
	p.Sender = mail.New(mail.Config{
		Server: server, From: from, Outbox: p.outbox, TLS: trusting(s), Now: c.Now,
		Counted: func(outcome mail.Outcome, n int) { p.counts[outcome] += n },
	})
	return p
}

func (p *post) enqueue(list ...outbox.Mail) {
	p.t.Helper()
	if err := p.outbox.Enqueue(p.t.Context(), list...); err != nil {
		p.t.Fatal(err)
	}
}

// send sends what is due. The error must have a text, where one is wanted.
func (p *post) send(want string) {
	p.t.Helper()
	switch err := p.Send(p.t.Context()); {
	case want == "" && err != nil:
		p.t.Fatal(err)
	case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
		p.t.Fatalf("err = %v, want %q", err, want)
	}
}

// wantCounts compares what was counted since the beginning.
func (p *post) wantCounts(sent, deferred, failed int) {
	p.t.Helper()
	want := map[mail.Outcome]int{mail.Sent: sent, mail.Deferred: deferred, mail.Failed: failed}
	maps.DeleteFunc(want, func(_ mail.Outcome, n int) bool { return n == 0 })
	if diff := cmp.Diff(want, p.counts); diff != "" {
		p.t.Errorf("counted (-want +got)\n%s", diff)
	}
}

// states are how the mails stand, by their keys.
func (p *post) wantStates(want ...string) {
	p.t.Helper()
	got := []string{}
	err := p.db.Select(&got, `SELECT key || CASE WHEN sent_at IS NOT NULL THEN ' sent' WHEN failed_at IS NOT NULL THEN ' failed' ELSE ' queued' END || ' ' || attempts
		FROM `+tenantdb.Control.Table("outbox")+` ORDER BY key`)
	if err != nil {
		p.t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		p.t.Errorf("states (-want +got)\n%s", diff)
	}
}

// reason is why the last attempt of a mail failed.
func (p *post) reason(key string) string {
	p.t.Helper()
	var text string
	if err := p.db.Get(&text, `SELECT last_error FROM `+tenantdb.Control.Table("outbox")+` WHERE key = $1`, key); err != nil {
		p.t.Fatal(err)
	}
	return text
}

func letter(key string) outbox.Mail {
	return outbox.Mail{Key: key, To: "it@acme.com", Subject: "Subject of " + key, Text: "text of " + key + "\n", HTML: "<p>HTML of " + key + "</p>"}
}

func letters(n int) []outbox.Mail {
	list := make([]outbox.Mail, n)
	for i := range list {
		list[i] = letter(fmt.Sprintf("%04d", i))
	}
	return list
}

// wantSubjects compares the subjects of all that came, and says when one mail came twice.
func wantSubjects(t *testing.T, s *mailtest.Server, want ...string) {
	t.Helper()
	got, seen := []string{}, make(map[string]bool)
	for _, m := range s.Summaries() {
		got = append(got, m.Subject)
		if seen[m.MessageID] {
			t.Errorf("%s came twice: %s", m.MessageID, m.Subject)
		}
		seen[m.MessageID] = true
	}
	slices.Sort(got)
	if diff := cmp.Diff(append([]string{}, want...), got); diff != "" {
		t.Errorf("came (-want +got)\n%s", diff)
	}
}

func subjects(n int) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprintf("Subject of %04d", i)
	}
	return list
}

var secured = mailpit.Options{Security: mailpit.StartTLS, User: "spoke", Password: "geheim: 100 %?"}

// trusting trusts the server's certificate.
func trusting(s *mailtest.Server) *tls.Config {
	return &tls.Config{RootCAs: s.CertPool(), MinVersion: tls.VersionTLS12}
}
