package memstore

import (
	"encoding/json"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/askspoke/spoke/scim"
	"github.com/askspoke/spoke/scim/provider"
	"github.com/askspoke/spoke/scim/schema"
)

// order is the order of one list.
type order struct {
	ref        schema.Ref
	leaf       *schema.Attribute // nil: by creation
	descending bool
}

// place is where a resource stands in a list.
type place struct {
	provider.Position
	record *record // nil for a position that was given
}

func orderOf(t *schema.ResourceType, sort *provider.Sort) order {
	if sort == nil {
		return order{}
	}
	return order{sort.Ref, sortLeaf(t, sort.Ref), sort.Descending}
}

func (o order) place(r *record) place {
	p := place{provider.Position{Created: r.doc.Created, ID: r.doc.ID}, r}
	if o.leaf != nil {
		p.Key = r.sortKey(o.ref, o.leaf)
	}
	return p
}

func (o order) compare(a, b place) int {
	if o.leaf != nil {
		by := compareKeys(o.leaf.Type, a.Key, b.Key)
		if o.descending {
			by = -by
		}
		if by != 0 {
			return by
		}
	}
	return byCreation(a.Created, b.Created, a.ID, b.ID)
}

func byCreation(a, b time.Time, idA, idB string) int {
	if by := a.Compare(b); by != 0 {
		return by
	}
	return strings.Compare(idA, idB)
}

// behind returns what of a sorted list follows the position.
func (o order) behind(list []place, after provider.Position) ([]place, error) {
	if !o.comparable(after.Key) {
		return nil, scim.BadRequest(scim.InvalidCursor, "The cursor does not belong to this list. Read the list from its beginning, without a cursor.")
	}
	i, found := slices.BinarySearchFunc(list, place{Position: after}, o.compare)
	if found {
		i++
	}
	return list[i:], nil
}

// comparable tells whether the key has the form of this order's sort values.
func (o order) comparable(key *string) bool {
	if o.leaf == nil || key == nil {
		return true
	}
	switch o.leaf.Type {
	case schema.Boolean:
		return *key == "true" || *key == "false"
	case schema.Integer, schema.Decimal:
		n := json.Number(*key)
		_, err := json.Marshal(n)
		return err == nil && n != ""
	case schema.DateTime:
		_, err := time.Parse(timeForm, *key)
		return err == nil
	default:
		return utf8.ValidString(*key) && !strings.Contains(*key, "\x00")
	}
}
