package explain_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/askspoke/spoke/scim/explain"
)

// BenchmarkRedact redacts a PATCH of a group with 10,000 members, as a large refused request, and a user.
func BenchmarkRedact(b *testing.B) {
	var members strings.Builder
	for i := range 10_000 {
		fmt.Fprintf(&members, `{"value":"2819c223-7f76-453a-919d-%012d","$ref":"https://acme.askspoke.com/scim/v2/Users/2819c223"},`, i)
	}
	for name, body := range map[string]string{
		"Members": `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"add","path":"members","value":[` + strings.TrimSuffix(members.String(), ",") + `]}]}`,
		"User":    `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"ada@example.com","password":"hunter2","name":{"givenName":"Ada","familyName":"Lovelace"},"emails":[{"type":"work","value":"ada@example.com","primary":true}],"title":"Countess of Lovelace"}`,
	} {
		b.Run(name, func(b *testing.B) {
			r := explain.NewRedactor(kinds)
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				r.Body([]byte(body))
			}
		})
	}
}
