package worker

import (
	"context"
	"log/slog"
	"time"

	"github.com/askspoke/spoke/tenancy/hostclaim"
	"github.com/askspoke/spoke/tenancy/journal"
	"github.com/askspoke/spoke/tenancy/lifecycle"
	"github.com/askspoke/spoke/tenancy/oauth"
	"github.com/askspoke/spoke/tenancy/operator"
	"github.com/askspoke/spoke/tenancy/token"
)

// Parts are what the jobs work on. All are required but Logger.
type Parts struct {
	Tenants   *lifecycle.Manager
	Hosts     *hostclaim.Store
	Operators *operator.Store
	Tokens    *token.Store
	Clients   *oauth.Store
	Journals  *journal.Pruner
	// KeepCalls is how long calls stay in the audit log; default operator.DefaultKeepCalls.
	KeepCalls time.Duration
	Logger    *slog.Logger // default: nothing is logged
}

// Jobs returns all that there is to do.
func Jobs(p Parts) []Job {
	if p.KeepCalls == 0 {
		p.KeepCalls = operator.DefaultKeepCalls
	}
	if p.Logger == nil {
		p.Logger = slog.New(slog.DiscardHandler)
	}
	return []Job{
		{"purge tenants", time.Minute, func(ctx context.Context) error {
			purged, err := p.Tenants.PurgeDue(ctx)
			if purged > 0 {
				p.Logger.InfoContext(ctx, "tenants were purged", "count", purged)
			}
			return err
		}},
		{"unite group names", 30 * time.Second, p.Tenants.UniteDue},
		{"prune host claims", time.Hour, func(ctx context.Context) error {
			_, err := p.Hosts.Prune(ctx)
			return err
		}},
		{"prune operators", time.Hour, func(ctx context.Context) error {
			_, err := p.Operators.Prune(ctx, p.KeepCalls)
			return err
		}},
		{"warn of expiring tokens", 10 * time.Minute, func(ctx context.Context) error {
			_, err := p.Tokens.WarnExpiring(ctx)
			return err
		}},
		{"prune token events", time.Hour, func(ctx context.Context) error {
			_, err := p.Tokens.PruneEvents(ctx)
			return err
		}},
		{"prune oauth keys", time.Hour, p.Clients.Prune},
		{"prune journals", 5 * time.Minute, func(ctx context.Context) error {
			_, err := p.Journals.Run(ctx)
			return err
		}},
	}
}
