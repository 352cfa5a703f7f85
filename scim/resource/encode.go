package resource

import (
	"encoding/json"

	"github.com/askspoke/spoke/scim/schema"
)

// Encode writes a canonical object as JSON in one fixed order: schemas, the core attributes as the schema lists them,
// the extensions, then the relation (groups or members) and meta. What no schema defines is not written.
func Encode(t *schema.ResourceType, object map[string]any) []byte {
	return appendObject(make([]byte, 0, 1024), t, object)
}

func appendObject(b []byte, t *schema.ResourceType, object map[string]any) []byte {
	b = append(b, '{')
	b = appendMember(b, "schemas", nil, object["schemas"])
	var last [2]*schema.Attribute
	for i := range t.Schema.Attributes {
		a := &t.Schema.Attributes[i]
		switch a.Name {
		case t.Relation:
			last[0] = a
		case "meta":
			last[1] = a
		default:
			b = appendMember(b, a.Name, a, object[a.Name])
		}
	}
	for _, e := range t.Extensions {
		fields, ok := object[e.Schema.ID].(map[string]any)
		if !ok || len(fields) == 0 {
			continue
		}
		b = appendName(b, e.Schema.ID)
		b = appendFields(b, e.Schema.Attributes, fields)
	}
	for _, a := range last {
		if a != nil {
			b = appendMember(b, a.Name, a, object[a.Name])
		}
	}
	return append(b, '}')
}

func appendFields(b []byte, attributes []schema.Attribute, fields map[string]any) []byte {
	b = append(b, '{')
	for i := range attributes {
		a := &attributes[i]
		b = appendMember(b, a.Name, a, fields[a.Name])
	}
	return append(b, '}')
}

func appendMember(b []byte, name string, a *schema.Attribute, value any) []byte {
	if value == nil {
		return b
	}
	return appendValue(appendName(b, name), a, value)
}

func appendName(b []byte, name string) []byte {
	if b[len(b)-1] != '{' {
		b = append(b, ',')
	}
	return append(appendString(b, name), ':')
}

func appendValue(b []byte, a *schema.Attribute, value any) []byte {
	switch v := value.(type) {
	case string:
		return appendString(b, v)
	case bool:
		if v {
			return append(b, "true"...)
		}
		return append(b, "false"...)
	case json.Number:
		return append(b, v...)
	case json.RawMessage: // a relation as the store rendered it
		return append(b, v...)
	case map[string]any:
		return appendFields(b, a.SubAttributes, v)
	case []any:
		b = append(b, '[')
		for i, item := range v {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendValue(b, a, item)
		}
		return append(b, ']')
	default:
		return append(b, "null"...)
	}
}

// appendString quotes text, escaping only what RFC 8259 section 7 requires.
func appendString(b []byte, s string) []byte {
	const hex = "0123456789abcdef"
	b = append(b, '"')
	start := 0
	for i := range len(s) {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		b = append(b, s[start:i]...)
		start = i + 1
		switch c {
		case '"', '\\':
			b = append(b, '\\', c)
		case '\n':
			b = append(b, '\\', 'n')
		case '\r':
			b = append(b, '\\', 'r')
		case '\t':
			b = append(b, '\\', 't')
		default:
			b = append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&0xf])
		}
	}
	b = append(b, s[start:]...)
	return append(b, '"')
}
