package patch

import (
	"errors"
	"strings"

	"github.com/askspoke/spoke/scim"
	"github.com/askspoke/spoke/scim/schema"
)

// members does an operation for each member of an object: a value without path, or that of a whole extension, whose
// prefix is its URN and a colon. Members that are not named stay as they are. They are taken in the order of their
// names, so that "name" comes before "name.givenName".
func (e *editor) members(op Op, prefix string, object map[string]any) error {
	for _, name := range sortedKeys(object) {
		if prefix == "" && e.t.IsCore(name) && e.lenient.Allow(scim.PathKeys) {
			if err := e.core(op, object[name]); err != nil {
				return err
			}
			continue
		}
		target, err := e.named(prefix, name)
		switch {
		case errors.Is(err, errUnknown) && e.lenient.Allow(scim.UnknownAttribute):
			continue
		case err != nil:
			return err
		case readOnly(target.Ref) && e.lenient.Allow(scim.ReadOnlyInPatch):
			continue
		}
		if err := e.write(op, target, object[name]); err != nil {
			return err
		}
	}
	return nil
}

// core does an operation for what is under the URN of the core schema: the attributes of the resource.
func (e *editor) core(op Op, value any) error {
	object, ok := value.(map[string]any)
	if !ok {
		return scim.BadRequest(scim.InvalidValue, "%s must be an object that holds attributes of the resource.", e.t.Schema.ID).Breaks(scim.RulePatchValue)
	}
	return e.members(op, "", object)
}

// named finds what a member of an object names: an attribute or an extension; under scim.PathKeys whatever a path can
// name (Entra ID's "name.givenName", "urn:…:User:employeeNumber").
func (e *editor) named(prefix, name string) (Target, error) {
	if target, ok := e.plain(prefix, name); ok {
		return target, nil
	}
	if name == "" {
		return Target{}, unknown(prefix)
	}
	target, err := ParsePath(e.t, prefix+name, e.lenient)
	if err == nil && strings.ContainsAny(name, ".:[") && !e.lenient.Allow(scim.PathKeys) {
		return target, unknown(prefix + name)
	}
	return target, err
}

func (e *editor) plain(prefix, name string) (Target, bool) {
	ref := schema.Ref{Schema: e.t.Schema}
	if prefix != "" {
		ref = schema.Ref{Schema: e.t.ExtensionByURN(strings.TrimSuffix(prefix, ":")), Extension: true}
	}
	if ref.Attribute = ref.Schema.Attribute(name); ref.Attribute != nil {
		return Target{Ref: ref, text: prefix + name}, true
	}
	if prefix == "" {
		if ref.Schema = e.t.ExtensionByURN(name); ref.Schema != nil {
			ref.Extension = true
			return Target{Ref: ref, text: name}, true
		}
	}
	return Target{}, false
}

// extension does an operation on all attributes of an extension: a remove or an empty value takes them away, an object
// is merged.
func (e *editor) extension(op Op, ref schema.Ref, value any) error {
	if op == Remove {
		return e.clearExtension(op, ref)
	}
	object, err := ref.Schema.Object(value, e.lenient)
	if err != nil {
		return err
	}
	if object == nil {
		return e.clearExtension(op, ref)
	}
	return e.members(op, ref.Schema.ID+":", object)
}

func (e *editor) clearExtension(op Op, ref schema.Ref) error {
	mandatory := false
	for _, x := range e.t.Extensions {
		mandatory = mandatory || x.Schema == ref.Schema && x.Required
	}
	for i := range ref.Schema.Attributes {
		ref.Attribute = &ref.Schema.Attributes[i]
		old := e.get(ref)
		if old == nil || ref.Attribute.Required && !mandatory {
			continue
		}
		if err := e.set(op, ref, nil); err != nil {
			return err
		}
	}
	delete(e.object, ref.Schema.ID)
	return nil
}
