// Package mail sends what is in the outbox, over SMTP with TLS.
//
// It writes no letters, and keeps nothing: what is to be sent, what was sent and when to try again is in the outbox.
//
// Invariants: nothing goes over a network in the clear. A mail is sent within its lease alone, so by one process at a time,
// and noted as sent right after the server has taken it. A server's or our own fault puts mail off; only what a server says of
// a recipient for good gives a mail up before its time. No error, log line or metric has the password.
package mail

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net/mail"
	"strings"
	"time"
	"unicode"

	"github.com/askspoke/spoke/tenancy/outbox"
)

// Outcome is what became of an attempt to send a mail.
type Outcome string

// The outcomes.
const (
	Sent     Outcome = "sent"     // a server has taken it
	Deferred Outcome = "deferred" // it is tried again later
	Failed   Outcome = "failed"   // it is given up
)

// Outcomes returns all outcomes.
func Outcomes() []Outcome { return []Outcome{Sent, Deferred, Failed} }

// Config are a Sender's dependencies. Server, From and Outbox are required.
type Config struct {
	Server Server
	From   *mail.Address // by ParseFrom
	Outbox *outbox.Store
	// TLS is how the server is verified; default by the system's certificates and the server's name. It is not changed.
	TLS     *tls.Config
	Batch   int           // mails claimed at once, which go over one connection; default 100
	Timeout time.Duration // for the server to answer, and for one mail; default 30 seconds
	Run     time.Duration // after which Send begins no other batch; default 2 minutes
	// Counted, when set, is called with what became of mails.
	Counted func(outcome Outcome, mails int)
	Logger  *slog.Logger // default: nothing is logged
	Now     func() time.Time
}

// Sender sends mail. Its Send is for one goroutine at a time.
type Sender struct {
	config Config
	owed   []outbox.Claimed // that a server has taken, and of which the outbox does not know
}

// New returns a Sender.
func New(config Config) *Sender {
	if config.Batch == 0 {
		config.Batch = 100
	}
	if config.Timeout == 0 {
		config.Timeout = 30 * time.Second
	}
	if config.Run == 0 {
		config.Run = 2 * time.Minute
	}
	if config.Counted == nil {
		config.Counted = func(Outcome, int) {}
	}
	if config.Logger == nil {
		config.Logger = slog.New(slog.DiscardHandler)
	}
	if config.Now == nil {
		config.Now = time.Now
	}
	return &Sender{config: config}
}

// lease is how long mails are claimed for: a batch that takes all of Run, one mail that takes its whole time, and time to
// note it while Postgres is away.
func (s *Sender) lease() time.Duration { return s.config.Run + 2*s.config.Timeout + 5*time.Minute }

// ParseFrom returns the sender in a text such as "Spoke <spoke@askspoke.com>" or spoke@askspoke.com.
func ParseFrom(text string) (*mail.Address, error) {
	address, err := mail.ParseAddress(text)
	if err != nil || strings.ContainsFunc(text, unicode.IsControl) {
		return nil, fmt.Errorf("%.80q is no sender such as Spoke <spoke@askspoke.com>", text)
	}
	if _, err := outbox.ParseAddress(address.Address); err != nil || Domain(address) == "" {
		return nil, fmt.Errorf("%.80q has no mail address such as spoke@askspoke.com", text)
	}
	return address, nil
}

// Domain returns what is after the @ of an address.
func Domain(address *mail.Address) string {
	return address.Address[strings.LastIndexByte(address.Address, '@')+1:]
}

// ErrUnwilling says that the server takes no mail from us at the moment.
var ErrUnwilling = errors.New("the mail server takes no mail")

// noteWithin bounds a note of what has happened, which is made also when we are told to stop.
const noteWithin = 5 * time.Second

// note calls the outbox although ctx may have ended.
func note(ctx context.Context, do func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), noteWithin)
	defer cancel()
	return do(ctx)
}
