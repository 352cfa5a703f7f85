package signon_test

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/google/uuid"

	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/seal"
	"github.com/askspoke/spoke/tenancy/signon"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

func (w world) draft(t *testing.T, tenant tenancy.ID, name string) signon.Connection {
	t.Helper()
	c, err := w.Create(t.Context(), signon.NewConnection{
		Tenant: tenant, Kind: signon.KindOIDC, Name: name, Config: settings("https://login.example.com"), Secret: []byte(secret), CreatedBy: by,
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (w world) tested(t *testing.T, c signon.Connection) {
	t.Helper()
	if err := w.Tested(t.Context(), c.Tenant, c.ID, c.Revision, by); err != nil {
		t.Fatal(err)
	}
}

func (w world) mode(t *testing.T, tenant tenancy.ID) (signon.Mode, string) {
	t.Helper()
	p, err := w.Policy(t.Context(), tenant)
	if err != nil {
		t.Fatal(err)
	}
	return p.Mode, p.Connection.ID
}

// compared ignores the sealed secret, which no test outside sees.
var compared = cmpopts.IgnoreUnexported(signon.Connection{})

func TestConnection(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tenant, other := w.tenants[0].ID, w.tenants[1].ID
	made := w.draft(t, tenant, " Entra ID ")
	now := w.clock.Now()
	want := signon.Connection{
		ID: made.ID, Tenant: tenant, Kind: signon.KindOIDC, Name: "Entra ID", Config: made.Config, HasSecret: true, State: signon.Draft,
		StateAt: now, StateBy: by, Revision: made.Revision, CreatedAt: now, CreatedBy: by, ChangedAt: now, ChangedBy: by,
	}
	if diff := cmp.Diff(want, made, compared); diff != "" {
		t.Errorf("made (-want +got):\n%s", diff)
	}
	if o, err := made.OIDC(); err != nil || o.Issuer != "https://login.example.com" {
		t.Errorf("settings: %v, %v", o, err)
	}
	got, err := w.Get(t.Context(), tenant, made.ID)
	if diff := cmp.Diff(want, got, compared); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if text, err := w.Secret(got); err != nil || string(text) != secret {
		t.Errorf("secret %q, %v", text, err)
	}
	for _, id := range []string{made.ID, uuid.NewString(), "x", ""} {
		if _, err := w.Get(t.Context(), other, id); !errors.Is(err, signon.ErrNotFound) {
			t.Errorf("another tenant's: %v", err)
		}
	}
	if err := w.Remove(t.Context(), other, made.ID); err != nil {
		t.Error(err)
	}
	if _, err := w.Change(t.Context(), other, made.ID, signon.ConnectionChange{Revision: made.Revision, Name: "x", Config: settings("y")}); !errors.Is(err, signon.ErrNotFound) {
		t.Errorf("changed by another tenant: %v", err)
	}
	if err := w.Tested(t.Context(), other, made.ID, made.Revision, by); !errors.Is(err, signon.ErrNotFound) {
		t.Errorf("tested by another tenant: %v", err)
	}
	if _, err := w.Enforce(t.Context(), other, made.ID, made.Revision, by); !errors.Is(err, signon.ErrNotFound) {
		t.Errorf("enforced by another tenant: %v", err)
	}
	if list, err := w.List(t.Context(), tenant); err != nil || len(list) != 1 || list[0].ID != made.ID {
		t.Errorf("list: %v, %v", list, err)
	}
	if err := w.Remove(t.Context(), tenant, made.ID); err != nil {
		t.Error(err)
	}
	if list, err := w.List(t.Context(), tenant); err != nil || len(list) != 0 {
		t.Errorf("list: %v, %v", list, err)
	}
}

func TestConnectionIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for name, tc := range map[string]struct {
		change func(*signon.NewConnection)
		want   error
	}{
		"no name":      {func(n *signon.NewConnection) { n.Name = " " }, signon.ErrName},
		"two lines":    {func(n *signon.NewConnection) { n.Name = "a\nb" }, signon.ErrName},
		"a long name":  {func(n *signon.NewConnection) { n.Name = strings.Repeat("x", 101) }, signon.ErrName},
		"kind":         {func(n *signon.NewConnection) { n.Kind = "ldap" }, signon.ErrKind},
		"a list":       {func(n *signon.NewConnection) { n.Config = []string{} }, signon.ErrConfig},
		"nothing":      {func(n *signon.NewConnection) { n.Config = nil }, signon.ErrConfig},
		"large":        {func(n *signon.NewConnection) { n.Config = map[string]string{"x": strings.Repeat("x", 300<<10)} }, signon.ErrConfig},
		"NUL":          {func(n *signon.NewConnection) { n.Config = map[string]string{"x": "\x00"} }, signon.ErrConfig},
		"empty secret": {func(n *signon.NewConnection) { n.Secret = []byte{} }, signon.ErrSecret},
		"large secret": {func(n *signon.NewConnection) { n.Secret = make([]byte, 17<<10) }, signon.ErrSecret},
		"no tenant":    {func(n *signon.NewConnection) { n.Tenant = tenancy.ID(uuid.NewString()) }, tenancy.ErrNotFound},
		"id":           {func(n *signon.NewConnection) { n.ID = "x" }, signon.ErrNotFound},
		"another's id": {func(n *signon.NewConnection) { n.ID = w.draft(t, w.tenants[1].ID, "x").ID }, signon.ErrConflict},
	} {
		n := signon.NewConnection{Tenant: w.tenants[0].ID, Kind: signon.KindSAML, Name: "x", Config: map[string]string{}, CreatedBy: by}
		tc.change(&n)
		if _, err := w.Create(t.Context(), n); !errors.Is(err, tc.want) {
			t.Errorf("%s: %v, want %v", name, err, tc.want)
		}
	}
	if list, err := w.List(t.Context(), w.tenants[0].ID); err != nil || len(list) != 0 {
		t.Errorf("list: %v, %v", list, err)
	}
}

// However many are made at once, a tenant has five at most.
func TestConnectionLimit(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	errs := make([]error, 12)
	var wait sync.WaitGroup
	for i := range errs {
		wait.Go(func() {
			_, errs[i] = w.Create(t.Context(), signon.NewConnection{Tenant: w.tenants[0].ID, Kind: signon.KindOIDC, Name: "x", Config: settings("x"), CreatedBy: by})
		})
	}
	wait.Wait()
	made := 0
	for _, err := range errs {
		if err == nil {
			made++
		} else if !errors.Is(err, signon.ErrLimit) {
			t.Error(err)
		}
	}
	if made != signon.MaxConnections {
		t.Errorf("%d were made", made)
	}
}

// A test is worth nothing after a change of what was tested; a change that somebody else did not see is not lost.
func TestChange(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.draft(t, w.tenants[0].ID, "Entra")
	w.tested(t, c)
	n := signon.ConnectionChange{Revision: c.Revision, Name: "Okta", Config: c.Config, Provision: true, By: "admin:b"}
	renamed, err := w.Change(t.Context(), c.Tenant, c.ID, n)
	if err != nil || renamed.Name != "Okta" || !renamed.Provision || renamed.ChangedBy != "admin:b" || renamed.Revision != c.Revision || renamed.TestedBy != by {
		t.Errorf("renamed: %+v, %v", renamed, err)
	}
	n.Config = settings("https://other.example.com")
	if _, err := w.Change(t.Context(), c.Tenant, c.ID, n); !errors.Is(err, signon.ErrElse) {
		t.Errorf("the secret goes along to another provider: %v", err)
	}
	n.Secret = []byte("the other's")
	moved, err := w.Change(t.Context(), c.Tenant, c.ID, n)
	if err != nil || moved.Revision == c.Revision || !moved.TestedAt.IsZero() || !moved.HasSecret {
		t.Errorf("moved: %+v, %v", moved, err)
	}
	n.Secret = nil
	if _, err := w.Change(t.Context(), c.Tenant, c.ID, n); !errors.Is(err, signon.ErrConflict) {
		t.Errorf("changed from what was: %v", err)
	}
	if err := w.Tested(t.Context(), c.Tenant, c.ID, c.Revision, by); !errors.Is(err, signon.ErrConflict) {
		t.Errorf("a test of what was: %v", err)
	}
	w.tested(t, moved)
	n.Revision, n.Secret = moved.Revision, []byte("new")
	rotated, err := w.Change(t.Context(), c.Tenant, c.ID, n)
	if err != nil || rotated.Revision == moved.Revision || !rotated.TestedAt.IsZero() {
		t.Errorf("rotated: %+v, %v", rotated, err)
	}
	if text, err := w.Secret(rotated); err != nil || string(text) != "new" {
		t.Errorf("secret %q, %v", text, err)
	}
}

// What is enforced was tested by an administrator, and stays as it is until another that was tested takes its place.
func TestEnforce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tenant := w.tenants[0].ID
	c := w.draft(t, tenant, "Entra")
	if _, err := w.Enforce(t.Context(), tenant, c.ID, c.Revision, by); !errors.Is(err, signon.ErrUntested) {
		t.Errorf("untested: %v", err)
	}
	if err := w.Offer(t.Context(), tenant, c.ID, c.Revision, by); err != nil {
		t.Error(err)
	}
	if mode, id := w.mode(t, tenant); mode != signon.ModeOffered || id != c.ID {
		t.Errorf("mode %s of %s", mode, id)
	}
	guest := signon.ConnectionChange{Revision: c.Revision, Name: "x", Config: settings("https://evil.example.com"), DraftOnly: true, By: "link:x"}
	if _, err := w.Change(t.Context(), tenant, c.ID, guest); !errors.Is(err, signon.ErrLive) {
		t.Errorf("changed by who may change drafts alone: %v", err)
	}
	w.tested(t, c)
	if _, err := w.Enforce(t.Context(), tenant, c.ID, uuid.NewString(), by); !errors.Is(err, signon.ErrConflict) {
		t.Errorf("another revision: %v", err)
	}
	codes, err := w.Enforce(t.Context(), tenant, c.ID, c.Revision, by)
	if err != nil || len(codes) != 10 {
		t.Fatalf("%d codes, %v", len(codes), err)
	}
	if again, err := w.Enforce(t.Context(), tenant, c.ID, c.Revision, by); err != nil || again != nil {
		t.Errorf("enforced again: %v, %v", again, err)
	}
	if err := w.Remove(t.Context(), tenant, c.ID); !errors.Is(err, signon.ErrLive) {
		t.Errorf("removed: %v", err)
	}
	n := signon.ConnectionChange{Revision: c.Revision, Name: "x", Config: settings("https://evil.example.com"), By: by}
	if _, err := w.Change(t.Context(), tenant, c.ID, n); !errors.Is(err, signon.ErrEnforced) {
		t.Errorf("changed: %v", err)
	}
	n.Config, n.Secret = c.Config, []byte("x")
	if _, err := w.Change(t.Context(), tenant, c.ID, n); !errors.Is(err, signon.ErrEnforced) {
		t.Errorf("another secret: %v", err)
	}
	n.Secret = nil
	if got, err := w.Change(t.Context(), tenant, c.ID, n); err != nil || got.Name != "x" {
		t.Errorf("renamed: %v", err)
	}

	next, err := w.Copy(t.Context(), tenant, c.ID, "New secret", by)
	if err != nil || next.State != signon.Draft || !next.TestedAt.IsZero() {
		t.Fatalf("copy: %+v, %v", next, err)
	}
	if text, err := w.Secret(next); err != nil || string(text) != secret {
		t.Errorf("the copy's secret %q, %v", text, err)
	}
	if _, err := w.Enforce(t.Context(), tenant, next.ID, next.Revision, by); !errors.Is(err, signon.ErrUntested) {
		t.Errorf("untested copy: %v", err)
	}
	w.tested(t, next)
	if more, err := w.Enforce(t.Context(), tenant, next.ID, next.Revision, by); err != nil || more != nil {
		t.Errorf("copy: %v, %v", more, err)
	}
	if mode, id := w.mode(t, tenant); mode != signon.ModeEnforced || id != next.ID {
		t.Errorf("mode %s of %s", mode, id)
	}
	if err := w.UseCode(t.Context(), tenant, codes[0], by); err != nil {
		t.Errorf("a code from before: %v", err)
	}
	if err := w.Remove(t.Context(), tenant, c.ID); err != nil {
		t.Errorf("remove what was enforced: %v", err)
	}
	if err := w.TurnOff(t.Context(), tenant, by); err != nil {
		t.Error(err)
	}
	if mode, _ := w.mode(t, tenant); mode != signon.ModeOff {
		t.Errorf("mode %s", mode)
	}
	if err := w.UseCode(t.Context(), tenant, codes[1], by); !errors.Is(err, signon.ErrCode) {
		t.Errorf("a code when nothing is enforced: %v", err)
	}
}

// Whatever is changed while it is being enforced, what is enforced was tested.
func TestEnforceMeetsChange(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tenant := w.tenants[0].ID
	for round := range 20 {
		c := w.draft(t, tenant, "x")
		w.tested(t, c)
		var changed, enforced error
		var wait sync.WaitGroup
		wait.Go(func() {
			_, changed = w.Change(t.Context(), tenant, c.ID, signon.ConnectionChange{Revision: c.Revision, Name: "x", Config: settings("https://evil.example.com"), Secret: []byte("new"), By: by})
		})
		wait.Go(func() { _, enforced = w.Enforce(t.Context(), tenant, c.ID, c.Revision, by) })
		wait.Wait()
		p, err := w.Policy(t.Context(), tenant)
		if err != nil {
			t.Fatal(err)
		}
		if (changed == nil) == (enforced == nil) {
			t.Fatalf("round %d: change %v, enforce %v", round, changed, enforced)
		}
		if p.Mode == signon.ModeEnforced && (p.Connection.TestedAt.IsZero() || string(p.Connection.Config) != string(c.Config)) {
			t.Fatalf("round %d: untested settings are enforced", round)
		}
		if err := w.TurnOff(t.Context(), tenant, by); err != nil {
			t.Fatal(err)
		}
		if err := w.Remove(t.Context(), tenant, c.ID); err != nil {
			t.Fatal(err)
		}
	}
}

// Of several that are enforced at once one counts.
func TestOneCounts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tenant := w.tenants[0].ID
	made := make([]signon.Connection, signon.MaxConnections)
	for i := range made {
		made[i] = w.draft(t, tenant, "x")
		w.tested(t, made[i])
	}
	var wait sync.WaitGroup
	sets := make([][]string, len(made))
	for i, c := range made {
		wait.Go(func() {
			var err error
			if sets[i], err = w.Enforce(t.Context(), tenant, c.ID, c.Revision, by); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	list, err := w.List(t.Context(), tenant)
	if err != nil {
		t.Fatal(err)
	}
	live := slices.DeleteFunc(list, func(c signon.Connection) bool { return !c.Live() })
	if len(live) != 1 {
		t.Errorf("%d count", len(live))
	}
	if handed := slices.DeleteFunc(sets, func(s []string) bool { return s == nil }); len(handed) != 1 {
		t.Errorf("codes were handed out %d times", len(handed))
	}
}

func TestCodes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tenant, other := w.tenants[0].ID, w.tenants[1].ID
	if _, err := w.RenewCodes(t.Context(), tenant, by, time.Time{}); !errors.Is(err, signon.ErrNoPolicy) {
		t.Errorf("codes when nothing is enforced: %v", err)
	}
	c := w.draft(t, tenant, "x")
	w.tested(t, c)
	old, err := w.Enforce(t.Context(), tenant, c.ID, c.Revision, by)
	if err != nil {
		t.Fatal(err)
	}
	before, err := w.Codes(t.Context(), tenant)
	if err != nil {
		t.Fatal(err)
	}
	w.clock.Pass(time.Minute)
	codes, err := w.RenewCodes(t.Context(), tenant, by, before.Made)
	if err != nil || len(codes) != 10 || len(slices.Compact(slices.Sorted(slices.Values(codes)))) != 10 {
		t.Fatalf("%d codes, %v", len(codes), err)
	}
	for _, made := range []time.Time{before.Made, {}} {
		if _, err := w.RenewCodes(t.Context(), tenant, by, made); !errors.Is(err, signon.ErrRenewed) {
			t.Errorf("asked again: %v", err)
		}
	}
	if err := w.UseCode(t.Context(), tenant, old[0], by); !errors.Is(err, signon.ErrCode) {
		t.Errorf("one from before: %v", err)
	}
	if err := w.UseCode(t.Context(), other, codes[0], by); !errors.Is(err, signon.ErrCode) {
		t.Errorf("at another tenant: %v", err)
	}
	for _, text := range []string{"", "x", strings.Repeat("0", 16), strings.Repeat("0", 10000), codes[0][1:], "ſ" + codes[0][1:]} {
		if err := w.LookCode(t.Context(), tenant, text); !errors.Is(err, signon.ErrCode) {
			t.Errorf("look at %q: %v", text, err)
		}
		if err := w.UseCode(t.Context(), tenant, text, by); !errors.Is(err, signon.ErrCode) {
			t.Errorf("%.20q: %v", text, err)
		}
	}
	if err := w.UseCode(t.Context(), tenant, " "+strings.ToUpper(strings.ReplaceAll(codes[0], "-", " ")), by); err != nil {
		t.Errorf("as a person types it: %v", err)
	}
	if err := errors.Join(w.LookCode(t.Context(), tenant, codes[1]), w.LookCode(t.Context(), tenant, codes[1])); err != nil {
		t.Errorf("a look uses it up: %v", err)
	}
	if err := w.LookCode(t.Context(), tenant, codes[0]); !errors.Is(err, signon.ErrCode) {
		t.Errorf("look at one that was used: %v", err)
	}
	if err := w.LookCode(t.Context(), other, codes[1]); !errors.Is(err, signon.ErrCode) {
		t.Errorf("look at another tenant's: %v", err)
	}
	if err := w.UseCode(t.Context(), tenant, codes[0], by); !errors.Is(err, signon.ErrCode) {
		t.Errorf("once more: %v", err)
	}
	results := make([]error, 8)
	var wait sync.WaitGroup
	for i := range results {
		wait.Go(func() { results[i] = w.UseCode(t.Context(), tenant, codes[1], by) })
	}
	wait.Wait()
	if used := slices.DeleteFunc(results, func(err error) bool { return err != nil }); len(used) != 1 {
		t.Errorf("a code was used %d times at once", len(used))
	}
	if left, err := w.Codes(t.Context(), tenant); err != nil || left.Left != 8 || !left.Made.Equal(w.clock.Now()) || !left.UsedAt.Equal(w.clock.Now()) {
		t.Errorf("left: %+v, %v", left, err)
	}
	var kept string
	if err := w.db.GetContext(t.Context(), &kept, `SELECT string_agg(encode(hash, 'escape'), ' ') FROM spoke.recovery_codes`); err != nil {
		t.Fatal(err)
	}
	for _, code := range codes {
		if strings.Contains(kept, strings.ReplaceAll(code, "-", "")) {
			t.Error("a code is kept in the clear")
		}
	}
}

// A secret is not readable in the database, and is opened for its own connection alone.
func TestSecretIsSealed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c, other := w.draft(t, w.tenants[0].ID, "x"), w.draft(t, w.tenants[1].ID, "x")
	var row string
	if err := w.db.GetContext(t.Context(), &row, `SELECT string_agg(c::text || encode(secret, 'escape'), ' ') FROM spoke.sign_on_connections c`); err != nil {
		t.Fatal(err)
	}
	if row == "" || strings.Contains(row, secret) {
		t.Error("the secret is kept in the clear")
	}
	if _, err := w.db.ExecContext(t.Context(), `UPDATE spoke.sign_on_connections SET secret = (SELECT secret FROM spoke.sign_on_connections WHERE id = $1)
		WHERE id = $2`, c.ID, other.ID); err != nil {
		t.Fatal(err)
	}
	moved, err := w.Get(t.Context(), other.Tenant, other.ID)
	if err != nil {
		t.Fatal(err)
	}
	if text, err := w.Secret(moved); !errors.Is(err, seal.ErrOpen) {
		t.Errorf("opened for another: %q, %v", text, err)
	}
	if _, err := w.Begin(t.Context(), moved, callback); !errors.Is(err, seal.ErrOpen) {
		t.Errorf("begun with another's secret: %v", err)
	}
}

func TestReseal(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.draft(t, w.tenants[0].ID, "x")
	next := newKey(t)
	both, last := w.store(t, w.db, nil, next, w.key), w.store(t, w.db, nil, next)
	if n, err := last.Reseal(t.Context()); n != 0 || !errors.Is(err, seal.ErrOpen) {
		t.Errorf("without the old key: %d, %v", n, err)
	}
	for _, want := range []int{1, 0} {
		if n, err := both.Reseal(t.Context()); n != want || err != nil {
			t.Errorf("%d, %v; want %d", n, err, want)
		}
	}
	again, err := last.Get(t.Context(), c.Tenant, c.ID)
	if err != nil || again.Revision != c.Revision {
		t.Fatalf("%v, or another revision", err)
	}
	if text, err := last.Secret(again); err != nil || string(text) != secret {
		t.Errorf("%q, %v", text, err)
	}
}

func TestKnown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c, admin := w.draft(t, w.tenants[0].ID, "x"), uuid.NewString()
	for range 2 {
		if err := w.Came(t.Context(), c, admin, "subject"); err != nil {
			t.Fatal(err)
		}
	}
	if known, err := w.Known(t.Context(), c.Tenant, c.ID); err != nil || len(known) != 1 || !known[admin].Equal(w.clock.Now()) {
		t.Errorf("%v, %v", known, err)
	}
	if known, err := w.Known(t.Context(), w.tenants[1].ID, c.ID); err != nil || len(known) != 0 {
		t.Errorf("another tenant's: %v, %v", known, err)
	}
	gone := c
	gone.ID = uuid.NewString()
	if err := w.Came(t.Context(), gone, admin, "subject"); err != nil {
		t.Errorf("by one that is gone: %v", err)
	}
}

// A statement whose answer is lost is sent again, and does what it does once.
func TestAnswersAreLost(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tenant := w.tenants[0].ID
	c := w.draft(t, tenant, "x")
	s, proxy := w.lossy(t)
	proxy.LoseAnswer()
	changed, err := s.Change(t.Context(), tenant, c.ID, signon.ConnectionChange{Revision: c.Revision, Name: "y", Config: settings("https://y.example.com"), Secret: []byte("the other's"), By: by})
	if err != nil {
		t.Fatalf("change: %v", err)
	}
	proxy.LoseAnswer()
	if err := s.Tested(t.Context(), tenant, c.ID, changed.Revision, by); err != nil {
		t.Errorf("tested: %v", err)
	}
	codes, err := s.Enforce(t.Context(), tenant, c.ID, changed.Revision, by)
	if err != nil {
		t.Fatal(err)
	}
	proxy.LoseAnswer()
	if err := s.UseCode(t.Context(), tenant, codes[0], by); err != nil {
		t.Errorf("use a code: %v", err)
	}
	if left, err := w.Codes(t.Context(), tenant); err != nil || left.Left != 9 {
		t.Errorf("%+v, %v", left, err)
	}
	if err := w.TurnOff(t.Context(), tenant, by); err != nil {
		t.Fatal(err)
	}
	proxy.LoseAnswer()
	if err := s.Remove(t.Context(), tenant, c.ID); err != nil {
		t.Errorf("remove: %v", err)
	}
}

func TestPostgresIsAway(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tenant := w.tenants[0].ID
	c := w.draft(t, tenant, "x")
	s, proxy := w.lossy(t)
	proxy.Away()
	for name, do := range map[string]func() error{
		"get":     func() error { _, err := s.Get(t.Context(), tenant, c.ID); return err },
		"list":    func() error { _, err := s.List(t.Context(), tenant); return err },
		"policy":  func() error { _, err := s.Policy(t.Context(), tenant); return err },
		"enforce": func() error { _, err := s.Enforce(t.Context(), tenant, c.ID, c.Revision, by); return err },
		"offer":   func() error { return s.Offer(t.Context(), tenant, c.ID, c.Revision, by) },
		"off":     func() error { return s.TurnOff(t.Context(), tenant, by) },
		"code":    func() error { return s.UseCode(t.Context(), tenant, strings.Repeat("0", 16), by) },
		"renew":   func() error { _, err := s.RenewCodes(t.Context(), tenant, by, time.Time{}); return err },
		"remove":  func() error { return s.Remove(t.Context(), tenant, c.ID) },
		"came":    func() error { return s.Came(t.Context(), c, uuid.NewString(), "x") },
		"reseal":  func() error { _, err := s.Reseal(t.Context()); return err },
	} {
		if err := do(); !tenantdb.Unavailable(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
