package scimtest

import (
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/askspoke/spoke/scim/resource"
	"github.com/askspoke/spoke/scim/schema"
)

// epoch is when the time of Compare begins.
var epoch = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// RandomFilter returns the text of a filter that the type binds, of up to a dozen comparisons over every attribute, sub-attribute
// and operator. Its values are those of RandomObject; ids are what it asks for of id and of the relation.
func RandomFilter(r *rand.Rand, t *schema.ResourceType, ids []string) string {
	f := filterWriter{Rand: r, t: t, ids: ids}
	if len(ids) == 0 {
		f.ids = []string{"none"}
	}
	return f.expression(2)
}

type filterWriter struct {
	*rand.Rand
	t   *schema.ResourceType
	ids []string
}

func (f filterWriter) expression(depth int) string {
	kind := f.IntN(8)
	switch {
	case depth == 0 || kind < 3:
		return f.term()
	case kind == 3:
		return "not (" + f.expression(depth-1) + ")"
	default:
		return "(" + f.expression(depth-1) + []string{") and (", ") or ("}[kind%2] + f.expression(depth-1) + ")"
	}
}

// term is a comparison or a value path.
func (f filterWriter) term() string {
	if f.IntN(12) == 0 {
		return f.special()
	}
	s, urn := f.t.Schema, ""
	if n := f.IntN(len(f.t.Extensions) + 3); n < len(f.t.Extensions) {
		s = f.t.Extensions[n].Schema
		urn = s.ID + ":"
	}
	a := &s.Attributes[f.IntN(len(s.Attributes))]
	path := urn + a.Name
	switch {
	case a.Returned == schema.Never:
		return "id pr"
	case (a.Type == schema.Complex || a.MultiValued) && f.IntN(3) == 0:
		return path + "[" + f.element(a) + "]"
	case a.Type == schema.Complex && f.IntN(3) > 0:
		sub := &a.SubAttributes[f.IntN(len(a.SubAttributes))]
		return f.comparison(path+"."+sub.Name, a, sub)
	case a.Type == schema.Complex && a.Sub("value") != nil && f.IntN(2) == 0:
		return f.comparison(path, a, a.Sub("value"))
	default:
		return f.comparison(path, nil, a)
	}
}

// special asks for what no schema document lists.
func (f filterWriter) special() string {
	urns := []string{f.t.Schema.ID}
	for _, e := range f.t.Extensions {
		urns = append(urns, e.Schema.ID)
	}
	urn := pick(f.Rand, urns)
	switch {
	case f.IntN(3) == 0 && urn != f.t.Schema.ID:
		return urn + pick(f.Rand, []string{" pr", " eq null"})
	case f.IntN(3) == 0:
		return "schemas[value " + pick(f.Rand, []string{"eq ", "sw ", "ew ", "co "}) + quote(urn) + "]"
	default:
		return "schemas " + pick(f.Rand, []string{"eq ", "ne ", "co "}) + quote(urn)
	}
}

// element is what stands between brackets.
func (f filterWriter) element(a *schema.Attribute) string {
	one := func() string {
		if a.Type != schema.Complex {
			return f.comparison("value", nil, a)
		}
		sub := &a.SubAttributes[f.IntN(len(a.SubAttributes))]
		text := f.comparison(sub.Name, a, sub)
		if f.IntN(5) == 0 {
			text = "not (" + text + ")"
		}
		return text
	}
	switch f.IntN(4) {
	case 0:
		return one()
	case 1:
		return one() + " or " + one()
	default:
		return one() + " and " + one()
	}
}

// comparison compares a leaf, which is a sub-attribute of parent where that is not nil.
func (f filterWriter) comparison(path string, parent, leaf *schema.Attribute) string {
	switch n := f.IntN(12); {
	case n == 0 || leaf.Type == schema.Complex && n < 8:
		return path + " pr"
	case n == 1 || leaf.Type == schema.Complex:
		return path + pick(f.Rand, []string{" eq null", " ne null"})
	}
	operators := []string{"eq", "eq", "ne", "gt", "ge", "lt", "le"}
	switch leaf.Type {
	case schema.Boolean, schema.Binary:
		operators = operators[:3]
	case schema.String, schema.Reference:
		operators = append(operators, "co", "sw", "ew")
	}
	op := pick(f.Rand, operators)
	return path + " " + op + " " + f.literal(parent, leaf)
}

func (f filterWriter) literal(parent, leaf *schema.Attribute) string {
	isMeta := parent != nil && parent.Name == "meta"
	switch {
	case leaf.Name == "id", parent != nil && parent.Name == f.t.Relation && leaf.Name == "value":
		return quote(pick(f.Rand, f.ids))
	case isMeta && leaf.Name == "version":
		return quote(resource.Document{Version: 1 + f.Int64N(4)}.ETag())
	case isMeta && leaf.Name == "resourceType":
		return quote(pick(f.Rand, []string{"User", "Group", "user"}))
	case isMeta && leaf.Type == schema.DateTime:
		return quote(epoch.Add(time.Duration(f.IntN(4_000)) * time.Millisecond / 2).Format(time.RFC3339Nano))
	case isMeta || leaf.Name == "$ref" && parent.Name == f.t.Relation:
		return quote(base + pick(f.Rand, []string{"/Users/", "/Groups/", "/"}) + pick(f.Rand, f.ids))
	case leaf.Uniqueness == schema.ServerUnique || leaf.Name == "display" && parent.Name == f.t.Relation:
		return quote(randomName(f.Rand))
	}
	switch leaf.Type {
	case schema.Boolean:
		return strconv.FormatBool(f.IntN(2) == 0)
	case schema.Integer:
		return pick(f.Rand, integers)
	case schema.Decimal:
		return pick(f.Rand, decimals)
	default:
		return quote(pick(f.Rand, textsOf(leaf)))
	}
}
