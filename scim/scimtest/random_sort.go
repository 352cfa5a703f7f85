package scimtest

import (
	"fmt"
	"math/rand/v2"

	"github.com/askspoke/spoke/scim"
	"github.com/askspoke/spoke/scim/provider"
	"github.com/askspoke/spoke/scim/schema"
)

// RandomSort returns an order by any attribute or sub-attribute of the type, those included that order nothing.
func RandomSort(r *rand.Rand, t *schema.ResourceType) *provider.Sort {
	s, path := t.Schema, ""
	if n := r.IntN(len(t.Extensions) + 2); n < len(t.Extensions) {
		s = t.Extensions[n].Schema
		path = s.ID + ":"
	}
	a := &s.Attributes[r.IntN(len(s.Attributes))]
	switch {
	case r.IntN(20) == 0:
		path = "schemas"
	case len(a.SubAttributes) > 0 && r.IntN(3) > 0:
		path += a.Name + "." + a.SubAttributes[r.IntN(len(a.SubAttributes))].Name
	default:
		path += a.Name
	}
	ref, ok := t.Resolve(path, scim.Strict())
	if !ok {
		panic(fmt.Sprintf("%s does not resolve %s", t.Name, path))
	}
	return &provider.Sort{Ref: ref, Descending: r.IntN(2) == 0}
}
