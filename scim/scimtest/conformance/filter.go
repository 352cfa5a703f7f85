package conformance

import (
	"net/http"
	"strings"

	"github.com/askspoke/spoke/scim"
)

// cast creates the three users that filters are tried on: ann has most values, bob some, cy none.
func (t *Trial) cast() (ann, bob, cy object) {
	ann = t.user(object{
		"title": "Tour Guide", "userType": "Employee", "externalId": "Ext-A", "active": true, "name": object{"familyName": "O'Malley", "givenName": "Ann"},
		"emails": list{object{"value": "ann@work.example", "type": "work", "primary": true}, object{"value": "ann@home.example", "type": "home"}},
	})
	bob = t.user(object{
		"title": "guide", "userType": "Intern", "externalId": "ext-a", "active": false, "name": object{"familyName": "Jensen"},
		"emails": list{object{"value": "bob@home.example", "type": "work"}, object{"value": "bob@work.example", "type": "home"}},
	})
	cy = t.user(nil)
	return ann, bob, cy
}

var filterChecks = []Check{
	{
		Name: "eq finds what is identical", Shows: []string{"7644-3.4.2.2-14", "7644-3.4.2.2-1"}, Needs: []Feature{Filter},
		Run: func(t *Trial) {
			ann, bob, _ := t.cast()
			t.finds(`title eq "Tour Guide"`, ann)
			t.finds(`title eq "Tour"`)
			t.finds(`active eq false`, bob)
			t.finds(`externalId eq "Ext-A"`, ann)
		},
	},
	{
		Name: "ne finds what is not identical", Shows: []string{"7644-3.4.2.2-15"}, Needs: []Feature{Filter},
		Run: func(t *Trial) {
			_, bob, _ := t.cast()
			t.finds(`title ne "Tour Guide" and title pr`, bob)
		},
	},
	{
		Name: "co, sw and ew find a part, the beginning and the end", Shows: []string{"7644-3.4.2.2-16"}, Needs: []Feature{Filter},
		Run: func(t *Trial) {
			ann, bob, _ := t.cast()
			t.finds(`title co "our"`, ann)
			t.finds(`title ew "Guide"`, ann, bob)
			t.finds(`title sw "Guide"`, bob)
			t.finds(`name.familyName co "O'Malley"`, ann)
			t.finds(`title co "%"`)
			t.finds(`title sw "_our"`)
		},
	},
	{
		Name: "pr finds what has a value", Shows: []string{"7644-3.4.2.2-17"}, Needs: []Feature{Filter},
		Run: func(t *Trial) {
			ann, bob, cy := t.cast()
			t.finds("title pr", ann, bob)
			t.finds("name pr", ann, bob)
			t.finds("name.givenName pr", ann)
			t.finds("emails pr", ann, bob)
			t.finds("id pr", ann, bob, cy)
			t.finds("nickName pr")
		},
	},
	{
		Name: "gt, ge, lt and le compare strings by letter", Shows: []string{"7644-3.4.2.2-18"}, Needs: []Feature{Filter},
		Run: func(t *Trial) {
			ann, bob, _ := t.cast()
			t.finds(`userType gt "employee"`, bob)
			t.finds(`userType ge "employee"`, ann, bob)
			t.finds(`userType lt "intern"`, ann)
			t.finds(`userType le "intern"`, ann, bob)
		},
	},
	{
		Name: "times are compared by time, whatever their zone", Shows: []string{"7644-3.4.2.2-18"}, Needs: []Feature{Filter},
		Run: func(t *Trial) {
			ann, bob, cy := t.cast()
			t.finds(`meta.created gt "2011-05-13T04:42:34Z"`, ann, bob, cy)
			t.finds(`meta.lastModified lt "2011-05-13T04:42:34Z"`)
			created := text(ann["meta"].(object)["created"])
			t.finds(`meta.created le "`+created+`" and title eq "Tour Guide"`, ann)
			t.finds(`meta.created lt "9999-12-31T23:59:59+14:00"`, ann, bob, cy)
		},
	},
	{
		Name: "a multi-valued attribute matches when one element does", Shows: []string{"7644-3.4.2.2-19"}, Needs: []Feature{Filter},
		Run: func(t *Trial) {
			ann, bob, _ := t.cast()
			t.finds(`emails.value eq "ann@home.example"`, ann)
			t.finds(`emails.type eq "work"`, ann, bob)
			t.finds(`emails.type eq "work" and emails.value ew "work.example"`, ann, bob)
			t.finds(`emails co "home.example"`, ann, bob)
		},
	},
	{
		Name: "what is in brackets holds of one element", Shows: []string{"7644-3.4.2.2-5", "7644-3.4.2.2-6"}, Needs: []Feature{Filter},
		Run: func(t *Trial) {
			ann, bob, _ := t.cast()
			t.finds(`emails[type eq "work" and value ew "work.example"]`, ann)
			t.finds(`emails[type eq "home" and value ew "work.example"]`, bob)
			t.finds(`emails[not (type eq "work") and value co "home"]`, ann)
			t.finds(`emails[type eq "work" or type eq "home"]`, ann, bob)
		},
	},
	{
		Name: "a filter on schemas finds the resources with an extension", Shows: []string{"7644-3.4.2.2-20"}, Needs: []Feature{Filter, Enterprise},
		Run: func(t *Trial) {
			t.user(nil)
			with := t.user(object{enterpriseSchema: object{"department": "Sales"}})
			t.finds(`schemas eq "`+enterpriseSchema+`"`, with)
			t.finds(enterpriseSchema+`:department eq "Sales"`, with)
		},
	},
	{
		Name: "caseExact decides how strings are compared", Shows: []string{"7644-3.4.2.2-12", "7643-7-8"}, Needs: []Feature{Filter},
		Run: func(t *Trial) {
			ann, bob, _ := t.cast()
			t.finds(`title eq "TOUR GUIDE"`, ann)
			t.finds(`externalId eq "ext-a"`, bob)
			t.finds(`externalId eq "EXT-A"`)
			t.finds(`emails.value eq "ANN@Work.Example"`, ann)
			t.finds(`id eq "`+id(ann)+`"`, ann)
		},
	},
	{
		Name: "a defaulted attribute is filtered by the value that was returned", Shows: []string{"7644-3.4.2.2-10"}, Needs: []Feature{Filter},
		Run: func(t *Trial) {
			user := t.user(nil)
			switch user["active"] {
			case true:
				t.finds("active eq true", user)
				t.finds("active eq false")
			case nil:
				t.finds("active pr")
			default:
				t.finds("active eq false", user)
			}
		},
	},
}

var filterGrammarChecks = []Check{
	{
		Name: "grouping comes before not, not before and, and before or", Shows: []string{"7644-3.4.2.2-8"}, Needs: []Feature{Filter},
		Run: func(t *Trial) {
			ann, bob, cy := t.cast()
			t.finds(`userType eq "Employee" or userType eq "Intern" and title eq "x"`, ann)
			t.finds(`(userType eq "Employee" or userType eq "Intern") and title eq "guide"`, bob)
			t.finds(`not (userType eq "Employee") and active eq false`, bob)
			t.finds(`not (userType eq "Employee" or active eq false)`, cy)
			t.finds(`title eq "x" and userType eq "Intern" or userType eq "Employee"`, ann)
		},
	},
	{
		Name: "names and operators in a filter have no case", Shows: []string{"7644-3.4.2.2-13", "7643-2.1-3"}, Needs: []Feature{Filter},
		Run: func(t *Trial) {
			ann, bob, _ := t.cast()
			t.finds(`TITLE Eq "guide" OR Name.GIVENNAME EQ "Ann"`, ann, bob)
			t.finds(`NOT (Title PR) AND userName Sw "x"`)
			t.finds(`Emails[TYPE Eq "work" And Value Ew "work.example"]`, ann)
		},
	},
	{
		Name: "an attribute may be named by its URN and path", Shows: []string{"7644-3.4.2.2-9", "7644-3.10-1", "7644-3.10-2"}, Needs: []Feature{Filter},
		Run: func(t *Trial) {
			ann, _, _ := t.cast()
			t.finds(userSchema+`:title eq "Tour Guide"`, ann)
			t.finds(userSchema+`:name.givenName eq "Ann"`, ann)
			t.finds(strings.ToUpper(userSchema)+`:NAME.givenname eq "Ann"`, ann)
		},
	},
	{
		Name: "a string in a filter is a JSON string", Shows: []string{"7644-3.4.2.2-7"}, Needs: []Feature{Filter},
		Run: func(t *Trial) {
			user := t.user(object{"title": `say "hi" \ é`})
			t.finds(`title eq "say \"hi\" \\ é"`, user)
			t.finds(`title eq "say \u0022hi\u0022 \\ \u00e9"`, user)
			t.finds(`title ew "\\ é"`, user)
		},
	},
	{
		Name: "the examples of the RFC are understood", Shows: []string{"7644-3.4.2.2-7", "7644-3.4.2.2-2", "7644-3.4.2.2-3"}, Needs: []Feature{Filter},
		Run: func(t *Trial) {
			for _, f := range []string{
				`userName eq "bjensen"`, `name.familyName co "O'Malley"`, `userName sw "J"`, userSchema + `:userName sw "J"`, `title pr`,
				`meta.lastModified gt "2011-05-13T04:42:34Z"`, `meta.lastModified le "2011-05-13T04:42:34Z"`, `title pr and userType eq "Employee"`, `title pr or userType eq "Intern"`,
				`userType eq "Employee" and (emails co "example.com" or emails.value co "example.org")`,
				`userType ne "Employee" and not (emails co "example.com" or emails.value co "example.org")`, `userType eq "Employee" and (emails.type eq "work")`,
				`userType eq "Employee" and emails[type eq "work" and value co "@example.com"]`,
				`emails[type eq "work" and value co "@example.com"] or ims[type eq "xmpp" and value co "@foo.com"]`,
			} {
				t.get("/Users" + where(t.mine(f))).is(http.StatusOK).list()
			}
		},
	},
}

var filterRefusalChecks = []Check{
	{
		Name: "an operator that is not known is refused with invalidFilter", Shows: []string{"7644-3.4.2.2-11", "7644-3.12-5"}, Needs: []Feature{Filter},
		Run: func(t *Trial) {
			e := t.get("/Users"+where(`userName regex "x"`)).refused(http.StatusBadRequest, scim.InvalidFilter)
			if text(e["detail"]) == "" {
				t.errorf("the error says nothing to people")
			}
		},
	},
	{
		Name: "a filter that breaks the grammar is refused with invalidFilter", Shows: []string{"7644-3.4.2.2-7", "7644-3.4.2.2-2", "7644-3.4.2.2-3", "7644-3.12-5"}, Needs: []Feature{Filter},
		Run: func(t *Trial) {
			for _, f := range []string{
				"userName", `eq "x"`, `userName eq`, `userName eq "x`, `(userName pr`, `userName pr)`, `userName pr and`, `userName pr userName pr`,
				`emails[type eq "work"`, `emails[]`, `()`, `not userName pr`, `userName pr xor title pr`, `1 eq 1`, " ",
			} {
				t.get("/Users"+where(f)).refused(http.StatusBadRequest, scim.InvalidFilter)
			}
		},
	},
	{
		Name: "an empty filter is refused with invalidFilter and lists nobody", Shows: []string{"7644-3.4.2.2-2", "7644-3.12-5"}, Needs: []Feature{Filter},
		Run: func(t *Trial) {
			t.get("/Users?filter=").refused(http.StatusBadRequest, scim.InvalidFilter)
			t.get("/Users?filter=&count=1").refused(http.StatusBadRequest, scim.InvalidFilter)
		},
	},
	{
		Name: "an order of booleans is refused with invalidFilter", Shows: []string{"7644-3.4.2.2-4"}, Needs: []Feature{Filter},
		Run: func(t *Trial) {
			for _, operator := range []string{"gt", "ge", "lt", "le"} {
				t.get("/Users"+where("active "+operator+" true")).refused(http.StatusBadRequest, scim.InvalidFilter)
				t.get("/Users"+where("emails[primary "+operator+" false]")).refused(http.StatusBadRequest, scim.InvalidFilter)
			}
		},
	},
	{
		Name: "an order of binary values is refused with invalidFilter", Shows: []string{"7644-3.4.2.2-4"}, Needs: []Feature{Filter},
		Run: func(t *Trial) {
			a, _, _ := t.attribute(userSchema, func(path string, _ object) bool { return path == "x509Certificates.value" })
			t.unless(a["type"] == "binary", "x509Certificates.value of users is not binary")
			for _, operator := range []string{"gt", "ge", "lt", "le"} {
				t.get("/Users"+where(`x509Certificates.value `+operator+` "AAEC"`)).refused(http.StatusBadRequest, scim.InvalidFilter)
			}
		},
	},
	{
		Name: "a filter in brackets is on sub-attributes", Shows: []string{"7644-3.4.2.2-6"}, Needs: []Feature{Filter},
		Run: func(t *Trial) {
			t.get("/Users"+where(`emails[userName eq "x"]`)).refused(http.StatusBadRequest, scim.InvalidFilter)
			t.get("/Users"+where(`emails[emails.type eq "x"]`)).refused(http.StatusBadRequest, scim.InvalidFilter)
		},
	},
	{
		Name: "a bare word in a filter is refused with invalidFilter", Shows: []string{"7644-3.4.2.2-7"}, Needs: []Feature{Filter}, Tolerates: []scim.Tolerance{scim.UnquotedFilterValue},
		Run: func(t *Trial) {
			t.get("/Users"+where(`userName eq jyoung`)).refused(http.StatusBadRequest, scim.InvalidFilter)
		},
	},
	{
		Name: "a sub-attribute after brackets is refused with invalidFilter", Shows: []string{"7644-3.4.2.2-7"}, Needs: []Feature{Filter}, Tolerates: []scim.Tolerance{scim.ElementPathInFilter},
		Run: func(t *Trial) {
			t.get("/Users"+where(`emails[type eq "work"].value eq "x"`)).refused(http.StatusBadRequest, scim.InvalidFilter)
		},
	},
	{
		Name: "a boolean compared with text is refused with invalidFilter", Shows: []string{"7644-3.12-5"}, Needs: []Feature{Filter}, Tolerates: []scim.Tolerance{scim.FilterValueType},
		Run: func(t *Trial) {
			t.get("/Users"+where(`active eq "True"`)).refused(http.StatusBadRequest, scim.InvalidFilter)
		},
	},
	{
		Name: "a deep filter is answered or refused, never failed", Shows: []string{"7644-3.12-5"}, Needs: []Feature{Filter},
		Run: func(t *Trial) {
			for _, depth := range []int{20, 2000} {
				a := t.get("/Users" + where(strings.Repeat("(", depth)+`userName eq "x"`+strings.Repeat(")", depth)) + "&count=0")
				if a.status != http.StatusOK {
					a.refused4xx()
				}
			}
		},
	},
}
