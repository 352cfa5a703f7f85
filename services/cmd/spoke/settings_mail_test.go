package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCheckMail(t *testing.T) {
	t.Parallel()
	const url, from = "smtp://spoke:geheim@mail.acme.com", "Spoke <spoke@askspoke.com>"
	for name, test := range map[string]struct {
		settings settings
		want     []string // none: it is good
	}{
		"none":        {settings{}, nil},
		"all":         {settings{SMTPURL: url, MailFrom: from, Notify: []string{"ops@askspoke.com", "b@askspoke.com"}}, nil},
		"no operator": {settings{SMTPURL: url, MailFrom: from}, nil},
		"no server":   {settings{MailFrom: from}, []string{"SPOKE_SMTP_URL is not"}},
		"all wrong": {
			settings{SMTPURL: "http://a:geheim@x", MailFrom: "spoke", Notify: []string{"ops"}},
			[]string{"SPOKE_SMTP_URL is no URL", "SPOKE_MAIL_FROM: ", `SPOKE_NOTIFY: "ops" is no mail address`},
		},
		"a header":  {settings{SMTPURL: url, MailFrom: from, Notify: []string{"ops@askspoke.com\r\nBcc: a@b.com"}}, []string{"SPOKE_NOTIFY: "}},
		"very many": {settings{SMTPURL: url, MailFrom: from, Notify: make([]string, 21)}, []string{"SPOKE_NOTIFY has 21 addresses"}},
	} {
		err := test.settings.checkMail()
		if (err == nil) != (test.want == nil) {
			t.Errorf("%s: %v", name, err)
		}
		for _, want := range test.want {
			if err != nil && (!strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "geheim")) {
				t.Errorf("%s: %v, want %q", name, err, want)
			}
		}
	}
	got, err := settings{Notify: []string{"a@b.com", " A@b.com ", "c@d.com"}}.operators()
	if diff := cmp.Diff([]string{"a@b.com", "c@d.com"}, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got)\n%s", err, diff)
	}
}
