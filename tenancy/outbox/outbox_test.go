package outbox_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/askspoke/spoke/infra/fixture"
	"github.com/askspoke/spoke/infra/pgtest"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/lifecycle"
	"github.com/askspoke/spoke/tenancy/outbox"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

var at = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

const lease = 5 * time.Minute

// exactly makes no wait different.
func exactly(d time.Duration) time.Duration { return d }

func store(db *tenantdb.DB, c *fixture.Clock) *outbox.Store {
	return outbox.New(outbox.Config{DB: db, Domain: "askspoke.com", Now: c.Now, Retry: outbox.Retry{Jitter: exactly}})
}

func letter(key, to string) outbox.Mail {
	return outbox.Mail{Key: key, To: to, Subject: "Über " + key, Text: "text of " + key, HTML: "<p>" + key}
}

func enqueue(t *testing.T, s *outbox.Store, list ...outbox.Mail) {
	t.Helper()
	if err := s.Enqueue(t.Context(), list...); err != nil {
		t.Fatal(err)
	}
}

func claim(t *testing.T, s *outbox.Store, limit int) []outbox.Claimed {
	t.Helper()
	list, err := s.Claim(t.Context(), limit, lease)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// names are key and recipient of each.
func names(list []outbox.Claimed) []string {
	out := []string{}
	for _, m := range list {
		out = append(out, m.Key+" "+m.To)
	}
	return out
}

func wantNames(t *testing.T, what string, list []outbox.Claimed, want ...string) {
	t.Helper()
	if diff := cmp.Diff(append([]string{}, want...), names(list)); diff != "" {
		t.Errorf("%s (-want +got)\n%s", what, diff)
	}
}

// state is how a mail stands, in a line.
func state(t *testing.T, db *tenantdb.DB, key string) string {
	t.Helper()
	var line string
	err := db.Get(&line, `SELECT CASE WHEN sent_at IS NOT NULL THEN 'sent' WHEN failed_at IS NOT NULL THEN 'failed' ELSE 'queued' END
		|| ' ' || attempts || ' ' || last_error || ' ' || body_text FROM `+tenantdb.Control.Table("outbox")+` WHERE key = $1`, key)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(line)
}

// A mail is one by its key and recipient, however often and with whatever words it is enqueued, also when it was sent.
func TestEnqueueOnce(t *testing.T) {
	t.Parallel()
	db, list := pgtest.Tenants(t, 1)
	c := fixture.ClockAt(at)
	s := store(db, c)
	mail := letter("a", "it@acme.com")
	mail.Tenant = list[0].ID
	gone := letter("c", "it@acme.com")
	gone.Tenant = tenancy.NewID()
	enqueue(t, s, mail, letter("a", "ops@acme.com"), letter("b", "it@acme.com"), mail, gone)
	enqueue(t, s)
	c.Pass(time.Second)
	again := letter("a", "it@acme.com")
	again.Text = "other words"
	enqueue(t, s, again)
	got := claim(t, s, 10)
	wantNames(t, "claimed", got, "a it@acme.com", "a ops@acme.com", "b it@acme.com")
	if diff := cmp.Diff(mail, got[0].Mail); diff != "" {
		t.Errorf("the mail (-want +got)\n%s", diff)
	}
	if !got[0].CreatedAt.Equal(at) || !got[0].Until.Equal(c.Now().Add(lease)) || got[0].MessageID != got[0].ID+"@askspoke.com" || got[0].MessageID == got[1].MessageID {
		t.Errorf("claimed %+v", got[0])
	}
	if err := s.Sent(t.Context(), got[0]); err != nil {
		t.Fatal(err)
	}
	enqueue(t, s, mail)
	c.Pass(lease)
	wantNames(t, "claimed again", claim(t, s, 10), "a ops@acme.com", "b it@acme.com")
	if got := state(t, db, "b"); got != "queued 0  text of b" {
		t.Errorf("b is %q", got)
	}
}

// Many who enqueue the same at once enqueue it once, in whatever order, and all of them succeed.
func TestEnqueueTogether(t *testing.T) {
	t.Parallel()
	db, _ := pgtest.Tenants(t, 0)
	s := store(db, fixture.ClockAt(at))
	var mails []outbox.Mail
	for i := range 50 {
		mails = append(mails, letter(fmt.Sprint(i%25), fmt.Sprintf("a%d@acme.com", i%50)))
	}
	var wg sync.WaitGroup
	for i := range 8 {
		mine := slices.Clone(mails)
		if i%2 == 0 {
			slices.Reverse(mine)
		}
		wg.Go(func() {
			if err := s.Enqueue(t.Context(), mine...); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if got := claim(t, s, 1000); len(got) != 50 {
		t.Errorf("%d mails", len(got))
	}
}

// A claim is nobody else's until it is over, and what was not done in it is due again by itself.
func TestClaim(t *testing.T) {
	t.Parallel()
	db, _ := pgtest.Tenants(t, 0)
	c := fixture.ClockAt(at)
	s := store(db, c)
	for i := range 60 {
		enqueue(t, s, letter(fmt.Sprintf("%02d", i), "it@acme.com"))
		c.Pass(time.Millisecond)
	}
	var mu sync.Mutex
	var all []string
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() {
			list, err := s.Claim(t.Context(), 5, lease)
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			all = append(all, names(list)...)
		})
	}
	wg.Wait()
	slices.Sort(all)
	if got := len(slices.Compact(slices.Clone(all))); got != len(all) {
		t.Fatalf("%d claims of %d mails", len(all), got)
	}
	// One who looked while others had them locked may have been given none.
	for list := claim(t, s, 7); len(list) > 0; list = claim(t, s, 7) {
		all = append(all, names(list)...)
	}
	slices.Sort(all)
	if got := len(slices.Compact(slices.Clone(all))); got != 60 || len(all) != 60 {
		t.Fatalf("%d claims of %d mails", len(all), got)
	}
	c.Pass(lease - time.Microsecond)
	wantNames(t, "within the lease", claim(t, s, 10))
	c.Pass(time.Microsecond)
	if got := claim(t, s, 100); len(got) != 60 {
		t.Errorf("%d are due after the lease", len(got))
	}
}

// Whose lease is over changes nothing but that it was sent.
func TestLateSender(t *testing.T) {
	t.Parallel()
	db, _ := pgtest.Tenants(t, 0)
	c := fixture.ClockAt(at)
	s := store(db, c)
	enqueue(t, s, letter("a", "it@acme.com"), letter("b", "it@acme.com"))
	late := claim(t, s, 2)
	c.Pass(lease)
	now := claim(t, s, 2)
	if _, err := s.Retry(t.Context(), "late", late...); err != nil {
		t.Fatal(err)
	}
	if err := s.Release(t.Context(), late...); err != nil {
		t.Fatal(err)
	}
	if err := s.Fail(t.Context(), "late", late...); err != nil {
		t.Fatal(err)
	}
	wantNames(t, "leased to another", claim(t, s, 2))
	if err := s.Sent(t.Context(), late[0]); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Retry(t.Context(), "no", now...); err != nil {
		t.Fatal(err)
	}
	if got := []string{state(t, db, "a"), state(t, db, "b")}; !cmp.Equal(got, []string{"sent 0", "queued 1 no text of b"}) {
		t.Errorf("a and b are %q", got)
	}
}

// Release is as if nothing had been claimed.
func TestRelease(t *testing.T) {
	t.Parallel()
	db, _ := pgtest.Tenants(t, 0)
	s := store(db, fixture.ClockAt(at))
	enqueue(t, s, letter("a", "it@acme.com"))
	if err := s.Release(t.Context(), claim(t, s, 1)...); err != nil {
		t.Fatal(err)
	}
	if err := s.Release(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantNames(t, "released", claim(t, s, 1), "a it@acme.com")
	if got := state(t, db, "a"); got != "queued 0  text of a" {
		t.Errorf("a is %q", got)
	}
}

// Attempts come further and further apart, and end when the mail is three days old, with the last reason.
func TestRetry(t *testing.T) {
	t.Parallel()
	db, _ := pgtest.Tenants(t, 0)
	c := fixture.ClockAt(at)
	s := store(db, c)
	enqueue(t, s, letter("a", "it@acme.com"))
	var waits []time.Duration
	attempts, last := 0, at
	for {
		list := claim(t, s, 1)
		if len(list) == 0 {
			var due time.Time
			if err := db.Get(&due, `SELECT due_at FROM spoke.outbox`); err != nil || due.Sub(at) > 80*time.Hour {
				t.Fatalf("%v: it is due at %v", err, due)
			}
			c.Pass(due.Sub(c.Now()) - time.Microsecond)
			wantNames(t, "before it is due", claim(t, s, 1))
			c.Pass(time.Microsecond)
			continue
		}
		attempts++
		waits = append(waits, c.Now().Sub(last))
		last = c.Now()
		gaveUp, err := s.Retry(t.Context(), fmt.Sprintf("reason %d", attempts), list...)
		if err != nil {
			t.Fatal(err)
		}
		if gaveUp == 1 {
			break
		}
	}
	want := []time.Duration{0, 30 * time.Second, time.Minute, 2 * time.Minute, 4 * time.Minute, 8 * time.Minute, 16 * time.Minute, 30 * time.Minute, 30 * time.Minute}
	if diff := cmp.Diff(want, waits[:len(want)]); diff != "" {
		t.Errorf("waits (-want +got)\n%s", diff)
	}
	if last.Sub(at) != 72*time.Hour {
		t.Errorf("given up after %v", last.Sub(at))
	}
	if got, want := state(t, db, "a"), fmt.Sprintf("failed %d reason %d text of a", attempts, attempts); got != want {
		t.Errorf("a is %q, want %q", got, want)
	}
	c.Pass(24 * time.Hour)
	wantNames(t, "given up", claim(t, s, 1))
}

// Mails that failed together do not come due together.
func TestRetryJitter(t *testing.T) {
	t.Parallel()
	db, _ := pgtest.Tenants(t, 0)
	c := fixture.ClockAt(at)
	s := outbox.New(outbox.Config{DB: db, Domain: "askspoke.com", Now: c.Now})
	for i := range 20 {
		enqueue(t, s, letter(fmt.Sprint(i), "it@acme.com"))
	}
	if _, err := s.Retry(t.Context(), "no", claim(t, s, 20)...); err != nil {
		t.Fatal(err)
	}
	var due []time.Time
	if err := db.Select(&due, `SELECT due_at FROM spoke.outbox ORDER BY due_at`); err != nil {
		t.Fatal(err)
	}
	if due[0].Before(at.Add(24*time.Second)) || due[19].After(at.Add(36*time.Second)) || due[0].Equal(due[19]) {
		t.Errorf("due from %v to %v", due[0], due[19])
	}
}

// What a server says is kept as far as Postgres takes it.
func TestReason(t *testing.T) {
	t.Parallel()
	db, _ := pgtest.Tenants(t, 0)
	s := store(db, fixture.ClockAt(at))
	enqueue(t, s, letter("a", "it@acme.com"))
	if err := s.Fail(t.Context(), "550 \xff\x00 "+strings.Repeat("ä", 600), claim(t, s, 1)...); err != nil {
		t.Fatal(err)
	}
	if got, want := state(t, db, "a"), "failed 1 550 ?? "+strings.Repeat("ä", 492)+"… text of a"; got != want {
		t.Errorf("a is %q", got)
	}
}

// What is no mail is refused, with all that came with it.
func TestEnqueueRefuses(t *testing.T) {
	t.Parallel()
	db, _ := pgtest.Tenants(t, 0)
	s := store(db, fixture.ClockAt(at))
	for name, test := range map[string]struct {
		spoil func(*outbox.Mail)
		field string
	}{
		"no key":             {func(m *outbox.Mail) { m.Key = "" }, "key"},
		"a key of lines":     {func(m *outbox.Mail) { m.Key = "a\nb" }, "key"},
		"no recipient":       {func(m *outbox.Mail) { m.To = "" }, "to"},
		"two recipients":     {func(m *outbox.Mail) { m.To = "a@acme.com, b@acme.com" }, "to"},
		"a name":             {func(m *outbox.Mail) { m.To = "Ada <a@acme.com>" }, "to"},
		"a header in it":     {func(m *outbox.Mail) { m.To = "a@acme.com\r\nBcc: b@acme.com" }, "to"},
		"a command in it":    {func(m *outbox.Mail) { m.To = "\"a>\r\nDATA\"@acme.com" }, "to"},
		"a long recipient":   {func(m *outbox.Mail) { m.To = strings.Repeat("a", 300) + "@acme.com" }, "to"},
		"a header in a line": {func(m *outbox.Mail) { m.Subject = "a\r\nBcc: b@acme.com" }, "subject"},
		"no subject":         {func(m *outbox.Mail) { m.Subject = "" }, "subject"},
		"no text":            {func(m *outbox.Mail) { m.Text = "" }, "text"},
		"NUL":                {func(m *outbox.Mail) { m.Text = "a\x00" }, "text"},
		"no UTF-8":           {func(m *outbox.Mail) { m.HTML = "a\xff" }, "html"},
		"too long":           {func(m *outbox.Mail) { m.HTML = strings.Repeat("a", 300<<10) }, "html"},
	} {
		m := letter("bad", "it@acme.com")
		test.spoil(&m)
		var refused *outbox.MailError
		if err := s.Enqueue(t.Context(), letter("good", "it@acme.com"), m); !errors.As(err, &refused) || refused.Field != test.field {
			t.Errorf("%s: %v", name, err)
		}
	}
	wantNames(t, "enqueued", claim(t, s, 10))
}

// What was enqueued when the answer was lost is enqueued once, and a lost note of a sent mail can be made again.
func TestLostAnswers(t *testing.T) {
	t.Parallel()
	db, _ := pgtest.Tenants(t, 0)
	proxy := pgtest.NewProxy(t, pgtest.Address(t, db))
	c := fixture.ClockAt(at)
	s := store(pgtest.Open(t, proxy.URL, tenantdb.Options{}), c)
	twice := func(what string, do func(context.Context) error) {
		t.Helper()
		proxy.LoseAnswer()
		if err := do(t.Context()); err != nil { // the driver sends again what it may, and else the caller does
			if err = do(t.Context()); err != nil {
				t.Fatalf("%s: %v", what, err)
			}
		}
	}
	twice("enqueue", func(ctx context.Context) error {
		return s.Enqueue(ctx, letter("a", "it@acme.com"), letter("b", "it@acme.com"))
	})
	list := claim(t, s, 10)
	wantNames(t, "claimed", list, "a it@acme.com", "b it@acme.com")
	twice("sent", func(ctx context.Context) error { return s.Sent(ctx, list[0]) })
	twice("retry", func(ctx context.Context) error {
		_, err := s.Retry(ctx, "no", list[1])
		return err
	})
	if got := []string{state(t, db, "a"), state(t, db, "b")}; !cmp.Equal(got, []string{"sent 0", "queued 1 no text of b"}) {
		t.Errorf("a and b are %q", got)
	}
}

// Stats count what waits; Prune deletes what has ended long ago, and the mail of a tenant goes with it.
func TestStatsAndPrune(t *testing.T) {
	t.Parallel()
	db, list := pgtest.Tenants(t, 1)
	c := fixture.ClockAt(at)
	s := store(db, c)
	stats := func(want outbox.Stats) {
		t.Helper()
		got, err := s.Stats(t.Context())
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%v (-want +got)\n%s", err, diff)
		}
	}
	prune := func(want int64) {
		t.Helper()
		if n, err := s.Prune(t.Context()); n != want || err != nil {
			t.Errorf("%d went, %v; want %d", n, err, want)
		}
	}
	stats(outbox.Stats{})
	mails := make([]outbox.Mail, 1200)
	for i := range mails {
		mails[i] = letter(fmt.Sprintf("%04d", i), "it@acme.com")
	}
	mails[1199].Tenant = list[0].ID
	enqueue(t, s, mails...)
	c.Pass(time.Hour)
	enqueue(t, s, letter("young", "it@acme.com"))
	stats(outbox.Stats{Queued: 1201, Oldest: at})
	all := claim(t, s, 1198)
	stats(outbox.Stats{Queued: 1201, Oldest: at})
	for _, m := range all[:1197] {
		if err := s.Sent(t.Context(), m); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Fail(t.Context(), "no", all[1197]); err != nil {
		t.Fatal(err)
	}
	stats(outbox.Stats{Queued: 3, Oldest: at})
	c.Pass(outbox.KeepSent - time.Microsecond)
	prune(0)
	c.Pass(time.Microsecond)
	prune(1197)
	c.Pass(outbox.KeepFailed - outbox.KeepSent)
	prune(1)
	manager := lifecycle.New(lifecycle.Config{DB: db})
	if _, err := manager.Delete(t.Context(), list[0].ID, 0); err != nil {
		t.Fatal(err)
	}
	if _, err := manager.PurgeDue(t.Context()); err != nil {
		t.Fatal(err)
	}
	stats(outbox.Stats{Queued: 2, Oldest: at})
}

// Who enqueues wakes who sends, when there is something to send and not before it is in the database.
func TestWake(t *testing.T) {
	t.Parallel()
	db, _ := pgtest.Tenants(t, 0)
	var found []int
	var s *outbox.Store
	s = outbox.New(outbox.Config{DB: db, Domain: "askspoke.com", Wake: func() {
		stats, err := s.Stats(t.Context())
		if err != nil {
			t.Error(err)
		}
		found = append(found, stats.Queued)
	}})
	enqueue(t, s)
	enqueue(t, s, letter("a", "it@acme.com"))
	enqueue(t, s, letter("b", "it@acme.com"))
	if diff := cmp.Diff([]int{1, 2}, found); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// Addresses are compared without case, and what only looks the same is another one.
func TestFoldAddress(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"ada@acme.com": "ada@acme.com", "Ada.L@ACME.com": "ada.l@acme.com", "ÅSA@acme.com": "åsa@acme.com",
		"\u212Aim@acme.com": "\u212Aim@acme.com", "k\u0130m@acme.com": "k\u0130m@acme.com", "": "",
	} {
		if got := outbox.FoldAddress(address); got != want {
			t.Errorf("%+q: %+q, want %+q", address, got, want)
		}
	}
}
