package filter

import (
	"cmp"
	"encoding/json"
	"math/big"
	"strconv"
	"strings"
	"time"

	"github.com/askspoke/spoke/scim/schema"
)

// holds compares one stored value. A value of another type than the attribute's never compares.
func (t Test) holds(stored any) bool {
	if t.Op == Present {
		return isPresent(stored)
	}
	switch want := t.Value.(type) {
	case bool:
		return t.Op == Equal && stored == want
	case string:
		have, ok := stored.(string)
		return ok && t.textHolds(t.Ref.Leaf().Comparable(have), want)
	case json.Number:
		have, _ := stored.(json.Number)
		order, ok := compareNumbers(have, want)
		return ok && t.orderHolds(order)
	case time.Time:
		text, _ := stored.(string)
		have, err := schema.ParseDateTime(text)
		return err == nil && t.orderHolds(have.Compare(want))
	default:
		return false
	}
}

// textHolds compares by bytes, without a locale.
func (t Test) textHolds(have, want string) bool {
	switch t.Op {
	case Contains:
		return strings.Contains(have, want)
	case StartsWith:
		return strings.HasPrefix(have, want)
	case EndsWith:
		return strings.HasSuffix(have, want)
	default:
		return t.orderHolds(strings.Compare(have, want))
	}
}

func (t Test) orderHolds(order int) bool {
	switch t.Op {
	case Equal:
		return order == 0
	case Greater:
		return order > 0
	case GreaterOrEqual:
		return order >= 0
	case Less:
		return order < 0
	case LessOrEqual:
		return order <= 0
	default:
		return false
	}
}

// compareNumbers is exact for integers of 64 bits and for decimals of any length. ok is false for what is no number.
func compareNumbers(a, b json.Number) (order int, ok bool) {
	x, errX := strconv.ParseInt(a.String(), 10, 64)
	y, errY := strconv.ParseInt(b.String(), 10, 64)
	if errX == nil && errY == nil {
		return cmp.Compare(x, y), true
	}
	// Two decimals of n digits differ by more than these bits can lose; a big.Rat would write out 1e-999999999.
	precision := uint(64 + 4*(len(a)+len(b)))
	f, _, errF := big.ParseFloat(a.String(), 10, precision, big.ToNearestEven)
	g, _, errG := big.ParseFloat(b.String(), 10, precision, big.ToNearestEven)
	if errF != nil || errG != nil {
		return 0, false
	}
	return f.Cmp(g), true
}

// isPresent tells whether a value is something (RFC 7644 table 3, pr). Canonical objects hold nothing empty; others may.
func isPresent(value any) bool {
	switch v := value.(type) {
	case nil:
		return false
	case string:
		return v != ""
	case map[string]any:
		for _, field := range v {
			if isPresent(field) {
				return true
			}
		}
		return false
	case []any:
		for _, item := range v {
			if isPresent(item) {
				return true
			}
		}
		return false
	default:
		return true
	}
}
