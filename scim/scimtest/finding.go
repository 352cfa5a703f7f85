package scimtest

// people are the users of the filter rules: ann, bob and cy, in the order of their creation.
var people = []string{
	`{"userName": "ann", "externalId": "A", "active": true, "title": "Chief Officer", "name": {"familyName": "O'Malley", "givenName": "Ann"},
		"emails": [{"value": "ann@work.example", "type": "work", "primary": true}, {"value": "ann@home.example", "type": "home"}],
		"addresses": [{"type": "work", "locality": "Köln", "country": "DE"}],
		"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"department": "Sales", "manager": {"value": "Boss-1", "displayName": "Boss"}},
		"` + BadgeURN + `": {"number": 9007199254740993, "weight": 0.5, "issued": "2026-03-01T01:00:00+02:00", "visitor": false,
			"key": "AAECAw==", "picture": "../ann.PNG", "colors": ["Red", "green"], "codes": ["x", "Y"], "levels": [1, 10],
			"doors": [{"value": "North", "floor": 1, "open": true}, {"value": "South", "floor": 2, "since": "2026-01-01T00:00:00Z"}]}}`,
	`{"userName": "Bob", "externalId": "a", "active": false, "title": "officer",
		"emails": [{"value": "bob@home.example", "type": "work"}, {"value": "bob@work.example", "type": "home", "primary": true}],
		"urn:ietf:params:scim:schemas:extension:SpokeCustom:2.0:User": {"startDate": "2026-03-01"},
		"` + BadgeURN + `": {"number": 9007199254740992, "weight": 5E-1, "issued": "2026-02-28T23:00:00.5Z", "levels": [2],
			"doors": [{"value": "North", "floor": 2, "open": false}]}}`,
	`{"userName": "cy", "emails": [{"type": "other", "display": "No address"}],
		"` + BadgeURN + `": {"number": -7, "weight": 1e20, "issued": "1600-01-01T00:00:00"}}`,
}

// findings are filters over people with what they find. $E, $C and $B stand for the URNs of the enterprise extension,
// of Spoke's own, and of that of the tests.
var findings = map[string]string{
	`userName eq "ANN"`: "ann", `userName eq "an"`: "", `userName ne "ann"`: "bob cy", `userName co "N"`: "ann", `userName sw "B"`: "bob",
	`userName ew "Y"`: "cy", `userName gt "ann"`: "bob cy", `userName ge "ann"`: "ann bob cy", `userName lt "cy"`: "ann bob", `userName le "a"`: "",
	`userName pr`: "ann bob cy", `userName eq null`: "", `userName co ""`: "ann bob cy",
	`externalId eq "A"`: "ann", `externalId eq "a"`: "bob", `externalId ne "A"`: "bob cy", `externalId gt "A"`: "bob", `externalId pr`: "ann bob",
	`active eq true`: "ann", `active eq false`: "bob", `active ne true`: "bob cy", `active pr`: "ann bob", `not (active eq false)`: "ann cy",
	`title co "OFFICER"`: "ann bob", `title ew "officer"`: "ann bob", `title sw "officer"`: "bob", `title eq null`: "cy", `title ne null`: "ann bob",
	`title lt "z"`: "ann bob", `not (title lt "z")`: "cy", `title eq ""`: "",
	`name pr`: "ann", `name.givenName eq "ANN"`: "ann", `name.familyName co "O'M"`: "ann", `name.middleName pr`: "", `name[familyName pr and givenName pr]`: "ann",
	`not (name.familyName eq "x")`: "ann bob cy", `name[not (familyName eq "x")]`: "ann",

	// A plain path asks any element, brackets ask one element for everything.
	`emails pr`: "ann bob cy", `emails.value pr`: "ann bob", `emails eq "ann@work.example"`: "ann", `emails co "WORK"`: "ann bob",
	`emails.type eq "work" and emails.value ew "work.example"`: "ann bob", `emails[type eq "work" and value ew "work.example"]`: "ann",
	`emails[type eq "work" or value ew "work.example"]`: "ann bob", `emails[type eq "work"].value eq "BOB@home.example"`: "bob",
	`emails.type ne "work"`: "cy", `emails[type ne "work"]`: "ann bob cy", `not (emails[type eq "work"])`: "cy", `emails[not (value pr)]`: "cy",
	`emails[value eq null and display pr]`: "cy", `emails.primary eq true`: "ann bob", `emails[type eq "home" and primary eq true]`: "bob",
	`emails[type eq "home" and not (primary eq true)]`: "ann", `emails.primary ne true`: "cy", `emails[value sw "ann" and value ew "home.example"]`: "ann",
	// An element that does not say that it is primary is not.
	`emails[primary eq false]`: "ann bob cy", `emails.primary eq false`: "ann bob cy", `emails[type eq "work" and primary eq false]`: "bob",
	`emails[type eq "work" and primary ne false]`: "ann", `emails.primary ne false`: "", `emails[not (primary eq false)]`: "ann bob", `emails[primary ne true]`: "ann bob cy",
	`emails[value ew "home.example" and primary eq false and type eq "home"]`: "ann", `not (emails[value pr and primary eq false])`: "cy",
	`phoneNumbers[primary eq false]`: "", `phoneNumbers.primary eq false`: "", `emails.primary pr`: "ann bob", `emails[primary eq null]`: "ann bob cy",
	`emails[type gt "home" and type lt "p"]`: "cy", `phoneNumbers pr`: "", `phoneNumbers[not (value pr)]`: "", `not (phoneNumbers pr)`: "ann bob cy",
	`emails.value gt "bob@i"`: "bob", `emails[type eq "work" and (value sw "a" or value sw "b")]`: "ann bob",
	`addresses[type eq "work"].locality eq "KÖLN"`: "ann", `addresses[type eq "home" and locality eq "Köln"]`: "", `addresses.country eq "de"`: "ann",

	`$E:department eq "sales"`: "ann", `$E:department co "ale"`: "ann", `$E:department ne "sales"`: "bob cy",
	`$E:manager eq "Boss-1"`: "ann", `$E:manager eq "boss-1"`: "", `manager eq "Boss-1"`: "ann", `$E:manager pr`: "ann",
	`$E:manager.displayName pr`: "", `$E:manager[value sw "Boss"]`: "ann", `$E pr`: "ann", `not ($E pr)`: "bob cy",
	`$C:startDate ge "2026"`: "bob", `$C:startDate eq "2026-03-01"`: "bob", `$C eq null`: "ann cy",
	`schemas eq "URN:ietf:params:scim:schemas:core:2.0:User"`: "ann bob cy", `schemas co "enterprise"`: "ann", `schemas[value ew "SpokeCustom:2.0:User"]`: "bob",
	`schemas ne "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"`: "bob cy",

	// Types that only an extension of the tests has.
	`$B:number eq 9007199254740993`: "ann", `$B:number gt 9007199254740992`: "ann", `$B:number ge 9007199254740992`: "ann bob",
	`$B:number lt 0`: "cy", `$B:number eq -7.0`: "cy", `$B:number gt -7.5`: "ann bob cy", `$B:number ne -7`: "ann bob", `$B:number lt 1e300`: "ann bob cy",
	`$B:weight eq 0.50`: "ann bob", `$B:weight gt 0.5`: "cy", `$B:weight eq 100000000000000000000`: "cy", `$B:weight lt 100000000000000000001`: "ann bob cy",
	`$B:issued eq "2026-02-28T23:00:00Z"`: "ann", `$B:issued gt "2026-02-28T23:00:00Z"`: "bob", `$B:issued le "2026-02-28T23:00:00.500Z"`: "ann bob cy",
	`$B:issued lt "1900-01-01T00:00:00Z"`: "cy", `$B:issued ne "2026-03-01T00:00:00+01:00"`: "bob cy", `$B:issued pr`: "ann bob cy",
	`$B:visitor eq false`: "ann", `$B:visitor ne false`: "bob cy", `$B:key eq "AAECAw=="`: "ann", `$B:key eq "aaecaw=="`: "", `$B:picture ew ".PNG"`: "ann",
	`$B:picture ew ".png"`: "", `$B:colors eq "RED"`: "ann", `$B:colors ne "red"`: "bob cy", `$B:colors[value sw "g" and value ew "n"]`: "ann",
	`$B:colors[value sw "r" and value ew "n"]`: "", `$B:colors pr`: "ann", `$B:codes eq "y"`: "", `$B:codes eq "Y"`: "ann",
	`$B:levels eq 10`: "ann", `$B:levels gt 1`: "ann bob", `$B:levels[value gt 1 and value lt 10]`: "bob", `$B:levels eq 1.0`: "ann",
	`$B:doors eq "north"`: "ann bob", `$B:doors[value eq "North" and floor gt 1]`: "bob", `$B:doors.open eq false`: "bob", `$B:doors.floor eq 2`: "ann bob",
	`$B:doors[open eq null]`: "ann", `$B:doors.since lt "2026-01-01T01:00:00Z"`: "ann", `$B:doors[floor eq 2 and since eq "2026-01-01T00:00:00.000Z"]`: "ann",

	`meta.resourceType eq "User"`: "ann bob cy", `meta.resourceType eq "user"`: "", `meta.created eq "2026-03-01T12:00:02Z"`: "bob",
	`meta.created gt "2026-03-01T13:00:01+01:00"`: "bob cy", `meta.lastModified le "2026-03-01T12:00:01"`: "ann", `meta.lastModified ge "2026-03-01T12:00:02.0001Z"`: "cy",
	`meta.created lt "0001-01-01T00:00:00Z"`: "", `meta.created lt "9999-12-31T23:59:59Z"`: "ann bob cy",
	`meta.version eq "W/\"1\""`: "ann bob cy", `meta.version eq "1"`: "", `meta.location sw "` + base + `/Users/"`: "ann bob cy", `meta pr`: "ann bob cy", `meta.created pr`: "ann bob cy",
	`id pr`: "ann bob cy", `id eq "x"`: "", `id ne "x"`: "ann bob cy", `id sw ""`: "ann bob cy", `id gt "~"`: "", `id eq "%"`: "", `id co "-"`: "ann bob cy",

	`title pr and active eq true or userName eq "cy"`: "ann cy", `title pr and (active eq true or userName eq "cy")`: "ann",
	`not (title pr and active eq true)`: "bob cy", `not (title pr or active eq true)`: "cy", `not (not (title pr))`: "ann bob",
	`userName eq "ann" or userName eq "bob" or userName eq "cy"`: "ann bob cy", `title pr and name pr and active pr`: "ann",
	`emails[type eq "work"] and not (emails[type eq "work" and value co "ann"])`: "bob",
}
