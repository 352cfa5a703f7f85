package explain_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/askspoke/spoke/scim"
	"github.com/askspoke/spoke/scim/explain"
)

// constants returns the values of the typed string constants that a file of package scim has.
func constants(t *testing.T, file, kind string) []string {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), "../"+file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var values []string
	ast.Inspect(parsed, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || len(spec.Values) != 1 {
			return true
		}
		if name, _ := spec.Type.(*ast.Ident); name == nil || name.Name != kind {
			return true
		}
		if text, ok := spec.Values[0].(*ast.BasicLit); ok {
			value, err := strconv.Unquote(text.Value)
			if err != nil {
				t.Fatal(err)
			}
			values = append(values, value)
		}
		return true
	})
	if len(values) < 10 {
		t.Fatalf("%d constants of type %s in %s", len(values), kind, file)
	}
	return values
}

// complete tells what is wrong with an explanation by itself.
func complete(x explain.Explanation) (wrong string) {
	switch {
	case x.Rule == "" || strings.ToLower(x.Rule) != x.Rule:
		return "the rule has no name"
	case !strings.HasPrefix(x.Reference, "RFC "):
		return "it is not said where the rule is written"
	case len(x.Hint) < 40 || !strings.HasSuffix(x.Hint, "."):
		return "there is no hint"
	case strings.ContainsAny(x.Reference+x.Hint, "{}"):
		return "the hint is not filled in"
	}
	return ""
}

// Every rule that package scim names has a reference and a hint of its own.
func TestEveryRule(t *testing.T) {
	t.Parallel()
	hints := make(map[string]string)
	for _, rule := range constants(t, "rule.go", "Rule") {
		if rule == "" {
			continue
		}
		x := explain.Explain("PATCH", "/Users/{id}", &scim.Error{Status: 400, Rule: scim.Rule(rule), Attribute: "userName"})
		if wrong := complete(x); wrong != "" || x.Rule != rule || x.Attribute != "userName" || explain.Reference(rule) != x.Reference {
			t.Errorf("%s: %s: %+v", rule, wrong, x)
		}
		if other, taken := hints[x.Hint]; taken && !strings.HasPrefix(x.Hint, "Nothing has to be changed: the failure was the service's") {
			t.Errorf("%s and %s have the same hint", rule, other)
		}
		hints[x.Hint] = rule
	}
}

// Every scimType and every status is explained where the error says no more.
func TestEveryTypeAndStatus(t *testing.T) {
	t.Parallel()
	for _, kind := range constants(t, "error.go", "ErrorType") {
		e := scim.BadRequest(scim.ErrorType(kind), "x")
		if wrong := complete(explain.Explain("POST", "/Users", e)); wrong != "" {
			t.Errorf("%s: %s", kind, wrong)
		}
	}
	for status := 400; status < 600; status++ {
		x := explain.Explain("POST", "/Users", &scim.Error{Status: status})
		if wrong := complete(x); wrong != "" {
			t.Errorf("%d: %s: %+v", status, wrong, x)
		}
		if own := strings.Contains(x.Hint, "Nothing has to be changed"); status >= 500 && status != 501 && !own {
			t.Errorf("%d is the service's failure: %s", status, x.Hint)
		}
	}
	if wrong := complete(explain.Explain("POST", "/Users", &scim.Error{Status: 400, Rule: "of.somebody.else"})); wrong != "" {
		t.Errorf("a rule of somebody else: %s", wrong)
	}
}

func TestExplain(t *testing.T) {
	t.Parallel()
	for _, tc := range [...]struct {
		method, route string
		err           *scim.Error
		rule, hint    string
	}{
		{"POST", "/Users", scim.Conflict("x").About("userName"), "attribute.unique", "Another user has this userName already. If it is the same one, check the matching attribute"},
		{"POST", "/Groups", scim.Conflict("x"), "attribute.unique", "Another group has this value already."},
		{"PATCH", "/Users/{id}", scim.BadRequest(scim.NoTarget, "x").About("emails.value"), "patch.no_target", "a value of emails.value that the user does not have"},
		{"PATCH", "/Users/{id}", scim.NotFound("x"), "request.resource", "The user that the provider remembers"},
		{"GET", "", scim.NotFound("x"), "request.endpoint", "Tenant URL"},
		{"GET", "", &scim.Error{Status: http.StatusUnauthorized}, "auth.token", "Secret Token"},
		{"POST", "/Groups", &scim.Error{Status: http.StatusForbidden, Rule: scim.RuleAuthScope}, "auth.scope", "change groups"},
		{"DELETE", "/Users/{id}", &scim.Error{Status: http.StatusServiceUnavailable, RetryAfter: time.Hour}, "guard.held", "approve them"},
		{"PATCH", "/Users/{id}", &scim.Error{Status: http.StatusServiceUnavailable, RetryAfter: time.Hour}, "guard.held", "approve them"},
		{"DELETE", "/Users/{id}", &scim.Error{Status: http.StatusForbidden, Rule: scim.RuleGuardRejected}, "guard.rejected", "approve the hold"},
		{"DELETE", "/Users/{id}", &scim.Error{Status: http.StatusServiceUnavailable}, "tenant.paused", "Nothing has to be changed"},
		{"DELETE", "/Users/{id}", scim.AsError(http.ErrAbortHandler), "server", "Nothing has to be changed"},
	} {
		x := explain.Explain(tc.method, tc.route, tc.err)
		if diff := cmp.Diff(tc.rule, x.Rule); diff != "" || !strings.Contains(x.Hint, tc.hint) {
			t.Errorf("%s %s %v (-want +got)\n%s%s", tc.method, tc.route, tc.err, diff, x.Hint)
		}
	}
}
