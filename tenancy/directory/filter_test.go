package directory_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/askspoke/spoke/scim/filter"
	"github.com/askspoke/spoke/scim/provider"
	"github.com/askspoke/spoke/scim/resource"
	"github.com/askspoke/spoke/scim/schema"
)

var filterUsers = []string{
	`{"userName":"Ada","displayName":"Ada Lovelace","externalId":"E1","title":"Countess","active":true,
		"name":{"givenName":"Ada","familyName":"Lovelace"},
		"emails":[{"type":"work","value":"Ada@Work.example","primary":true},{"type":"home","value":"ada@home.example"}],
		"addresses":[{"type":"work","locality":"London","country":"GB"}],
		"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"department":"R&D","manager":{"value":"m1"}}}`,
	`{"userName":"grace","active":false,"displayName":"100% sure_thing","externalId":"e1",
		"emails":[{"type":"home","value":"ada@work.example"},{"type":"work"}],
		"urn:ietf:params:scim:schemas:extension:SpokeCustom:2.0:User":{"startDate":"2026-01-01"}}`,
	`{"userName":"STRASSE@example.com","title":"back\\slash \"quoted\"","emails":[{"value":"no.type@x"}],
		"phoneNumbers":[{"value":"+1","primary":false}]}`,
	`{"userName":"ａｄａ２","nickName":"","name":{"familyName":"Ünal"},"displayName":""}`,
	`{"userName":"plain"}`,
}

// TestFilter compares which resources the SQL finds with which filter.Match meets.
func TestFilter(t *testing.T) {
	t.Parallel()
	s := openOne(t)
	var all []resource.Document
	for _, text := range filterUsers {
		all = append(all, s.create(users, text))
	}
	s.group("Everyone", all[0].ID, all[1].ID)
	engineers := s.group("Engineers_1", all[0].ID)
	s.group("Nested", engineers.ID, all[4].ID)
	s.group("Nobody")
	for i := range all {
		all[i] = s.get(users, all[i].ID)
	}
	s.compare(users, all, userFilters(all[0], engineers))
	var teams []resource.Document
	page, err := s.List(t.Context(), groups, provider.Query{Read: whole, Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	teams = append(teams, page.Documents...)
	s.compare(groups, teams, groupFilters(all[0], engineers))
}

func userFilters(ada, engineers resource.Document) []string {
	list := []string{
		`id eq "` + ada.ID + `"`, `id eq "` + strings.ToUpper(ada.ID) + `"`, `id eq "x"`, `id ne "x"`, `id sw "` + ada.ID[:5] + `"`, `id pr`,
		`userName eq "ADA"`, `userName eq "ada" and active eq false`, `userName eq "ada" or userName eq "GRACE"`,
		`not (userName eq "ada")`, `userName eq "ada2"`, `userName gt "b"`, `userName le "grace"`, `userName ew ".COM"`,
		`displayName co "% "`, `displayName co "_"`, `displayName sw "100%"`, `displayName pr`, `displayName eq ""`, `not (displayName pr)`,
		`externalId eq "E1"`, `externalId eq "e1"`, `externalId ne "E1"`, `externalId ge "E1"`,
		`title eq "COUNTESS"`, `title co "\\"`, `title co "\"Quo"`, `title pr`, `title ne "countess"`, `title gt "c"`, `nickName pr`, `nickName eq ""`,
		`active eq true`, `active eq false`, `active ne true`, `active pr`, `not (active eq true)`,
		`name pr`, `name.familyName eq "ÜNAL"`, `name.familyName sw "Lov"`, `name.givenName pr`, `name[not (familyName eq "x")]`, `name[not (familyName pr)]`, `meta[not (created pr)]`, `name[givenName eq "ada" and familyName co "love"]`,
		`emails pr`, `emails.type pr`, `emails eq "ada@work.example"`, `emails.value co "WORK"`, `emails co "home"`,
		`emails[type eq "work"]`, `emails[type eq "work" and value eq "ada@work.example"]`, `emails[type eq "work" and type eq "home"]`,
		`emails.type eq "work" and emails.value eq "ada@work.example"`, `emails[not (type pr)]`, `emails[type eq "work" and not (value pr)]`,
		`emails[type eq "work" or value ew "@x"]`, `emails[primary eq true]`, `emails.primary ne true`, `not (emails[type eq "home"])`,
		`title eq "countess" and active eq true and name.givenName eq "ada"`, `title eq "countess" and title eq "x"`, `title eq "countess" and title eq "Countess"`,
		`emails.type eq "work" and emails.type eq "home"`, `emails[type eq "work" and value eq "ada@work.example"] and emails[type eq "home" and value eq "ada@home.example"]`,
		`emails[type eq "home" and value eq "ada@work.example"] and emails.type eq "work"`, `name.givenName eq "ada" and (name.familyName eq "lovelace" and emails eq "ada@home.example")`,
		`name[givenName eq "ada" and familyName eq "lovelace"] and name.givenName eq "grace"`, `name[givenName eq "ada" and givenName eq "ada"] and active eq true`,
		`active eq false and urn:ietf:params:scim:schemas:extension:SpokeCustom:2.0:User:startDate eq "2026-01-01" and userName eq "grace"`,
		`urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department eq "r&d" and urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager eq "m1" and title pr`,
		`not (active eq true and title eq "countess")`, `active eq true and (title eq "countess" or title eq "x") and emails.primary eq true`,
		`phoneNumbers[primary eq false]`, `phoneNumbers.value sw "+"`, `addresses[type eq "work" and country eq "gb"]`,
		`urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department eq "r&d"`,
		`urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value eq "m1"`,
		`urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager eq "m1"`,
		`urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager[value sw "m"]`,
		`urn:ietf:params:scim:schemas:extension:enterprise:2.0:User pr`,
		`urn:ietf:params:scim:schemas:extension:SpokeCustom:2.0:User:startDate ge "2025"`,
		`schemas eq "urn:ietf:params:scim:schemas:extension:Enterprise:2.0:User"`, `schemas co "custom"`,
		`meta.resourceType eq "User"`, `meta.resourceType eq "user"`, `meta.version eq "W/\"1\""`, `meta pr`, `meta.location pr`,
		`meta.location eq "` + base + `/Users/` + ada.ID + `"`, `meta.location eq "/Users/` + ada.ID + `"`, `meta.location sw "` + base + `"`,
		`groups pr`, `not (groups pr)`, `groups.value eq "` + engineers.ID + `"`, `groups eq "` + engineers.ID + `"`, `groups.value eq "x"`,
		`groups.value sw "` + engineers.ID[:6] + `"`, `groups.display eq "ENGINEERS_1"`, `groups.display co "_"`, `groups.type eq "Direct"`,
		`groups[value eq "` + engineers.ID + `" and display sw "engi"]`, `groups[display eq "Everyone" and display eq "Engineers_1"]`,
		`groups.display eq "Everyone" and groups.display eq "Engineers_1"`, `groups.$ref eq "` + base + `/Groups/` + engineers.ID + `"`,
		`groups.$ref co "/Groups/"`, `groups.value ne "` + engineers.ID + `"`, `groups[not (display eq "Everyone")]`,
	}
	for _, op := range []string{"eq", "ne", "gt", "ge", "lt", "le"} {
		for _, text := range []string{"2026-03-01T12:00:00Z", "2026-03-01T12:00:00.0004Z", "2026-03-01T11:59:59.9999Z", "2026-03-01T13:00:00+01:00"} {
			list = append(list, fmt.Sprintf(`meta.created %s "%s"`, op, text), fmt.Sprintf(`meta.lastModified %s "%s"`, op, text))
		}
	}
	return list
}

func groupFilters(ada, engineers resource.Document) []string {
	return []string{
		`displayName eq "everyone"`, `displayName co "_"`, `displayName ne "everyone"`, `displayName gt "f"`, `externalId pr`,
		`members pr`, `not (members pr)`, `members eq "` + ada.ID + `"`, `members.value eq "` + ada.ID + `"`, `members.value eq "x"`,
		`members.value eq "` + engineers.ID + `"`, `members.value ne "` + ada.ID + `"`, `members.value sw "` + ada.ID[:6] + `"`,
		`members.type eq "group"`, `members.type eq "USER"`, `members.display eq "ada lovelace"`, `members.display sw "engineers_"`,
		`members.display pr`, `members[type eq "Group" and value eq "` + engineers.ID + `"]`, `members[type eq "User" and value eq "` + engineers.ID + `"]`,
		`members[not (type eq "User")]`, `members.$ref eq "` + base + `/Users/` + ada.ID + `"`, `members.$ref eq "` + base + `/Groups/` + ada.ID + `"`,
		`members.$ref co "/Groups/"`, `members[not (display pr)]`, `id eq "` + engineers.ID + `" and members eq "` + ada.ID + `"`,
		`id eq "` + engineers.ID + `" and members eq "` + engineers.ID + `"`, `meta.location ew "` + engineers.ID + `"`,
	}
}

func (s tenant) compare(kind *schema.ResourceType, all []resource.Document, filters []string) {
	s.Helper()
	for _, text := range filters {
		node := bind(s, kind, text)
		want := []string{}
		for _, d := range all {
			object, err := d.Whole(kind, base)
			if err != nil {
				s.Fatal(err)
			}
			if filter.Match(node, kind, object) {
				want = append(want, string(d.AppendTo(nil, kind, base)))
			}
		}
		for name, query := range map[string]provider.Query{
			"all":   {Read: whole, Filter: node, Limit: 100},
			"not":   {Read: whole, Filter: filter.Not{Node: filter.Not{Node: node}}, Limit: 100},
			"count": {Read: whole, Filter: node},
		} {
			page, err := s.List(s.Context(), kind, query)
			if err != nil {
				s.Errorf("%s %s (%s): %v", kind.Name, text, name, err)
				continue
			}
			if page.Total != len(want) {
				s.Errorf("%s %s (%s): %d in all, want %d", kind.Name, text, name, page.Total, len(want))
			}
			got := []string{}
			for _, d := range page.Documents {
				got = append(got, string(d.AppendTo(nil, kind, base)))
			}
			if diff := cmp.Diff(sorted(want), sorted(got)); name != "count" && diff != "" {
				s.Errorf("%s %s (%s) (-want +got):\n%s", kind.Name, text, name, diff)
			}
		}
	}
}
