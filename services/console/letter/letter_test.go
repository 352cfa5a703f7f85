package letter_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/askspoke/spoke/services/console/letter"
)

var update = flag.Bool("update", false, "rewrite the letters under testdata")

// asked is a letter to an administrator of a tenant whose name tries to be markup.
var asked = letter.Letter{
	ID: "1", Tenant: "7f1c2b64-0000-4000-8000-000000000001", To: "ada@acme.com", Name: "Acme <b>& Söhne</b>", Host: "acme.askspoke.com",
	URL: "https://acme.askspoke.com/sign-in/link/spm_secret", Life: "15 minutes", From: "192.0.2.7",
}

func TestLetters(t *testing.T) {
	t.Parallel()
	invited := asked
	invited.By, invited.Role, invited.Life, invited.From = "grace@acme.com", "an owner", "3 days", ""
	for name, l := range map[string]letter.Letter{"sign_in": asked, "invitation": invited} {
		m, err := l.Mail()
		if err != nil {
			t.Fatal(err)
		}
		if m.Key != "sign-in/1" || m.Tenant != l.Tenant || m.To != l.To {
			t.Errorf("%s: %+v", name, m)
		}
		if strings.Contains(m.HTML, "<b>&") || strings.Contains(m.Text+m.HTML+m.Subject, string(l.Tenant)) {
			t.Errorf("%s has markup of the tenant's, or its id:\n%s", name, m.HTML)
		}
		for ending, got := range map[string]string{".txt": "To: " + m.To + "\nSubject: " + m.Subject + "\n\n" + m.Text, ".html": m.HTML} {
			file := filepath.Join("testdata", name+ending)
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
					t.Fatal(err)
				}
				continue
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("%s (-want +got)\n%s", file, diff)
			}
		}
	}
}

func TestSubjectIsALine(t *testing.T) {
	t.Parallel()
	l := asked
	l.Name = "Acme\r\nBcc: eve@evil.com"
	m, err := l.Mail()
	if err != nil || strings.ContainsAny(m.Subject, "\r\n") {
		t.Errorf("%q, %v", m.Subject, err)
	}
}
