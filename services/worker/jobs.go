package worker

import (
	"context"
	"log/slog"
	"time"

	"github.com/askspoke/spoke/observability/health"
	"github.com/askspoke/spoke/tenancy/admin"
	"github.com/askspoke/spoke/tenancy/hostclaim"
	"github.com/askspoke/spoke/tenancy/journal"
	"github.com/askspoke/spoke/tenancy/lifecycle"
	"github.com/askspoke/spoke/tenancy/oauth"
	"github.com/askspoke/spoke/tenancy/operator"
	"github.com/askspoke/spoke/tenancy/signon"
	"github.com/askspoke/spoke/tenancy/signon/saml"
	"github.com/askspoke/spoke/tenancy/status"
	"github.com/askspoke/spoke/tenancy/tenantdb"
	"github.com/askspoke/spoke/tenancy/token"
)

// Parts are what the jobs work on. All are required but those with a default.
type Parts struct {
	DB        *tenantdb.DB
	Tenants   *lifecycle.Manager
	Hosts     *hostclaim.Store
	Operators *operator.Store
	Admins    *admin.Store
	Tokens    *token.Store
	Clients   *oauth.Store
	SignOn    *signon.Store
	SAML      *saml.Store
	Journals  *journal.Pruner
	Status    *status.Store
	// Pace is how fast the time of health passes; default health.DefaultPace. Whoever counts requests has the same.
	Pace health.Pace
	// HealthEvery is how often tenants are looked at that are due; default 15 seconds.
	HealthEvery time.Duration
	Tell        Tell             // default: nobody is told
	Now         func() time.Time // of health; default time.Now
	// KeepCalls is how long calls stay in the audit log; default operator.DefaultKeepCalls.
	KeepCalls time.Duration
	Logger    *slog.Logger // default: nothing is logged
}

// DefaultHealthEvery is how often tenants are looked at that are due.
const DefaultHealthEvery = 15 * time.Second

// Jobs returns all that there is to do.
func Jobs(p Parts) []Job {
	if p.KeepCalls == 0 {
		p.KeepCalls = operator.DefaultKeepCalls
	}
	if p.Logger == nil {
		p.Logger = slog.New(slog.DiscardHandler)
	}
	if p.Pace.Bucket == 0 {
		p.Pace = health.DefaultPace()
	}
	if p.HealthEvery == 0 {
		p.HealthEvery = DefaultHealthEvery
	}
	if p.Now == nil {
		p.Now = time.Now
	}
	evaluator := &evaluator{Parts: p}
	return []Job{
		{"evaluate health", p.HealthEvery, evaluator.run},
		{"count directories", evaluator.scaled(countEvery), evaluator.countDirectories},
		{"purge tenants", time.Minute, func(ctx context.Context) error {
			purged, err := p.Tenants.PurgeDue(ctx)
			if purged > 0 {
				p.Logger.InfoContext(ctx, "tenants were purged", "count", purged)
			}
			return err
		}},
		{"migrate tenants", 5 * time.Minute, func(ctx context.Context) error {
			migrated, err := p.Tenants.MigrateBehind(ctx)
			if migrated > 0 {
				p.Logger.InfoContext(ctx, "tenants whose schemas were behind were migrated", "count", migrated)
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
		{"prune console", time.Hour, func(ctx context.Context) error {
			_, err := p.Admins.Prune(ctx)
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
		{"prune assertions", 10 * time.Minute, func(ctx context.Context) error {
			_, err := p.SAML.Prune(ctx)
			return err
		}},
		{"reseal secrets", time.Hour, func(ctx context.Context) error {
			resealed, err := p.SignOn.Reseal(ctx)
			if resealed > 0 {
				p.Logger.InfoContext(ctx, "secrets were sealed under the first key", "count", resealed)
			}
			return err
		}},
		{"prune journals", 5 * time.Minute, func(ctx context.Context) error {
			_, err := p.Journals.Run(ctx)
			return err
		}},
	}
}
