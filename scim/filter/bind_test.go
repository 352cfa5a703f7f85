package filter_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/askspoke/spoke/scim"
	"github.com/askspoke/spoke/scim/filter"
	"github.com/askspoke/spoke/scim/schema"
)

const enterprise, custom = schema.EnterpriseUserURN, schema.SpokeCustomURN

var (
	users  = schema.User(schema.SpokeCustom(), device)
	groups = schema.Group()
	// device is an extension with an attribute of every type that the core schemas do not have.
	device = &schema.Schema{ID: "urn:example:2.0:Device", Name: "Device", Attributes: []schema.Attribute{
		{Name: "slots", Type: schema.Integer, Returned: schema.ByDefault},
		{Name: "weight", Type: schema.Decimal, Returned: schema.ByDefault},
		{Name: "bought", Type: schema.DateTime, Returned: schema.ByDefault},
		{Name: "tags", Type: schema.String, MultiValued: true, Returned: schema.ByDefault},
		{Name: "pin", Type: schema.String, Returned: schema.Never},
		{Name: "lock", Type: schema.Complex, Returned: schema.ByDefault, SubAttributes: []schema.Attribute{
			{Name: "code", Type: schema.String, Returned: schema.Never},
			{Name: "value", Type: schema.String, Returned: schema.Never},
		}},
	}}
)

// show writes a bound filter as text, so that tables can hold it.
func show(n filter.Node) string {
	list := func(name string, nodes []filter.Node) string {
		texts := make([]string, len(nodes))
		for i, item := range nodes {
			texts[i] = show(item)
		}
		return name + "(" + strings.Join(texts, ", ") + ")"
	}
	switch n := n.(type) {
	case filter.All:
		return list("all", n)
	case filter.Any:
		return list("any", n)
	case filter.Not:
		return list("not", []filter.Node{n.Node})
	case filter.Some:
		return list("some "+n.Ref.String(), []filter.Node{n.Where})
	case filter.Test:
		switch v := n.Value.(type) {
		case nil:
			return fmt.Sprintf("%s %s", n.Ref, n.Op)
		case string:
			return fmt.Sprintf("%s %s %q", n.Ref, n.Op, v)
		case json.Number:
			return fmt.Sprintf("%s %s number %s", n.Ref, n.Op, v)
		case time.Time:
			return fmt.Sprintf("%s %s time %s", n.Ref, n.Op, v.UTC().Format(time.RFC3339Nano))
		default:
			return fmt.Sprintf("%s %s %v", n.Ref, n.Op, v)
		}
	default:
		return fmt.Sprintf("%T", n)
	}
}

func bind(t *schema.ResourceType, text string, lenient *scim.Leniency) (filter.Node, error) {
	e, err := filter.Parse(text, lenient)
	if err != nil {
		return nil, err
	}
	return filter.Bind(e, t, lenient)
}

func checkBound(t *testing.T, kind *schema.ResourceType, lenient func() *scim.Leniency, tests map[string]string) {
	t.Helper()
	for text, want := range tests {
		got, err := bind(kind, text, lenient())
		if err != nil {
			t.Errorf("Bind(%q): %v", text, err)
			continue
		}
		if diff := cmp.Diff(want, show(got)); diff != "" {
			t.Errorf("Bind(%q) (-want +got):\n%s", text, diff)
		}
	}
}

// The figures of RFC 7644 section 3.4.2.2, without any tolerance.
func TestBindFigure2(t *testing.T) {
	checkBound(t, users, scim.Strict, map[string]string{
		`userName Eq "john"`:            `userName eq "john"`,
		`Username eq "john"`:            `userName eq "john"`,
		`userName eq "bjensen"`:         `userName eq "bjensen"`,
		`name.familyName co "O'Malley"`: `name.familyName co "o'malley"`,
		`userName sw "J"`:               `userName sw "j"`,
		`urn:ietf:params:scim:schemas:core:2.0:User:userName sw "J"`: `userName sw "j"`,
		`title pr`: `title pr`,
		`meta.lastModified gt "2011-05-13T04:42:34Z"`:                                                       `meta.lastModified gt time 2011-05-13T04:42:34Z`,
		`meta.lastModified ge "2011-05-13T04:42:34Z"`:                                                       `meta.lastModified ge time 2011-05-13T04:42:34Z`,
		`meta.lastModified lt "2011-05-13T04:42:34Z"`:                                                       `meta.lastModified lt time 2011-05-13T04:42:34Z`,
		`meta.lastModified le "2011-05-13T04:42:34Z"`:                                                       `meta.lastModified le time 2011-05-13T04:42:34Z`,
		`title pr and userType eq "Employee"`:                                                               `all(title pr, userType eq "employee")`,
		`title pr or userType eq "Intern"`:                                                                  `any(title pr, userType eq "intern")`,
		`schemas eq "` + enterprise + `"`:                                                                   `schemas eq "` + strings.ToLower(enterprise) + `"`,
		"userType eq \"Employee\" and (emails co \"example.com\" or\n  emails.value co \"example.org\")":    `all(userType eq "employee", any(emails.value co "example.com", emails.value co "example.org"))`,
		`userType ne "Employee" and not (emails co "example.com" or emails.value co "example.org")`:         `all(not(userType eq "employee"), not(any(emails.value co "example.com", emails.value co "example.org")))`,
		`userType eq "Employee" and (emails.type eq "work")`:                                                `all(userType eq "employee", emails.type eq "work")`,
		`userType eq "Employee" and emails[type eq "work" and value co "@example.com"]`:                     `all(userType eq "employee", some emails(all(emails.type eq "work", emails.value co "@example.com")))`,
		`emails[type eq "work" and value co "@example.com"] or ims[type eq "xmpp" and value co "@foo.com"]`: `any(some emails(all(emails.type eq "work", emails.value co "@example.com")), some ims(all(ims.type eq "xmpp", ims.value co "@foo.com")))`,
	})
}

// The attributes that the product's tutorial maps, as an identity provider queries them.
func TestBindTutorialAttributes(t *testing.T) {
	work := func(attribute, sub string) string {
		return fmt.Sprintf(`some %s(all(%[1]s.type eq "work", %[1]s.%s eq "x"))`, attribute, sub)
	}
	checkBound(t, users, scim.Auto, map[string]string{
		`userName eq "X"`:                             `userName eq "x"`,
		`emails[type eq "work"].value eq "X"`:         work("emails", "value"),
		`active eq true`:                              `active eq true`,
		`title eq "X"`:                                `title eq "x"`,
		`name.givenName eq "X"`:                       `name.givenName eq "x"`,
		`name.familyName eq "X"`:                      `name.familyName eq "x"`,
		`name.formatted eq "X"`:                       `name.formatted eq "x"`,
		`addresses[type eq "work"].locality eq "X"`:   work("addresses", "locality"),
		`addresses[type eq "work"].country eq "X"`:    work("addresses", "country"),
		`addresses[type eq "work"].region eq "X"`:     work("addresses", "region"),
		`externalId eq "X"`:                           `externalId eq "X"`,
		enterprise + `:department eq "X"`:             enterprise + `:department eq "x"`,
		enterprise + `:manager eq "X"`:                enterprise + `:manager.value eq "X"`,
		custom + `:startDate eq "X"`:                  custom + `:startDate eq "x"`,
		strings.ToUpper(custom) + `:STARTDATE ge "X"`: custom + `:startDate ge "x"`,
	})
	checkBound(t, groups, scim.Auto, map[string]string{
		`displayName eq "X"`: `displayName eq "x"`,
		`members eq "X"`:     `members.value eq "X"`,
		`externalId eq "X"`:  `externalId eq "X"`,
	})
}

// The reference checks and matching queries of Entra ID.
func TestBindEntra(t *testing.T) {
	checkBound(t, users, scim.Auto, map[string]string{
		`id eq "A" and manager eq "B"`: `all(id eq "A", ` + enterprise + `:manager.value eq "B")`,
		`manager eq "B" and id eq "A"`: `all(` + enterprise + `:manager.value eq "B", id eq "A")`,
		`externalId eq jyoung`:         `externalId eq "jyoung"`,
	})
	checkBound(t, groups, scim.Auto, map[string]string{
		`id eq "A" and members eq "B"`: `all(id eq "A", members.value eq "B")`,
	})
}

func TestBind(t *testing.T) {
	checkBound(t, users, scim.Strict, map[string]string{
		`title ne "x"`:            `not(title eq "x")`,
		`emails.type ne "work"`:   `not(emails.type eq "work")`,
		`emails[type ne "work"]`:  `some emails(not(emails.type eq "work"))`,
		`title eq null`:           `not(title pr)`,
		`title ne null`:           `title pr`,
		`emails eq null`:          `not(emails pr)`,
		`name ne null`:            `name pr`,
		`emails[value eq null]`:   `some emails(not(emails.value pr))`,
		`name pr`:                 `name pr`,
		`name[FamilyName eq "X"]`: `some name(name.familyName eq "x")`,
		`schemas[value sw "urn:" and value ew ":user"]`:              `some schemas(all(schemas sw "urn:", schemas ew ":user"))`,
		`photos.value eq "HTTPS://x"`:                                `photos.value eq "HTTPS://x"`,
		`photos sw "HTTPS://x"`:                                      `photos.value sw "HTTPS://x"`,
		`x509Certificates eq "TUlJ"`:                                 `x509Certificates.value eq "TUlJ"`,
		`meta.created eq "2011-05-13T06:42:34+02:00"`:                `meta.created eq time 2011-05-13T04:42:34Z`,
		`meta.created eq "2011-05-13T06:42:34.5"`:                    `meta.created eq time 2011-05-13T06:42:34.5Z`,
		enterprise + ` ne null`:                                      `any(` + enterprise + `:employeeNumber pr, ` + enterprise + `:costCenter pr, ` + enterprise + `:organization pr, ` + enterprise + `:division pr, ` + enterprise + `:department pr, ` + enterprise + `:manager pr)`,
		custom + ` eq null`:                                          `not(any(` + custom + `:startDate pr))`,
		`urn:example:2.0:Device pr`:                                  `any(urn:example:2.0:Device:slots pr, urn:example:2.0:Device:weight pr, urn:example:2.0:Device:bought pr, urn:example:2.0:Device:tags pr, urn:example:2.0:Device:lock pr)`,
		`urn:example:2.0:device:SLOTS gt 9007199254740993`:           `urn:example:2.0:Device:slots gt number 9007199254740993`,
		`urn:example:2.0:Device:weight le -1.5e2`:                    `urn:example:2.0:Device:weight le number -1.5e2`,
		`urn:example:2.0:Device:weight eq -0e999999999`:              `urn:example:2.0:Device:weight eq number 0`,
		`urn:example:2.0:Device:tags[Value eq "X"]`:                  `some urn:example:2.0:Device:tags(urn:example:2.0:Device:tags eq "x")`,
		`emails.primary eq false`:                                    `some emails(not(emails.primary eq true))`,
		`emails.primary ne false`:                                    `not(some emails(not(emails.primary eq true)))`,
		`emails[primary eq false and type eq "x"]`:                   `some emails(all(not(emails.primary eq true), emails.type eq "x"))`,
		`urn:example:2.0:Device:tags eq "X"`:                         `urn:example:2.0:Device:tags eq "x"`,
		enterprise + `:manager[value eq "X" and displayName co "Y"]`: `some ` + enterprise + `:manager(all(` + enterprise + `:manager.value eq "X", ` + enterprise + `:manager.displayName co "y"))`,
	})
}

func TestBindRefuses(t *testing.T) {
	tests := map[string]string{
		`nosuch eq "x"`:                         `The filter names the attribute "nosuch", which no schema of User defines. Correct the name or its schema URN.`,
		`name.nosuch eq "x"`:                    `The filter names the attribute "name.nosuch", which no schema of User defines. Correct the name or its schema URN.`,
		`members eq "x"`:                        `The filter names the attribute "members", which no schema of User defines. Correct the name or its schema URN.`,
		`department eq "x"`:                     `The filter names the attribute "department", which no schema of User defines. Correct the name or its schema URN.`,
		`emails[nosuch eq "x"]`:                 `The filter names "nosuch" in the brackets of emails, which has no such sub-attribute.`,
		`emails[emails.type eq "x"]`:            `The filter names "emails.type" in the brackets of emails, which has no such sub-attribute.`,
		`password eq "x"`:                       `The filter names password, which is never returned and therefore cannot be searched.`,
		`password pr`:                           `The filter names password, which is never returned and therefore cannot be searched.`,
		`urn:example:2.0:Device:lock.code pr`:   `The filter names urn:example:2.0:Device:lock.code, which is never returned and therefore cannot be searched.`,
		`urn:example:2.0:Device:lock[code pr]`:  `The filter names urn:example:2.0:Device:lock.code, which is never returned and therefore cannot be searched.`,
		`urn:example:2.0:Device:lock eq "x"`:    `The filter compares urn:example:2.0:Device:lock, which is complex: name one of its sub-attributes, such as urn:example:2.0:Device:lock.code.`,
		`name eq "x"`:                           `The filter compares name, which is complex: name one of its sub-attributes, such as name.formatted.`,
		`addresses co "x"`:                      `The filter compares addresses, which is complex: name one of its sub-attributes, such as addresses.formatted.`,
		enterprise + ` eq "x"`:                  `The filter compares the schema ` + enterprise + ` as a whole: name one of its attributes.`,
		enterprise + `[manager pr]`:             `The filter has brackets after ` + enterprise + `, which has no elements with sub-attributes.`,
		`title[value eq "x"]`:                   `The filter has brackets after title, which has no elements with sub-attributes.`,
		`emails.value[value eq "x"]`:            `The filter has brackets after emails.value, which has no elements with sub-attributes.`,
		`title gt null`:                         `The filter compares title with null by "gt": null can only be compared by eq and ne.`,
		`active gt true`:                        `The filter compares active by "gt", which has no meaning for the type boolean.`,
		`active co "t"`:                         `The filter compares active by "co", which has no meaning for the type boolean.`,
		`x509Certificates lt "x"`:               `The filter compares x509Certificates.value by "lt", which has no meaning for the type binary.`,
		`x509Certificates sw "x"`:               `The filter compares x509Certificates.value by "sw", which has no meaning for the type binary.`,
		`meta.created sw "2011"`:                `The filter compares meta.created by "sw", which has no meaning for the type dateTime.`,
		`meta.created gt "2011"`:                `The filter compares meta.created, a dateTime, with "2011": write it as "2011-05-13T04:42:34Z".`,
		`meta.created gt 2011`:                  `The filter compares meta.created, a dateTime, with 2011: write it as "2011-05-13T04:42:34Z".`,
		`active eq 1`:                           `The filter compares active with 1: it is either true or false, without quotes.`,
		`active eq "yes"`:                       `The filter compares active with "yes": it is either true or false, without quotes.`,
		`title eq 7`:                            `The filter compares title, a text, with 7: put the value in double quotes.`,
		`title eq true`:                         `The filter compares title, a text, with true: put the value in double quotes.`,
		`urn:example:2.0:Device:slots eq "x"`:   `The filter compares urn:example:2.0:Device:slots with "x": it is a number, without quotes.`,
		`urn:example:2.0:Device:slots eq 1e999`: `The filter compares urn:example:2.0:Device:slots with a number that is too large or too small.`,
		`urn:example:2.0:Device:weight lt 0.` + strings.Repeat("1", 400): `The filter compares urn:example:2.0:Device:weight with a number that is too large or too small.`,
		`urn:example:2.0:Device:slots eq 1e-999999999`:                   `The filter compares urn:example:2.0:Device:slots with a number that is too large or too small.`,
	}
	for text, want := range tests {
		_, err := bind(users, text, scim.Strict())
		if diff := cmp.Diff(want, invalidFilter(t, err)); diff != "" {
			t.Errorf("Bind(%q) (-want +got):\n%s", text, diff)
		}
	}
}

// Trees that Parse does not make are refused, not trusted.
func TestBindRefusesStrangeTrees(t *testing.T) {
	title := filter.Comparison{Path: "title", Op: filter.Present}
	for _, e := range []filter.Expr{
		nil,
		filter.And{title, nil},
		filter.Negation{},
		filter.Comparison{Path: "title", Op: "regex", Value: "x"},
		filter.Comparison{Path: "title", Op: "regex"},
		filter.ValuePath{Path: "emails", Where: filter.ValuePath{Path: "value", Where: title}},
	} {
		_, err := filter.Bind(e, users, scim.Auto())
		invalidFilter(t, err)
	}
}

func TestBindElement(t *testing.T) {
	ref, _ := users.Resolve("emails", nil)
	e, err := filter.Parse(`type eq "Work" and not (value pr)`, nil)
	if err != nil {
		t.Fatal(err)
	}
	n, err := filter.BindElement(e, ref, nil)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(`all(emails.type eq "work", not(emails.value pr))`, show(n)); diff != "" {
		t.Errorf("BindElement (-want +got):\n%s", diff)
	}
	for _, element := range []any{map[string]any{"type": "WORK"}, map[string]any{"type": "work", "display": "x"}} {
		if !filter.MatchElement(n, element) || !filter.MatchElement(filter.Some{Ref: ref, Where: n}, element) {
			t.Errorf("%v does not match", element)
		}
	}
	for _, element := range []any{nil, "work", map[string]any{}, map[string]any{"type": "work", "value": "x"}} {
		if filter.MatchElement(n, element) {
			t.Errorf("%v matches", element)
		}
	}
	title, _ := users.Resolve("title", nil)
	_, err = filter.BindElement(e, title, nil)
	invalidFilter(t, err)
}

// Each tolerance is needed by its filter and does nothing more.
func TestTolerances(t *testing.T) {
	tests := []struct {
		filter string
		needs  scim.Tolerance
		want   string
	}{
		{`externalId eq jyoung`, scim.UnquotedFilterValue, `externalId eq "jyoung"`},
		{`(userName eq jyoung@example.com)`, scim.UnquotedFilterValue, `userName eq "jyoung@example.com"`},
		{`emails[type eq work]`, scim.UnquotedFilterValue, `some emails(emails.type eq "work")`},
		{`externalId eq 007`, scim.UnquotedFilterValue, `externalId eq "007"`},
		{`externalId eq 12345`, scim.UnquotedFilterValue, `externalId eq "12345"`},
		{`externalId eq true`, scim.UnquotedFilterValue, `externalId eq "true"`},
		{`meta.Created gt 2015-10-10T14:38:21Z`, scim.UnquotedFilterValue, `meta.created gt time 2015-10-10T14:38:21Z`},
		{`emails[type eq "work"].value eq "X"`, scim.ElementPathInFilter, `some emails(all(emails.type eq "work", emails.value eq "x"))`},
		{`emails[type eq "work" and display pr].value pr`, scim.ElementPathInFilter, `some emails(all(emails.type eq "work", emails.display pr, emails.value pr))`},
		{`not (emails[type eq "work" or display pr].value pr)`, scim.ElementPathInFilter, `not(some emails(all(any(emails.type eq "work", emails.display pr), emails.value pr)))`},
		{`active eq "True"`, scim.FilterValueType, `active eq true`},
		{`active ne "false"`, scim.FilterValueType, `not(active eq false)`},
		{`roles[primary eq "True"]`, scim.FilterValueType, `some roles(roles.primary eq true)`},
		{`urn:example:2.0:Device:slots lt "10"`, scim.FilterValueType, `urn:example:2.0:Device:slots lt number 10`},
		{`manager eq "x"`, scim.UnqualifiedExtension, enterprise + `:manager.value eq "x"`},
	}
	for _, test := range tests {
		_, err := bind(users, test.filter, scim.Strict())
		invalidFilter(t, err)
		lenient := scim.Only(test.needs)
		got, err := bind(users, test.filter, lenient)
		if err != nil {
			t.Errorf("Bind(%q) with %s: %v", test.filter, test.needs, err)
			continue
		}
		if diff := cmp.Diff(test.want, show(got)); diff != "" {
			t.Errorf("Bind(%q) with %s (-want +got):\n%s", test.filter, test.needs, diff)
		}
		if diff := cmp.Diff([]scim.Tolerance{test.needs}, lenient.Used()); diff != "" {
			t.Errorf("Bind(%q) used (-want +got):\n%s", test.filter, diff)
		}
	}
}

func TestToleranceOfBareBoolean(t *testing.T) {
	checkBound(t, users, scim.Auto, map[string]string{
		`active eq True`:    `active eq true`,
		`active eq "FALSE"`: `active eq false`,
	})
	_, err := bind(users, `title eq 'x'`, scim.Auto())
	invalidFilter(t, err) // a single quote is a mistake, not a part of the value
}
