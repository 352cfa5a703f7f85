package directory

import (
	"errors"
	"fmt"
	"reflect"
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
	// What an earlier version wrote may have repeated elements, which a client's body has no more.
	if object[t.Relation] != nil || !reflect.DeepEqual(t.Distinct(given), object) {
		return "", nil, fmt.Errorf("The document of %s is not as Spoke writes it: it has more than its schemas keep, or has it in another form.", id) //nolint:revive,staticcheck // a sentence that is shown
	}
	columns, err = s.columns(t, given, resource.Encode(t, given))
	return id, columns, err
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
