// Package letter writes the mails that tell of a tenant's provisioning: to the tenant's own addresses at once, to the
// operator's together with what else there is to tell. It also writes those that warn a tenant of a certificate of single
// sign-on that ends.
//
// What is told, and when, is decided by package health, and by package saml of certificates; mail is sent by the outbox's
// sender.
//
// Invariants: the same news make the same keys, so whoever is told once is told once, however often news are made again
// and by however many processes. A tenant's letter names no other tenant, no server of ours and no id. What comes from
// outside, such as a tenant's name, is text in a letter and never markup, and never ends a header's line.
package letter

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/askspoke/spoke/observability/health"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/outbox"
)

// Config are a Notifier's dependencies. Outbox and Tenant are required.
type Config struct {
	Outbox *outbox.Store
	// Tenant returns a tenant. Error: tenancy.ErrNotFound.
	Tenant    func(context.Context, tenancy.ID) (tenancy.Tenant, error)
	Operators []string // addresses of who runs Spoke
	// Owners returns the addresses of a tenant's owners who may come in, who are told of certificates that end; nil: none are.
	Owners func(context.Context, tenancy.ID) ([]string, error)
	// Gap is how long the operators are left in peace after a mail; what comes then is told together. Default 15 minutes.
	Gap time.Duration
	// The rest is what letters point to; nil or "": they do not.

	URL       func(tenancy.Slug) string   // of the tenant's SCIM endpoint
	Console   func(tenancy.Slug) string   // of the page where the tenant's administrator sees its provisioning
	Decide    func(tenancy.Slug) []string // lines that tell an operator how held deletions are approved or rejected
	Dashboard string                      // of all tenants, for operators
	Logger    *slog.Logger                // default: nothing is logged
}

// Notifier turns news into mails.
type Notifier struct{ config Config }

// New returns a Notifier.
func New(config Config) *Notifier {
	if config.Gap == 0 {
		config.Gap = 15 * time.Minute
	}
	nothing := func(tenancy.Slug) string { return "" }
	if config.URL == nil {
		config.URL = nothing
	}
	if config.Console == nil {
		config.Console = nothing
	}
	if config.Decide == nil {
		config.Decide = func(tenancy.Slug) []string { return nil }
	}
	if config.Owners == nil {
		config.Owners = func(context.Context, tenancy.ID) ([]string, error) { return nil, nil }
	}
	if config.Logger == nil {
		config.Logger = slog.New(slog.DiscardHandler)
	}
	return &Notifier{config: config}
}

// operators is the digest that operators get.
const operators = "operators"

// Tell keeps news of a tenant to be mailed. since is since when the tenant has been in the state in which it was last. When
// Tell returns nil they will be mailed; it may be called again with the same news. A tenant that has gone has none.
func (n *Notifier) Tell(ctx context.Context, tenant tenancy.ID, since time.Time, news []health.News) error {
	if len(news) == 0 {
		return nil
	}
	t, err := n.config.Tenant(ctx, tenant)
	if errors.Is(err, tenancy.ErrNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("tell of tenant %s: %w", tenant, err)
	}
	var mails []outbox.Mail
	var pieces []outbox.Piece
	for _, item := range news {
		s := story{Slug: t.Slug, Name: nameOf(t), Since: since, News: item}
		if item.Before != item.State {
			s.Since = item.At
		}
		key := "health/" + string(t.ID) + "/" + item.Key
		if slices.Contains(item.To, health.ToTenant) {
			more, err := n.toTenant(key, t, s)
			if err != nil {
				return fmt.Errorf("tell of tenant %s: %w", tenant, err)
			}
			mails = append(mails, more...)
		}
		if slices.Contains(item.To, health.ToOperator) && len(n.config.Operators) > 0 {
			content, err := json.Marshal(s)
			if err != nil {
				return fmt.Errorf("tell of tenant %s: %w", tenant, err)
			}
			pieces = append(pieces, outbox.Piece{Key: key, Tenant: t.ID, Rank: s.rank(), At: item.At, Content: content})
		}
	}
	err = errors.Join(n.config.Outbox.Enqueue(ctx, mails...), n.config.Outbox.Gather(ctx, operators, pieces...))
	if refused := (*outbox.MailError)(nil); errors.As(err, &refused) {
		// It would be refused for ever, and who evaluates the tenant waits for us.
		n.config.Logger.ErrorContext(ctx, "news cannot be mailed", "tenant", string(t.Slug), "error", err)
		return nil
	}
	if err != nil {
		return fmt.Errorf("tell of tenant %s: %w", tenant, err)
	}
	return nil
}

// toTenant writes to the tenant's addresses, but for those that are an operator's as well: the operator is told more.
func (n *Notifier) toTenant(key string, t tenancy.Tenant, s story) ([]outbox.Mail, error) {
	if len(t.Settings.Notify) == 0 {
		return nil, nil
	}
	page := tenantPage{story: s, URL: n.config.URL(t.Slug), Console: n.config.Console(t.Slug)}
	if page.Advice = s.advice(); page.Console == "" {
		page.Advice = s.advice("Whoever runs Spoke for you can do both: tell them which.")
	}
	text, html, err := tenantLetter.write(page)
	if err != nil {
		return nil, err
	}
	var mails []outbox.Mail
	for _, address := range t.Settings.Notify {
		told := slices.Contains(s.News.To, health.ToOperator) && slices.ContainsFunc(n.config.Operators, func(other string) bool { return strings.EqualFold(other, address) })
		if !told {
			mails = append(mails, outbox.Mail{Key: key, Tenant: t.ID, To: address, Subject: s.Subject(), Text: text, HTML: html})
		}
	}
	return mails, nil
}

// maxStories is how many tenants one mail to operators tells of; of others it says how many there are.
const maxStories = 50

// TellOperators mails what was gathered for the operators, unless they were told within the gap.
func (n *Notifier) TellOperators(ctx context.Context) error {
	if len(n.config.Operators) == 0 {
		return nil
	}
	return n.config.Outbox.Digest(ctx, operators, n.config.Gap, maxStories, func(id string, list []outbox.Piece, all int) ([]outbox.Mail, error) {
		page := operatorPage{All: all, Dashboard: n.config.Dashboard}
		for _, piece := range list {
			var s story
			if err := json.Unmarshal(piece.Content, &s); err != nil {
				return nil, fmt.Errorf("read what was gathered: %w", err)
			}
			page.Stories = append(page.Stories, operatorStory{s, s.advice(n.config.Decide(s.Slug)...), n.config.URL(s.Slug)})
		}
		text, html, err := operatorLetter.write(page)
		if err != nil {
			return nil, err
		}
		mails := make([]outbox.Mail, len(n.config.Operators))
		for i, address := range n.config.Operators {
			mails[i] = outbox.Mail{Key: operators + "/" + id, To: address, Subject: page.Subject(), Text: text, HTML: html}
		}
		return mails, nil
	})
}

// nameOf is what people call a tenant.
func nameOf(t tenancy.Tenant) string {
	if t.Name == "" {
		return string(t.Slug)
	}
	return t.Name
}
