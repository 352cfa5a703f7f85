package schema

import (
	"maps"
	"slices"
	"strings"

	"github.com/askspoke/spoke/scim"
)

// MaxIdentifier is the longest comparison form, in bytes, of the attributes that a store indexes as a whole:
// userName, externalId and displayName.
const MaxIdentifier = 2048

// Canonical returns what a client sent for a create or a replace in the form that is stored: names spelled as the
// schemas spell them, values of the right type, and no null, empty list or empty object (RFC 7643 section 2.5 says
// they are the same as absence). What a client cannot set is left out without an error (RFC 7644 sections 3.3 and
// 3.5.1), and so is what is never returned: Spoke keeps no password. What the body names by a path is unknown here: see
// Nested. The body is not modified, but its strings and lists may be shared. The error is a 400 that names the attribute.
func (t *ResourceType) Canonical(body map[string]any, lenient *scim.Leniency) (map[string]any, error) {
	out := make(map[string]any, len(body))
	if err := t.checkSchemas(body, lenient); err != nil {
		return nil, err
	}
	for _, key := range sortedKeys(body) {
		if sameName(key, schemasAttribute.Name) {
			continue
		}
		if err := t.canonicalMember(out, key, body[key], lenient); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (t *ResourceType) canonicalMember(out map[string]any, key string, value any, lenient *scim.Leniency) error {
	if a := t.Schema.Attribute(key); a != nil && a.Name == t.Relation {
		return setRelation(out, a, value, lenient)
	} else if a != nil {
		return setCanonical(out, a, a.Name, value, lenient)
	}
	extension := t.ExtensionByURN(key)
	if extension == nil {
		extension = t.legacyExtension(key, lenient)
	}
	if extension == nil {
		return unknown(key, lenient)
	}
	object, err := extension.Object(value, lenient)
	if err != nil {
		return err
	}
	fields := make(map[string]any, len(object))
	for _, name := range sortedKeys(object) {
		a := extension.Attribute(name)
		if a == nil {
			if err := unknown(extension.ID+":"+name, lenient); err != nil {
				return err
			}
			continue
		}
		if err := setCanonical(fields, a, extension.ID+":"+a.Name, object[name], lenient); err != nil {
			return err
		}
	}
	if present, ok := out[extension.ID].(map[string]any); ok { // read under its present URN, which sorts before the old ones
		maps.Copy(fields, present)
	}
	if len(fields) > 0 {
		out[extension.ID] = fields
	}
	return nil
}

// Object returns the object that holds the attributes of an extension, as a client sent it, or nil where the value means
// that there are none. The error is a 400 invalidValue.
func (s *Schema) Object(value any, lenient *scim.Leniency) (map[string]any, error) {
	if list, ok := value.([]any); ok && len(list) <= 1 && lenient.Allow(scim.ListAsObject) {
		value = nil
		if len(list) == 1 {
			value = list[0]
		}
	}
	if value == nil || value == "" && lenient.Allow(scim.EmptyAsClear) {
		return nil, nil
	}
	object, ok := value.(map[string]any)
	if !ok {
		return nil, scim.BadRequest(scim.InvalidValue, "%s must be an object that holds the attributes of the extension.", s.ID).Breaks(scim.RuleAttributeType).About(s.ID)
	}
	return object, nil
}

func setCanonical(out map[string]any, a *Attribute, path string, value any, lenient *scim.Leniency) error {
	if a.Mutability == ReadOnly {
		return nil
	}
	v, err := a.value(path, value, lenient)
	if err != nil || v == nil || a.Returned == Never {
		return err
	}
	out[a.Name] = v
	return nil
}

// setRelation leaves repeated elements: they are many, and a store keeps them as a set.
func setRelation(out map[string]any, a *Attribute, value any, lenient *scim.Leniency) error {
	if a.Mutability == ReadOnly {
		return nil
	}
	list, err := a.elements(a.Name, value, lenient)
	if len(list) > 0 && err == nil {
		out[a.Name] = list
	}
	return err
}

func unknown(path string, lenient *scim.Leniency) error {
	if lenient.Allow(scim.UnknownAttribute) {
		return nil
	}
	return scim.BadRequest(scim.InvalidSyntax, "No schema of this resource defines the attribute %q. Remove it, or correct its name.", Shorten(path)).Breaks(scim.RuleAttributeUnknown).About(Shorten(path))
}

func (t *ResourceType) checkSchemas(body map[string]any, lenient *scim.Leniency) error {
	for key, value := range body {
		if sameName(key, schemasAttribute.Name) {
			return t.CheckSchemas(value, true, lenient)
		}
	}
	return t.CheckSchemas(nil, true, lenient)
}

// CheckSchemas refuses a value of schemas that no resource of the type can have (RFC 7643 section 3): it has no URN but
// those of the type's schemas, has each once, and has the core's where it is the whole value. Only that it is a list of
// texts is asked under scim.MissingSchemas: what schemas holds is computed. The error is a 400 invalidValue.
func (t *ResourceType) CheckSchemas(value any, whole bool, lenient *scim.Leniency) error {
	urns, ok := value.([]any)
	if !ok && value != nil {
		return scim.BadRequest(scim.InvalidValue, "schemas must be a list of schema URNs.").Breaks(scim.RuleBodySchemas).About(schemasAttribute.Name)
	}
	core := false
	for i, u := range urns {
		urn, ok := u.(string)
		if !ok {
			return scim.BadRequest(scim.InvalidValue, "schemas must be a list of schema URNs.").Breaks(scim.RuleBodySchemas).About(schemasAttribute.Name)
		}
		isCore := sameName(urn, t.Schema.ID)
		core = core || isCore
		if !isCore && t.ExtensionByURN(urn) == nil && !lenient.Allow(scim.MissingSchemas) {
			return scim.BadRequest(scim.InvalidValue, "schemas names %q, which is no schema of this resource.", Shorten(urn)).Breaks(scim.RuleBodySchemas).About(schemasAttribute.Name)
		}
		if repeats(urns[:i], urn) && !lenient.Allow(scim.MissingSchemas) {
			return scim.BadRequest(scim.InvalidValue, "schemas names %q twice.", Shorten(urn)).Breaks(scim.RuleBodySchemas).About(schemasAttribute.Name)
		}
	}
	if whole && !core && !lenient.Allow(scim.MissingSchemas) {
		return scim.BadRequest(scim.InvalidValue, "schemas must name %s.", t.Schema.ID).Breaks(scim.RuleBodySchemas).About(schemasAttribute.Name)
	}
	return nil
}

// repeats tells whether one of the URNs is that one.
func repeats(urns []any, urn string) bool {
	for _, other := range urns {
		if text, _ := other.(string); sameName(text, urn) {
			return true
		}
	}
	return false
}

// Finish makes a resource whole after it was created, replaced or patched: every required attribute is there and not
// empty (RFC 7643 section 2.2), what a store indexes is not too long, and schemas names the schemas that have data
// (section 3). The error is a 400 invalidValue.
func (t *ResourceType) Finish(object map[string]any) error {
	for i := range t.Schema.Attributes {
		a := &t.Schema.Attributes[i]
		if a.Required && a.Mutability != ReadOnly && isEmpty(object[a.Name]) {
			return scim.BadRequest(scim.InvalidValue, "%s is required and must not be empty.", a.Name).Breaks(scim.RuleAttributeRequired).About(a.Name)
		}
	}
	for _, name := range [...]string{"userName", "externalId", "displayName"} {
		if text, ok := object[name].(string); ok && len(Fold(text)) > MaxIdentifier {
			return scim.BadRequest(scim.InvalidValue, "%s is too long: at most %d bytes are kept.", name, MaxIdentifier).Breaks(scim.RuleAttributeLength).About(name)
		}
	}
	urns := []any{t.Schema.ID}
	for _, e := range t.Extensions {
		fields, _ := object[e.Schema.ID].(map[string]any)
		for i := range e.Schema.Attributes {
			if a := &e.Schema.Attributes[i]; e.Required && a.Required && isEmpty(fields[a.Name]) {
				return scim.BadRequest(scim.InvalidValue, "%s:%s is required and must not be empty.", e.Schema.ID, a.Name).Breaks(scim.RuleAttributeRequired).About(e.Schema.ID + ":" + a.Name)
			}
		}
		if len(fields) > 0 {
			urns = append(urns, e.Schema.ID)
		} else {
			delete(object, e.Schema.ID)
		}
	}
	object[schemasAttribute.Name] = urns
	return nil
}

func isEmpty(v any) bool { return v == nil || v == "" }

func sortedKeys(m map[string]any) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// Shorten cuts a client's own text so that a detail can repeat it: 100 characters at most.
func Shorten(s string) string {
	const most = 100
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
