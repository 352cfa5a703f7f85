package dialect

import (
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// recorder keeps what a provider sent, byte for byte as far as HTTP lets see it, and gives one answer to all.
type recorder struct {
	requests []string
	status   int
	answer   string
}

func (r *recorder) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	body, _ := io.ReadAll(request.Body)
	line := request.Method + " " + request.RequestURI
	for _, name := range []string{"Authorization", "User-Agent", "Content-Type", "Accept"} {
		for _, value := range request.Header.Values(name) {
			line += " " + name + "=" + value
		}
	}
	r.requests = append(r.requests, strings.TrimSpace(line+" "+string(body)))
	w.Header().Set("Content-Type", "application/scim+json")
	w.WriteHeader(r.status)
	_, _ = io.WriteString(w, r.answer)
}

func record(t *testing.T, text string, status int, answer string) (requests []string, report Report) {
	t.Helper()
	tr, err := Parse("x", "# A title.\n# source: a page\n"+text)
	if err != nil {
		t.Fatal(err)
	}
	r := &recorder{status: status, answer: answer}
	server := httptest.NewServer(r)
	defer server.Close()
	report = tr.Run(t.Context(), Target{URL: server.URL + "/scim/v2", Token: "secret", Base: "https://acme.example/scim/v2"})
	return r.requests, report
}

// A request goes out as the transcript has it: nothing is added but the token, and only what no request line can hold is
// encoded.
func TestRequests(t *testing.T) {
	t.Parallel()
	got, report := record(t, `
every request
User-Agent: Okta SCIM Client 1.0.0
Content-Type: application/json

== spaces and quotes
GET /Users?filter=userName eq "ä+b%2B"&
=> 200
save x

== signs at the end, and nothing of the transcript's own
POST //Users?
User-Agent:
Authorization: none

{"id": "{{x.id}}", "n": "{{x.n}}", "base": "{{base}}"}
=> 200

== another token
repeat 2
GET /Users/{{n}}
Authorization: Bearer wrong
=> 200

== state: all
GET /Users;a?b=;
=> 200
id = "7"
`, 200, `{"id": "7", "n": 1.5}`)
	want := []string{
		`GET /scim/v2/Users?filter=userName%20eq%20%22%C3%A4+b%2B%22& Authorization=Bearer secret User-Agent=Okta SCIM Client 1.0.0`,
		`POST /scim/v2//Users? Content-Type=application/json {"id": "7", "n": "1.5", "base": "https://acme.example/scim/v2"}`,
		`GET /scim/v2/Users/1 Authorization=Bearer wrong User-Agent=Okta SCIM Client 1.0.0`,
		`GET /scim/v2/Users/2 Authorization=Bearer wrong User-Agent=Okta SCIM Client 1.0.0`,
		`GET /scim/v2/Users;a?b=; Authorization=Bearer secret User-Agent=Okta SCIM Client 1.0.0`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if wrong := report.Findings; !slices.ContainsFunc(wrong, func(f string) bool { return strings.Contains(f, "the resource has no schemas") }) {
		t.Errorf("an answer without schemas passes: %q", wrong)
	}
}

// A server that does nothing right is reported at each place, and nothing panics.
func TestFindings(t *testing.T) {
	t.Parallel()
	const steps = `
== create
POST /Users

{"userName": "ada"}
=> 201
active = true
save ada

== state: read
GET /Users/{{ada.id}}
=> 200
userName = "ada"
`
	for answer, want := range map[string][]string{
		`<html>`:        {"x.txt:4: create: the body is no JSON", "x.txt:12: state: read: {{ada}} was not saved"},
		`{"id": null}`:  {"x.txt:4: create: POST /Users: status 500, want 201", "x.txt:4: create: the server failed", `x.txt:9: create: want active = true, but it is absent`},
		`{"active": 1}`: {"x.txt:4: create: this is no SCIM error", `x.txt:9: create: want active = true, but it is 1`, "x.txt:12: state: read: ada has no id"},
		``:              {`x.txt:9: create: want active = true, but it is absent`},
	} {
		_, report := record(t, steps, 500, answer)
		for _, text := range want {
			if !slices.ContainsFunc(report.Findings, func(f string) bool { return strings.HasPrefix(f, text) }) {
				t.Errorf("%q: no finding begins with %q:\n%s", answer, text, strings.Join(report.Findings, "\n"))
			}
		}
	}
}

// What a server does not announce is not asked of it, and that is said.
func TestRequires(t *testing.T) {
	t.Parallel()
	const steps = "# requires: cursor, bulk\n== state: x\nGET /Users?cursor\n=> 200\ntotalResults = 0\n"
	got, report := record(t, steps, 200, `{"pagination": {"cursor": true}, "bulk": {"supported": false}}`)
	if len(got) != 1 || !strings.Contains(report.NotPlayed, "bulk.supported") {
		t.Errorf("requests %q, not played: %q", got, report.NotPlayed)
	}
	got, report = record(t, steps, 200, `{"pagination": {"cursor": true}, "bulk": {"supported": true}}`)
	if len(got) != 2 || report.NotPlayed != "" {
		t.Errorf("requests %q, not played: %q", got, report.NotPlayed)
	}
}

// No text makes the parser fail otherwise than by an error that names a line.
func FuzzParse(f *testing.F) {
	transcripts, err := recorded.ReadFile("testdata/okta/user_patch.txt")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(transcripts))
	f.Add("# A title.\n# source: x\n== state: x\nrepeat 2\nGET /\nA: b\n\n{}\n=> 200\nbody = {\n}\nheader X = y\nsave z{{n}}")
	f.Fuzz(func(t *testing.T, text string) {
		tr, err := Parse("x", text)
		switch {
		case err != nil && !strings.HasPrefix(err.Error(), "x.txt:"):
			t.Errorf("an error without a line: %v", err)
		case err == nil && len(tr.steps) == 0:
			t.Error("no error, and no steps")
		}
	})
}
