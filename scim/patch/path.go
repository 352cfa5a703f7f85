package patch

import (
	"errors"
	"strings"

	"github.com/askspoke/spoke/scim"
	"github.com/askspoke/spoke/scim/filter"
	"github.com/askspoke/spoke/scim/schema"
)

// MaxPath is the length of the longest path that is read, in bytes.
const MaxPath = 10_000

// Target is what a path names: an attribute, a sub-attribute, chosen elements of a multi-valued attribute or a
// sub-attribute of them, or a whole extension (RFC 7644 figure 7).
type Target struct {
	Ref schema.Ref
	// Where chooses elements of Ref's attribute, by filter.MatchElement; nil without brackets.
	Where filter.Node
	text  string // as the client wrote it
	// seed is what an element made for this path holds to begin with: the eq terms of the filter, as they were spelled.
	seed map[string]any
}

// errUnknown marks a path whose attribute no schema of the resource type defines.
var errUnknown = errors.New("unknown attribute")

// ParsePath reads a path. The error is a 400 invalidPath that names it, also for an attribute that is not known, in
// every profile: a write that is dropped in silence would be worse than a refusal. What is wrong inside the brackets is
// what package filter says (invalidFilter, RFC 7644 table 9).
func ParsePath(t *schema.ResourceType, path string, lenient *scim.Leniency) (Target, error) {
	if len(path) > MaxPath {
		return Target{}, scim.BadRequest(scim.InvalidPath, "The path is longer than %d bytes.", MaxPath).Breaks(scim.RulePatchPath)
	}
	target := Target{text: path}
	attribute, brackets, sub, ok := split(path)
	if !ok {
		return target, malformed(path)
	}
	if target.Ref, ok = t.Resolve(attribute, lenient); !ok {
		return target, unknown(attribute)
	}
	if brackets == "" {
		return target, nil
	}
	a := target.Ref.Attribute
	if a == nil || target.Ref.Sub != nil || !a.MultiValued {
		return target, scim.BadRequest(scim.InvalidPath, "The path %q has a filter, but %s is not multi-valued.", schema.Shorten(path), target.Ref).Breaks(scim.RulePatchPath).About(target.Ref.String())
	}
	if err := target.choose(attribute, brackets, lenient); err != nil {
		return target, err
	}
	if sub != "" {
		if target.Ref.Sub = a.Sub(sub); target.Ref.Sub == nil {
			return target, unknown(target.Ref.String() + "." + sub)
		}
	}
	return target, nil
}

// split divides a path into its attribute, the filter with its brackets, and the sub-attribute after them.
func split(path string) (attribute, brackets, sub string, ok bool) {
	open := strings.IndexByte(path, '[')
	if open < 0 {
		return path, "", "", true
	}
	end := closing(path, open+1)
	if end < 0 {
		return "", "", "", false
	}
	rest := path[end+1:]
	if rest != "" && (rest[0] != '.' || len(rest) == 1) {
		return "", "", "", false
	}
	return path[:open], path[open : end+1], strings.TrimPrefix(rest, "."), true
}

// closing returns the place of the bracket that ends the filter, or -1. Brackets within quotes do not count.
func closing(path string, from int) int {
	quoted := false
	for i := from; i < len(path); i++ {
		switch c := path[i]; {
		case c == '\\' && quoted:
			i++
		case c == '"':
			quoted = !quoted
		case c == ']' && !quoted:
			return i
		}
	}
	return -1
}

func malformed(path string) error {
	return scim.BadRequest(scim.InvalidPath, `The path %q is malformed. Paths look like name.givenName or emails[type eq "work"].value.`, schema.Shorten(path)).Breaks(scim.RulePatchPath)
}

func unknown(path string) error {
	e := scim.BadRequest(scim.InvalidPath, "No schema of this resource defines the attribute %q. Remove it from the mapping, or correct its name.", schema.Shorten(path)).Breaks(scim.RuleAttributeUnknown).About(schema.Shorten(path))
	e.Err = errUnknown
	return e
}

// readOnly tells whether clients cannot write what ref names.
func readOnly(ref schema.Ref) bool {
	return ref.Attribute != nil && ref.Attribute.Mutability == schema.ReadOnly || ref.Sub != nil && ref.Sub.Mutability == schema.ReadOnly
}
