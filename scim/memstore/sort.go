package memstore

import (
	"cmp"
	"encoding/json"
	"math/big"
	"strconv"
	"strings"

	"github.com/askspoke/spoke/scim/resource"
	"github.com/askspoke/spoke/scim/schema"
)

// timeForm is the key of a dateTime: the order of the texts is the order of the instants.
const timeForm = "2006-01-02T15:04:05.000000000Z"

// sortKey returns the value that a resource is sorted by, in comparison form, or nil where it has none. leaf is
// sortLeaf of ref.
func (r *record) sortKey(ref schema.Ref, leaf *schema.Attribute) *string {
	a := ref.Attribute
	switch {
	case !ref.Extension && a.Name == "id":
		return &r.doc.ID
	case !ref.Extension && a.Name == "meta":
		return metaKey(r.doc, leaf.Name)
	}
	fields := r.object
	if ref.Extension {
		fields, _ = fields[ref.Schema.ID].(map[string]any)
	}
	value := chosen(a, fields[a.Name])
	if a.Type == schema.Complex {
		fields, _ = value.(map[string]any)
		value = chosen(leaf, fields[leaf.Name])
	}
	return keyOf(leaf, value)
}

// sortLeaf is the attribute whose values are compared, of a complex one its value. It is nil where resources cannot be
// told apart by it: of a relation, and of what is the same for all.
func sortLeaf(t *schema.ResourceType, ref schema.Ref) *schema.Attribute {
	leaf := ref.Leaf()
	if leaf != nil && leaf.Type == schema.Complex && ref.Sub == nil {
		leaf = leaf.Sub("value")
	}
	switch {
	case leaf == nil, leaf.Type == schema.Complex:
		return nil
	case !ref.Extension && (ref.Attribute.Name == t.Relation || ref.Attribute.Name == "meta" && leaf.Name == "resourceType"):
		return nil
	}
	return leaf
}

func metaKey(d resource.Document, name string) *string {
	var key string
	switch name {
	case "created":
		key = d.Created.UTC().Format(timeForm)
	case "lastModified":
		key = d.Modified.UTC().Format(timeForm)
	case "version":
		key = d.ETag()
	case "location": // begins alike for all
		key = d.ID
	default:
		return nil
	}
	return &key
}

// chosen returns the value of an attribute that stands for it in an order: of a list the primary element, else the first.
func chosen(a *schema.Attribute, value any) any {
	if !a.MultiValued {
		return value
	}
	list, _ := value.([]any)
	if len(list) == 0 {
		return nil
	}
	if primary := a.Sub("primary"); primary != nil {
		for _, item := range list {
			if fields, _ := item.(map[string]any); fields[primary.Name] == true {
				return item
			}
		}
	}
	return list[0]
}

func keyOf(a *schema.Attribute, value any) *string {
	var key string
	switch v := value.(type) {
	case bool:
		key = strconv.FormatBool(v)
	case json.Number:
		key = v.String()
	case string:
		key = a.Comparable(v)
		if at, err := schema.ParseDateTime(v); a.Type == schema.DateTime && err == nil {
			key = at.UTC().Format(timeForm)
		}
		key = firstCharacters(key, sortLength)
	default:
		return nil
	}
	return &key
}

// sortLength is how many characters of a text decide about its place (provider.Sort).
const sortLength = schema.MaxIdentifier

func firstCharacters(text string, n int) string {
	for i := range text {
		if n == 0 {
			return text[:i]
		}
		n--
	}
	return text
}

// compareKeys orders two sort values of the type; none comes last.
func compareKeys(kind schema.Type, a, b *string) int {
	switch {
	case a == nil && b == nil:
		return 0
	case a == nil:
		return 1
	case b == nil:
		return -1
	case kind == schema.Integer || kind == schema.Decimal:
		return compareNumbers(*a, *b)
	default:
		return strings.Compare(*a, *b)
	}
}

func compareNumbers(a, b string) int {
	x, errX := strconv.ParseInt(a, 10, 64)
	y, errY := strconv.ParseInt(b, 10, 64)
	if errX == nil && errY == nil {
		return cmp.Compare(x, y)
	}
	// Two decimals of n digits differ by more than these bits can lose.
	precision := uint(64 + 4*(len(a)+len(b)))
	f, _, errF := big.ParseFloat(a, 10, precision, big.ToNearestEven)
	g, _, errG := big.ParseFloat(b, 10, precision, big.ToNearestEven)
	if errF != nil || errG != nil {
		return strings.Compare(a, b)
	}
	return f.Cmp(g)
}
