package dialect

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const head = "# A title.\n# source: a page\n"

// A mistake is named with its line and what was expected.
func TestParseErrors(t *testing.T) {
	t.Parallel()
	state := "== state: x\nGET /Users\n=> 200\ntotalResults = 0\n"
	for _, tc := range []struct{ name, text, want string }{
		{"nothing", "", "x.txt:1: want the title as a comment line"},
		{"no source", "# A title.\n" + state, `want a comment line "# source: "`},
		{"no steps", head, "want a last step"},
		{"no state", head + "== x\nGET /Users\n=> 200\n", `want a last step "== state:`},
		{"a tolerance that nobody knows", head + "# needs: operationCase, nonsense\n" + state, `x.txt:3: "nonsense" is no tolerance`},
		{"a feature that nobody knows", head + "# requires: magic\n" + state, `x.txt:3: "magic" is no feature`},
		{"no title of a step", head + "GET /Users\n=> 200\n", `x.txt:3: want "== " and the title of a step`},
		{"no request", head + "== x\n", `the step "x" has no request`},
		{"no method", head + "== x\nFETCH /Users\n=> 200\n", "x.txt:4: want a request line such as GET /Users"},
		{"no slash", head + "== x\nGET Users\n=> 200\n", "x.txt:4: the target \"Users\" does not start with a slash"},
		{"repeat what", head + "== x\nrepeat often\nGET /Users\n=> 200\n", "x.txt:4: want a number"},
		{"no status", head + "== x\nGET /Users\n\n" + state, `the step "x" does not say which status it expects`},
		{"status in words", head + "== x\nGET /Users\n=> fine\n" + state, "x.txt:5: want statuses after =>"},
		{"an empty status", head + "== x\nGET /Users\n=>\n" + state, "x.txt:5: want a status after =>"},
		{"no header", head + "== x\nPOST /Users\n{\"userName\": \"x\"}\n=> 201\n" + state, "x.txt:5: want a header, an empty line before the body"},
		{"a secret", head + "== x\nGET /Users\nAuthorization: Bearer spk_1234567890\n=> 200\n" + state, "x.txt:5: leave Authorization out"},
		{"a body that is no JSON", head + "== x\nPOST /Users\n\n{\n=> 201\n" + state, `x.txt:3: the body of the step "x" is no JSON`},
		{"no expectation", head + "== x\nGET /Users\n=> 200\nnobody knows\n" + state, "x.txt:6: want an expectation"},
		{"a value that is no JSON", head + "== x\nGET /Users\n=> 200\nuserName = ada\n" + state, "x.txt:6: what follows userName = is no JSON"},
		{"no kind", head + "== x\nGET /Users\n=> 200\nuserName is text\n" + state, "x.txt:6: want one of string"},
		{"no count", head + "== x\nGET /Users\n=> 200\nResources count few\n" + state, "x.txt:6: want a number after count"},
		{"more after absent", head + "== x\nGET /Users\n=> 200\ntitle absent now\n" + state, "x.txt:6: nothing can follow absent"},
		{"a bad name", head + "== x\nGET /Users\n=> 200\nsave the user\n" + state, "x.txt:6: want a name of letters and digits"},
		{"an unknown name in the path", head + "== x\nGET /Users/{{ada.id}}\n=> 200\n" + state, "x.txt:4: {{ada.id}} names nothing"},
		{"an unknown name in the body", head + "== x\nPOST /Users\n\n{\"a\": \"{{ada.id}}\"}\n=> 201\n" + state, "x.txt:5: {{ada.id}} names nothing"},
		{"an unknown name in a value", head + "== x\nGET /Users\n=> 200\nid = \"{{ada.id}}\"\n" + state, "x.txt:6: {{ada.id}} names nothing"},
		{"a state that changes", head + "== state: x\nDELETE /Users/1\n=> 204\n", "x.txt:3: a state is read by GET, not by DELETE"},
		{"a state without words", head + "== state: x\nGET /Users\n=> 200\n", `x.txt:3: the state "state: x" says nothing`},
		{"a step after the state", head + state + "== x\nGET /Users\n=> 200\n", `the step "x" comes after the state`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			_, err := Parse("x", tc.text)
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("want an error with %q, got %v", tc.want, err)
			}
		})
	}
}

// A pasted trace is cut to what the provider meant: the target below the base, and the headers that are its own.
func TestParseTrace(t *testing.T) {
	t.Parallel()
	tr, err := Parse("x", head+`
every request
User-Agent: Okta SCIM Client 1.0.0

== a pasted trace
POST https://acme.example/scim/v2/Users?a=b& HTTP/1.1
Host: acme.example
Content-Length: 20
Connection: Keep-Alive
X-Forwarded-For: 192.0.2.1
accept: application/scim+json
User-Agent:

{"userName": "ada",

 "title": "x"}
=> 201, 409
emails[type eq "work"].value = "ada@example.com"
header Location = x
# a comment
body = {
  "a": 1
}
save ada

== state: it is there
GET /Users/{{ada.id}}
=> 200
userName present
`)
	if err != nil {
		t.Fatal(err)
	}
	s := tr.steps[0]
	got := []any{tr.Title, s.method, s.target, s.headers, s.body, s.statuses, s.save, s.checks}
	want := []any{
		"A title.", "POST", "/Users?a=b&",
		[]field{{"Accept", "application/scim+json"}, {"User-Agent", ""}},
		"{\"userName\": \"ada\",\n\n \"title\": \"x\"}",
		[]int{201, 409},
		"ada",
		[]check{
			{line: 20, path: `emails[type eq "work"].value`, op: "=", operand: `"ada@example.com"`},
			{line: 21, header: true, path: "Location", op: "=", operand: "x"},
			{line: 23, path: "body", op: "=", operand: "{\n  \"a\": 1\n}"},
		},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(field{}, check{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
