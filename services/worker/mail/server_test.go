package mail_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/askspoke/spoke/services/worker/mail"
)

// A URL names a server, and no message or log line shows its password.
func TestParseURL(t *testing.T) {
	t.Parallel()
	for url, want := range map[string]mail.Server{
		"smtp://spoke:geheim@mail.acme.com":           {Host: "mail.acme.com", Port: 587, Security: mail.StartTLS, User: "spoke"},
		"smtp://spoke%40acme.com:geheim@acme.com:25/": {Host: "acme.com", Port: 25, Security: mail.StartTLS, User: "spoke@acme.com"},
		"smtps://spoke:geheim@acme.com":               {Host: "acme.com", Port: 465, Security: mail.TLS, User: "spoke"},
		"smtp://mail.internal":                        {Host: "mail.internal", Port: 587, Security: mail.StartTLS},
		"smtp://127.0.0.1:1025?tls=none":              {Host: "127.0.0.1", Port: 1025, Security: mail.Plain},
		"smtp://a:geheim@[::1]:1025?tls=none":         {Host: "::1", Port: 1025, Security: mail.Plain, User: "a"},
		"smtp://localhost?tls=none":                   {Host: "localhost", Port: 587, Security: mail.Plain},
	} {
		got, err := mail.ParseURL(url)
		if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(mail.Server{})); diff != "" || err != nil {
			t.Errorf("%s: %v (-want +got)\n%s", url, err, diff)
		}
		var log bytes.Buffer
		slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "server", got)
		if said := log.String() + fmt.Sprintf("%v %+v %#v %s", got, got, got, got); strings.Contains(said, "geheim") {
			t.Errorf("it shows the password: %s", said)
		}
	}
}

func TestParseURLRefuses(t *testing.T) {
	t.Parallel()
	for url, want := range map[string]string{
		"":                                        "is no URL",
		"mail.acme.com:587":                       "is no URL",
		"https://a:geheim@acme.com":               "is no URL",
		"smtp:a:geheim@acme.com":                  "is no URL",
		"smtp://a:geheim%zz@acme.com":             "is no URL",
		"smtp://a:geheim@acme.com:port":           "is no URL",
		"smtp://a:geheim@acme.com:99999":          "has a port",
		"smtp://a:geheim@:25":                     "names no host",
		"smtp://geheim@acme.com":                  "without a password",
		"smtp://:geheim@acme.com":                 "without a user",
		"smtp://a:geheim%0d%0aDATA@acme.com":      "a control character",
		"smtp://a:geheim@acme.com/inbox":          "after the port",
		"smtp://a:geheim@acme.com#x":              "after the port",
		"smtp://a:geheim@acme.com?starttls=no":    "parameters other than tls",
		"smtp://a:geheim@127.0.0.1?tls=none&a=b":  "parameters other than tls",
		"smtp://a:geheim@127.0.0.1?tls=maybe":     "that is not none",
		"smtps://a:geheim@127.0.0.1?tls=none":     "that is not none",
		"smtp://a:geheim@acme.com?tls=none":       "in the clear to acme.com",
		"smtp://a:geheim@10.0.0.1?tls=none":       "in the clear to 10.0.0.1",
		"smtp://a:geheim@localhost.com?tls=none":  "in the clear",
		"smtp://a:geheim@127.0.0.1.evil?tls=none": "in the clear",
	} {
		_, err := mail.ParseURL(url)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", url, err, want)
		} else if strings.Contains(err.Error(), "geheim") {
			t.Errorf("it shows the password: %v", err)
		}
	}
}

func TestParseFrom(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"spoke@askspoke.com":              "askspoke.com",
		"Spoke <spoke@mail.askspoke.com>": "mail.askspoke.com",
		`"Zoë, Ops" <a+b@askspoke.com>`:   "askspoke.com",
	} {
		if got, err := mail.ParseFrom(text); err != nil || mail.Domain(got) != want {
			t.Errorf("%s: %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "Spoke", "spoke@", "a@b.com, c@d.com", "Spoke <spoke@askspoke.com>\r\nBcc: x@acme.com", "Sp\x00oke <a@b.com>"} {
		if got, err := mail.ParseFrom(text); err == nil {
			t.Errorf("%q: %v", text, got)
		}
	}
}
