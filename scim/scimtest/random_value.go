package scimtest

import (
	"encoding/json"
	"math/rand/v2"
	"strings"

	"github.com/askspoke/spoke/scim/schema"
)

// The values that random objects hold and random filters ask for. They are few, so that they meet often, and they are
// chosen to be confused: by case, by what LIKE means by % and _, by escapes, by normal forms, by how numbers are written.
var (
	words    = []string{"", "a", "A", "b", "ab", "AB", "a_b", "a%", `a\b`, `"a"`, "é", "E\u0301", "ß", "😀", "a b"}
	integers = []string{"0", "-1", "1", "2", "10", "9007199254740992", "9007199254740993"}
	decimals = []string{"0", "0.5", "5e-1", "0.50", "-1.25", "100", "1E2"}
	times    = []string{
		"2026-03-01T12:00:00Z", "2026-03-01T13:00:00+01:00", "2026-03-01T12:00:00.500Z", "2026-03-01T12:00:00.5000001Z",
		"2026-03-01T12:00:00", "1999-12-31T23:59:59-05:00",
	}
	binaries   = []string{"AAEC", "aaec", "AAECAw=="}
	references = []string{"https://a.example/x", "https://A.example/x", "../Users/x"}
)

// randomName is one of forty names, in any case.
func randomName(r *rand.Rand) string {
	name := string(rune('a'+r.IntN(10))) + []string{"", "é", "_", "%"}[r.IntN(4)]
	if r.IntN(2) == 0 {
		name = strings.ToUpper(name)
	}
	return name
}

func randomValue(r *rand.Rand, a *schema.Attribute) any {
	switch a.Type {
	case schema.Complex:
		var subs []*schema.Attribute
		for i := range a.SubAttributes {
			if sub := &a.SubAttributes[i]; sub.Mutability != schema.ReadOnly && sub.Returned != schema.Never {
				subs = append(subs, sub)
			}
		}
		fields := map[string]any{}
		for len(fields) == 0 {
			fill(r, fields, subs)
		}
		return fields
	case schema.Boolean:
		return r.IntN(2) == 0
	case schema.Integer:
		return json.Number(pick(r, integers))
	case schema.Decimal:
		return json.Number(pick(r, decimals))
	default:
		return pick(r, textsOf(a))
	}
}

// textsOf lists the values of an attribute that is written as a string.
func textsOf(a *schema.Attribute) []string {
	switch {
	case a.Type == schema.DateTime:
		return times
	case a.Type == schema.Binary:
		return binaries
	case a.Type == schema.Reference:
		return references
	case len(a.CanonicalValues) > 0:
		return a.CanonicalValues[:2]
	default:
		return words
	}
}

func pick(r *rand.Rand, list []string) string { return list[r.IntN(len(list))] }
