package transfer_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/askspoke/spoke/infra/pgtest"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/hostname"
	"github.com/askspoke/spoke/tenancy/lifecycle"
	"github.com/askspoke/spoke/tenancy/registry"
	"github.com/askspoke/spoke/tenancy/tenantdb"
	"github.com/askspoke/spoke/tenancy/transfer"
)

var errCrash = errors.New("crash")

// crashing is a process that dies before a step, and does nothing after it.
func crashing(at lifecycle.Step) func(*lifecycle.Config) {
	var dead atomic.Bool
	return func(c *lifecycle.Config) {
		c.BeforeStep = func(_ context.Context, _ tenancy.Slug, step lifecycle.Step) error {
			if step == at || dead.Load() {
				dead.Store(true)
				return errCrash
			}
			return nil
		}
	}
}

// TestCrash breaks an import off before each of its steps. What is left is not to be seen, and either goes by itself or
// makes way for the same import.
func TestCrash(t *testing.T) {
	t.Parallel()
	good := sealed(small())
	// The import whose end differs is refused when all of it is there, and dies while it is undone.
	bad := strings.Replace(good, `"sha256":"`, `"sha256":"0`, 1)
	steps := map[lifecycle.Step]string{
		lifecycle.StepInsert: good, lifecycle.StepSchema: good, lifecycle.StepExtensions: good, lifecycle.StepFill: good, lifecycle.StepActivate: good,
		lifecycle.StepCondemn: bad, lifecycle.StepDropSchema: bad, lifecycle.StepDeleteRows: bad, lifecycle.StepAnnounceGone: bad,
	}
	for _, then := range []string{"purge", "import", "create"} {
		t.Run(then, func(t *testing.T) {
			t.Parallel()
			h := build(t)
			for step, text := range steps {
				slug := tenancy.Slug("acme-" + strings.ReplaceAll(string(step), " ", "-"))
				dying := extend(t, h.db, crashing(step))
				_, err := dying.Transfer.Import(t.Context(), strings.NewReader(text), transfer.Importing{Slug: slug})
				if text == good && !errors.Is(err, errCrash) || text == bad && !errors.Is(err, tenancy.ErrImport) {
					t.Fatalf("%s: the import: %v", step, err)
				}
				h.unseen(slug)
				switch then {
				case "purge":
					if _, err := h.PurgeDue(t.Context()); err != nil {
						t.Fatal(err)
					}
					h.nothing(slug)
				case "import":
					if n := len(lines(h.export(h.imported([]byte(good), slug)))); n != len(small())+1 {
						t.Errorf("%s: the export has %d lines", step, n)
					}
				case "create":
					_, err := h.Create(t.Context(), newTenant(slug))
					if purging := step == lifecycle.StepDropSchema || step == lifecycle.StepDeleteRows; purging && !errors.Is(err, tenancy.ErrSlugTaken) || !purging && err != nil {
						t.Errorf("%s: %v", step, err)
					}
				}
				h.noOrphans()
			}
		})
	}
}

// TestCrashBeforeAnnounce breaks an import off when the tenant is there already: it stays.
func TestCrashBeforeAnnounce(t *testing.T) {
	t.Parallel()
	h := build(t)
	dying := extend(t, h.db, crashing(lifecycle.StepAnnounce))
	if _, err := dying.Transfer.Import(t.Context(), strings.NewReader(sealed(small())), transfer.Importing{}); !errors.Is(err, errCrash) {
		t.Fatal(err)
	}
	if n, err := h.PurgeDue(t.Context()); n != 0 || err != nil {
		t.Errorf("purged %d, %v", n, err)
	}
	tenant, err := h.Get(t.Context(), "acme")
	if err != nil || tenant.State != tenancy.StateActive {
		t.Errorf("%v, %v", tenant.State, err)
	}
	if _, err := h.Transfer.Import(t.Context(), strings.NewReader(sealed(small())), transfer.Importing{}); !errors.Is(err, tenancy.ErrSlugTaken) {
		t.Errorf("again: %v", err)
	}
}

// unseen fails the test when a tenant with the slug is served.
func (h house) unseen(slug tenancy.Slug) {
	h.Helper()
	hosts, err := hostname.NewResolver("askspoke.com")
	if err != nil {
		h.Fatal(err)
	}
	_, err = registry.New(registry.Config{DB: h.db, Hosts: hosts}).Resolve(h.Context(), string(slug)+".askspoke.com")
	if !errors.Is(err, tenancy.ErrHostNotFound) {
		h.Errorf("%s is served: %v", slug, err)
	}
}

// noOrphans fails the test when there is a schema that no row tells of.
func (h house) noOrphans() {
	h.Helper()
	var schemas int
	err := h.db.GetContext(h.Context(), &schemas, `SELECT count(*) FROM pg_namespace n
		WHERE nspname LIKE 'tenant\_%' AND NOT EXISTS (SELECT 1 FROM spoke.tenants t WHERE t.schema_name = n.nspname)`)
	if err != nil || schemas != 0 {
		h.Errorf("%d schemas belong to nobody, %v", schemas, err)
	}
}

// gate is a stream that stops at a place until it is let on.
type gate struct {
	before, after io.Reader
	reached, on   chan struct{}
}

func newGate(text string, at int) *gate {
	return &gate{strings.NewReader(text[:at]), strings.NewReader(text[at:]), make(chan struct{}), make(chan struct{})}
}

func (g *gate) Read(p []byte) (int, error) {
	n, err := g.before.Read(p)
	if !errors.Is(err, io.EOF) {
		return n, err
	}
	if g.reached != nil {
		close(g.reached)
		g.reached = nil
		<-g.on
	}
	return g.after.Read(p)
}

// TestTwoImports begins a second import of a slug, a creation and a purge while the first import goes on.
func TestTwoImports(t *testing.T) {
	t.Parallel()
	h := build(t)
	other := extend(t, h.db)
	text := sealed(small())
	first := newGate(text, len(text)-20)
	reached := first.reached
	result := make(chan error, 1)
	go func() {
		_, err := h.Transfer.Import(t.Context(), first, transfer.Importing{})
		result <- err
	}()
	<-reached
	h.unseen("acme")
	_, err := other.Transfer.Import(t.Context(), strings.NewReader(text), transfer.Importing{})
	var state *tenancy.StateError
	if !errors.As(err, &state) || state.State != tenancy.StateImporting || !strings.Contains(state.Error(), "it is being imported") {
		t.Errorf("the second import: %v", err)
	}
	if n, err := other.PurgeDue(t.Context()); n != 0 || err != nil {
		t.Errorf("purged %d while it is imported, %v", n, err)
	}
	if _, err := other.Transfer.Import(t.Context(), strings.NewReader(text), transfer.Importing{Slug: "acme-two"}); err != nil {
		t.Errorf("another slug meanwhile: %v", err)
	}
	close(first.on)
	if err := <-result; err != nil {
		t.Errorf("the first import: %v", err)
	}
	if _, err := other.Transfer.Import(t.Context(), strings.NewReader(text), transfer.Importing{}); !errors.Is(err, tenancy.ErrSlugTaken) {
		t.Errorf("after the first import: %v", err)
	}
}

// TestImportCancelled ends the context in the middle.
func TestImportCancelled(t *testing.T) {
	t.Parallel()
	h := build(t)
	text := sealed(small())
	ctx, cancel := context.WithCancel(t.Context())
	g := newGate(text, len(text)-200)
	reached := g.reached
	go func() {
		<-reached
		cancel()
		close(g.on)
	}()
	if _, err := h.Transfer.Import(ctx, g, transfer.Importing{}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	h.nothing("acme")
}

// The environment of a process that imports what it reads, until somebody kills it.
const childVariable = "SPOKE_TEST_IMPORT_INTO"

func TestMain(m *testing.M) {
	if url := os.Getenv(childVariable); url != "" {
		importForever(url)
	}
	os.Exit(m.Run())
}

func importForever(url string) {
	db, err := tenantdb.Open(context.Background(), url, tenantdb.Options{})
	if err != nil {
		panic(err)
	}
	manager := lifecycle.New(lifecycle.Config{DB: db, Plans: []string{"team"}})
	_, err = transfer.New(db, manager, newDirectory(db)).Import(context.Background(), os.Stdin, transfer.Importing{})
	panic(err) // it is to be killed before
}

// TestKilled kills a process that has written a part of a tenant.
func TestKilled(t *testing.T) {
	t.Parallel()
	h := build(t)
	source := h.acme()
	h.filler(source, 5).fill(1500, 0)
	text := h.export(source)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	child := exec.CommandContext(ctx, os.Args[0]) //nolint:gosec // this very test
	child.Env = append(os.Environ(), childVariable+"="+pgtest.Address(t, h.db))
	child.Stderr = os.Stderr
	stdin, err := child.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	text = bytes.Replace(text, []byte(`"slug":"acme"`), []byte(`"slug":"acme-two"`), 1)
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	written := make(chan error, 1)
	go func() {
		_, err := stdin.Write(text[:len(text)*9/10]) // and no more comes
		written <- err
	}()
	h.await(ctx, "rows of the import", func() bool {
		tenant, err := h.Get(ctx, "acme-two")
		if errors.Is(err, tenancy.ErrNotFound) {
			return false
		}
		var n int
		if err == nil {
			err = h.db.GetContext(ctx, &n, `SELECT count(*) FROM `+tenantdb.SchemaFor(tenant.ID).Table("users"))
		}
		return err == nil && n >= 1000
	})
	if n, err := h.PurgeDue(ctx); n != 0 || err != nil {
		t.Errorf("purged %d while it is imported, %v", n, err)
	}
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = child.Wait() // it was killed
	<-written
	h.unseen("acme-two")
	h.await(ctx, "the sweep", func() bool { // Postgres notices a moment later
		n, err := h.PurgeDue(ctx)
		if err != nil {
			t.Fatal(err)
		}
		return n == 1
	})
	h.nothing("acme-two")
	h.imported(h.export(source), "acme-two")
}

// await asks until it is so.
func (h house) await(ctx context.Context, what string, so func() bool) {
	h.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !so() {
		select {
		case <-ctx.Done():
			h.Fatalf("%s: %v", what, ctx.Err())
		case <-tick.C:
		}
	}
}
