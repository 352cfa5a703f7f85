package patch_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/askspoke/spoke/scim"
	"github.com/askspoke/spoke/scim/patch"
	"github.com/askspoke/spoke/scim/resource"
	"github.com/askspoke/spoke/scim/schema"
)

var (
	user  = schema.User(schema.SpokeCustom())
	group = schema.Group()
)

// ent stands for the URN of the enterprise extension in the texts of the tests.
var urns = strings.NewReplacer("ent:", schema.EnterpriseUserURN+":", `"ent"`, `"`+schema.EnterpriseUserURN+`"`)

// rule is one case: what the operations make of a resource, or the error type they end in.
type rule struct {
	name    string
	lenient *scim.Leniency // nil: both profiles, with the same outcome
	before  string
	ops     string
	want    string         // "": as before
	fails   scim.ErrorType // set: no object
}

func (r rule) profiles() map[string]*scim.Leniency {
	if r.lenient != nil {
		return map[string]*scim.Leniency{"": r.lenient}
	}
	return map[string]*scim.Leniency{" auto": scim.Auto(), " strict": scim.Strict()}
}

func check(t *testing.T, kind *schema.ResourceType, rules []rule) {
	t.Helper()
	for _, r := range rules {
		for profile, lenient := range r.profiles() {
			t.Run(r.name+profile, func(t *testing.T) {
				t.Parallel()
				before := decode(t, r.before)
				result, err := apply(t, kind, before, r.ops, lenient)
				if diff := cmp.Diff(decode(t, r.before), before); diff != "" {
					t.Errorf("the input was modified:\n%s", diff)
				}
				if r.fails != "" {
					wantError(t, err, r.fails)
					if result.Object != nil || result.Relation != nil {
						t.Error("an error must return no result")
					}
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				want := r.want
				if want == "" {
					want = r.before
				}
				if diff := cmp.Diff(decode(t, want), result.Object); diff != "" {
					t.Errorf("(-want +got)\n%s", diff)
				}
			})
		}
	}
}

func wantError(t *testing.T, err error, kind scim.ErrorType) {
	t.Helper()
	var e *scim.Error
	if !errors.As(err, &e) || e.Status != 400 || e.Type != kind {
		t.Fatalf("got %v, want 400 %s", err, kind)
	}
}

// wantTooLarge wants the 413 that has no scimType.
func wantTooLarge(t *testing.T, err error) {
	t.Helper()
	var e *scim.Error
	if !errors.As(err, &e) || e.Status != http.StatusRequestEntityTooLarge || e.Type != scim.None {
		t.Fatalf("got %v, want 413", err)
	}
}

// apply sends the operations as a client does, without the message around them.
func apply(t *testing.T, kind *schema.ResourceType, before map[string]any, ops string, lenient *scim.Leniency) (patch.Result, error) {
	t.Helper()
	body := decode(t, `{"schemas":["`+patch.MessageSchema+`"],"Operations":[`+ops+`]}`)
	operations, err := patch.Decode(body, lenient)
	if err != nil {
		return patch.Result{}, err
	}
	return patch.Apply(kind, before, operations, lenient)
}

func decode(t *testing.T, text string) map[string]any {
	t.Helper()
	object, err := resource.Decode([]byte(urns.Replace(text)), nil)
	if err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return object
}

// flat is the operation without path in which everything is one value.
func flat(op, value string) string { return `{"op":"` + op + `","value":` + value + `}` }

// at is the operation on a path; an empty value leaves the member out.
func at(op, path, value string) string {
	quoted, _ := json.Marshal(path)
	text := `{"op":"` + op + `","path":` + string(quoted)
	if value != "" {
		text += `,"value":` + value
	}
	return text + "}"
}
