package mail

import (
	"context"
	"errors"
	"fmt"

	"github.com/askspoke/spoke/tenancy/outbox"
)

// Send sends all mail that is due, or as much as it can in its time. The error says that the server or the outbox cannot be
// reached; what happens to a single mail is no error. When ctx ends it stops after the mail that is under way, and gives the
// others back.
func (s *Sender) Send(ctx context.Context) error {
	if err := s.settle(ctx); err != nil {
		return err
	}
	until := s.config.Now().Add(s.config.Run)
	for ctx.Err() == nil && s.config.Now().Before(until) {
		list, err := s.config.Outbox.Claim(ctx, s.config.Batch, s.lease())
		if err != nil || len(list) == 0 {
			return err
		}
		if err := s.batch(ctx, list); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// settle notes what was sent when the outbox could not be asked, so that it is not sent again.
func (s *Sender) settle(ctx context.Context) error {
	for len(s.owed) > 0 {
		if err := s.config.Outbox.Sent(ctx, s.owed[0]); err != nil {
			return err
		}
		s.owed = s.owed[1:]
	}
	return nil
}

// batch sends claimed mails over one connection, or a next one where it is lost.
func (s *Sender) batch(ctx context.Context, list []outbox.Claimed) error {
	var c *connection
	defer func() { c.quit() }()
	for len(list) > 0 {
		m := list[0]
		// A mail whose lease might end while it is sent could be sent by another at the same time.
		if ctx.Err() != nil || s.config.Now().Add(2*s.config.Timeout).After(m.Until) {
			return errors.Join(ctx.Err(), note(ctx, func(ctx context.Context) error { return s.config.Outbox.Release(ctx, list...) }))
		}
		if c == nil {
			var err error
			if c, err = s.dial(ctx); err != nil {
				if ctx.Err() != nil {
					continue // it is given back
				}
				return errors.Join(err, s.putOff(ctx, err.Error(), list...))
			}
		}
		v, err := s.one(ctx, c, m)
		if v.lost {
			c.breakOff()
			c = nil
		}
		switch {
		case err != nil:
			return err
		case v.again:
			continue
		case v.result == unwilling:
			return errors.Join(fmt.Errorf("%w: %s", ErrUnwilling, v.reason), s.putOff(ctx, v.reason, list...))
		}
		list = list[1:]
	}
	return nil
}

// one sends a mail and notes what became of it, unless the server takes none, or the mail is to be sent again.
func (s *Sender) one(ctx context.Context, c *connection, m outbox.Claimed) (verdict, error) {
	msg, err := s.message(m)
	if err != nil {
		return verdict{}, s.giveUp(ctx, err.Error(), m)
	}
	v := c.send(ctx, m, msg)
	if v.again {
		return v, nil
	}
	switch v.result {
	case taken:
		s.config.Counted(Sent, 1)
		if err = note(ctx, func(ctx context.Context) error { return s.config.Outbox.Sent(ctx, m) }); err != nil {
			s.owed = append(s.owed, m)
		}
	case refused:
		err = s.giveUp(ctx, v.reason, m)
	case deferred, broken:
		err = s.putOff(ctx, v.reason, m)
	case unwilling:
	}
	return v, err
}

// putOff has mails tried again later.
func (s *Sender) putOff(ctx context.Context, reason string, list ...outbox.Claimed) error {
	return note(ctx, func(ctx context.Context) error {
		gaveUp, err := s.config.Outbox.Retry(ctx, reason, list...)
		if err != nil {
			return err
		}
		if later := len(list) - gaveUp; later > 0 {
			s.config.Counted(Deferred, later)
			s.config.Logger.WarnContext(ctx, "mail was put off", "mails", later, "first", list[0].ID, "reason", reason)
		}
		if gaveUp > 0 {
			s.config.Counted(Failed, gaveUp)
			s.config.Logger.ErrorContext(ctx, "mail was given up: it is too old", "mails", gaveUp, "first", list[0].ID, "reason", reason)
		}
		return nil
	})
}

// giveUp has a mail fail.
func (s *Sender) giveUp(ctx context.Context, reason string, m outbox.Claimed) error {
	return note(ctx, func(ctx context.Context) error {
		if err := s.config.Outbox.Fail(ctx, reason, m); err != nil {
			return err
		}
		s.config.Counted(Failed, 1)
		s.config.Logger.ErrorContext(ctx, "mail was refused for good", "mail", m.ID, "tenant", string(m.Tenant), "reason", reason)
		return nil
	})
}
