package provider

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/askspoke/spoke/scim"
	"github.com/askspoke/spoke/scim/patch"
	"github.com/askspoke/spoke/scim/schema"
)

// unknownReference stands for $ref where the schema is not known, as below a URN of old.
var unknownReference = schema.Attribute{Name: "$ref", Type: schema.Reference, ReferenceTypes: []string{"User", "Group"}}

// replacement returns what stands for the creation with a bulkId: its id, or its URI relative to the base.
type replacement func(name string, uri bool) string

// rewrite puts what replace returns in the place of every reference: wherever a string of the data is one, in the paths
// of a PATCH, and in the path of the operation.
func (o *bulkOperation) rewrite(replace replacement) {
	if name, ok := strings.CutPrefix(o.id, bulkIDPrefix); ok {
		o.id = replace(name, false)
		o.path = o.t.Endpoint + "/" + o.id
	}
	if o.method != http.MethodPatch {
		o.rewriteFields("", o.data, replace)
		return
	}
	list, _ := member(o.data, "Operations")
	operations, _ := list.([]any)
	for _, item := range operations {
		fields, _ := item.(map[string]any)
		at := ""
		for key, value := range fields {
			if path, ok := value.(string); ok && strings.EqualFold(key, "path") {
				at = rewritePath(path, replace)
				fields[key] = at
			}
		}
		for key, value := range fields {
			if strings.EqualFold(key, "value") {
				fields[key] = o.rewriteAt(at, value, replace)
			}
		}
	}
}

// rewriteAt replaces the references in the value of a PATCH operation, whose path is "" for the resource itself.
func (o *bulkOperation) rewriteAt(path string, value any, replace replacement) any {
	if path != "" {
		target, err := patch.ParsePath(o.t, path, scim.Auto()) // what this request may not use is refused in its turn
		if err != nil {
			return rewriteValue(nil, value, replace)
		}
		if target.Ref.Attribute != nil {
			return rewriteValue(target.Ref.Leaf(), value, replace)
		}
		path = target.Ref.Schema.ID + ":"
	}
	if fields, ok := value.(map[string]any); ok {
		o.rewriteFields(path, fields, replace)
		return fields
	}
	return rewriteValue(nil, value, replace)
}

// rewriteFields replaces the references in the attributes of a resource or, below a prefix of its URN and a colon, of an
// extension.
func (o *bulkOperation) rewriteFields(prefix string, fields map[string]any, replace replacement) {
	for name, value := range fields {
		ref, ok := o.t.Resolve(prefix+name, scim.Auto())
		inner, isObject := value.(map[string]any)
		switch {
		case ok && ref.Attribute == nil && isObject:
			o.rewriteFields(ref.Schema.ID+":", inner, replace)
		case ok && ref.Attribute != nil:
			fields[name] = rewriteValue(ref.Leaf(), value, replace)
		default:
			fields[name] = rewriteValue(nil, value, replace)
		}
	}
}

// rewriteValue replaces the references in the value of an attribute, in place where it is an object or a list. a is nil
// for what no schema defines.
func rewriteValue(a *schema.Attribute, value any, replace replacement) any {
	switch v := value.(type) {
	case string:
		return rewriteText(a, v, replace)
	case map[string]any:
		for name, field := range v {
			var sub *schema.Attribute
			switch {
			case a != nil:
				sub = a.Sub(name)
			case strings.EqualFold(name, "$ref"):
				sub = &unknownReference
			}
			v[name] = rewriteValue(sub, field, replace)
		}
	case []any:
		for i, item := range v {
			v[i] = rewriteValue(a, item, replace)
		}
	}
	return value
}

// rewriteText replaces a reference. What an attribute of type reference holds is a URI, which may be written whole:
// Users/bulkId:qwerty.
func rewriteText(a *schema.Attribute, text string, replace replacement) string {
	uri := a != nil && a.Type == schema.Reference
	if name, ok := strings.CutPrefix(text, bulkIDPrefix); ok {
		return replace(name, uri)
	}
	if before, name, ok := strings.Cut(text, "/"+bulkIDPrefix); ok && uri && leadsHere(a) {
		return before + "/" + replace(name, false)
	}
	return text
}

// leadsHere tells whether an attribute may refer to resources of a provider, and not to what is elsewhere alone.
func leadsHere(a *schema.Attribute) bool {
	for _, t := range a.ReferenceTypes {
		if endpoints[t] != "" {
			return true
		}
	}
	return false
}

// rewritePath replaces the references in the filter of a path: members[value eq "bulkId:x"]. One begins a string, or ends a
// URI in it. Without quotes, which scim.UnquotedFilterValue allows, a reference is a word.
func rewritePath(path string, replace replacement) string {
	var b strings.Builder
	done := 0
	for from := 1; from < len(path); {
		at := strings.Index(path[from:], bulkIDPrefix)
		if at < 0 {
			break
		}
		at += from
		end, quoted := endOfReference(path, at)
		if end < 0 {
			from = at + len(bulkIDPrefix)
			continue
		}
		name := path[at:end]
		if text, err := strconv.Unquote(`"` + name + `"`); err == nil && quoted {
			name = text
		}
		b.WriteString(path[done:at])
		id := strconv.Quote(replace(strings.TrimPrefix(name, bulkIDPrefix), false))
		b.WriteString(id[1 : len(id)-1])
		done, from = end, end
	}
	return b.String() + path[done:]
}

// endOfReference returns where the reference ends that begins at a place, and whether it is in a JSON string. The end is
// -1 where none begins there.
func endOfReference(path string, at int) (end int, quoted bool) {
	for i := 0; i < at; i++ {
		switch {
		case path[i] == '"':
			quoted = !quoted
		case path[i] == '\\' && quoted:
			i++
		}
	}
	before := path[at-1]
	switch {
	case quoted && (before == '"' || before == '/'):
		if end = endOfString(path[at:]); end >= 0 {
			end += at
		}
		return end, true
	case !quoted && (before == ' ' || before == '/'):
		if end = strings.IndexAny(path[at:], " )]"); end >= 0 {
			end += at
		}
		return end, false
	}
	return -1, quoted
}

// endOfString returns the place of the quote that ends a JSON string, or -1.
func endOfString(text string) int {
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			return i
		}
	}
	return -1
}
