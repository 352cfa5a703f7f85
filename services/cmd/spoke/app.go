package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/askspoke/spoke/observability/metrics"
	"github.com/askspoke/spoke/observability/ops"
	"github.com/askspoke/spoke/observability/tracing"
	"github.com/askspoke/spoke/services/console"
	"github.com/askspoke/spoke/services/console/account"
	"github.com/askspoke/spoke/services/gateway"
	"github.com/askspoke/spoke/services/onboarding"
	"github.com/askspoke/spoke/services/worker"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/activity"
	"github.com/askspoke/spoke/tenancy/admin"
	"github.com/askspoke/spoke/tenancy/directory"
	"github.com/askspoke/spoke/tenancy/guard"
	"github.com/askspoke/spoke/tenancy/hostclaim"
	"github.com/askspoke/spoke/tenancy/hostname"
	"github.com/askspoke/spoke/tenancy/journal"
	"github.com/askspoke/spoke/tenancy/lifecycle"
	"github.com/askspoke/spoke/tenancy/oauth"
	"github.com/askspoke/spoke/tenancy/operator"
	"github.com/askspoke/spoke/tenancy/ratelimit"
	"github.com/askspoke/spoke/tenancy/registry"
	"github.com/askspoke/spoke/tenancy/signon"
	"github.com/askspoke/spoke/tenancy/signon/saml"
	"github.com/askspoke/spoke/tenancy/status"
	"github.com/askspoke/spoke/tenancy/tenantdb"
	"github.com/askspoke/spoke/tenancy/token"
)

// app is the parts of Spoke put together over one database.
type app struct {
	settings settings
	log      *slog.Logger
	db       *tenantdb.DB
	hosts    hostname.Resolver
	tenants  *lifecycle.Manager
	tokens   *token.Store
	claims   *hostclaim.Store
	operator *operator.Store
	admins   *admin.Store
	clients  *oauth.Store
	signOn   *signon.Store
	saml     *saml.Store
	registry *registry.Registry
	gateway  *gateway.Gateway
	exports  journal.Exports
	api      *onboarding.Server
	console  *console.Server
	worker   *worker.Worker
	post     *post // nil: no mail is sent
	metrics  *metrics.Registry
	refusals *journal.Buffer
	activity *activity.Recorder
	status   *status.Store
	tracing  *tracing.Tracing // nil: nobody asks for traces
	redis    *ratelimit.Redis // nil: there is none

	openPages func() error // composes console
}

// open is compose with the console, as spoke serve has it.
func open(ctx context.Context, s settings, log *slog.Logger) (*app, error) {
	a, err := compose(ctx, s, log)
	if err != nil {
		return nil, err
	}
	if err := a.openPages(); err != nil {
		return nil, errors.Join(err, a.close())
	}
	return a, nil
}

// compose connects to the database and composes the parts. Nothing runs yet. The console is left to openPages: a command of
// the shell's shows no page, and to read all their templates takes a third of its time.
func compose(ctx context.Context, s settings, log *slog.Logger) (a *app, err error) {
	key, err := token.ParseKey(s.TokenKey)
	if err != nil {
		return nil, fmt.Errorf("SPOKE_TOKEN_KEY: %w", err)
	}
	hosts, err := hostname.NewResolver(s.BaseDomain)
	if err != nil {
		return nil, fmt.Errorf("SPOKE_BASE_DOMAIN: %w", err)
	}
	plans, err := s.plans()
	if err != nil {
		return nil, err
	}
	traces, err := s.tracing(ctx, log)
	if err != nil {
		return nil, err
	}
	db, err := tenantdb.Open(ctx, s.DatabaseURL, tenantdb.Options{
		MaxOpen: s.MaxConnections, Prepared: s.Prepared, Logger: log, OpenPool: traces.OpenDB,
	})
	if err != nil {
		return nil, err
	}
	a = &app{settings: s, log: log, db: db, hosts: hosts, tracing: traces}
	defer func() {
		if err != nil {
			err = errors.Join(err, a.close())
		}
	}()
	a.tenants = lifecycle.New(lifecycle.Config{DB: db, Plans: planNames(plans)})
	if a.tokens, err = token.New(token.Config{DB: db, Key: key, LimitOf: tokensOf(plans), Logger: log}); err != nil {
		return a, err
	}
	if a.clients, err = oauth.New(oauth.Config{DB: db, Key: key, LimitOf: tokensOf(plans), Logger: log}); err != nil {
		return a, err
	}
	a.registry = registry.New(registry.Config{
		DB: db, Hosts: hosts,
		Hear: func(signal tenantdb.Signal) {
			a.tokens.Hear(signal)
			a.clients.Hear(signal)
		},
		Reset: func() {
			a.tokens.Reset()
			a.clients.Reset()
		},
	})
	a.metrics = metrics.New(build())
	if !s.Metrics {
		a.metrics.LeaveOutRequests()
	}
	if err = a.metrics.Database(db.DB.DB, "spoke"); err != nil {
		return a, err
	}
	if err = a.metrics.SchemaBehind(a.tenants.Behind, log); err != nil {
		return a, err
	}
	a.refusals = journal.NewBuffer(journal.BufferConfig{DB: db, Logger: log})
	if err = a.metrics.Journal(func() metrics.JournalBuffer { return metrics.JournalBuffer(a.refusals.Stats()) }); err != nil {
		return a, err
	}
	store := directory.New(db, &journal.Recorder{DB: db, Off: !s.Journal})
	a.claims = hostclaim.New(hostclaim.Config{DB: db, Bases: hosts})
	if a.operator, err = operator.New(operator.Config{DB: db, Key: key, Logger: log}); err != nil {
		return a, err
	}
	if a.admins, err = admin.New(admin.Config{DB: db, Key: key, Logger: log}); err != nil {
		return a, err
	}
	if a.signOn, err = s.openSignOn(db, key, log); err != nil {
		return a, err
	}
	if a.saml, err = s.openSAML(db, key, log); err != nil {
		return a, err
	}
	a.status = status.New(status.Config{DB: db})
	a.activity = activity.New(activity.Config{DB: db, Heard: a.status.Mark, Bucket: s.pace().Bucket, Logger: log})
	if err = a.metrics.Activity(func() metrics.Activity { return metrics.Activity(a.activity.Stats()) }); err != nil {
		return a, err
	}
	if a.post, err = a.openPost(store); err != nil {
		return a, err
	}
	work := worker.Config{
		Jobs: worker.Jobs(worker.Parts{
			DB: db, Status: a.status, Pace: s.pace(), HealthEvery: s.healthEvery(),
			Tenants: a.tenants, Hosts: a.claims, Operators: a.operator, Admins: a.admins, Tokens: a.tokens, Clients: a.clients, SignOn: a.signOn, SAML: a.saml, Tell: a.post.tell(), Logger: log,
			Journals: journal.NewPruner(journal.PrunerConfig{DB: db, Tenants: a.tenants.ListAfter, Keep: journalsOf(plans), Also: pruneHolds(db), Logger: log}),
		}),
		Logger: log, Tracing: traces,
		Ran: func(job string, outcome worker.Outcome, at time.Time) {
			a.metrics.Job(job, string(outcome), outcome == worker.Done, at)
		},
	}
	accounts := &account.Store{Admins: a.admins, Directory: store}
	work.Jobs = append(work.Jobs, worker.Job{Name: "link administrators", Every: time.Hour, Do: accounts.LinkAll})
	a.post.addTo(&work)
	a.worker = worker.New(work)
	config := s.gateway()
	config.Status = a.status
	if s.Metrics {
		config.Activity = a.activity
	}
	config.Tracing = traces
	config.CursorKey = key.Derive("scim cursors")
	config.Journal = a.refusals
	if config.Rates != nil {
		config.Rates = gateway.DefaultRates(plans)
	}
	if config.Limiter, a.redis, err = openLimiter(ctx, s, log); err != nil {
		return a, err
	}
	if a.redis != nil {
		if err = a.metrics.RateLimitShared(a.redis.Up); err != nil {
			return a, err
		}
	}
	a.gateway = gateway.New(config, a.registry, a.tokens, a.clients, store, a.metrics, log)
	a.openPages = func() error { return a.openConsole(store, plans, config.Limiter) }
	return a, a.openAPI(store, plans, config.Limiter)
}

// lastSpans is how long a collector has to take the last spans.
const lastSpans = 2 * time.Second

func (a *app) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), lastSpans)
	defer cancel()
	if err := a.tracing.Shutdown(ctx); err != nil {
		a.log.Warn("spans were lost", "error", err)
	}
	if a.redis == nil {
		return a.db.Close()
	}
	return errors.Join(a.redis.Close(), a.db.Close())
}

// listeners are the two ports: SCIM, the onboarding API and the console, which is nil where none is run, and what operators
// look at.
type listeners struct{ scim, ops net.Listener }

// close gives the ports back where nothing was served.
func (l listeners) close() {
	if l.scim != nil {
		l.scim.Close()
	}
	if l.ops != nil {
		l.ops.Close()
	}
}

func listen(ctx context.Context, s settings, roles []string) (l listeners, err error) {
	var config net.ListenConfig
	if slices.ContainsFunc(roles, func(role string) bool { return role != roleWorker }) {
		if l.scim, err = config.Listen(ctx, "tcp", s.Addr); err != nil {
			return listeners{}, fmt.Errorf("listen for SCIM at %s: %w", s.Addr, err)
		}
	}
	if l.ops, err = config.Listen(ctx, "tcp", s.MetricsAddr); err != nil {
		l.ops = nil
		l.close()
		return listeners{}, fmt.Errorf("listen for metrics at %s: %w", s.MetricsAddr, err)
	}
	return l, nil
}

// run runs the roles. It serves until ctx ends, then goes on for the drain delay, no longer ready, and until every request
// in flight is answered. The ports of operators stay open until then, and what the requests left behind (last use of tokens,
// counts, refusals) is written last. Jobs are broken off as soon as ctx ends.
func (a *app) run(ctx context.Context, l listeners, roles []string) error {
	collectLess()
	if slices.Contains(roles, roleWorker) {
		if err := a.exportHealth(); err != nil {
			return err
		}
	}
	behind, finish := context.WithCancel(context.WithoutCancel(ctx))
	defer finish()
	group, ctx := errgroup.WithContext(ctx)
	serving, stop := context.WithCancel(behind)
	context.AfterFunc(ctx, func() {
		a.log.Info("draining", "delay", a.settings.Drain.String())
		time.AfterFunc(a.settings.Drain, stop)
	})
	group.Go(func() error {
		defer finish()
		if l.scim == nil {
			<-serving.Done()
			return nil
		}
		defer a.gateway.Finish()
		return gateway.Serve(serving, l.scim, a.front(roles), a.settings.Shutdown, a.log)
	})
	group.Go(func() error { return a.api.Run(behind) })
	group.Go(func() error { return a.console.Run(serving) })
	if slices.Contains(roles, roleWorker) {
		if a.post == nil {
			a.log.Info("nobody is told by mail: SPOKE_SMTP_URL is not set")
		}
		group.Go(func() error { return a.worker.Run(ctx) })
	}
	group.Go(func() error { return a.registry.Run(behind) })
	group.Go(func() error { return a.tokens.Run(behind) })
	group.Go(func() error { return a.refusals.Run(behind) })
	group.Go(func() error { return a.activity.Run(behind) })
	group.Go(func() error {
		return serveOps(behind, l.ops, ops.New(ops.Config{
			Metrics: a.metrics.Handler(),
			Logger:  a.log,
			Checks: []ops.Check{
				{Name: "database", Run: a.db.PingContext},
				{Name: "accepting", Run: func(context.Context) error { return ctx.Err() }},
			},
		}))
	})
	return group.Wait()
}

// serveOps serves what operators look at until ctx ends.
func serveOps(ctx context.Context, l net.Listener, handler http.Handler) error {
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second, WriteTimeout: time.Minute}
	stop := context.AfterFunc(ctx, func() { server.Close() })
	defer stop()
	if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve metrics: %w", err)
	}
	return nil
}

// tenantURL is what an administrator pastes into the identity provider.
func (a *app) tenantURL(slug tenancy.Slug) string {
	return a.settings.gateway().Base(a.hosts.Host(slug))
}

// pruneHolds is what is pruned with the journals: holds that were decided long ago.
func pruneHolds(db *tenantdb.DB) func(ctx context.Context, schema tenantdb.Schema, now time.Time, limit int) (int, error) {
	holds := guard.New(db, nil)
	return func(ctx context.Context, schema tenantdb.Schema, now time.Time, limit int) (int, error) {
		return holds.Prune(ctx, schema, now.Add(-guard.KeepDecided), limit)
	}
}
