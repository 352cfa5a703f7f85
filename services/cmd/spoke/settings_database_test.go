package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/askspoke/spoke/tenancy/token"
)

// What is judged is what the driver would use, wherever it comes from.
func TestDatabaseInTheClear(t *testing.T) {
	t.Parallel()
	services := filepath.Join(t.TempDir(), "services")
	if err := os.WriteFile(services, []byte("[spoke]\nhost=db.internal\nsslmode=disable\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	key := token.GenerateKey()
	for name, test := range map[string]struct {
		url  string
		env  []string
		want string // who would be reached in the clear; "": nobody
	}{
		"tls":                    {url: "postgres://a@db.internal/x?sslmode=verify-full"},
		"nothing said":           {url: "postgres://a@db.internal/x"},
		"this machine":           {url: "postgres://a@127.0.0.1/x?sslmode=disable"},
		"this machine, IPv6":     {url: "postgres://a@[::1]:5432/x?sslmode=disable"},
		"this machine by name":   {url: "postgres://a@localhost/x?sslmode=prefer"},
		"a socket":               {url: "postgres:///x?host=/run/postgresql&sslmode=disable"},
		"an abstract socket":     {url: "postgres:///x?host=%40spoke&sslmode=disable"},
		"in the URL":             {url: "postgres://a@db.internal/x?sslmode=allow", want: "db.internal"},
		"by address":             {url: "postgres://a@192.0.2.7/x?sslmode=prefer", want: "192.0.2.7"},
		"host as parameter":      {url: "postgres:///x?host=db.internal&sslmode=disable", want: "db.internal"},
		"two hosts, the second":  {url: "postgres://a@127.0.0.1/x?host=db.internal&sslmode=disable", want: "db.internal"}, // by the alphabet
		"hostaddr as parameter":  {url: "postgres://a@localhost/x?hostaddr=192.0.2.7&sslmode=disable", want: "192.0.2.7"},
		"one host of two":        {url: "postgres://a@localhost,db.internal/x?sslmode=disable", want: "db.internal"},
		"one address of two":     {url: "postgres://a@/x?hostaddr=127.0.0.1,192.0.2.7&sslmode=disable", want: "192.0.2.7"},
		"tls lost by a socket":   {url: "postgres:///x?host=/run/postgresql,db.internal&sslmode=require", want: "db.internal"},
		"mode of the variables":  {url: "postgres://a@db.internal/x", env: []string{"PGSSLMODE=disable"}, want: "db.internal"},
		"host of the variables":  {url: "postgres:///x?sslmode=disable", env: []string{"PGHOST=db.internal"}, want: "db.internal"},
		"hostaddr of them":       {url: "postgres://a@localhost/x?sslmode=disable", env: []string{"PGHOSTADDR=192.0.2.7"}, want: "192.0.2.7"},
		"the URL before them":    {url: "postgres://a@db.internal/x?sslmode=require", env: []string{"PGSSLMODE=disable"}},
		"of a service file":      {url: "postgres:///x?service=spoke", env: []string{"PGSERVICEFILE=" + services}, want: "db.internal"},
		"a service by variables": {url: "postgres:///x", env: []string{"PGSERVICEFILE=" + services, "PGSERVICE=spoke"}, want: "db.internal"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			// The base domain is refused in any case, so that nothing is connected to.
			env := append([]string{"SPOKE_DATABASE_URL=" + test.url, "SPOKE_TOKEN_KEY=" + key}, test.env...)
			out, err := spoke(t, env, "serve").CombinedOutput()
			if err == nil || !strings.Contains(string(out), "SPOKE_BASE_DOMAIN is not set") {
				t.Fatalf("%v\n%s", err, out)
			}
			if test.want == "" && strings.Contains(string(out), "SPOKE_DATABASE_URL") {
				t.Errorf("refused:\n%s", out)
			}
			if test.want != "" && !strings.Contains(string(out), "in the clear to "+test.want+":") {
				t.Errorf("not refused for %s:\n%s", test.want, out)
			}
		})
	}
}

// A URL that cannot be read is refused without showing what it has.
func TestDatabaseURLIsNotShown(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ url, want string }{
		"a broken escape":    {"postgres://a:hush%zz@db.internal/x", "%25 for %"},
		"a slash":            {"postgres://a:1/hush@db.internal/x", "%2F for /"},
		"a question mark":    {"postgres://a:1?port=hush@db.internal/x", "%3F for ?"},
		"a number sign":      {"postgres://a:1#hush@db.internal/x", "%23 for #"},
		"no number for port": {"postgres://a:hush/b@db.internal/x", "cannot be read as a URL"},
		"words":              {"host=db.internal password=hush", "is not a postgres:// URL"},
		"words with an @":    {"host=db.internal password=hush@", "cannot be read as a URL"},
		"another scheme":     {"mysql://a:hush@db.internal/x", "is not a postgres:// URL"},
		"an unknown mode":    {"postgres://a:hush@db.internal/x?sslmode=verifyfull", `wrong value for "sslmode"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			variable := []string{"SPOKE_DATABASE_URL=" + test.url}
			for _, run := range []struct {
				env  []string
				args []string
				name string
			}{
				{variable, []string{"serve"}, "SPOKE_DATABASE_URL"},
				{variable, []string{"migrate"}, "SPOKE_DATABASE_URL"},
				{variable, []string{"dev", "--data-dir", dir}, "SPOKE_DATABASE_URL"},
				{nil, []string{"dev", "--data-dir", dir, "--database-url", test.url}, "--database-url"},
			} {
				out, err := spoke(t, run.env, run.args...).CombinedOutput()
				if text := string(out); err == nil || !strings.Contains(text, run.name+" ") && !strings.Contains(text, run.name+",") || !strings.Contains(text, test.want) {
					t.Errorf("%v: %v\n%s\nwant a message of %s with %q", run.args, err, out, run.name, test.want)
				}
				if strings.Contains(string(out), "hush") {
					t.Errorf("%v: the message shows the password:\n%s", run.args, out)
				}
			}
		})
	}
}
