package schema

import (
	"cmp"
	"encoding/json"
	"math"
	"strconv"
	"strings"

	"github.com/askspoke/spoke/scim"
)

// Value returns the stored form of a value for the attribute that ref names, or nil where the value means absence. A
// multi-valued attribute gives a []any. Value does not ask whether the attribute may be written. The error is a
// 400 invalidValue that names the path.
func (r Ref) Value(value any, lenient *scim.Leniency) (any, error) {
	return r.Leaf().value(r.String(), value, lenient)
}

// Element returns the stored form of one element of the multi-valued attribute that ref names, or nil.
func (r Ref) Element(value any, lenient *scim.Leniency) (any, error) {
	return r.Leaf().single(r.String(), value, lenient)
}

func (a *Attribute) value(path string, value any, lenient *scim.Leniency) (any, error) {
	if !a.MultiValued {
		return a.single(path, value, lenient)
	}
	list, err := a.elements(path, value, lenient)
	if len(list) == 0 || err != nil {
		return nil, err
	}
	return a.unify(path, list, lenient)
}

// elements returns the stored form of each element of a list, which may repeat and of which several may be primary.
func (a *Attribute) elements(path string, value any, lenient *scim.Leniency) ([]any, error) {
	list, ok := value.([]any)
	if !ok && value != nil {
		if text, isText := value.(string); isText && text == "" && lenient.Allow(scim.EmptyAsClear) {
			return nil, nil
		}
		if !lenient.Allow(scim.ObjectAsList) {
			return nil, scim.BadRequest(scim.InvalidValue, "%s is multi-valued: send a list.", path).Breaks(scim.RuleAttributeList).About(path)
		}
		list = []any{value}
	}
	out := make([]any, 0, len(list))
	for _, item := range list {
		v, err := a.single(path, item, lenient)
		if err != nil {
			return nil, err
		}
		if v != nil {
			out = append(out, v)
		}
	}
	return out, nil
}

// unify makes one of elements that are the same (Distinct) and sees to it that at most one is primary (RFC 7643 section
// 2.4).
func (a *Attribute) unify(path string, list []any, lenient *scim.Leniency) (any, error) {
	list = a.Distinct(list)
	primary := a.Sub("primary")
	if primary == nil {
		return list, nil
	}
	seen := false
	for _, item := range list {
		fields, _ := item.(map[string]any)
		if fields[primary.Name] != true {
			continue
		}
		if seen {
			if !lenient.Allow(scim.ManyPrimaries) {
				return nil, scim.BadRequest(scim.InvalidValue, "%s has more than one primary value.", path).Breaks(scim.RuleAttributePrimary).About(path)
			}
			fields[primary.Name] = false
		}
		seen = true
	}
	return list, nil
}

// single returns the stored form of one value.
func (a *Attribute) single(path string, value any, lenient *scim.Leniency) (any, error) {
	if list, ok := value.([]any); ok && !a.MultiValued && len(list) <= 1 && lenient.Allow(scim.ListAsObject) {
		if len(list) == 0 {
			return nil, nil
		}
		value = list[0]
	}
	if value == nil {
		return nil, nil
	}
	if text, ok := value.(string); ok && text == "" && !a.Required && lenient.Allow(scim.EmptyAsClear) {
		return nil, nil
	}
	switch a.Type {
	case Complex:
		return a.complex(path, value, lenient)
	case Boolean:
		return booleanValue(path, value, lenient)
	case Integer, Decimal:
		return a.number(path, value)
	default:
		text, ok := value.(string)
		if !ok {
			return nil, scim.BadRequest(scim.InvalidValue, "%s must be a string.", path).Breaks(scim.RuleAttributeType).About(path)
		}
		if a.Type == DateTime {
			if _, err := ParseDateTime(text); err != nil {
				return nil, scim.BadRequest(scim.InvalidValue, "%s must be a dateTime such as 2011-05-13T04:42:34Z.", path).Breaks(scim.RuleAttributeType).About(path)
			}
		}
		if a.Type == Binary && !isBase64(text) && !lenient.Allow(scim.UnencodedBinary) {
			return nil, scim.BadRequest(scim.InvalidValue, "%s must be base64, without line breaks or other characters.", path).Breaks(scim.RuleAttributeType).About(path)
		}
		return text, nil
	}
}

func (a *Attribute) complex(path string, value any, lenient *scim.Leniency) (any, error) {
	if text, ok := value.(string); ok && a.Sub("value") != nil && lenient.Allow(scim.StringAsComplex) {
		value = map[string]any{"value": text}
	}
	object, ok := value.(map[string]any)
	if !ok {
		return nil, scim.BadRequest(scim.InvalidValue, "%s must be an object with sub-attributes.", path).Breaks(scim.RuleAttributeType).About(path)
	}
	if a.Name == "roles" {
		object = unpackRole(object, lenient)
	}
	out := make(map[string]any, len(object))
	for _, name := range sortedKeys(object) {
		sub := a.Sub(name)
		if sub == nil {
			if err := unknown(path+"."+name, lenient); err != nil {
				return nil, err
			}
			continue
		}
		if sub.Mutability == ReadOnly || sub.Returned == Never {
			continue
		}
		v, err := sub.value(path+"."+sub.Name, object[name], lenient)
		if err != nil {
			return nil, err
		}
		if v != nil {
			out[sub.Name] = v
		}
	}
	if len(out) == 0 {
		return nil, nil
	}
	return out, nil
}

// unpackRole reads a role whose value is JSON text, {"id","value","displayName"}, as Entra ID's
// AppRoleAssignmentsComplex writes it.
func unpackRole(object map[string]any, lenient *scim.Leniency) map[string]any {
	text, ok := object["value"].(string)
	if !ok || !strings.HasPrefix(text, "{") {
		return object
	}
	var role struct{ ID, Value, DisplayName string }
	if json.Unmarshal([]byte(text), &role) != nil || role.Value == "" || !lenient.Allow(scim.RoleAsJSON) {
		return object
	}
	out := map[string]any{"value": role.Value}
	if role.DisplayName != "" {
		out["display"] = role.DisplayName
	}
	for k, v := range object {
		if k != "value" {
			out[k] = v
		}
	}
	return out
}

func booleanValue(path string, value any, lenient *scim.Leniency) (any, error) {
	switch v := value.(type) {
	case bool:
		return v, nil
	case string:
		truth := strings.EqualFold(v, "true")
		if (truth || strings.EqualFold(v, "false")) && lenient.Allow(scim.BooleanAsString) {
			return truth, nil
		}
	}
	return nil, scim.BadRequest(scim.InvalidValue, "%s must be true or false.", path).Breaks(scim.RuleAttributeType).About(path)
}

func (a *Attribute) number(path string, value any) (any, error) {
	n, ok := value.(json.Number)
	if ok && a.Type == Integer {
		if _, err := strconv.ParseInt(n.String(), 10, 64); err != nil {
			return nil, scim.BadRequest(scim.InvalidValue, "%s must be an integer of at most 64 bits without fraction or exponent.", path).Breaks(scim.RuleAttributeType).About(path)
		}
		return n, nil
	}
	if ok {
		if f, err := n.Float64(); err == nil && !math.IsInf(f, 0) && keepable(n.String()) {
			return n, nil
		}
	}
	return nil, scim.BadRequest(scim.InvalidValue, "%s must be a number of a size that a double has, written with at most 400 digits.", path).Breaks(scim.RuleAttributeType).About(path)
}

// keepable tells whether every store can keep a number as it is written: 0e-999999999 is a double, and too long for a
// database that writes its digits out.
func keepable(number string) bool {
	const most = 400
	mantissa, exponent, _ := strings.Cut(strings.ToLower(number), "e")
	e, err := strconv.Atoi(cmp.Or(exponent, "0"))
	return err == nil && len(mantissa) <= most && -most <= e && e <= most
}
