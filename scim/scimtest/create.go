package scimtest

import (
	"bytes"
	"fmt"
	"strings"
	"time"

	"github.com/askspoke/spoke/scim/resource"
	"github.com/askspoke/spoke/scim/schema"
)

var createRules = []rule{
	{"a new resource has version 1 and the time of its draft", func(w *world) {
		draft := w.draft(w.users, `{"userName": "bjensen"}`)
		got, err := w.create(draft, w.users)
		if err != nil {
			w.Fatal(err)
		}
		w.same("create", got, resource.Document{ID: draft.ID, Version: 1, Created: draft.At, Modified: draft.At, Body: draft.Body})
	}},
	{"a resource reads back byte for byte", func(w *world) {
		draft := w.draft(w.users, everything)
		created, err := w.create(draft, w.users)
		if err != nil {
			w.Fatal(err)
		}
		if !bytes.Equal(created.Body, draft.Body) {
			w.Errorf("create returned %s\nwant %s", created.Body, draft.Body)
		}
		w.same("get", w.get(w.users, draft.ID), created)
		w.same("list", w.list(w.users, "", 0, 1, whole).Documents[0], created)
	}},
	{"times are kept to the millisecond, whatever the zone", func(w *world) {
		draft := w.draft(w.users, `{"userName": "bjensen"}`)
		draft.At = time.Date(2026, 3, 1, 1, 30, 0, 123_999_999, time.FixedZone("", -8*3600))
		created, err := w.create(draft, w.users)
		if err != nil {
			w.Fatal(err)
		}
		want := time.Date(2026, 3, 1, 9, 30, 0, 123_000_000, time.UTC)
		if !created.Created.Equal(want) || !created.Modified.Equal(want) {
			w.Errorf("created %v, modified %v, want %v", created.Created, created.Modified, want)
		}
		w.same("get", w.get(w.users, draft.ID), created)
		w.finds(w.users, `meta.created eq "2026-03-01T09:30:00.123Z"`, "bjensen")
	}},
	{"a userName is taken in any case and width", func(w *world) {
		w.user(`{"userName": "BJensen@Example.com"}`)
		for _, name := range []string{"BJensen@Example.com", "bjensen@example.COM", "ｂｊensen@example.com"} {
			_, err := w.create(w.draft(w.users, fmt.Sprintf(`{"userName": %q}`, name)), w.users)
			w.taken(name, err, "userName")
		}
		w.finds(w.users, "", "BJensen@Example.com")
	}},
	{"a displayName of groups is taken in any case", func(w *world) {
		w.group(`{"displayName": "Straße İ"}`)
		for _, name := range []string{"Straße İ", "STRAßE i\u0307"} {
			_, err := w.create(w.draft(w.groups, fmt.Sprintf(`{"displayName": %q}`, name)), w.groups)
			w.taken(name, err, "displayName")
		}
		w.group(`{"displayName": "Strasse İ"}`)
	}},
	{"what is not unique may repeat", func(w *world) {
		w.user(`{"userName": "a", "displayName": "Same", "externalId": "1", "emails": [{"value": "x@example.com"}]}`)
		w.user(`{"userName": "b", "displayName": "Same", "externalId": "1", "emails": [{"value": "x@example.com"}]}`)
		w.group(`{"displayName": "Same", "externalId": "1"}`)
		w.group(`{"displayName": "a", "externalId": "1"}`)
		w.finds(w.users, `externalId eq "1" and displayName eq "same"`, "a", "b")
		w.finds(w.groups, `externalId eq "1"`, "Same", "a")
	}},
	{"a refused create leaves nothing behind", func(w *world) {
		user := w.user(`{"userName": "a"}`)
		_, err := w.create(w.draft(w.groups, `{"displayName": "g"}`, user, "nobody"), w.groups)
		w.unknown("create", err, "nobody")
		w.finds(w.groups, "")
		if d := w.get(w.users, user); d.Relation != nil {
			w.Errorf("the user is in groups %s", d.Relation)
		}
		group := w.group(`{"displayName": "G"}`, user)
		_, err = w.create(w.draft(w.groups, `{"displayName": "g"}`, user), w.groups)
		w.taken("create", err, "displayName")
		w.finds(w.groups, "", "G")
		w.finds(w.users, `groups eq "`+group+`"`, "a")
	}},
	{"what callers do with their texts afterwards changes nothing", func(w *world) {
		draft := w.draft(w.users, `{"userName": "bjensen"}`)
		want := bytes.Clone(draft.Body)
		created, err := w.create(draft, w.users)
		if err != nil {
			w.Fatal(err)
		}
		clear(draft.Body)
		clear(draft.Object)
		clear(created.Body)
		clear(w.get(w.users, draft.ID).Body)
		clear(w.list(w.users, "", 0, 1, bare).Documents[0].Body)
		if got := w.get(w.users, draft.ID).Body; !bytes.Equal(got, want) {
			w.Errorf("body is now %q, want %q", got, want)
		}
		w.finds(w.users, `userName eq "bjensen"`, "bjensen")
	}},
	{"identifiers as long as the schema lets them be are kept and found", func(w *world) {
		for kind, unique := range map[*schema.ResourceType]string{w.users: "userName", w.groups: "displayName"} {
			// Random, so that no compression makes it fit into an index.
			name, external := w.text(schema.MaxIdentifier), w.text(schema.MaxIdentifier)
			w.mustCreate(kind, fmt.Sprintf(`{"userName": %q, "displayName": %q, "externalId": %q}`, name, name, external))
			w.finds(kind, `externalId eq "`+external+`"`, name)
			w.finds(kind, unique+` eq "`+strings.ToUpper(name)+`"`, name)
			w.finds(kind, `displayName eq "`+strings.ToUpper(name)+`"`, name)
			w.finds(kind, unique+` co "`+name[100:1900]+`"`, name)
			w.finds(kind, unique+` eq "`+name[1:]+`"`)
		}
	}},
	{"long values of any attribute are kept and found", func(w *world) {
		value := w.text(9_000)
		w.user(fmt.Sprintf(`{"userName": "a", "title": %q, "emails": [{"value": %[1]q}], %q: {"colors": [%[1]q]}}`, value, BadgeURN))
		for _, path := range []string{`title`, `emails`, BadgeURN + `:colors`} {
			w.finds(w.users, path+` eq "`+value+`"`, "a")
			w.finds(w.users, path+` co "`+value[4_000:8_000]+`"`, "a")
			w.finds(w.users, path+` eq "`+value[1:]+`"`)
		}
	}},
}

// text returns lower-case text that cannot be compressed much.
func (w *world) text(length int) string {
	b := make([]byte, length)
	for i := range b {
		b[i] = "abcdefghijklmnopqrstuvwxyz0123456789-_.+"[w.random.IntN(40)]
	}
	return string(b)
}

// everything holds what a store could write otherwise than it was sent: escapes, spaces, orders, digits.
const everything = `{
	"userName": "B\u00e4rbel \"O'Malley\" \\ / <&> \t\r\n\u0001\u2028 😀 ﬀ İ", "active": false, "title": "  two  spaces  ",
	"name": {"familyName": "Ångström", "givenName": "A\u030angstro\u0308m"},
	"emails": [{"type": "b", "value": "2"}, {"type": "a", "value": "1"}],
	"x509Certificates": [{"value": "TUlJRA=="}],
	"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"manager": {"value": "x", "$ref": "../Users/x"}},
	"urn:example:params:scim:schemas:extension:Badge:2.0:User": {
		"number": 9223372036854775807, "weight": 1.10e+2, "issued": "2026-03-01T23:59:59.50+14:00", "levels": [3, 1, 2, 1]
	}
}`
