package filter_test

import (
	"strings"
	"testing"

	"github.com/askspoke/spoke/scim"
	"github.com/askspoke/spoke/scim/filter"
	"github.com/askspoke/spoke/scim/resource"
)

// person is a whole user, as resource.Document.Whole returns it.
const person = `{
	"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],
	"id": "Ab1", "externalId": "X-1", "userName": "BJensen@Example.com", "active": true,
	"name": {"familyName": "O'Malley", "givenName": "Bärbel"},
	"emails": [
		{"value": "bj@example.com", "type": "work", "primary": true},
		{"value": "100%_\\@home.example", "type": "home"},
		{"type": "other"}
	],
	"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"department": "R&D", "manager": {"value": "M1"}},
	"urn:example:2.0:Device": {"slots": 9007199254740993, "weight": 0.30, "bought": "2011-05-13T06:42:34.5+02:00", "tags": ["Red", "green"]},
	"groups": [{"value": "g1", "display": "Tour Guides", "type": "direct"}],
	"meta": {"resourceType": "User", "created": "2011-05-13T04:42:34.000Z", "version": "W/\"3\""}
}`

func TestMatch(t *testing.T) {
	object, err := resource.Decode([]byte(person), nil)
	if err != nil {
		t.Fatal(err)
	}
	// The object is edited as no canonical object is: a store's mistake must not make pr true.
	object["nickName"], object["roles"], object["ims"] = "", []any{map[string]any{"value": ""}}, []any{}
	matching := []string{
		`userName eq "bjensen@EXAMPLE.com"`, `userName co "@ex"`, `userName sw "BJ"`, `userName ew ".COM"`, `userName co ""`,
		`userName gt "a"`, `userName ge "bjensen@example.com"`, `userName lt "c"`, `userName le "bjensen@example.com"`,
		`id eq "Ab1"`, `not (id eq "ab1")`, `externalId ne "x-1"`, `externalId gt "A"`, `externalId lt "a"`,
		`name.givenName eq "BÄRBEL"`, `name.familyName co "o'm"`, `name pr`, `name[familyName pr and givenName pr]`,
		`active eq true`, `active ne false`, `not (active eq false)`,
		`title eq null`, `title ne "x"`, `not (title eq "x")`, `not (title gt "a")`, `userName ne null`,
		`nickName eq null`, `ims eq null`, `roles eq null`, `not (name.middleName pr)`,
		// Any element may meet a plain path; brackets ask one element for everything.
		`emails co "example"`, `emails.type eq "work" and emails.value ew "home.example"`,
		`emails[type eq "work" and value ew "example.com"]`, `emails[type ne "work"]`, `emails[not (value pr)]`,
		`emails[value eq null and type eq "other"]`, `emails.type ne "fax"`, `emails.primary eq true`,
		`emails[type eq "home" and primary eq false]`, `emails.primary eq false`, `emails[primary ne true and type eq "home"]`, `emails[primary ne false]`,
		`emails.value co "%_\\"`, `emails[type eq "home" or primary eq true]`,
		`schemas eq "URN:ietf:params:scim:schemas:core:2.0:User"`, `schemas[value ew "enterprise:2.0:user"]`,
		enterprise + `:department eq "r&d"`, enterprise + `:manager eq "M1"`, enterprise + ` pr`, custom + ` eq null`,
		enterprise + `:manager[value eq "M1"]`,
		`urn:example:2.0:Device:slots eq 9007199254740993`, `urn:example:2.0:Device:slots gt 9007199254740992`,
		`urn:example:2.0:Device:slots lt 9007199254740993.5`, `urn:example:2.0:Device:weight eq 3e-1`,
		`urn:example:2.0:Device:weight gt 0.29999999999999999999999999`,
		`urn:example:2.0:Device:bought eq "2011-05-13T04:42:34.5Z"`, `urn:example:2.0:Device:bought lt "2011-05-13T04:42:35"`,
		`urn:example:2.0:Device:tags eq "red"`, `urn:example:2.0:Device:tags[value co "e" and value sw "g"]`,
		`groups.value eq "g1"`, `groups[type eq "direct" and display sw "tour"]`,
		`meta.resourceType eq "User"`, `meta.created eq "2011-05-13T06:42:34+02:00"`, `meta.created lt "2011-05-13T04:42:34.001Z"`,
		`meta.version eq "W/\"3\""`, `meta pr`,
		`userName eq "x" or title eq null and active eq true`,
	}
	others := []string{
		`userName eq "bjensen"`, `userName ne "bjensen@example.com"`, `userName gt "bjensen@example.com"`,
		`title eq "x"`, `title pr`, `title co ""`, `title gt ""`, `title le "z"`, `name.middleName pr`, `nickName pr`, `ims pr`, `roles pr`,
		`emails[type eq "work" and value ew "home.example"]`, `emails.type ne "work"`, `emails[type eq "fax"]`, `phoneNumbers[not (value pr)]`,
		`emails co "100x"`, `emails.value eq "100_"`, `photos pr`,
		`emails[type eq "work" and primary eq false]`, `emails.primary ne false`, `photos[primary eq false]`, `photos.primary eq false`,
		`emails[primary pr and primary eq false]`,
		custom + `:startDate pr`, custom + ` pr`, enterprise + `:manager eq "m1"`,
		`urn:example:2.0:Device:slots eq 9007199254740992`, `urn:example:2.0:Device:slots eq 9007199254740993.5`, `urn:example:2.0:Device:weight gt 0.3`,
		`groups eq "G1"`, `meta.created gt "2011-05-13T04:42:34Z"`,
		`(userName eq "x" or title eq null) and active eq false`,
	}
	for want, texts := range map[bool][]string{true: matching, false: others} {
		for _, text := range texts {
			n, err := bind(users, text, scim.Strict())
			if err != nil {
				t.Errorf("Bind(%q): %v", text, err)
				continue
			}
			if got := filter.Match(n, users, object); got != want {
				t.Errorf("Match(%q) = %v, want %v", text, got, want)
			}
		}
	}
	if !filter.Match(nil, users, object) {
		t.Error("Match without a filter = false, want true")
	}
}

// A value of another type than its attribute, which only a store's mistake can produce, meets nothing.
func TestMatchOfWrongType(t *testing.T) {
	object := map[string]any{
		"userName": true, "active": "true", "emails": "x", "name": []any{nil, "x"}, "meta": map[string]any{"created": "yesterday"},
		"urn:example:2.0:Device": map[string]any{"slots": "1", "weight": "heavy"},
	}
	for _, text := range []string{
		`userName co ""`, `active eq true`, `emails.value co ""`, `emails[value co ""]`, `name.givenName pr`,
		`meta.created lt "2100-01-01T00:00:00Z"`, `urn:example:2.0:Device:slots lt 9`, `urn:example:2.0:Device:weight lt 9`,
	} {
		n, err := bind(users, text, nil)
		if err != nil {
			t.Fatal(err)
		}
		if filter.Match(n, users, object) {
			t.Errorf("Match(%q) = true", text)
		}
	}
}

func BenchmarkParseBind(b *testing.B) {
	texts := map[string]string{
		"userName": `userName eq "bjensen@example.com"`,
		"email":    `emails[type eq "work"].value eq "bjensen@example.com"`,
		"hostile":  strings.Repeat("(", 10_000),
	}
	for name, text := range texts {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_, _ = bind(users, text, scim.Auto())
			}
		})
	}
}
