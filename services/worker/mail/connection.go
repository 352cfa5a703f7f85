package mail

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"time"

	gomail "github.com/wneessen/go-mail"
	"github.com/wneessen/go-mail/smtp"

	"github.com/askspoke/spoke/tenancy/outbox"
)

// connection is one to a server that has let us in.
type connection struct {
	client *gomail.Client
	smtp   *smtp.Client
	net    net.Conn // below TLS
	used   bool     // for a mail
}

// dial connects, or says why no mail can be sent.
func (s *Sender) dial(ctx context.Context) (*connection, error) {
	server, c := s.config.Server, &connection{}
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if s.config.TLS != nil {
		config = s.config.TLS.Clone()
	}
	config.ServerName = server.Host
	options := []gomail.Option{
		gomail.WithPort(server.Port), gomail.WithTimeout(s.config.Timeout), gomail.WithTLSConfig(config), gomail.WithoutNoop(),
		gomail.WithDialContextFunc(func(ctx context.Context, network, _ string) (net.Conn, error) {
			conn, err := new(net.Dialer).DialContext(ctx, network, server.Address()) // the library's address has no brackets for IPv6
			if err != nil {
				return nil, err
			}
			c.net = conn
			if server.Security != TLS {
				return conn, nil
			}
			secure := tls.Client(conn, config)
			return secure, secure.HandshakeContext(ctx)
		}),
	}
	plain, login := gomail.SMTPAuthPlain, gomail.SMTPAuthLogin
	switch server.Security {
	case StartTLS:
		options = append(options, gomail.WithTLSPolicy(gomail.TLSMandatory))
	case TLS:
		options = append(options, gomail.WithSSL())
	case Plain:
		plain, login = gomail.SMTPAuthPlainNoEnc, gomail.SMTPAuthLoginNoEnc
		options = append(options, gomail.WithTLSPolicy(gomail.NoTLS))
	}
	if server.User != "" {
		options = append(options, gomail.WithUsername(server.User), gomail.WithPassword(server.password),
			gomail.WithOpportunisticSMTPAuth(gomail.SMTPAuthSCRAMSHA256, gomail.SMTPAuthSCRAMSHA1, plain, login))
	}
	var err error
	if c.client, err = gomail.NewClient(server.Host, options...); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnwilling, err)
	}
	if c.smtp, err = c.client.DialToSMTPClientWithContext(ctx); err != nil {
		c.breakOff()
		return nil, fmt.Errorf("%w: connect to %s: %w", ErrUnwilling, server, err)
	}
	return c, nil
}

// breakOff closes the connection without a word. A QUIT would end a mail of which half is sent, as if it were whole.
func (c *connection) breakOff() {
	if c != nil && c.net != nil {
		_ = c.net.Close()
	}
}

// quit closes a connection on which nothing is under way.
func (c *connection) quit() {
	if c == nil {
		return
	}
	_ = c.net.SetDeadline(time.Now().Add(time.Second)) // what it says to that matters to nobody
	_ = c.client.CloseWithSMTPClient(c.smtp)
	c.breakOff()
}

// stopWithin is how long a mail that is under way may take when we are told to stop. Broken off at the wrong moment, it
// would be sent again.
const stopWithin = 5 * time.Second

// send sends one mail.
func (c *connection) send(ctx context.Context, m outbox.Claimed, msg *gomail.Msg) verdict {
	stop := context.AfterFunc(ctx, func() { _ = c.net.SetDeadline(time.Now().Add(stopWithin)) })
	defer stop()
	first := !c.used
	c.used = true
	c.smtp.SkipSMTPUTF8(isASCII(m.To) && isASCII(msg.GetFrom()[0].Address))
	err := c.client.SendWithSMTPClient(c.smtp, msg)
	if msg.IsDelivered() {
		return verdict{result: taken, lost: err != nil}
	}
	var refused *gomail.SendError
	if !errors.As(err, &refused) {
		return verdict{result: broken, lost: true, reason: fmt.Sprint(err)}
	}
	v := judge(refused)
	// A server may have closed a connection that it has served; the mail has not begun then.
	v.again = v.lost && !first && refused.Reason != gomail.ErrWriteContent && refused.Reason != gomail.ErrSMTPDataClose
	return v
}
