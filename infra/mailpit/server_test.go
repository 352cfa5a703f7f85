//go:build unix

package mailpit_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"net/smtp"
	"strings"
	"testing"
	"time"

	"github.com/askspoke/spoke/infra/mailpit"
)

func start(t *testing.T, options mailpit.Options) *mailpit.Server {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	server, err := mailpit.Start(ctx, options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Stop() })
	return server
}

// send sends a mail by the standard library's client.
func send(client *smtp.Client, subject string) error {
	if err := client.Mail("spoke@askspoke.com"); err != nil {
		return err
	}
	if err := client.Rcpt("it@acme.com"); err != nil {
		return err
	}
	w, err := client.Data()
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "From: spoke@askspoke.com\r\nTo: it@acme.com\r\nSubject: %s\r\nMessage-ID: <1@askspoke.com>\r\n\r\nhello\r\n", subject)
	return w.Close()
}

// It keeps what it is sent, refuses what it is told to, insists on what it was started with, and is gone after Stop.
func TestServer(t *testing.T) {
	t.Parallel()
	var log strings.Builder
	server := start(t, mailpit.Options{Log: &log, Security: mailpit.StartTLS, User: "spoke", Password: "pass word"})
	client, err := smtp.Dial(server.Address())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if err := send(client, "in clear"); err == nil {
		t.Error("it takes mail without TLS")
	}
	if err := client.StartTLS(&tls.Config{RootCAs: server.CertPool(), ServerName: "127.0.0.1", MinVersion: tls.VersionTLS13}); err != nil {
		t.Fatal(err)
	}
	if err := send(client, "nobody's"); err == nil {
		t.Error("it takes mail without a password")
	}
	if err := client.Auth(smtp.PlainAuth("", "spoke", "pass word", "127.0.0.1")); err != nil {
		t.Fatal(err)
	}
	if err := server.Refuse(t.Context(), 0, 550); err != nil {
		t.Fatal(err)
	}
	if err := send(client, "refused"); err == nil || !strings.HasPrefix(err.Error(), "550") {
		t.Errorf("it was to refuse: %v", err)
	}
	if err := server.Refuse(t.Context(), 0, 0); err != nil {
		t.Fatal(err)
	}
	if err := client.Reset(); err != nil {
		t.Fatal(err)
	}
	for range 2 { // it does not hide that a mail comes twice
		if err := send(client, "taken"); err != nil {
			t.Fatal(err)
		}
	}
	list, err := server.List(t.Context())
	if err != nil || len(list) != 2 || list[0].MessageID != "1@askspoke.com" || list[0].Subject != "taken" {
		t.Fatalf("%v: it has %+v", err, list)
	}
	m, err := server.Message(t.Context(), list[0].ID)
	if err != nil || m.Username != "spoke" || strings.TrimSpace(m.Text) != "hello" {
		t.Errorf("%v: %+v", err, m)
	}
	if raw, err := server.Raw(t.Context(), list[0].ID); err != nil || !strings.Contains(raw, "Subject: taken\r\n") {
		t.Errorf("%v: %s", err, raw)
	}
	if said := log.String(); !strings.Contains(said, server.Web()) || strings.Contains(said, "pass word") {
		t.Errorf("it said %q", said)
	}
	if err := server.Stop(); err != nil {
		t.Fatal(err)
	}
	again := start(t, mailpit.Options{Like: server})
	if n, err := again.Count(t.Context()); n != 0 || err != nil || again.URL() != server.URL() {
		t.Errorf("in its place: %d mails, %v, at %s", n, err, again.URL())
	}
}

// A server that cannot start says why.
func TestFailedStart(t *testing.T) {
	t.Parallel()
	_, err := mailpit.Start(t.Context(), mailpit.Options{Recipients: "("})
	if err == nil || !strings.Contains(err.Error(), "missing closing") {
		t.Errorf("err = %v, want the server's own words", err)
	}
}
