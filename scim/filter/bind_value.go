package filter

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/askspoke/spoke/scim"
	"github.com/askspoke/spoke/scim/schema"
)

// value returns the comparison value in the form that Test describes.
func (b binder) value(ref schema.Ref, value any) (any, error) {
	leaf := ref.Leaf()
	text, isText := value.(string)
	switch leaf.Type {
	case schema.Boolean:
		return b.boolean(ref, value)
	case schema.Integer, schema.Decimal:
		return b.number(ref, value)
	case schema.DateTime:
		at, err := schema.ParseDateTime(text)
		if err != nil {
			return nil, refuse(`The filter compares %s, a dateTime, with %s: write it as "2011-05-13T04:42:34Z".`, ref, shown(value)).Breaks(scim.RuleFilterValue).About(ref.String())
		}
		return at, nil
	default:
		if !isText {
			if !b.lenient.Allow(scim.UnquotedFilterValue) {
				return nil, refuse("The filter compares %s, a text, with %s: put the value in double quotes.", ref, shown(value)).Breaks(scim.RuleFilterValue).About(ref.String())
			}
			text = fmt.Sprint(value)
		}
		return leaf.Comparable(text), nil
	}
}

func (b binder) boolean(ref schema.Ref, value any) (any, error) {
	switch v := value.(type) {
	case bool:
		return v, nil
	case string:
		truth := strings.EqualFold(v, "true")
		if (truth || strings.EqualFold(v, "false")) && b.lenient.Allow(scim.FilterValueType) {
			return truth, nil
		}
	}
	return nil, refuse("The filter compares %s with %s: it is either true or false, without quotes.", ref, shown(value)).Breaks(scim.RuleFilterValue).About(ref.String())
}

func (b binder) number(ref schema.Ref, value any) (any, error) {
	if v, ok := value.(string); ok && isNumber(v) && b.lenient.Allow(scim.FilterValueType) {
		value = json.Number(v)
	}
	n, ok := value.(json.Number)
	if !ok {
		return nil, refuse("The filter compares %s with %s: it is a number, without quotes.", ref, shown(value)).Breaks(scim.RuleFilterValue).About(ref.String())
	}
	f, err := strconv.ParseFloat(n.String(), 64)
	switch {
	case len(n) > maxNumber || err != nil || math.IsInf(f, 0) || f == 0 && !isZero(n.String()):
		return nil, refuse("The filter compares %s with a number that is too large or too small.", ref).Breaks(scim.RuleFilterValue).About(ref.String())
	case f == 0:
		return json.Number("0"), nil // not 0e999999999, which a store may find too large
	}
	return n, nil
}

// maxNumber is the longest number that is compared, in bytes: each float64 can be written out in it.
const maxNumber = 400

// isZero tells a zero from a number so small that a float64 cannot tell.
func isZero(number string) bool {
	mantissa, _, _ := strings.Cut(strings.ToLower(number), "e")
	return !strings.ContainsAny(mantissa, "123456789")
}

// shown is a comparison value as a detail repeats it.
func shown(value any) string { return schema.Shorten(string(appendLiteral(nil, value))) }
