package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/askspoke/spoke/observability/health"
	"github.com/askspoke/spoke/observability/metrics"
	"github.com/askspoke/spoke/services/worker"
	"github.com/askspoke/spoke/services/worker/letter"
	"github.com/askspoke/spoke/services/worker/mail"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/admin"
	"github.com/askspoke/spoke/tenancy/directory"
	"github.com/askspoke/spoke/tenancy/outbox"
	"github.com/askspoke/spoke/tenancy/status"
)

// post is what tells people by mail.
type post struct {
	outbox   *outbox.Store
	notifier *letter.Notifier
	sender   *mail.Sender
	wake     chan struct{} // has the sender look
	// tellEvery is how often it is looked whether there is something to tell operators.
	tellEvery time.Duration
	warn      worker.Job
}

// operatorGap is how long operators are left in peace after a mail, while the time of health passes as the clock's.
const operatorGap = 15 * time.Minute

// sendMail is the name of the job that sends.
const sendMail = "send mail"

// openPost composes what tells by mail, nil where no server is named: then nothing is enqueued.
func (a *app) openPost(store *directory.Directory) (*post, error) {
	s := a.settings
	if s.SMTPURL == "" {
		return nil, nil
	}
	server, err := mail.ParseURL(s.SMTPURL)
	if err != nil {
		return nil, fmt.Errorf("SPOKE_SMTP_URL %w", err)
	}
	from, err := mail.ParseFrom(s.MailFrom)
	if err != nil {
		return nil, fmt.Errorf("SPOKE_MAIL_FROM: %w", err)
	}
	operators, err := s.operators()
	if err != nil {
		return nil, err
	}
	p := &post{wake: make(chan struct{}, 1)}
	p.outbox = outbox.New(outbox.Config{DB: a.db, Domain: mail.Domain(from), Wake: func() {
		select {
		case p.wake <- struct{}{}:
		default: // it will look anyway
		}
	}})
	counts := metrics.NewMail(outcomes(), func(ctx context.Context) (int, time.Time, error) {
		stats, err := p.outbox.Stats(ctx)
		return stats.Queued, stats.Oldest, err
	}, time.Now)
	if err := a.metrics.Register(counts); err != nil {
		return nil, fmt.Errorf("add the metrics of mail: %w", err)
	}
	p.sender = mail.New(mail.Config{
		Server: server, From: from, Outbox: p.outbox, Logger: a.log,
		Counted: func(outcome mail.Outcome, mails int) { counts.Sent(string(outcome), mails) },
	})
	p.notifier = letter.New(letter.Config{
		Outbox: p.outbox, Tenant: a.tenants.ByID, Operators: operators, Owners: ownersIn(a.admins, store), URL: a.tenantURL, Console: a.consoleURL,
		Decide: func(slug tenancy.Slug) []string { return decideHow(slug, a.consoleURL(slug)) }, Logger: a.log, Gap: paced(operatorGap, s.Pace),
	})
	p.tellEvery = paced(10*time.Second, s.Pace)
	p.warn = worker.WarnCertificates(a.signOn, p.notifier.TellEnding, nil)
	return p, nil
}

// ownersIn returns how the addresses of a tenant's owners are found, but for those whom its directory has disabled: they are
// not let in, and so not told either.
func ownersIn(admins *admin.Store, store *directory.Directory) func(context.Context, tenancy.ID) ([]string, error) {
	return func(ctx context.Context, tenant tenancy.ID) ([]string, error) {
		list, err := admins.List(ctx, tenant)
		if err != nil {
			return nil, err
		}
		var owners []string
		for _, a := range list {
			if !a.Role.Includes(admin.Owner) {
				continue
			}
			people, err := store.Person(ctx, tenant, a.Email)
			if err != nil {
				return nil, err
			}
			if len(people) == 0 || slices.ContainsFunc(people, func(p directory.Person) bool { return p.Active }) {
				owners = append(owners, a.Email)
			}
		}
		return owners, nil
	}
}

// decideHow tells an operator how held deletions are looked at and decided about. console is the address of the tenant's.
func decideHow(slug tenancy.Slug, console string) []string {
	tenant := string(slug)
	return []string{
		"The tenant's admins look at them and decide at " + console + "/guard. So can you, by a visit as its admin that you make in the operator's console.",
		"What is held: spoke tenant guard list " + tenant + " has the HOLD-ID, and spoke tenant guard show " + tenant + " HOLD-ID each user and group.",
		"To approve: spoke tenant guard approve " + tenant + " HOLD-ID, or by the API POST /v1/tenants/" + tenant + "/holds/HOLD-ID/approve with the body {}.",
		"To reject: spoke tenant guard reject " + tenant + " HOLD-ID, or POST /v1/tenants/" + tenant + "/holds/HOLD-ID/reject.",
	}
}

// outcomes are those of mail.
func outcomes() []string {
	var list []string
	for _, outcome := range mail.Outcomes() {
		list = append(list, string(outcome))
	}
	return list
}

// paced is a time at the pace of health, and a second at least.
func paced(d time.Duration, pace float64) time.Duration {
	return max(time.Duration(float64(d)/max(pace, 1)), time.Second)
}

// tell is what the worker calls with news, nil where nobody is told.
func (p *post) tell() worker.Tell {
	if p == nil {
		return nil
	}
	return func(ctx context.Context, tenant status.Record, _, _ health.Verdict, news []health.News) error {
		return p.notifier.Tell(ctx, tenant.ID, tenant.Since, news)
	}
}

// addTo gives the worker the jobs of mail. The one that sends waits for a mail server, and so runs beside the others.
func (p *post) addTo(config *worker.Config) {
	if p == nil {
		return
	}
	config.Jobs = append(config.Jobs,
		worker.Job{Name: "tell operators", Every: p.tellEvery, Do: p.notifier.TellOperators},
		worker.Job{Name: "prune mail", Every: time.Hour, Do: func(ctx context.Context) error {
			_, err := p.outbox.Prune(ctx)
			return err
		}},
		p.warn,
	)
	config.Beside = append(config.Beside, worker.Job{Name: sendMail, Every: 5 * time.Second, Do: p.sender.Send})
	config.Wake = map[string]<-chan struct{}{sendMail: p.wake}
}
