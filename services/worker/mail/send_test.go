//go:build unix

package mail_test

import (
	"context"
	"mime"
	netmail "net/mail"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/askspoke/spoke/infra/fixture"
	"github.com/askspoke/spoke/infra/mailpit"
	"github.com/askspoke/spoke/infra/mailtest"
	"github.com/askspoke/spoke/infra/pgtest"
	"github.com/askspoke/spoke/services/worker/mail"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// A mail arrives as it was written, plain and HTML, over each kind of TLS and with a password.
func TestSend(t *testing.T) {
	t.Parallel()
	for name, options := range map[string]mailpit.Options{
		"STARTTLS": secured,
		"TLS":      {Security: mailpit.TLS, User: "spoke", Password: "geheim: 100 %?"},
		"none":     {User: "spoke", Password: "geheim: 100 %?"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := mailtest.Start(t, options)
			db, _ := pgtest.Tenants(t, 0)
			p := newPost(t, db, fixture.ClockAt(at), s, s.URL())
			m := letter("a")
			m.Subject = "Zoë's 会社: =?utf-8?q?=0D=0ABcc:_x@acme.com?= is at risk " + strings.Repeat("é", 100)
			m.Text, m.HTML = "Grüße\n.\n\nFrom here\n", "<p>Grüße &amp; <b>mehr</b></p>"
			p.enqueue(m)
			p.clock.Pass(time.Hour)
			p.send("")
			p.wantCounts(1, 0, 0)
			list := s.Messages()
			if len(list) != 1 {
				t.Fatalf("%d mails came", len(list))
			}
			got := list[0]
			if got.Subject != m.Subject || strings.ReplaceAll(got.Text, "\r\n", "\n") != m.Text || strings.TrimSpace(got.HTML) != m.HTML || !got.Date.Equal(at) || got.Username != "spoke" {
				t.Errorf("it came as %+v", got)
			}
			people := []*netmail.Address{got.From, got.To[0]}
			if diff := cmp.Diff([]*netmail.Address{{Name: "Spoke für Ädmins", Address: "spoke@askspoke.com"}, {Address: "it@acme.com"}}, people); diff != "" {
				t.Errorf("from and to (-want +got)\n%s", diff)
			}
			raw, err := s.Raw(t.Context(), got.ID)
			if err != nil {
				t.Fatal(err)
			}
			for _, want := range []string{"\r\nAuto-Submitted: auto-generated\r\n", "\r\nList-Id: <spoke-notifications.askspoke.com>\r\n", "multipart/alternative"} {
				if !strings.Contains(raw, want) {
					t.Errorf("%q is missing in\n%s", want, raw)
				}
			}
			if long := regexp.MustCompile(`(?m)^.{79,}\r$`).FindString(raw); long != "" {
				t.Errorf("a long line: %q", long)
			}
			if m, err := netmail.ReadMessage(strings.NewReader(raw)); err != nil || m.Header.Get("Bcc") != "" {
				t.Errorf("%v: it has the headers %v", err, m.Header)
			} else if subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject")); err != nil || subject != got.Subject {
				t.Errorf("%v: the subject reads %q", err, subject)
			}
		})
	}
}

// What cannot be trusted is sent nothing, and what is not sent stays.
func TestRefusesServer(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		options mailpit.Options
		url     func(string) string
		trust   bool
		want    string
	}{
		"no TLS":           {mailpit.Options{}, func(u string) string { return strings.TrimSuffix(u, "?tls=none") }, true, "does not support STARTTLS"},
		"no TLS at all":    {mailpit.Options{}, func(u string) string { return "smtps" + strings.TrimPrefix(strings.TrimSuffix(u, "?tls=none"), "smtp") }, true, "tls: "},
		"an unknown":       {secured, func(u string) string { return u }, false, "certificate signed by unknown authority"},
		"an unknown, TLS":  {mailpit.Options{Security: mailpit.TLS}, func(u string) string { return u }, false, "certificate signed by unknown authority"},
		"another's name":   {mailpit.Options{Security: mailpit.StartTLS, Name: "mail.acme.com"}, func(u string) string { return u }, true, "doesn't contain any IP SANs"},
		"a wrong password": {secured, func(u string) string { return strings.Replace(u, "geheim", "wrong", 1) }, true, "535"},
		"no password":      {secured, func(u string) string { return regexp.MustCompile(`//.*@`).ReplaceAllString(u, "//") }, true, "530"},
		"no AUTH":          {mailpit.Options{}, func(u string) string { return strings.Replace(u, "//", "//spoke:geheim@", 1) }, true, "does not support SMTP AUTH"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := mailtest.Start(t, test.options)
			db, _ := pgtest.Tenants(t, 0)
			p := newPost(t, db, fixture.ClockAt(at), s, test.url(s.URL()))
			if !test.trust {
				other := mailtest.Start(t, mailpit.Options{})
				p = newPost(t, db, p.clock, other, test.url(s.URL()))
			}
			p.enqueue(letter("a"), letter("b"))
			err := p.Send(t.Context())
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("err = %v, want %q", err, test.want)
			}
			p.wantStates("a queued 1", "b queued 1")
			p.wantCounts(0, 2, 0)
			for _, said := range []string{p.reason("a"), err.Error()} {
				if strings.Contains(said, "geheim") || strings.Contains(said, "wrong") {
					t.Errorf("it says the password: %s", said)
				}
			}
			wantSubjects(t, s)
		})
	}
}

// A server that is away loses nothing and doubles nothing: all is tried again, further and further apart, until it is back.
func TestServerAway(t *testing.T) {
	t.Parallel()
	s := mailtest.Start(t, secured)
	db, _ := pgtest.Tenants(t, 0)
	p := newPost(t, db, fixture.ClockAt(at), s, s.URL())
	s.Away()
	p.enqueue(letters(3)...)
	var tried []time.Duration
	for p.clock.Now().Before(at.Add(10 * time.Minute)) {
		before := p.counts[mail.Deferred]
		err := p.Send(t.Context())
		if after := p.counts[mail.Deferred]; after != before {
			if tried = append(tried, p.clock.Now().Sub(at)); err == nil || after != before+3 {
				t.Errorf("%d were put off, err = %v", after-before, err)
			}
		} else if err != nil {
			t.Error(err)
		}
		p.clock.Pass(5 * time.Second)
	}
	want := []time.Duration{0, 30 * time.Second, 90 * time.Second, 210 * time.Second, 450 * time.Second}
	if diff := cmp.Diff(want, tried); diff != "" {
		t.Errorf("tried after (-want +got)\n%s", diff)
	}
	p.wantStates("0000 queued 5", "0001 queued 5", "0002 queued 5")
	if got := p.reason("0000"); !strings.Contains(got, "connection refused") {
		t.Errorf("the reason is %q", got)
	}
	s.Back()
	p.send("")
	wantSubjects(t, s)
	p.clock.Pass(8 * time.Minute)
	p.send("")
	p.send("")
	p.wantStates("0000 sent 5", "0001 sent 5", "0002 sent 5")
	wantSubjects(t, s, subjects(3)...)
	p.wantCounts(3, 15, 0)
}

// A mail that could not be sent for too long has failed with the reason, and is not sent later.
func TestServerAwayTooLong(t *testing.T) {
	t.Parallel()
	s := mailtest.Start(t, secured)
	db, _ := pgtest.Tenants(t, 0)
	p := newPost(t, db, fixture.ClockAt(at), s, s.URL())
	s.Away()
	p.enqueue(letter("a"))
	for p.clock.Now().Before(at.Add(65 * time.Minute)) {
		_ = p.Send(t.Context()) // the server is away
		p.clock.Pass(time.Minute)
	}
	if p.counts[mail.Failed] != 1 {
		t.Errorf("counted %v", p.counts)
	}
	if got := p.reason("a"); !strings.Contains(got, "connection refused") {
		t.Errorf("the reason is %q", got)
	}
	s.Back()
	p.enqueue(letter("a"), letter("b"))
	p.clock.Pass(24 * time.Hour)
	p.send("")
	wantSubjects(t, s, "Subject of b")
}

// One who cannot be reached is given up at once, and the others get their mail, over the same connection.
func TestBadRecipient(t *testing.T) {
	t.Parallel()
	s := mailtest.Start(t, mailpit.Options{Recipients: `^(it|ops)@acme\.com$`})
	proxy := mailtest.NewProxy(t, s)
	db, _ := pgtest.Tenants(t, 0)
	p := newPost(t, db, fixture.ClockAt(at), s, proxy.URL)
	list := letters(5)
	list[1].To, list[2].To = "nobody@acme.com", "ops@acme.com"
	p.enqueue(list...)
	p.send("")
	p.wantStates("0000 sent 0", "0001 failed 1", "0002 sent 0", "0003 sent 0", "0004 sent 0")
	p.wantCounts(4, 0, 1)
	if got := p.reason("0001"); !strings.Contains(got, "550") || !strings.Contains(got, "mailbox unavailable") {
		t.Errorf("the reason is %q", got)
	}
	if n := proxy.Connections(); n != 1 {
		t.Errorf("%d connections", n)
	}
}

// What a server refuses for now, or for our own sake, is tried again.
func TestRefusedForNow(t *testing.T) {
	t.Parallel()
	s := mailtest.Start(t, secured)
	db, _ := pgtest.Tenants(t, 0)
	p := newPost(t, db, fixture.ClockAt(at), s, s.URL())
	p.enqueue(letters(2)...)
	refuse := func(sender, recipient int) {
		t.Helper()
		if err := s.Refuse(t.Context(), sender, recipient); err != nil {
			t.Fatal(err)
		}
	}
	refuse(0, 451)
	p.send("")
	p.wantStates("0000 queued 1", "0001 queued 1")
	refuse(0, 530)
	p.clock.Pass(time.Minute)
	p.send("")
	p.wantStates("0000 queued 2", "0001 queued 2")
	refuse(550, 0)
	p.clock.Pass(time.Minute)
	p.send(mail.ErrUnwilling.Error())
	p.wantStates("0000 queued 3", "0001 queued 3")
	refuse(0, 421)
	p.clock.Pass(4 * time.Minute)
	p.send("")
	p.wantStates("0000 queued 4", "0001 queued 4")
	refuse(0, 0)
	p.clock.Pass(10 * time.Minute)
	p.send("")
	wantSubjects(t, s, subjects(2)...)
	p.wantCounts(2, 8, 0)
}

// A connection that breaks within a mail leaves no half of it, and the mail and the others come, once.
func TestBrokenWithinMail(t *testing.T) {
	t.Parallel()
	s := mailtest.Start(t, mailpit.Options{})
	proxy := mailtest.NewProxy(t, s)
	db, _ := pgtest.Tenants(t, 0)
	p := newPost(t, db, fixture.ClockAt(at), s, proxy.URL)
	p.enqueue(letters(4)...)
	proxy.Spoil(2, mailtest.BreakWithin)
	p.send("")
	p.wantStates("0000 queued 1", "0001 queued 1", "0002 sent 0", "0003 sent 0")
	wantSubjects(t, s, subjects(4)[2:]...)
	p.clock.Pass(30 * time.Second)
	p.send("")
	wantSubjects(t, s, subjects(4)...)
	p.wantCounts(4, 2, 0)
	if n := proxy.Connections(); n != 4 {
		t.Errorf("%d connections", n)
	}
}

// The one case in which a mail comes twice: the server has it, and its answer is lost. Both have the same Message-ID and
// the same bytes, by which a mailbox knows the second.
func TestLostAnswer(t *testing.T) {
	t.Parallel()
	s := mailtest.Start(t, mailpit.Options{})
	proxy := mailtest.NewProxy(t, s)
	db, _ := pgtest.Tenants(t, 0)
	p := newPost(t, db, fixture.ClockAt(at), s, proxy.URL)
	p.enqueue(letter("a"))
	proxy.Spoil(1, mailtest.LoseAnswer)
	p.send("")
	p.wantStates("a queued 1")
	p.clock.Pass(30 * time.Second)
	p.send("")
	p.wantStates("a sent 1")
	list := s.Messages()
	if len(list) != 2 || list[0].MessageID != list[1].MessageID {
		t.Fatalf("came %+v", list)
	}
	var raw [2]string
	for i := range raw {
		text, err := s.Raw(t.Context(), list[i].ID)
		if err != nil {
			t.Fatal(err)
		}
		_, raw[i], _ = strings.Cut(text, "Date:") // the server's own line goes before
	}
	if diff := cmp.Diff(raw[0], raw[1]); diff != "" || raw[0] == "" {
		t.Errorf("they differ\n%s", diff)
	}
}

// A sender that crashes before it has sent anything leaves all to the next, when its lease is over; one that is told to stop
// at once.
func TestStop(t *testing.T) {
	t.Parallel()
	s := mailtest.Start(t, secured)
	db, _ := pgtest.Tenants(t, 0)
	p := newPost(t, db, fixture.ClockAt(at), s, s.URL())
	p.enqueue(letters(3)...)
	if crashed, err := p.outbox.Claim(t.Context(), 2, 10*time.Minute); err != nil || len(crashed) != 2 {
		t.Fatal(crashed, err)
	}
	p.send("")
	p.wantStates("0000 queued 0", "0001 queued 0", "0002 sent 0")
	p.clock.Pass(10 * time.Minute)
	ctx, cancel := context.WithCancel(t.Context())
	sent := 0
	other := mail.New(senderConfig(t, p, s, func(outcome mail.Outcome, n int) {
		if sent += n; outcome == mail.Sent { // told to stop after one
			cancel()
		}
	}))
	if err := other.Send(ctx); err == nil || sent != 1 {
		t.Errorf("err = %v, %d sent", err, sent)
	}
	p.wantStates("0000 sent 0", "0001 queued 0", "0002 sent 0")
	p.send("")
	wantSubjects(t, s, subjects(3)...)
}

func senderConfig(t *testing.T, p *post, s *mailtest.Server, counted func(mail.Outcome, int)) mail.Config {
	t.Helper()
	config := mail.Config{Outbox: p.outbox, Now: p.clock.Now, Counted: counted}
	var err error
	if config.Server, err = mail.ParseURL(s.URL()); err != nil {
		t.Fatal(err)
	}
	if config.From, err = mail.ParseFrom("spoke@askspoke.com"); err != nil {
		t.Fatal(err)
	}
	config.TLS = trusting(s)
	return config
}

// While Postgres is away nothing is sent that cannot be noted, but for the one mail which was under way; and that is noted
// first when Postgres is back, and not sent again.
func TestPostgresAway(t *testing.T) {
	t.Parallel()
	s := mailtest.Start(t, secured)
	db, _ := pgtest.Tenants(t, 0)
	away := pgtest.NewProxy(t, pgtest.Address(t, db))
	p := newPost(t, pgtest.Open(t, away.URL, tenantdb.Options{}), fixture.ClockAt(at), s, s.URL())
	p.enqueue(letters(3)...)
	p.Sender = mail.New(senderConfig(t, p, s, func(outcome mail.Outcome, n int) {
		if p.counts[outcome] += n; p.counts[mail.Sent] == 1 { // it has the server's answer, and has not noted it
			away.Away()
		}
	}))
	if err := p.Send(t.Context()); !tenantdb.Unavailable(err) {
		t.Errorf("err = %v", err)
	}
	if err := p.Send(t.Context()); !tenantdb.Unavailable(err) {
		t.Errorf("err = %v", err)
	}
	wantSubjects(t, s, subjects(1)...)
	away.Back()
	p.clock.Pass(time.Hour) // after the lease; the second is too old by then to be put off, but is sent
	p.send("")
	p.wantStates("0000 sent 0", "0001 sent 0", "0002 sent 0")
	wantSubjects(t, s, subjects(3)...)
}

// Five hundred mails go in a few connections; three senders at once send each of them once.
func TestMany(t *testing.T) {
	t.Parallel()
	s := mailtest.Start(t, mailpit.Options{})
	proxy := mailtest.NewProxy(t, s)
	db, _ := pgtest.Tenants(t, 0)
	c := fixture.ClockAt(at)
	p := newPost(t, db, c, s, proxy.URL)
	p.enqueue(letters(500)...)
	others := []*post{p, newPost(t, db, c, s, proxy.URL), newPost(t, db, c, s, proxy.URL)}
	var wg sync.WaitGroup
	for _, p := range others {
		wg.Go(func() {
			if err := p.Send(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	p.send("") // what one has passed over while another claimed
	wantSubjects(t, s, subjects(500)...)
	if n := proxy.Connections(); n < 5 || n > 8 {
		t.Errorf("%d connections", n)
	}
	if stats, err := p.outbox.Stats(t.Context()); err != nil || stats.Queued != 0 {
		t.Errorf("%v: left are %+v", err, stats)
	}
}
