package letter

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/outbox"
	"github.com/askspoke/spoke/tenancy/signon"
	"github.com/askspoke/spoke/tenancy/signon/saml"
)

// certificatePage is what the letter is made from that tells of a certificate.
type certificatePage struct {
	saml.Ending

	Name       string // the tenant's
	Connection string // its name, for people
	Enforced   bool   // everybody signs in by it
	Now        time.Time
	Console    string
}

// Subject names the tenant.
func (p certificatePage) Subject() string { return "Single sign-on of " + p.Name + ": " + p.Headline() }

// Headline says in a few words when it ends.
func (p certificatePage) Headline() string {
	left, what := p.NotAfter.Sub(p.Now), "a certificate"
	if p.Ours {
		what = "Spoke's certificate"
	}
	switch {
	case left < 0:
		return what + " has ended"
	case left <= 24*time.Hour:
		return what + " ends within a day"
	}
	return fmt.Sprintf("%s ends in %d days", what, int(left/(24*time.Hour)))
}

// Ended says whether it has ended.
func (p certificatePage) Ended() bool { return p.Now.After(p.NotAfter) }

// Color is that of the letter.
func (p certificatePage) Color() string {
	if p.Days <= 1 {
		return "#b3261e"
	}
	return "#8a5a00"
}

// At is when it ends, and OtherAt when the other one does.
func (p certificatePage) At() string      { return moment(p.NotAfter) }
func (p certificatePage) OtherAt() string { return moment(p.Other) }

var certificateLetter, ownCertificateLetter = parse("certificate"), parse("own_certificate")

// TellEnding keeps mails that warn a tenant of certificates of a connection that end: to its owners, who can change single
// sign-on, and to the addresses that are told of its provisioning. It may be called again and again with the same: each
// address is told once of a certificate that it ends within so many days, and that it has ended. A tenant that has gone, or
// is going, is told nothing.
func (n *Notifier) TellEnding(ctx context.Context, c signon.Connection, list []saml.Ending, now time.Time) error {
	t, err := n.config.Tenant(ctx, c.Tenant)
	if errors.Is(err, tenancy.ErrNotFound) || err == nil && (!t.State.Complete() || t.State == tenancy.StateDeleting) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("tell of tenant %s: %w", c.Tenant, err)
	}
	owners, err := n.config.Owners(ctx, t.ID)
	if err != nil {
		return fmt.Errorf("tell of tenant %s: %w", c.Tenant, err)
	}
	var mails []outbox.Mail
	for _, e := range list {
		page := certificatePage{Ending: e, Name: nameOf(t), Connection: c.Name, Enforced: c.State == signon.Enforced, Now: now}
		if console := n.config.Console(t.Slug); console != "" {
			page.Console = console + "/settings/sign-on"
		}
		form := certificateLetter
		if e.Ours {
			form = ownCertificateLetter
		}
		text, html, err := form.write(page)
		if err != nil {
			return fmt.Errorf("tell of tenant %s: %w", c.Tenant, err)
		}
		key := fmt.Sprintf("certificate/%s/%s/%s/%d", t.ID, c.ID, strings.ReplaceAll(e.Fingerprint, ":", ""), e.Days)
		told := make(map[string]bool)
		for _, address := range append(owners, t.Settings.Notify...) {
			if folded := outbox.FoldAddress(address); !told[folded] {
				told[folded] = true
				mails = append(mails, outbox.Mail{Key: key, Tenant: t.ID, To: address, Subject: page.Subject(), Text: text, HTML: html})
			}
		}
	}
	err = n.config.Outbox.Enqueue(ctx, mails...)
	if refused := (*outbox.MailError)(nil); errors.As(err, &refused) { // it would be refused for ever
		n.config.Logger.ErrorContext(ctx, "an ending certificate cannot be mailed of", "tenant", string(t.Slug), "error", err)
		return nil
	}
	if err != nil {
		return fmt.Errorf("tell of tenant %s: %w", c.Tenant, err)
	}
	return nil
}
