package directory

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/askspoke/spoke/scim"
	"github.com/askspoke/spoke/scim/resource"
	"github.com/askspoke/spoke/scim/schema"
)

// recordColumns returns the id of a record and the columns of its row, all made anew from the document, which is refused
// unless reading it as a client's body leads to itself. So nothing can be stored that the schemas do not allow.
func (s Store) recordColumns(t *schema.ResourceType, r Record) (id string, columns []column, err error) {
	switch {
	case r.Version < 1:
		return "", nil, errors.New("version must be a positive number.") //nolint:revive,staticcheck // a sentence that is shown
	case !keptTime(r.Created, time.Millisecond) || !keptTime(r.Modified, time.Millisecond):
		return "", nil, errors.New("created and modified must be times in whole milliseconds.") //nolint:revive,staticcheck // a sentence that is shown
	case r.Modified.Before(r.Created):
		return "", nil, errors.New("modified must not be before created.") //nolint:revive,staticcheck // a sentence that is shown
	}
	given, err := resource.Decode(r.Document, scim.Strict())
	if err != nil {
		return "", nil, shown(err)
	}
	id, _ = given["id"].(string)
	if !isID(id) || id == nobody {
		return "", nil, errors.New("The document needs its id, a UUID in lower case.") //nolint:revive,staticcheck // a sentence that is shown
	}
	// A tenant that tolerates it has binary values as they were sent; every other tolerance rewrites what it lets pass.
	object, err := t.Canonical(given, scim.Only(scim.UnencodedBinary))
	if err != nil {
		return "", nil, shown(err)
	}
	object["id"] = id
	if err := t.Finish(object); err != nil {
		return "", nil, shown(err)
	}
	if object[t.Relation] != nil || !same(given, object) {
		return "", nil, fmt.Errorf("The document of %s is not as Spoke writes it: it has more than its schemas keep, or has it in another form.", id) //nolint:revive,staticcheck // a sentence that is shown
	}
	columns, err = s.columns(t, given, resource.Encode(t, given))
	return id, columns, err
}

// same tells whether two values are equal but for repetitions in lists: they are left out of what a client sends, and can
// come about when an element ceases to be the primary one.
func same(given, object any) bool {
	switch g := given.(type) {
	case map[string]any:
		o, ok := object.(map[string]any)
		if !ok || len(g) != len(o) {
			return false
		}
		for name, value := range g {
			if other, ok := o[name]; !ok || !same(value, other) {
				return false
			}
		}
		return true
	case []any:
		o, ok := object.([]any)
		return ok && sameList(g, o)
	}
	return given == object
}

func sameList(given, object []any) bool {
	if len(given) == len(object) {
		return slices.EqualFunc(given, object, same)
	}
	var once []any
	have := make(map[string]bool, len(given))
	for _, item := range given {
		text, _ := json.Marshal(item) // what is equal is written equally
		if !have[string(text)] {
			have[string(text)] = true
			once = append(once, item)
		}
	}
	return slices.EqualFunc(once, object, same)
}

// shown returns the part of an error that a stranger may read.
func shown(err error) error {
	var refusal *scim.Error
	if errors.As(err, &refusal) {
		return errors.New(refusal.Detail)
	}
	return err
}

// keptTime says whether a time is one that was stored in that resolution.
func keptTime(t time.Time, resolution time.Duration) bool {
	return !t.IsZero() && t.Year() > 0 && t.Year() < 10_000 && t.Truncate(resolution).Equal(t) && t.Location() == time.UTC
}
