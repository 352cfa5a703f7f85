package scimtest

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"slices"

	"github.com/askspoke/spoke/scim/provider"
	"github.com/askspoke/spoke/scim/resource"
	"github.com/askspoke/spoke/scim/schema"
)

// finds checks what a filter finds, in order.
func (w *world) finds(kind *schema.ResourceType, text string, want ...string) {
	w.Helper()
	if got := w.names(kind, text); !slices.Equal(got, want) {
		w.Errorf("%s\nfinds %q\nwant  %q", text, got, want)
	}
}

// elements returns the values of a relation, in order.
func (w *world) elements(relation []byte) []string {
	w.Helper()
	if relation == nil {
		return nil
	}
	var list []struct{ Value string }
	if err := json.Unmarshal(relation, &list); err != nil {
		w.Fatalf("relation %s: %v", relation, err)
	}
	if len(list) == 0 {
		w.Errorf("relation is %s, want nil where it is empty", relation)
	}
	ids := make([]string, len(list))
	for i, item := range list {
		ids[i] = item.Value
	}
	return ids
}

// hasMembers checks the members of a group, given in any order.
func (w *world) hasMembers(group string, want ...string) {
	w.Helper()
	got := w.elements(w.get(w.groups, group).Relation)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		w.Errorf("members %q\nwant    %q", got, want)
	}
}

// isAt checks the version of a resource.
func (w *world) isAt(kind *schema.ResourceType, id string, version int64) {
	w.Helper()
	if d := w.get(kind, id); d.Version != version {
		w.Errorf("%s %s has version %d, want %d", kind.Name, w.name(kind, d), d.Version, version)
	}
}

// same checks that two documents are equal to a client.
func (w *world) same(what string, got, want resource.Document) {
	w.Helper()
	if diff := difference(got, want); diff != "" {
		w.Errorf("%s: %s\ngot  %+v\nwant %+v", what, diff, got, want)
	}
}

// difference names the first thing in which two documents differ, or "".
func difference(a, b resource.Document) string {
	switch {
	case a.ID != b.ID:
		return "ids differ"
	case a.Version != b.Version:
		return "versions differ"
	case !a.Created.Equal(b.Created):
		return "times of creation differ"
	case !a.Modified.Equal(b.Modified):
		return "times of the last change differ"
	case !bytes.Equal(a.Body, b.Body):
		return "bodies differ"
	case !sameJSON(a.Relation, b.Relation):
		return "relations differ"
	}
	return ""
}

// sameJSON compares what two texts say; how a string is escaped does not matter.
func sameJSON(a, b []byte) bool {
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	var x, y any
	return json.Unmarshal(a, &x) == nil && json.Unmarshal(b, &y) == nil && reflect.DeepEqual(x, y)
}

// refused checks that an error is the one expected.
func (w *world) refused(what string, err, want error) {
	w.Helper()
	if !errors.Is(err, want) {
		w.Errorf("%s: got error %v, want %v", what, err, want)
	}
}

// taken checks that the error is a *provider.TakenError.
func (w *world) taken(what string, err error, attribute string) {
	w.Helper()
	var taken *provider.TakenError
	if !errors.As(err, &taken) || taken.Attribute != attribute {
		w.Errorf("%s: got error %v, want %s to be taken", what, err, attribute)
	}
}

// circle checks that the error is a *provider.CircleError that names the groups, each once and sorted.
func (w *world) circle(what string, err error, ids ...string) {
	w.Helper()
	var circle *provider.CircleError
	slices.Sort(ids)
	if !errors.As(err, &circle) || !slices.Equal(circle.IDs, ids) {
		w.Errorf("%s: got error %v, want the circle %q", what, err, ids)
	}
}

// unknown checks that the error is a *provider.UnknownMemberError that names the ids, each once.
func (w *world) unknown(what string, err error, ids ...string) {
	w.Helper()
	var unknown *provider.UnknownMemberError
	if !errors.As(err, &unknown) {
		w.Errorf("%s: got error %v, want unknown members", what, err)
		return
	}
	got := slices.Sorted(slices.Values(unknown.IDs))
	slices.Sort(ids)
	if !slices.Equal(got, ids) {
		w.Errorf("%s: got unknown members %q, want %q", what, got, ids)
	}
}
