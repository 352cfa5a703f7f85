package provider

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/askspoke/spoke/scim"
	"github.com/askspoke/spoke/scim/schema"
)

// bulkIDPrefix is what a reference to a bulkId begins with (RFC 7644 section 3.7.2).
const bulkIDPrefix = "bulkId:"

// findNeeds finds the creations that an operation refers to. One that nothing has is wrong with the operation.
func (b *bulk) findNeeds(op *bulkOperation) {
	if op.broken != nil {
		return
	}
	seen := make(map[string]bool)
	op.rewrite(func(name string) string {
		need := b.byBulkID[name]
		switch {
		case seen[name]:
		case need == nil:
			op.breaks(conflict("No POST of this request has the bulkId %q, which the operation refers to.", name))
		default:
			op.needs = append(op.needs, need)
		}
		seen[name] = true
		return bulkIDPrefix + name
	})
	if op.broken != nil {
		op.needs = nil
	}
}

// conflict is what an operation gets whose references lead nowhere (RFC 7644 section 3.7.1).
func conflict(format, name string) *scim.Error {
	e := scim.BadRequest(scim.InvalidValue, format, schema.Shorten(name))
	e.Status = http.StatusConflict
	return e
}

// resolve puts ids in the place of the operation's references, now that what they mean was made, or is being made with
// it. It finishes the operation and returns false where something was wrong with it or them.
func (b *bulk) resolve(op *bulkOperation) bool {
	if op.broken != nil {
		b.finish(op, Response{}, op.broken)
		return false
	}
	for _, need := range op.needs {
		if need.err != nil {
			b.finish(op, Response{}, needFailed(need))
			return false
		}
	}
	if len(op.needs) > 0 {
		op.rewrite(func(name string) string { return b.byBulkID[name].newID })
	}
	return true
}

func needFailed(need *bulkOperation) *scim.Error {
	return conflict("The operation refers to the bulkId %q, whose own operation failed. Correct that one first.", need.bulkID)
}

// rewrite puts what replace returns in the place of every reference: wherever a string of the data is one, in the paths
// of a PATCH, and in the path of the operation.
func (o *bulkOperation) rewrite(replace func(name string) string) {
	if name, ok := strings.CutPrefix(o.id, bulkIDPrefix); ok {
		o.id = replace(name)
		o.path = o.t.Endpoint + "/" + o.id
	}
	if o.method == http.MethodPatch {
		list, _ := member(o.data, "Operations")
		operations, _ := list.([]any)
		for _, item := range operations {
			fields, _ := item.(map[string]any)
			for key, value := range fields {
				if path, ok := value.(string); ok && strings.EqualFold(key, "path") {
					fields[key] = rewritePath(path, replace)
				}
			}
		}
	}
	for key, value := range o.data {
		o.data[key] = rewriteValue(key, value, replace)
	}
}

// rewriteValue replaces the references in a value, in place where it is an object or a list. key is the name of the
// attribute.
func rewriteValue(key string, value any, replace func(string) string) any {
	switch v := value.(type) {
	case string:
		if name, ok := strings.CutPrefix(v, bulkIDPrefix); ok {
			return replace(name)
		}
		if before, name, ok := strings.Cut(v, "/"+bulkIDPrefix); ok && strings.EqualFold(key, "$ref") {
			return before + "/" + replace(name)
		}
	case map[string]any:
		for name, field := range v {
			v[name] = rewriteValue(name, field, replace)
		}
	case []any:
		for i, item := range v {
			v[i] = rewriteValue(key, item, replace)
		}
	}
	return value
}

// rewritePath replaces the references in the filter of a path: members[value eq "bulkId:x"]. Without quotes, which
// scim.UnquotedFilterValue allows, a reference ends where a word does.
func rewritePath(path string, replace func(string) string) string {
	var b strings.Builder
	for {
		at := strings.Index(path, bulkIDPrefix)
		if at <= 0 {
			break
		}
		token := path[at:]
		quoted := path[at-1] == '"'
		end := strings.IndexAny(token, " )]")
		if quoted {
			end = endOfString(token)
		}
		if end < 0 {
			break
		}
		name := token[:end]
		if text, err := strconv.Unquote(`"` + name + `"`); err == nil && quoted {
			name = text
		}
		b.WriteString(path[:at])
		id := strconv.Quote(replace(strings.TrimPrefix(name, bulkIDPrefix)))
		b.WriteString(id[1 : len(id)-1])
		path = token[end:]
	}
	return b.String() + path
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
