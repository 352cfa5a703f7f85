package directory

import (
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/askspoke/spoke/scim"
	"github.com/askspoke/spoke/scim/resource"
	"github.com/askspoke/spoke/scim/schema"
)

// restoredObject makes of a deleted document what the schemas allow now. Extensions that the tenant does not have any more,
// that are closed, or in which the data does not fit, are left out, and so are attributes that an extension has lost. The
// error is an *UnrestorableError.
func restoredObject(t *schema.ResourceType, d deletedResource, activate bool) (object map[string]any, dropped []string, err error) {
	given, err := resource.Decode(d.document, scim.Strict())
	if err != nil {
		return nil, nil, unrestorable(err)
	}
	// A tenant that tolerates it has binary values as they were sent; the others are for what the schemas lost.
	lenient := scim.Only(scim.UnencodedBinary, scim.MissingSchemas, scim.UnknownAttribute)
	for _, key := range slices.Sorted(maps.Keys(given)) {
		if !strings.Contains(key, ":") {
			continue
		}
		e := extension(t, key)
		if e == nil || e.Closed {
			dropped = append(dropped, key)
			delete(given, key)
			continue
		}
		part, err := t.Canonical(map[string]any{key: given[key]}, lenient)
		if err != nil {
			dropped = append(dropped, key)
			delete(given, key)
			continue
		}
		dropped = append(dropped, lost(key, given[key], part[e.Schema.ID])...)
	}
	if object, err = t.Canonical(given, lenient); err != nil {
		return nil, nil, unrestorable(err)
	}
	delete(object, t.Relation) // that is in the rows
	object["id"] = d.ResourceID
	if activate && t.Schema.Attribute("active") != nil {
		object["active"] = true
	}
	if err := t.Finish(object); err != nil {
		return nil, nil, unrestorable(err)
	}
	return object, dropped, nil
}

// extension returns the extension of that URN, nil for none.
func extension(t *schema.ResourceType, urn string) *schema.Extension {
	for i, e := range t.Extensions {
		if strings.EqualFold(e.Schema.ID, urn) {
			return &t.Extensions[i]
		}
	}
	return nil
}

// lost lists the attributes of an extension that were in the document and are not in what became of it.
func lost(urn string, before, after any) (names []string) {
	old, _ := before.(map[string]any)
	kept, _ := after.(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(old)) {
		if _, ok := kept[name]; !ok {
			names = append(names, urn+":"+name)
		}
	}
	return names
}

func unrestorable(err error) error {
	var refusal *scim.Error
	if errors.As(err, &refusal) {
		return &UnrestorableError{Detail: refusal.Detail}
	}
	return err
}
