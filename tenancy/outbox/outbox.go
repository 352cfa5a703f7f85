// Package outbox keeps the mail that is to be sent, until it is sent, and what is gathered for one: two tables of the
// control schema.
//
// Whoever has something to tell enqueues it; the worker claims what is due and sends it. The package writes no letters and
// speaks no SMTP.
//
// Invariants: a mail is in the database before anything of it is sent. It is one mail, however often it is enqueued: its
// key and its recipient make it that, for as long as it is kept, which is at least [KeepSent]. It has one [Mail.MessageID]
// through all attempts. It is leased to one sender at a time, and due again by itself when the lease is over, so that a
// sender may crash anywhere. It ends sent, or failed with the reason.
//
// What remains is the moment between a server's answer that it has taken a mail and our note of it ([Store.Sent]): who
// crashes there sends it again, with the same Message-ID, by which mailboxes and people know it. No protocol on top of SMTP can
// close that gap (RFC 1047).
package outbox

import (
	"math/rand/v2"
	"time"

	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

var (
	outbox   = tenantdb.Control.Table("outbox")
	gathered = tenantdb.Control.Table("gathered")
	tenants  = tenantdb.Control.Table("tenants")
)

// Mail is a letter to one recipient.
type Mail struct {
	// Key says what is told, such as "health/TENANT/at_risk/2026-03-01T12:00:00Z": the same is told to a recipient once.
	Key     string
	Tenant  tenancy.ID // whose mail goes when the tenant is purged; "": of none
	To      string     // an address such as it@acme.com
	Subject string     // a line in Unicode
	Text    string
	HTML    string // "": the mail is plain text alone
}

// Config are a Store's dependencies. DB and Domain are required.
type Config struct {
	DB *tenantdb.DB
	// Domain is what Message-IDs end in: that of the address which mail is sent from.
	Domain string
	// Retry says when a mail that could not be sent is tried again, and for how long.
	Retry Retry
	// Wake, when set, is called when there is something new to send, from the goroutine that enqueues it.
	Wake func()
	Now  func() time.Time // default time.Now
}

// Retry is how a mail that could not be sent is tried again: after First, then after twice that, and so on to Most, until it is
// GiveUp old. A zero value is its default.
type Retry struct {
	First, Most, GiveUp time.Duration // 30 seconds, 30 minutes (as RFC 5321 section 4.5.4.1 has it), 3 days
	// Jitter makes a wait a little different, so that mails which failed together do not come due together; default up
	// to a fifth shorter or longer.
	Jitter func(time.Duration) time.Duration
}

// Store is the outbox.
type Store struct{ config Config }

// New returns the outbox of a database.
func New(config Config) *Store {
	def := func(d *time.Duration, v time.Duration) {
		if *d == 0 {
			*d = v
		}
	}
	def(&config.Retry.First, 30*time.Second)
	def(&config.Retry.Most, 30*time.Minute)
	def(&config.Retry.GiveUp, 72*time.Hour)
	if config.Retry.Jitter == nil {
		config.Retry.Jitter = func(d time.Duration) time.Duration {
			return d + time.Duration((rand.Float64()-0.5)*0.4*float64(d)) //nolint:gosec // it keeps no secret
		}
	}
	if config.Wake == nil {
		config.Wake = func() {}
	}
	if config.Now == nil {
		config.Now = time.Now
	}
	return &Store{config: config}
}

// now is the time as Postgres keeps it.
func (s *Store) now() time.Time { return s.config.Now().UTC().Truncate(time.Microsecond) }
