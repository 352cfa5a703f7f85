package worker_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/askspoke/spoke/infra/pgtest"
	"github.com/askspoke/spoke/services/worker"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/admin"
	"github.com/askspoke/spoke/tenancy/hostclaim"
	"github.com/askspoke/spoke/tenancy/hostname"
	"github.com/askspoke/spoke/tenancy/journal"
	"github.com/askspoke/spoke/tenancy/lifecycle"
	"github.com/askspoke/spoke/tenancy/oauth"
	"github.com/askspoke/spoke/tenancy/operator"
	"github.com/askspoke/spoke/tenancy/seal"
	"github.com/askspoke/spoke/tenancy/signon"
	"github.com/askspoke/spoke/tenancy/signon/saml"
	"github.com/askspoke/spoke/tenancy/status"
	"github.com/askspoke/spoke/tenancy/tenantdb"
	"github.com/askspoke/spoke/tenancy/token"
)

var at = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// parts are those of one replica, which share a clock with the others.
func parts(t *testing.T, db *tenantdb.DB, key token.Key, now func() time.Time) worker.Parts {
	t.Helper()
	operators, err := operator.New(operator.Config{DB: db, Key: key, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	admins, err := admin.New(admin.Config{DB: db, Key: key, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	tokens, err := token.New(token.Config{DB: db, Key: key, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	clients, err := oauth.New(oauth.Config{DB: db, Key: key, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	sealer, err := seal.New(key)
	if err != nil {
		t.Fatal(err)
	}
	signOn, err := signon.New(signon.Config{DB: db, Key: key, Seal: sealer, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	bySAML, err := saml.New(saml.Options{DB: db, Key: key, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	bases, err := hostname.NewResolver("askspoke.com")
	if err != nil {
		t.Fatal(err)
	}
	tenants := lifecycle.New(lifecycle.Config{DB: db, Now: now})
	return worker.Parts{
		Tenants: tenants,
		DB:      db, Status: status.New(status.Config{DB: db}), Now: now,
		Hosts:     hostclaim.New(hostclaim.Config{DB: db, Bases: bases, Now: now}),
		Operators: operators, Admins: admins, Tokens: tokens, Clients: clients, SignOn: signOn, SAML: bySAML,
		Journals: journal.NewPruner(journal.PrunerConfig{
			DB: db, Tenants: tenants.ListAfter, Now: now, Keep: func(string) (time.Duration, bool) { return 90 * 24 * time.Hour, true },
		}),
	}
}

// Time passes, and three replicas at once, one with no more than two connections, do what has become due, once.
func TestJobs(t *testing.T) {
	t.Parallel()
	db, tenants := pgtest.Tenants(t, 4)
	key, err := token.ParseKey(token.GenerateKey())
	if err != nil {
		t.Fatal(err)
	}
	var now atomic.Value // a time.Time: caches look at the clock by themselves
	now.Store(at)
	clock := func() time.Time { return now.Load().(time.Time) }
	p := parts(t, db, key, clock)
	for i, grace := range []time.Duration{time.Hour, lifecycle.MaxGrace} {
		if _, err := p.Tenants.Delete(t.Context(), tenants[i].ID, grace); err != nil {
			t.Fatal(err)
		}
	}
	for _, unique := range []bool{false, true} {
		if _, err := p.Tenants.Update(t.Context(), tenants[2].ID, 0, lifecycle.Change{UniqueGroupNames: &unique}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := p.Hosts.Claim(t.Context(), tenants[3].ID, "scim.acme.com"); err != nil {
		t.Fatal(err)
	}
	db.MustExec(`INSERT INTO `+tenantdb.Control.Table("audit")+` (id, at, actor, name, role, operation, request_id, address, problem, replayed)
		VALUES ($1, $2, 'a', 'a', 'admin', 'listTenants', $1, '', '', false)`, string(tenancy.NewID()), at.Add(-operator.DefaultKeepCalls))

	_, expiring, err := p.Tokens.Mint(t.Context(), tenants[3].ID, "Okta", at.Add(40*24*time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Clients.JWKS(t.Context()); err != nil { // makes a key that signs
		t.Fatal(err)
	}

	if err := p.Admins.Sessions().CommitCtx(t.Context(), "browser", nil, at.Add(2*time.Hour)); err != nil {
		t.Fatal(err)
	}

	var log bytes.Buffer
	p.Logger = slog.New(slog.NewTextHandler(&log, nil))
	sweep := func(all ...worker.Parts) {
		t.Helper()
		var wg sync.WaitGroup
		for _, p := range all {
			wg.Go(func() {
				for _, job := range worker.Jobs(p) {
					if err := job.Do(t.Context()); err != nil {
						t.Errorf("%s: %v", job.Name, err)
					}
				}
			})
		}
		wg.Wait()
	}
	left := func(table, condition string) (n int) {
		t.Helper()
		if err := db.Get(&n, `SELECT count(*) FROM `+tenantdb.Control.Table(table)+` WHERE `+condition); err != nil {
			t.Fatal(err)
		}
		return n
	}
	schema := tenantdb.SchemaFor(tenants[3].ID)
	entry, err := journal.NewID()
	if err != nil {
		t.Fatal(err)
	}
	db.MustExec(`INSERT INTO `+schema.Table("journal")+` (id, at, action, resource_type, resource_id, version, actor, request_id, detail)
		VALUES ($1, $2, 'create', 'User', $1, 1, '', '', '{}')`, entry, at)
	entries := func(want int) {
		t.Helper()
		var n int
		if err := db.Get(&n, `SELECT count(*) FROM `+schema.Table("journal")); err != nil || n != want {
			t.Errorf("%d entries of the journal are left, want %d, %v", n, want, err)
		}
	}
	state := func(want [4]int) {
		t.Helper()
		got := [4]int{left("tenants", "true"), left("tenants", "names_settle_at IS NOT NULL"), left("host_claims", "true"), left("audit", "true")}
		if got != want {
			t.Errorf("left are tenants, unsettled names, claims and calls %v, want %v", got, want)
		}
	}
	state([4]int{4, 1, 1, 1})
	sweep(p)
	state([4]int{4, 1, 1, 0})
	now.Store(at.Add(time.Hour))
	two := pgtest.Open(t, pgtest.Address(t, db), tenantdb.Options{MaxOpen: 2})
	sweep(p, parts(t, two, key, clock), parts(t, db, key, clock))
	state([4]int{3, 0, 1, 0})
	if n := left("sessions", "true"); n != 1 {
		t.Errorf("%d sessions are left", n)
	}
	now.Store(at.Add(30 * 24 * time.Hour))
	sweep(p)
	state([4]int{3, 0, 0, 0})
	if n := left("sessions", "true"); n != 0 {
		t.Errorf("%d expired sessions are left", n)
	}
	entries(1)
	now.Store(at.Add(lifecycle.MaxGrace))
	sweep(p)
	state([4]int{2, 0, 0, 0})
	if got := log.String(); !strings.Contains(got, "tenants were purged") {
		t.Errorf("logged:\n%s", got)
	}
	var said []string
	if err := db.Select(&said, `SELECT kind || ' ' || days FROM `+tenantdb.Control.Table("token_events")+`
		WHERE credential_id = $1 ORDER BY at`, expiring.ID); err != nil {
		t.Fatal(err)
	}
	if want := []string{"expiring 30"}; !cmp.Equal(said, want) { // the next sweep is more than a week after its expiry
		t.Errorf("said of the token: %q, want %q", said, want)
	}
	now.Store(at.Add(500 * 24 * time.Hour))
	sweep(p)
	entries(0)
	if n := left("token_events", "true"); n != 0 {
		t.Errorf("%d events of tokens are left", n)
	}
	if n := left("oauth_keys", "true"); n != 0 {
		t.Errorf("%d expired keys are left", n)
	}
}

// The whole worker over a real database: what is due goes without anybody asking, and the worker stops when it is told to.
func TestRun(t *testing.T) {
	t.Parallel()
	db, tenants := pgtest.Tenants(t, 1)
	key, err := token.ParseKey(token.GenerateKey())
	if err != nil {
		t.Fatal(err)
	}
	p := parts(t, db, key, nil)
	if _, err := p.Tenants.Delete(t.Context(), tenants[0].ID, 0); err != nil {
		t.Fatal(err)
	}
	ran := make(chan string, 64)
	w := worker.New(worker.Config{
		Jobs: worker.Jobs(p), Jitter: func(time.Duration) time.Duration { return time.Millisecond },
		Ran: func(job string, outcome worker.Outcome, _ time.Time) {
			select {
			case ran <- job + " " + string(outcome):
			default:
			}
		},
	})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- w.Run(ctx) }()
	seen := make(map[string]bool)
	deadline := time.After(30 * time.Second)
	for len(seen) < len(worker.Jobs(p)) {
		select {
		case line := <-ran:
			seen[line] = true
		case <-deadline:
			t.Fatalf("only these have run: %v", seen)
		}
	}
	for _, job := range worker.Jobs(p) {
		if !seen[job.Name+" done"] {
			t.Errorf("%s is not done: %v", job.Name, seen)
		}
	}
	if _, err := p.Tenants.ByID(t.Context(), tenants[0].ID); !errors.Is(err, tenancy.ErrNotFound) {
		t.Errorf("the tenant: %v", err)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
