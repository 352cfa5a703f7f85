package hostname_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/askspoke/spoke/tenancy/hostname"
)

func TestNormalize(t *testing.T) {
	t.Parallel()
	longest := strings.Repeat(strings.Repeat("a", 49)+".", 5) + "abc" // 253
	for in, want := range map[string]string{
		"acme.askspoke.com":           "acme.askspoke.com",
		"ACME.AskSpoke.COM":           "acme.askspoke.com",
		"acme.askspoke.com:8443":      "acme.askspoke.com",
		"acme.askspoke.com.":          "acme.askspoke.com",
		"acme.askspoke.com.:443":      "acme.askspoke.com",
		"acme.askspoke.com:":          "acme.askspoke.com",
		"localhost":                   "localhost",
		"127.0.0.1:8080":              "127.0.0.1",
		"[::1]":                       "[::1]",
		"[0:0::1]:8080":               "[::1]",
		"[2001:DB8::A]":               "[2001:db8::a]",
		"bücher.example":              "xn--bcher-kva.example",
		"BÜCHER.example:80":           "xn--bcher-kva.example",
		"xn--bcher-kva.example":       "xn--bcher-kva.example",
		"XN--Bcher-KVA.example":       "xn--bcher-kva.example",
		"acme。example":                "acme.example",
		longest:                       longest,
		longest + ".:65535":           longest,
		"":                            "",
		".":                           "",
		":80":                         "",
		"a..b":                        "",
		".a":                          "",
		"a.b..":                       "",
		longest + "a":                 "",
		strings.Repeat("a", 64):       "",
		strings.Repeat("a.", 1<<20):   "",
		"user@acme.askspoke.com":      "",
		"user:pass@acme.askspoke.com": "",
		"acme.askspoke.com/path":      "",
		"acme.askspoke.com:port":      "",
		"acme.askspoke.com:65536":     "",
		"acme.askspoke.com:+1":        "",
		"acme.askspoke.com:1:2":       "",
		"a b":                         "",
		"a\x00b":                      "",
		"a\r\nb":                      "",
		"a_b.example":                 "",
		"-a.example":                  "",
		"a-.example":                  "",
		"xn--a.example":               "",
		"xn--.example":                "",
		"\xff.example":                "",
		"::1":                         "",
		"[::1":                        "",
		"[::1]x":                      "",
		"[::1]:x":                     "",
		"[127.0.0.1]":                 "",
		"[fe80::1%eth0]":              "",
	} {
		got, err := hostname.Normalize(in)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("Normalize(%.60q) (-want +got):\n%s", in, diff)
		}
		if (want == "") != errors.Is(err, hostname.ErrInvalid) {
			t.Errorf("Normalize(%.60q): error %v", in, err)
		}
	}
}

func FuzzNormalize(f *testing.F) {
	for _, seed := range []string{"acme.askspoke.com:443", "[::1]:80", "bücher.example", "xn--bcher-kva.", "a..b", "ß.example", "faß.de", "1。2"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in string) {
		once, err := hostname.Normalize(in)
		if err != nil {
			if once != "" || !errors.Is(err, hostname.ErrInvalid) {
				t.Fatalf("Normalize(%q) = %q, %v", in, once, err)
			}
			return
		}
		if once == "" || len(once) > 253 || once != strings.ToLower(once) || strings.HasSuffix(once, ".") ||
			strings.ContainsAny(once, " /@\\\"'\x00\r\n") {
			t.Fatalf("Normalize(%q) = %q", in, once)
		}
		twice, err := hostname.Normalize(once)
		if err != nil || twice != once {
			t.Fatalf("Normalize(%q) = %q, again %q, %v", in, once, twice, err)
		}
	})
}

func TestResolver(t *testing.T) {
	t.Parallel()
	r, err := hostname.NewResolver("AskSpoke.com", "eu.askspoke.com", ".localhost")
	if err != nil {
		t.Fatal(err)
	}
	for host, want := range map[string]hostname.Name{
		"acme.askspoke.com":      {Slug: "acme"},
		"acme.eu.askspoke.com":   {Slug: "acme"},
		"acme.localhost":         {Slug: "acme"},
		"scim.acme.example":      {Host: "scim.acme.example"},
		"acme.askspoke.com.evil": {Host: "acme.askspoke.com.evil"},
		"notaskspoke.com":        {Host: "notaskspoke.com"},
		"askspoke.com":           {},
		"eu.askspoke.com":        {},
		"localhost":              {},
		"a.b.askspoke.com":       {},
		"www.askspoke.com":       {},
		"a.askspoke.com":         {},
		"xn--a-b.askspoke.com":   {},
	} {
		got, err := r.Name(host)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("Name(%q) (-want +got):\n%s", host, diff)
		}
		if (want == hostname.Name{}) != errors.Is(err, hostname.ErrNoTenant) {
			t.Errorf("Name(%q): error %v", host, err)
		}
	}
	if got := r.Host("acme"); got != "acme.askspoke.com" {
		t.Errorf("Host is %q", got)
	}
	for _, base := range []string{"", "a..b", "[::1]", "a b"} {
		if _, err := hostname.NewResolver(base); !errors.Is(err, hostname.ErrInvalid) {
			t.Errorf("NewResolver(%q): %v", base, err)
		}
	}
}
